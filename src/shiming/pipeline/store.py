"""Leases: who sweeps, and which engines are alive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform import outbox
from shiming.platform.db import UtcDateTime, for_update, insert_new, metadata
from shiming.registration.store import tables as t
from shiming.registration.values import Role

SETTLED = "SETTLED"
"""The ``last_error`` of a message that a person found out about."""
_RIGHTLY_NOT_SENT = (SETTLED, "NO_RECIPIENT", "NO_CONSENT")
"""Nobody need look at these: settled, or for an account that was erased, or an offer whose consent was withdrawn."""

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)


def take_lease(work: Work, name: str, owner: str, seconds: float) -> bool:
    """Takes or renews a lease; False while another owner holds it."""
    until = work.now + timedelta(seconds=seconds)
    values = {"issuer": work.issuer, "name": name, "owner": owner, "until": until}
    if insert_new(work.conn, lease, values, ["issuer", "name"]):
        return True
    mine = (lease.c.issuer == work.issuer) & (lease.c.name == name)
    held = work.conn.execute(for_update(sa.select(lease.c.owner, lease.c.until).where(mine))).one_or_none()
    if held is not None and held.owner != owner and held.until > work.now:
        return False
    work.conn.execute(sa.update(lease).where(mine).values(owner=owner, until=until))
    return True


def drop_leases(work: Work, owner: str) -> None:
    """Gives back all that an owner holds, so that the next one need not wait."""
    work.conn.execute(sa.delete(lease).where(lease.c.issuer == work.issuer, lease.c.owner == owner))


def living(work: Work) -> set[str]:
    """The owners of leases in force."""
    query = sa.select(lease.c.owner).where(lease.c.issuer == work.issuer, lease.c.until > work.now)
    return set(work.conn.execute(query).scalars())


def orphans(work: Work, stuck_seconds: float) -> list[Row[Any]]:
    """Messages that were being sent by an engine that is dead, or far longer than a call can take."""
    alive = living(work)
    limit = work.now - timedelta(seconds=stuck_seconds)
    sending = outbox.stuck(work.conn, work.now + timedelta(seconds=1))
    return [row for row in sending if row.issuer == work.issuer and (row.owner not in alive or row.updated_at < limit)]


def due_messages(work: Work, limit: int = 200) -> list[Row[Any]]:
    """Messages to be sent now."""
    return [row for row in outbox.due(work.conn, work.now, limit) if row.issuer == work.issuer]


def doubts(work: Work) -> list[Row[Any]]:
    """Messages and orders in doubt or given up, oldest first: ``id``, ``topic``, ``about``, ``state``, ``last_error``,
    ``attempts``, ``updated_at``. A person looks at them; nothing sends them again."""
    o = outbox.outbox.c
    unsettled = sa.or_(o.last_error.is_(None), o.last_error.not_in(_RIGHTLY_NOT_SENT))
    query = (
        sa.select(o.id, o.topic, o.about, o.state, o.last_error, o.attempts, o.updated_at)
        .where(o.issuer == work.issuer, o.state.in_(("uncertain", "failed")), unsettled)
        .order_by(o.id)
    )
    return list(work.conn.execute(query))


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """What the engine last decided on a registration, and what a person decided after it (None: nobody)."""

    registration_id: str
    n: int
    verdict: str
    proposal: str | None
    reasons: tuple[str, ...]
    items: tuple[str, ...]
    at: datetime
    person: str | None


def engine_answers(work: Work, after: str, size: int) -> list[EngineAnswer]:
    """The engine's last decision on every registration, in the order of their ids, those that come after ``after``."""
    d = t.decision.c
    ids = (
        sa.select(d.registration_id)
        .where(d.issuer == work.issuer, d.actor_role == Role.ENGINE, d.registration_id > after)
        .distinct()
        .order_by(d.registration_id)
        .limit(size)
    )
    chosen = list(work.conn.execute(ids).scalars())
    query = sa.select(t.decision).where(d.issuer == work.issuer, d.registration_id.in_(chosen)).order_by(d.id)
    engine: dict[str, EngineAnswer] = {}
    for row in work.conn.execute(query):
        if row.actor_role == Role.ENGINE:
            engine[row.registration_id] = EngineAnswer(
                row.registration_id,
                row.n,
                row.verdict,
                row.proposal,
                tuple(row.reasons),
                tuple(row.items),
                row.at,
                None,
            )
        elif row.taken_back_at is None and row.registration_id in engine:
            engine[row.registration_id] = replace(engine[row.registration_id], person=row.verdict)
    return [engine[id] for id in chosen]


def slots_of(work: Work, registration_id: str, n: int) -> frozenset[str]:
    """The slots that submission ``n`` had evidence for."""
    use, e = t.evidence_use.c, t.evidence.c
    query = (
        sa.select(e.slot)
        .join(t.evidence_use, use.evidence_id == e.id)
        .where(use.issuer == work.issuer, use.registration_id == registration_id, use.n == n)
    )
    return frozenset(work.conn.execute(query).scalars())
