"""Many cards at once: found, reserved, opened and released in few statements. One audit entry names them all.

Each function does a bounded number of cards; callers go part by part. Cards that changed meanwhile are left out and not
counted: the version is part of every update.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Row

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import for_update
from shiming.platform.ids import uuid7
from shiming.registration.states import CardState, card_after
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_text, seal_json
from shiming.registration.values import Actor


@dataclass(frozen=True, slots=True)
class StockRow:
    """A card as a long list needs it; its number stays sealed."""

    id: str
    key_id: str
    kind: str
    state: CardState
    version: int
    account_id: str | None
    secret_sealed: bytes | None
    msisdn_sealed: bytes | None


def _row(row: Row[Any]) -> StockRow:
    return StockRow(
        row.id,
        row.key_id,
        row.kind,
        CardState(row.state),
        row.version,
        row.account_id,
        row.secret_sealed,
        row.msisdn_sealed,
    )


def by_numbers(work: Work, blinds: Iterable[bytes]) -> dict[bytes, StockRow]:
    """Cards of the stock by the keyed index of their number, locked where the unit of work writes."""
    c = t.card.c
    query = select(t.card).where(c.issuer == work.issuer, c.number_blind.in_(list(blinds))).order_by(c.id)
    rows = work.conn.execute(for_update(query) if work.writable else query)
    return {bytes(row.number_blind): _row(row) for row in rows}


def by_ids(work: Work, ids: Iterable[str]) -> list[StockRow]:
    """Cards by id, locked where the unit of work writes."""
    c = t.card.c
    query = select(t.card).where(c.issuer == work.issuer, c.id.in_(list(ids))).order_by(c.id)
    return [_row(row) for row in work.conn.execute(for_update(query) if work.writable else query)]


def secret(work: Work, card: StockRow) -> str:
    """The secret printed with a card; the empty text when the stock has none."""
    return open_text(work, card.key_id, "card", "secret_sealed", card.id, card.secret_sealed)


def move(work: Work, cards: Iterable[StockRow], name: str, **changes: Any) -> list[str]:
    """One legal move of many cards of the same state; returns the ids. Raises ``IllegalMove``."""
    rows = list(cards)
    for card in rows:
        card_after(card.state, name)
    if not rows:
        return []
    c = t.card
    work.conn.execute(
        update(c)
        .where(c.c.issuer == work.issuer, c.c.id == bindparam("card"), c.c.version == bindparam("seen"))
        .values(
            version=bindparam("seen") + 1,
            updated_at=work.now,
            state=str(card_after(rows[0].state, name)),
            **changes,
        ),
        [{"card": card.id, "seen": card.version} for card in rows],
    )
    return [card.id for card in rows]


def open_cards(
    work: Work, actor: Actor, cards: Iterable[StockRow], registration_id: str, holders: Mapping[str, str]
) -> int:
    """Binds cards to their holders (role -> party), assigns their numbers and orders their lines; returns how many.

    The order of a card has one key, so that it is asked for once however often this is tried.
    """
    rows = list(cards)
    ids = move(work, rows, "activate")
    if not ids:
        return 0
    work.conn.execute(
        insert(t.binding),
        [
            {
                "id": uuid7(),
                "issuer": work.issuer,
                "party_id": party_id,
                "card_id": card_id,
                "role": role,
                "registration_id": registration_id,
                "since": work.now,
            }
            for card_id in ids
            for role, party_id in holders.items()
        ],
    )
    for card in rows:
        assign(work, card)
        work.post(
            "operator",
            {"act": "open", "card": card.id, "registration": registration_id},
            key=f"open:{card.id}:{registration_id}",
            about=registration_id,
        )
    work.record(actor, Action.CARDS_OPENED, "registration", registration_id, cards=ids)
    return len(ids)


def assign(work: Work, card: StockRow) -> None:
    """Notes which number a card has from now on; nothing for a card without one."""
    msisdn = open_text(work, card.key_id, "card", "msisdn_sealed", card.id, card.msisdn_sealed)
    if not msisdn:
        return
    assignment_id = uuid7()
    work.conn.execute(
        insert(t.assignment).values(
            id=assignment_id,
            issuer=work.issuer,
            card_id=card.id,
            number_blind=work.vault.blind("msisdn", msisdn),
            number_sealed=seal_json(work, card.key_id, "assignment", "number_sealed", assignment_id, msisdn),
            since=work.now,
        )
    )
