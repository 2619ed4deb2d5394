"""Demands to prove oneself again, as kept: the orders that made them, and one row a card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform.db import Json, UtcDateTime, for_update, metadata
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.store import tables as t

OPEN = ("asked", "restricted", "suspended", "lifting")

reverification_order = sa.Table(
    "reverification_order",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("rule", Json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("standing", sa.Boolean, nullable=False),
    sa.Column("last_binding", sa.String(36), nullable=False),
    sa.Column("working_days", sa.Integer, nullable=False),
    sa.Column("suspend_working_days", sa.Integer),
    sa.Column("actor_role", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("scanned_at", UtcDateTime),
    sa.Index(None, "issuer", "state"),
)

reverification = sa.Table(
    "reverification",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("order_id", sa.String(36), sa.ForeignKey("reverification_order.id"), nullable=False, index=True),
    sa.Column("card_id", sa.String(36), nullable=False, index=True),
    sa.Column("registration_id", sa.String(36), nullable=False),
    sa.Column("account_id", sa.String(36), nullable=False, index=True),
    sa.Column("proof_id", sa.String(36)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("restrictions", Json, nullable=False),
    sa.Column("before", Json, nullable=False),
    sa.Column("remind_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("suspend_at", UtcDateTime),
    sa.Column("next_at", UtcDateTime),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "issuer", "next_at"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """Why and of whom a proof is demanded. ``rule`` holds names and days only; ``working_days`` is the time people have."""

    id: str
    reason: str
    rule: dict[str, Any]
    state: str
    standing: bool
    last_binding: str
    working_days: int
    suspend_working_days: int | None
    actor_role: str
    actor_id: str
    at: datetime
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Demand:
    """One card's holder is asked. ``proof_id`` is the registration that proves it; ``before`` what was barred before."""

    id: str
    order_id: str
    card_id: str
    registration_id: str
    account_id: str
    proof_id: str | None
    state: str
    restrictions: tuple[str, ...]
    before: tuple[str, ...]
    remind_at: datetime | None
    due_at: datetime
    suspend_at: datetime | None
    next_at: datetime | None
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A card in service with who holds it, as a rule looks at it."""

    binding_id: str
    card_id: str
    registration_id: str
    party_id: str


def _order(row: Row[Any]) -> Order:
    return Order(**{name: row._mapping[name] for name in Order.__dataclass_fields__})


def _demand(row: Row[Any]) -> Demand:
    values = {name: row._mapping[name] for name in Demand.__dataclass_fields__}
    values["restrictions"], values["before"] = tuple(values["restrictions"]), tuple(values["before"])
    return Demand(**values)


def add_order(work: Work, **values: Any) -> Order:
    """A new order that nobody was asked for yet."""
    order_id = uuid7()
    work.conn.execute(
        sa.insert(reverification_order).values(
            id=order_id, issuer=work.issuer, state="asking", last_binding="", at=work.now, **values
        )
    )
    return order(work, order_id)


def order(work: Work, order_id: str) -> Order:
    """An order, locked where the unit of work writes. Raises ``Problem`` NOT_FOUND."""
    o = reverification_order.c
    query = sa.select(reverification_order).where(o.issuer == work.issuer, o.id == order_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _order(row)


def orders(work: Work, limit: int = 50) -> list[Order]:
    """The newest orders."""
    o = reverification_order.c
    query = sa.select(reverification_order).where(o.issuer == work.issuer).order_by(o.id.desc()).limit(limit)
    return [_order(row) for row in work.conn.execute(query)]


def to_scan(work: Work, again_before: datetime) -> list[str]:
    """Ids of orders that still ask people, and of standing ones that were last asked before a moment."""
    o = reverification_order.c
    again = sa.and_(o.standing, o.state == "asked", o.scanned_at < again_before)
    query = sa.select(o.id).where(o.issuer == work.issuer, sa.or_(o.state == "asking", again)).order_by(o.id)
    return list(work.conn.execute(query).scalars())


def change_order(work: Work, order_id: str, **values: Any) -> None:
    """Writes columns of an order."""
    o = reverification_order
    work.conn.execute(sa.update(o).where(o.c.issuer == work.issuer, o.c.id == order_id).values(**values))


def held(
    work: Work,
    rule: dict[str, Any],
    *,
    opened_before: datetime | None,
    cards: Iterable[str] | None,
    after: str,
    limit: int,
) -> list[Held]:
    """Cards in service that a rule may mean, by the id of their binding, after one of them."""
    b, c, r = t.binding.c, t.card.c, t.registration.c
    query = (
        sa.select(b.id, b.card_id, b.registration_id, b.party_id)
        .join(t.card, c.id == b.card_id)
        .join(t.registration, r.id == b.registration_id)
        .where(b.issuer == work.issuer, b.until.is_(None), b.role == "holder", c.state == "in-service", b.id > after)
    )
    if rule.get("programme"):
        query = query.where(r.programme == rule["programme"])
    if rule.get("document"):
        query = query.where(r.document == rule["document"])
    if rule.get("imported"):
        query = query.where(r.channel == "import")
    if opened_before is not None:
        query = query.where(b.since < opened_before)
    if cards is not None:
        query = query.where(b.card_id.in_(list(cards)))
    busy = sa.select(reverification.c.id).where(reverification.c.card_id == b.card_id, reverification.c.state.in_(OPEN))
    query = query.where(~busy.exists()).order_by(b.id).limit(limit)
    return [Held(row.id, row.card_id, row.registration_id, row.party_id) for row in work.conn.execute(query)]


def add(work: Work, **values: Any) -> str:
    """A new demand."""
    demand_id = uuid7()
    work.conn.execute(
        sa.insert(reverification).values(id=demand_id, issuer=work.issuer, state="asked", at=work.now, **values)
    )
    return demand_id


def get(work: Work, demand_id: str) -> Demand:
    """A demand, locked where the unit of work writes. Raises ``Problem`` NOT_FOUND."""
    v = reverification.c
    query = sa.select(reverification).where(v.issuer == work.issuer, v.id == demand_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _demand(row)


def of_account(work: Work, account_id: str) -> list[Demand]:
    """The open demands of an account, the most urgent first."""
    v = reverification.c
    query = sa.select(reverification).where(v.issuer == work.issuer, v.account_id == account_id, v.state.in_(OPEN))
    return [_demand(row) for row in work.conn.execute(query.order_by(v.due_at))]


def due(work: Work, limit: int) -> list[str]:
    """Ids of demands with something to be done now."""
    v = reverification.c
    query = sa.select(v.id).where(v.issuer == work.issuer, v.next_at <= work.now).order_by(v.next_at).limit(limit)
    return list(work.conn.execute(query).scalars())


def proven(work: Work, limit: int) -> list[str]:
    """Ids of open demands whose proof was approved and is in effect."""
    v, d = reverification.c, t.decision.c
    query = (
        sa.select(v.id)
        .join(t.decision, d.registration_id == v.proof_id)
        .where(v.issuer == work.issuer, v.state.in_(("asked", "restricted", "suspended")))
        .where(d.verdict == "approve", d.effect_at.is_not(None))
        .limit(limit)
    )
    return list(work.conn.execute(query).scalars())


def change(work: Work, demand_id: str, **values: Any) -> None:
    """Writes columns of a demand."""
    v = reverification
    work.conn.execute(sa.update(v).where(v.c.issuer == work.issuer, v.c.id == demand_id).values(**values))


def figures(work: Work, order_id: str) -> dict[str, int]:
    """How many demands of an order are in each state."""
    v = reverification.c
    query = sa.select(v.state, sa.func.count().label("cards")).where(v.issuer == work.issuer, v.order_id == order_id)
    return {row.state: int(row.cards) for row in work.conn.execute(query.group_by(v.state))}
