"""The hash chain: each entry's SHA-256 covers its canonical JSON and the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from shiming.audit import store
from shiming.audit.actions import Action


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed to be recorded. ``extra`` holds ids and codes only, never personal data."""

    actor_role: str
    actor_id: str
    action: Action
    object_kind: str
    object_id: str
    extra: dict[str, Any] = field(default_factory=dict)


def append(conn: Connection, issuer: str, at: datetime, entries: Sequence[Entry]) -> None:
    """Appends entries to the issuer's chain. Call it last in a transaction: it locks the chain's head."""
    if not entries:
        return
    seq, previous = store.lock_head(conn, issuer)
    rows: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, seq + 1):
        row = {
            "issuer": issuer,
            "seq": number,
            "at": at,
            "actor_role": str(entry.actor_role),
            "actor_id": entry.actor_id,
            "action": entry.action.value,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "extra": entry.extra,
            "prev_hash": previous,
        }
        previous = digest(row)
        rows.append({**row, "hash": previous})
    store.append(conn, rows)


def digest(row: dict[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) of an entry with its ``prev_hash``."""
    plain = {key: value for key, value in row.items() if key not in {"hash", "at", "prev_hash"}}
    plain["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    plain["prev_hash"] = bytes(row["prev_hash"]).hex()
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
