"""What was asked of registers: by digest, how often, when again, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7
from shiming.registration.records import Registration
from shiming.registration.store.sealing import open_text, seal_json

register_query = sa.Table(
    "register_query",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False, index=True),
    sa.Column("registration_id", sa.String(36), nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("register", sa.String(64), nullable=False),
    sa.Column("question_sealed", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("says", sa.String(16)),
    sa.Column("cards", sa.Integer),
    sa.Column("version", sa.String(64)),
    sa.Column("fault", sa.String(32)),
    sa.UniqueConstraint("registration_id", "n", "kind", "register"),
)
"""``state``: ``open`` (asked again at ``next_at``), ``answered``, ``invalid`` (an answer that cannot be relied on) or
``given-up``. Of the question itself only a digest is kept, sealed with the registration's key."""
_q = register_query.c


def _mine(work: Work, registration_id: str, n: int) -> list[sa.ColumnElement[bool]]:
    return [_q.issuer == work.issuer, _q.registration_id == registration_id, _q.n == n]


def begin(work: Work, registration: Registration, kind: str, register: str, digest: str) -> Row[Any]:
    """The row of a question about the current submission, made at its first attempt."""
    mine = (*_mine(work, registration.id, registration.n), _q.kind == kind, _q.register == register)
    found = work.conn.execute(sa.select(register_query).where(*mine)).one_or_none()
    if found is not None:
        return found
    id = uuid7()
    values = {
        "id": id,
        "issuer": work.issuer,
        "registration_id": registration.id,
        "n": registration.n,
        "kind": kind,
        "register": register,
        "question_sealed": seal_json(work, registration.key_id, "register_query", "question_sealed", id, digest),
        "state": "open",
        "attempts": 0,
        "asked_at": work.now,
        "next_at": work.now,
    }
    insert_new(work.conn, register_query, values, ["registration_id", "n", "kind", "register"])
    return work.conn.execute(sa.select(register_query).where(*mine)).one()


def digest_of(work: Work, registration: Registration, row: Row[Any]) -> str:
    """The digest of what was asked, to hold a question against that is thought to be the same."""
    return open_text(work, registration.key_id, "register_query", "question_sealed", row.id, row.question_sealed)


def count_attempt(work: Work, id: str, next_at: datetime) -> None:
    """Counts an attempt before it is made, and says when the next one may be."""
    work.conn.execute(sa.update(register_query).where(_q.id == id).values(attempts=_q.attempts + 1, next_at=next_at))


def settle(work: Work, id: str, state: str, **told: Any) -> bool:
    """Ends a question that is open; False when another attempt ended it first."""
    done = work.conn.execute(
        sa.update(register_query)
        .where(_q.id == id, _q.state == "open")
        .values(state=state, settled_at=work.now, **told)
    )
    return done.rowcount == 1


def note_fault(work: Work, id: str, fault: str) -> None:
    """Keeps why an attempt gave no answer."""
    work.conn.execute(sa.update(register_query).where(_q.id == id, _q.state == "open").values(fault=fault))


def rows(work: Work, registration_id: str, n: int) -> Mapping[tuple[str, str], Row[Any]]:
    """What was asked for a submission, by kind and register."""
    query = sa.select(register_query).where(*_mine(work, registration_id, n))
    return {(row.kind, row.register): row for row in work.conn.execute(query)}


def waiting(work: Work) -> sa.Select[Any]:
    """The ids of registrations that wait for a register and need not be looked at yet, as a query."""
    return sa.select(_q.registration_id).where(_q.issuer == work.issuer, _q.state == "open", _q.next_at > work.now)


def waits(work: Work, registration_id: str, n: int) -> bool:
    """Whether a submission waits for a register that is not to be asked again yet."""
    query = sa.select(_q.id).where(*_mine(work, registration_id, n), _q.state == "open", _q.next_at > work.now)
    return work.conn.execute(query.limit(1)).first() is not None
