"""The web floor's own rows: answers kept for repeated requests (``Idempotency-Key``), and counts of tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint, delete, select, update

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, for_update, insert_new, metadata
from shiming.platform.ids import uuid7

idempotency = Table(
    "idempotency",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("issuer", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("request_blind", LargeBinary, nullable=False),
    Column("key_id", String(36), ForeignKey("data_key.id"), nullable=False),
    Column("status", Integer),
    Column("answer_sealed", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("issuer", "actor", "key"),
)

rate = Table(
    "rate",
    metadata,
    Column("issuer", String(64), primary_key=True),
    Column("subject_blind", LargeBinary, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
    Column("count", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request with the same key was answered. ``request_blind`` is the keyed hash of that request."""

    request_blind: bytes
    status: int
    body: Any


def reserve(work: Work, actor: str, key: str, request_blind: bytes) -> str | None:
    """Takes a key for this transaction and returns the row's id; None when the key was used before.

    On PostgreSQL a second request with the key waits here until the first one has committed or rolled back.
    """
    row_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "idempotency")
    values = {
        "id": row_id,
        "issuer": work.issuer,
        "actor": actor,
        "key": key,
        "request_blind": request_blind,
        "key_id": key_id,
        "created_at": work.now,
    }
    if insert_new(work.conn, idempotency, values, ["issuer", "actor", "key"]):
        return row_id
    work.vault.discard_key(work.conn, key_id)
    return None


def release(work: Work, row_id: str) -> None:
    """Gives a reserved key back: its request was refused."""
    key_id = work.conn.execute(select(idempotency.c.key_id).where(idempotency.c.id == row_id)).scalar_one()
    work.conn.execute(delete(idempotency).where(idempotency.c.id == row_id))
    work.vault.discard_key(work.conn, key_id)


def keep(work: Work, row_id: str, status: int, body: Any) -> None:
    """Keeps the answer, sealed, with the reserved key."""
    key_id = work.conn.execute(select(idempotency.c.key_id).where(idempotency.c.id == row_id)).scalar_one()
    sealed = work.vault.seal_json(
        work.conn, key_id, issuer=work.issuer, table="idempotency", column="answer_sealed", row=row_id, value=body
    )
    work.conn.execute(update(idempotency).where(idempotency.c.id == row_id).values(status=status, answer_sealed=sealed))


def kept(work: Work, actor: str, key: str) -> KeptAnswer | None:
    """The answer kept for a key, or None."""
    c = idempotency.c
    row = work.conn.execute(
        select(idempotency).where(c.issuer == work.issuer, c.actor == actor, c.key == key)
    ).one_or_none()
    if row is None or row.answer_sealed is None:
        return None
    body = work.vault.open_json(
        work.conn,
        row.key_id,
        issuer=work.issuer,
        table="idempotency",
        column="answer_sealed",
        row=row.id,
        sealed=row.answer_sealed,
    )
    return KeptAnswer(row.request_blind, row.status, body)


def forget_before(work: Work, moment: datetime, limit: int = 50) -> None:
    """Drops answers older than ``moment`` with their data keys, at most ``limit`` at a time."""
    c = idempotency.c
    old = work.conn.execute(
        select(c.id, c.key_id).where(c.issuer == work.issuer, c.created_at < moment).limit(limit)
    ).all()
    for row in old:
        work.conn.execute(delete(idempotency).where(c.id == row.id))
        work.vault.discard_key(work.conn, row.key_id)


def window(work: Work, subject: bytes, length: timedelta) -> datetime:
    """When the subject's window began: the one that is open, or a new one from now on."""
    c = rate.c
    work.conn.execute(delete(rate).where(c.issuer == work.issuer, c.begun_at <= work.now - length))
    values = {"issuer": work.issuer, "subject_blind": subject, "begun_at": work.now, "count": 0}
    insert_new(work.conn, rate, values, ["issuer", "subject_blind"])
    begun: datetime = work.conn.execute(
        for_update(select(c.begun_at).where(c.issuer == work.issuer, c.subject_blind == subject))
    ).scalar_one()
    return begun


def count(work: Work, subject: bytes, begun_at: datetime) -> int:
    """Counts one more in the open window and says how many there are."""
    c = rate.c
    here = (c.issuer == work.issuer, c.subject_blind == subject, c.begun_at == begun_at)
    work.conn.execute(update(rate).where(*here).values(count=c.count + 1))
    return int(work.conn.execute(select(c.count).where(*here)).scalar_one())
