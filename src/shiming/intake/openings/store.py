"""Marks of openings: who, which browser or device, which network address, which clerk; as keyed indexes only, for a while."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7

opening_mark = sa.Table(
    "opening_mark",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("registration_id", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("mark_blind", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("registration_id", "kind"),
    sa.Index(None, "issuer", "kind", "mark_blind", "at"),
    sa.Index(None, "issuer", "at"),
)


def leave(work: Work, registration_id: str, kind: str, mark: bytes) -> None:
    """Keeps a mark; the one left at the first submission stays."""
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "registration_id": registration_id,
        "kind": kind,
        "mark_blind": mark,
        "at": work.now,
    }
    insert_new(work.conn, opening_mark, values, ["registration_id", "kind"])


def marks(work: Work, registration_id: str) -> dict[str, bytes]:
    """The marks of a registration, by kind."""
    m = opening_mark.c
    query = sa.select(m.kind, m.mark_blind).where(m.issuer == work.issuer, m.registration_id == registration_id)
    return {row.kind: bytes(row.mark_blind) for row in work.conn.execute(query)}


def count(work: Work, kind: str, mark: bytes, since: datetime, until: datetime) -> int:
    """How many registrations left this mark in a window."""
    m = opening_mark.c
    query = sa.select(sa.func.count()).where(
        m.issuer == work.issuer, m.kind == kind, m.mark_blind == mark, m.at > since, m.at <= until
    )
    return int(work.conn.execute(query).scalar_one())


def forget(work: Work, before: datetime, limit: int) -> int:
    """Removes marks older than any window; returns how many."""
    m = opening_mark
    old = sa.select(m.c.id).where(m.c.issuer == work.issuer, m.c.at < before).limit(limit)
    ids = list(work.conn.execute(old).scalars())
    if ids:
        work.conn.execute(sa.delete(m).where(m.c.id.in_(ids)))
    return len(ids)
