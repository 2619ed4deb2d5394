"""Signed checkpoints, and the check of a chain against itself and against one.

A chain alone proves nothing to an outsider: whoever can rewrite the table can rewrite all of it. A checkpoint that left
the house fixes everything up to its number.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.engine import Connection

from shiming.audit import chain, store
from shiming.vault import KeyFolder

FORMAT = "shiming-audit-checkpoint-1"
_KEY = "audit-signing"
_SIGNED = ("format", "issuer", "seq", "hash", "at", "public_key")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a chain: a code, where (0 = the chain as a whole), and words for people."""

    code: str
    seq: int
    message: str


def export_checkpoint(conn: Connection, folder: KeyFolder, issuer: str, at: datetime) -> dict[str, Any]:
    """The chain's head, signed with this installation's Ed25519 key. Keep it where the installation cannot write."""
    seq, head = store.head(conn, issuer)
    key = _signing_key(folder)
    checkpoint: dict[str, Any] = {
        "format": FORMAT,
        "issuer": issuer,
        "seq": seq,
        "hash": head.hex(),
        "at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
    }
    checkpoint["signature"] = base64.b64encode(key.sign(_signed_bytes(checkpoint))).decode()
    return checkpoint


def public_keys(folder: KeyFolder) -> frozenset[str]:
    """The public halves (base64) of all signing keys this installation ever had."""
    secrets = folder.versions(_KEY).values()
    keys = (Ed25519PrivateKey.from_private_bytes(secret).public_key() for secret in secrets)
    return frozenset(base64.b64encode(key.public_bytes_raw()).decode() for key in keys)


def verify(
    conn: Connection, issuer: str, checkpoint: dict[str, Any] | None = None, trusted_keys: Collection[str] | None = None
) -> list[Fault]:
    """Every fault of the issuer's chain, and of the checkpoint where one is given; an empty list when all is well.

    ``trusted_keys`` are the public keys (base64) one of which must have signed the checkpoint; None = the one it names.
    """
    faults: list[Fault] = []
    if checkpoint is not None:
        faults += _checkpoint_faults(checkpoint, issuer, trusted_keys)
    wanted = None if checkpoint is None or faults else (int(checkpoint["seq"]), bytes.fromhex(checkpoint["hash"]))
    seq, previous = 0, store.GENESIS
    for row in store.entries(conn, issuer):
        faults += _entry_faults(row._asdict(), seq, previous)
        seq, previous = row.seq, bytes(row.hash)
        if wanted is not None and seq == wanted[0] and not hmac.compare_digest(previous, wanted[1]):
            faults.append(Fault("CHECKPOINT_DIFFERS", seq, "the entry is not the one that the checkpoint signed"))
    if store.head(conn, issuer) != (seq, previous):
        faults.append(
            Fault("HEAD_DIFFERS", seq, "the last entry is not the chain's head: entries were removed or added")
        )
    if wanted is not None and wanted[0] > seq:
        faults.append(
            Fault("CHECKPOINT_AHEAD", seq, f"the checkpoint signed entry {wanted[0]}; the chain ends before it")
        )
    return faults


def _entry_faults(row: dict[str, Any], seq: int, previous: bytes) -> list[Fault]:
    faults = []
    if row["seq"] != seq + 1:
        faults.append(Fault("GAP", row["seq"], f"expected entry {seq + 1}, got {row['seq']}: entries are missing"))
    if bytes(row["prev_hash"]) != previous:
        faults.append(Fault("BROKEN_LINK", row["seq"], "the entry does not follow the one before it"))
    if chain.digest(row) != bytes(row["hash"]):
        faults.append(Fault("CHANGED", row["seq"], "the entry is not what it was when it was written"))
    return faults


def _checkpoint_faults(checkpoint: dict[str, Any], issuer: str, trusted_keys: Collection[str] | None) -> list[Fault]:
    missing = [name for name in (*_SIGNED, "signature") if name not in checkpoint]
    if missing or checkpoint["format"] != FORMAT:
        return [Fault("CHECKPOINT_FORMAT", 0, f"expected a checkpoint of format {FORMAT}, got another kind of file")]
    if checkpoint["issuer"] != issuer:
        return [Fault("CHECKPOINT_ISSUER", 0, f"the checkpoint is of another issuer than {issuer}")]
    if trusted_keys is not None and checkpoint["public_key"] not in trusted_keys:
        return [Fault("CHECKPOINT_KEY", 0, "the checkpoint was signed with another key than the trusted one")]
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(checkpoint["public_key"], validate=True))
        key.verify(base64.b64decode(checkpoint["signature"], validate=True), _signed_bytes(checkpoint))
    except (InvalidSignature, binascii.Error, ValueError, TypeError):
        return [Fault("CHECKPOINT_SIGNATURE", 0, "the checkpoint's signature does not hold: it was changed")]
    return []


def _signed_bytes(checkpoint: dict[str, Any]) -> bytes:
    content = {name: checkpoint[name] for name in _SIGNED}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _signing_key(folder: KeyFolder) -> Ed25519PrivateKey:
    versions = folder.ensure(_KEY)
    return Ed25519PrivateKey.from_private_bytes(versions[max(versions)])
