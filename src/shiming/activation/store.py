"""The stand-in operator's lines. Card numbers stand there as keyed indexes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, insert_new, metadata
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


@dataclass(frozen=True, slots=True)
class Line:
    """One order of a line at the stand-in."""

    id: str
    state: str
    ordered_at: datetime
    opened_at: datetime | None


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


def lines(work: Work, limit: int = 100) -> list[Line]:
    """The stand-in's orders, newest first."""
    line = standin_line.c
    query = (
        sa.select(line.id, line.state, line.ordered_at, line.opened_at)
        .where(line.issuer == work.issuer)
        .order_by(line.ordered_at.desc(), line.id.desc())
        .limit(limit)
    )
    return [Line(*row) for row in work.conn.execute(query)]


def _blind(work: Work, number: str) -> bytes:
    return work.vault.blind("standin-line", number)
