"""The stand-in operator's lines. Card numbers stand there as keyed indexes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from shiming.activation.operator import Line
from shiming.audit.work import Work
from shiming.platform.db import Json, UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7

standin_line = sa.Table(
    "standin_line",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("number_blind", sa.LargeBinary, nullable=False, index=True),
    sa.Column("idempotency_key", sa.String(200), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("ordered_at", UtcDateTime, nullable=False),
    sa.Column("opened_at", UtcDateTime),
    sa.UniqueConstraint("issuer", "idempotency_key"),
    sa.CheckConstraint("state in ('opening', 'in-service')", name="state"),
)


standin_service = sa.Table(
    "standin_service",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("number_blind", sa.LargeBinary, primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("restrictions", Json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

number_event = sa.Table(
    "number_event",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("number_blind", sa.LargeBinary, nullable=False),
    sa.Column("event", sa.String(16), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.UniqueConstraint("issuer", "number_blind", "event", "at"),
    sa.CheckConstraint("event in ('recycled', 'ported', 'sim-changed')", name="event"),
)


inbound_event = sa.Table(
    "inbound_event",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(100), nullable=False),
    sa.Column("content_blind", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("card_id", sa.String(36)),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "event_id"),
    sa.Index(None, "issuer", "card_id", "received_at"),
)


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One order of a line at the stand-in."""

    id: str
    state: str
    ordered_at: datetime
    opened_at: datetime | None


def keep_number_event(work: Work, msisdn: str, event: str, at: datetime, actor_id: str) -> str | None:
    """Keeps an event of a number and returns its id; None for one that came before."""
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "number_blind": work.vault.blind("msisdn", msisdn),
        "event": event,
        "at": at,
        "received_at": work.now,
        "actor_id": actor_id,
    }
    kept = insert_new(work.conn, number_event, values, ["issuer", "number_blind", "event", "at"])
    return str(values["id"]) if kept else None


def order_line(work: Work, number: str, key: str | None) -> None:
    """Takes an order; one with a key that came before changes nothing. Without a key every order counts."""
    id = uuid7()
    values = {
        "id": id,
        "issuer": work.issuer,
        "number_blind": _blind(work, number),
        "idempotency_key": key or id,
        "state": "opening",
        "ordered_at": work.now,
    }
    insert_new(work.conn, standin_line, values, ["issuer", "idempotency_key"])


def open_ordered(work: Work, number: str) -> bool:
    """Opens what was ordered for a card; says whether its line is in service."""
    line = standin_line
    mine = (line.c.issuer == work.issuer) & (line.c.number_blind == _blind(work, number))
    work.conn.execute(
        sa.update(line).where(mine, line.c.state == "opening").values(state="in-service", opened_at=work.now)
    )
    return work.conn.execute(sa.select(line.c.id).where(mine).limit(1)).first() is not None


def write_line(work: Work, number: str, state: str | None, restrictions: tuple[str, ...] | None) -> None:
    """Writes down what a line is from now on; None leaves that as it is. A line not heard of before works."""
    s = standin_service
    values = {
        "issuer": work.issuer,
        "number_blind": _blind(work, number),
        "state": state or "in-service",
        "restrictions": list(restrictions or ()),
        "at": work.now,
    }
    if insert_new(work.conn, s, values, ["issuer", "number_blind"]):
        return
    changes: dict[str, object] = {"at": work.now}
    if state is not None:
        changes["state"] = state
    if restrictions is not None:
        changes["restrictions"] = list(restrictions)
    mine = (s.c.issuer == work.issuer, s.c.number_blind == _blind(work, number))
    work.conn.execute(sa.update(s).where(*mine).values(**changes))


def move_line(work: Work, number: str, new_number: str) -> None:
    """Moves a line to another card. Done before: nothing happens."""
    old = read_line(work, number)
    if old is not None and old.state == "cancelled":
        return
    write_line(work, new_number, "in-service", old.restrictions if old else ())
    write_line(work, number, "cancelled", None)


def read_line(work: Work, number: str) -> Line | None:
    """The line of a card as it was written down last; None for one never heard of."""
    s = standin_service.c
    query = sa.select(s.state, s.restrictions).where(s.issuer == work.issuer, s.number_blind == _blind(work, number))
    row = work.conn.execute(query).one_or_none()
    return None if row is None else Line(row.state, tuple(row.restrictions))


def begin_event(work: Work, event_id: str, kind: str, at: datetime, content: bytes) -> bool:
    """Takes an event in, once an id; False when it came before."""
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "event_id": event_id,
        "content_blind": content,
        "kind": kind,
        "outcome": "received",
        "at": at,
        "received_at": work.now,
    }
    return insert_new(work.conn, inbound_event, values, ["issuer", "event_id"])


def finish_event(work: Work, event_id: str, outcome: str, card_id: str | None) -> None:
    """Writes what an event led to."""
    e = inbound_event
    mine = (e.c.issuer == work.issuer, e.c.event_id == event_id)
    work.conn.execute(sa.update(e).where(*mine).values(outcome=outcome, card_id=card_id))


def earlier_event(work: Work, event_id: str) -> tuple[str, bytes]:
    """What an event that came before led to, and the index of its content."""
    e = inbound_event.c
    query = sa.select(e.outcome, e.content_blind).where(e.issuer == work.issuer, e.event_id == event_id)
    row = work.conn.execute(query).one()
    return row.outcome, bytes(row.content_blind)


def wrong_events(work: Work, card_id: str, since: datetime) -> int:
    """How many events of a card were wrong since then."""
    e = inbound_event.c
    query = sa.select(sa.func.count()).where(
        e.issuer == work.issuer, e.card_id == card_id, e.received_at > since, e.outcome.like("wrong-%")
    )
    return int(work.conn.execute(query).scalar_one())


def lines(work: Work, limit: int = 100) -> list[OrderedLine]:
    """The stand-in's orders, newest first."""
    line = standin_line.c
    query = (
        sa.select(line.id, line.state, line.ordered_at, line.opened_at)
        .where(line.issuer == work.issuer)
        .order_by(line.ordered_at.desc(), line.id.desc())
        .limit(limit)
    )
    return [OrderedLine(*row) for row in work.conn.execute(query)]


def _blind(work: Work, number: str) -> bytes:
    return work.vault.blind("standin-line", number)
