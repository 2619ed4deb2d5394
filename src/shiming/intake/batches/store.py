"""Which cards a batch took from the stock, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.platform.db import metadata
from shiming.registration.store import tables as t

RESERVED, OPENED, RELEASED = "reserved", "opened", "released"

batch_card = sa.Table(
    "batch_card",
    metadata,
    sa.Column("card_id", sa.String(36), primary_key=True),
    sa.Column("registration_id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("list_id", sa.String(36), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Index(None, "list_id", "state"),
    sa.Index(None, "registration_id", "state"),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the cards of a batch are."""

    reserved: int
    opened: int
    in_service: int
    released: int


def add(work: Work, registration_id: str, list_id: str, lines: Iterable[tuple[str, int]]) -> None:
    """Notes the cards (id, line) that a part of a list took."""
    rows = [
        {
            "card_id": card_id,
            "registration_id": registration_id,
            "issuer": work.issuer,
            "list_id": list_id,
            "line": line,
            "state": RESERVED,
        }
        for card_id, line in lines
    ]
    if rows:
        work.conn.execute(sa.insert(batch_card), rows)


def taken(work: Work, registration_id: str, card_ids: Iterable[str]) -> dict[str, str]:
    """Those of the cards that the batch has already, with the list they came with."""
    b = batch_card.c
    query = sa.select(b.card_id, b.list_id).where(
        b.issuer == work.issuer,
        b.registration_id == registration_id,
        b.card_id.in_(list(card_ids)),
        b.state != RELEASED,
    )
    return {row.card_id: row.list_id for row in work.conn.execute(query)}


def next_cards(work: Work, list_id: str, limit: int) -> list[str]:
    """Ids of cards of a list that still wait for the decision, some at a time."""
    b = batch_card.c
    query = sa.select(b.card_id).where(b.issuer == work.issuer, b.list_id == list_id, b.state == RESERVED)
    return list(work.conn.execute(query.order_by(b.line).limit(limit)).scalars())


def mark(work: Work, registration_id: str, card_ids: Iterable[str], state: str) -> None:
    """Writes what became of cards."""
    b = batch_card
    work.conn.execute(
        sa.update(b)
        .where(b.c.issuer == work.issuer, b.c.registration_id == registration_id, b.c.card_id.in_(list(card_ids)))
        .values(state=state)
    )


def progress(work: Work, registration_id: str) -> Progress:
    """How far the cards of a batch are, all its lists together."""
    b, c = batch_card.c, t.card.c
    mine = (b.issuer == work.issuer) & (b.registration_id == registration_id)
    rows = work.conn.execute(sa.select(b.state, sa.func.count().label("cards")).where(mine).group_by(b.state))
    counts = {row.state: int(row.cards) for row in rows}
    query = (
        sa.select(sa.func.count())
        .select_from(batch_card)
        .join(t.card, c.id == b.card_id)
        .where(mine, b.state == OPENED, c.state == "in-service")
    )
    return Progress(
        counts.get(RESERVED, 0),
        counts.get(OPENED, 0),
        int(work.conn.execute(query).scalar_one()),
        counts.get(RELEASED, 0),
    )


def unopened(work: Work, list_id: str) -> bool:
    """Whether the operator still has to confirm a card of a list."""
    b, c = batch_card.c, t.card.c
    query = (
        sa.select(b.card_id)
        .join(t.card, c.id == b.card_id)
        .where(b.issuer == work.issuer, b.list_id == list_id, b.state == OPENED, c.state == "activating")
    )
    return work.conn.execute(query.limit(1)).first() is not None
