"""Attestation of native apps: an adapter found by entry point, here one that checks a real signature."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shiming.intake import liveness
from shiming.intake.liveness import attestation
from tests.web.api.test_liveness import Sitting
from tests.web.conftest import office
from tests.web.support import Office

__all__ = ["office"]
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"an app of a test").digest())
ADAPTER = """
import base64
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC = Ed25519PublicKey.from_public_bytes(bytes.fromhex("{public}"))

def verify(statement, bound_to):
    try:
        PUBLIC.verify(base64.b64decode(statement["signature"]), bound_to)
    except InvalidSignature:
        return False
    return True

def fall_over(statement, bound_to):
    raise RuntimeError(str(statement))
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's package with two adapters, installed as packages are."""
    public = KEY.public_key().public_bytes_raw().hex()
    (tmp_path / "carrier_attest.py").write_text(ADAPTER.replace("{public}", public), encoding="utf-8")
    about = tmp_path / "carrier_attest-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: carrier-attest\nVersion: 1\n", encoding="utf-8")
    entries = "[shiming.attestations]\nsigned = carrier_attest:verify\nbroken = carrier_attest:fall_over\n"
    (about / "entry_points.txt").write_text(entries, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def statement(session: dict[str, Any], nonce: str, digests: list[str]) -> dict[str, str]:
    """What an honest app has signed."""
    signed = KEY.sign(attestation.binding(session["id"], nonce, digests))
    return {"signature": base64.b64encode(signed).decode()}


def digests(sitting: Sitting) -> list[str]:
    return [hashlib.sha256(data).hexdigest() for data in sitting.frames]


@pytest.mark.parametrize(
    ("format", "forged", "expected"),
    [("signed", False, True), ("signed", True, False), ("broken", False, False), ("unknown", False, None)],
)
def test_what_an_app_attests_is_recorded_as_held_not_held_or_none(
    office: Office, format: str, forged: bool, expected: bool | None
) -> None:
    sitting = Sitting(office)
    session = sitting.begin()
    sitting.send()
    nonce = "another" if forged else session["nonce"]
    said = {"format": format, "statement": statement(session, nonce, digests(sitting))}
    done = sitting.complete(attestation=said).json()
    with office.workspace.read() as work:
        found = liveness.facts(work, done["evidence_id"])
    assert found is not None
    assert found.attested is expected


def test_a_statement_about_other_frames_does_not_hold(office: Office) -> None:
    sitting = Sitting(office)
    session = sitting.begin()
    said = statement(session, session["nonce"], digests(sitting)[::-1])
    bound = attestation.binding(session["id"], session["nonce"], digests(sitting))
    assert attestation.held("signed", said, bound) is False
    honest = statement(session, session["nonce"], digests(sitting))
    assert attestation.held("signed", honest, bound) is True
