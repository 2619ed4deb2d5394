"""An office and its people at work, for what is kept and let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from shiming.accounts import sessions
from shiming.audit.work import Workspace
from shiming.programmes import resolving
from shiming.programmes import store as programmes
from shiming.registration import store
from shiming.registration.store import tables as t
from shiming.registration.values import Actor, RetentionRule, Role
from tests.web.conftest import office
from tests.web.support import FIRST, Office, Person

__all__ = ["office"]
ADMIN = Actor(Role.ADMIN, "admin-1")


@dataclass
class Desk:
    """Takes registrations to where a test wants them."""

    office: Office

    @property
    def workspace(self) -> Workspace:
        return self.office.workspace

    def change(self, **keys: Any) -> None:
        """Publishes the programme with other values."""
        programme = resolving.load("carrier-5g")
        changed = type(programme).model_validate({**programme.model_dump(exclude_defaults=True), **keys})
        with self.workspace.write() as work:
            programmes.publish(work, ADMIN, "carrier-5g", changed)

    def keep(self, **rules: RetentionRule) -> None:
        """Publishes the programme with these rules of retention; underscores stand for hyphens."""
        rows = {
            name.replace("_", "-"): {"after": r.after, "days": r.days, "origin": "test", "law": r.law}
            for name, r in rules.items()
        }
        self.change(retention=rows)

    def holder(self, contact: str = "holder@example.org") -> Person:
        """A holder who showed more than a code: only that opens a proven person's data (row C7)."""
        person = self.office.holder(contact)
        with self.workspace.write() as work:
            sessions.prove(work, person.headers["Authorization"].split()[1])
        return person

    def decided(self, holder: Person, verdict: str = "approve", number: str = FIRST, **more: Any) -> str:
        """A registration decided by a reviewer, in effect."""
        found = self.office.in_review(holder, number)
        reviewer = self.office.member("reviewer")
        case = f"/v1/review/cases/{found['id']}"
        reviewer.ok("POST", f"{case}/claim")
        body = {"n": 1, "verdict": verdict, **more}
        decision = reviewer.ok("POST", f"{case}/decisions", json=body)
        reviewer.ok("POST", f"/v1/review/decisions/{decision['id']}/release-result")
        return str(found["id"])

    def refused(self, holder: Person) -> str:
        return self.decided(holder, "reject", reasons=["NOT_THE_SAME_PERSON"])

    def end_binding(self, registration_id: str) -> None:
        """The card was given back."""
        with self.workspace.write() as work:
            card_id = store.get(work, registration_id).card_id
            work.conn.execute(t.binding.update().where(t.binding.c.card_id == card_id).values(until=work.now))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)
