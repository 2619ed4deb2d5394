"""Holders with accounts and a stock of cards, on both databases."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from PIL import Image

from shiming.audit.work import Workspace
from shiming.intake import cards, consents, evidence
from shiming.platform.ids import uuid7
from shiming.registration.values import Actor, Role
from tests.policies import confirm_all

STOCK = """number,kind,scheme,product,msisdn,secret
8986001234567890120,sim,iccid,5g,+8613800138000,4711-0815
8986001234567890138,sim,iccid,5g,+8613800138001,1234-5678
"""
FIRST = "8986001234567890120"
SECOND = "8986001234567890138"


def picture(shade: int = 120) -> bytes:
    """A small valid JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (640, 400), (shade, 90, 60)).save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class Counter:
    """A holder at work."""

    workspace: Workspace
    actor: Actor

    def claim(self, number: str = FIRST, secret: str = "4711-0815") -> cards.Claim:
        with self.workspace.write() as work:
            claim = cards.claim(
                work,
                self.actor,
                programme="carrier-5g",
                number=number,
                secret=secret,
                name="李梅",
                address="北京市东城区",
                language="zh_CN",
            )
        assert claim is not None
        return claim

    def begin(self) -> str:
        claim = self.claim()
        with self.workspace.write() as work:
            cards.redeem(work, self.actor, claim.registration_id, claim.code)
            for kind in ("privacy", "terms"):
                consents.record(work, self.actor, claim.registration_id, kind, True, "zh_CN")
        return claim.registration_id

    def hand_in(self, registration_id: str, slot: str, capture_id: str | None = None) -> str:
        with self.workspace.write() as work:
            return evidence.accept(
                work, self.actor, registration_id, slot=slot, capture_id=capture_id or uuid7(), data=picture()
            )


def holder() -> Actor:
    return Actor(Role.HOLDER, uuid7())


@pytest.fixture
def stocked(workspace: Workspace) -> Workspace:
    with workspace.write() as work:
        report = cards.import_stock(work, Actor(Role.OFFICER, "officer-1"), STOCK)
    assert (report.added, report.errors) == (2, ())
    confirm_all(workspace)
    return workspace


@pytest.fixture
def counter(stocked: Workspace) -> Counter:
    return Counter(stocked, holder())
