"""Leases: who sweeps, and which engines are alive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform import outbox
from shiming.platform.db import UtcDateTime, for_update, insert_new, metadata

SETTLED = "SETTLED"
"""The ``last_error`` of a message that a person found out about."""

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
    query = (
        sa.select(o.id, o.topic, o.about, o.state, o.last_error, o.attempts, o.updated_at)
        .where(o.issuer == work.issuer, o.state.in_(("uncertain", "failed")), o.last_error.is_distinct_from(SETTLED))
        .order_by(o.id)
    )
    return list(work.conn.execute(query))
