"""Who holds which card, now and at a moment of the past: bindings and assignments read across accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from shiming.audit.work import Work
from shiming.registration import numbers, store
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.store import tables as t


@dataclass(frozen=True, slots=True)
class Holding:
    """A card in somebody's name, from - to."""

    id: str
    party_id: str
    card_id: str
    registration_id: str
    role: str
    since: datetime
    until: datetime | None


_B = t.binding.c
_COLUMNS = (_B.id, _B.party_id, _B.card_id, _B.registration_id, _B.role, _B.since, _B.until)


def of_parties(work: Work, party_ids: list[str]) -> list[Holding]:
    """Every card registered to these parties now, whatever account did it, newest first."""
    query = select(*_COLUMNS).where(_B.issuer == work.issuer, _B.party_id.in_(party_ids), _B.until.is_(None))
    return [Holding(*row) for row in work.conn.execute(query.order_by(_B.id.desc()))]


def get(work: Work, id: str) -> Holding:
    """A binding by id. Raises ``Problem`` NOT_FOUND."""
    row = work.conn.execute(select(*_COLUMNS).where(_B.issuer == work.issuer, _B.id == id)).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return Holding(*row)


def of_card(work: Work, card_id: str, moment: datetime) -> list[Holding]:
    """Who held a card at a moment."""
    query = select(*_COLUMNS).where(_B.issuer == work.issuer, _B.card_id == card_id, *_at(_B, moment))
    return [Holding(*row) for row in work.conn.execute(query.order_by(_B.id))]


def _at(c: Any, moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return c.since <= moment, or_(c.until.is_(None), c.until > moment)


def card_of_msisdn(work: Work, blinds: list[bytes], moment: datetime) -> list[str]:
    """The cards that had a telephone number at a moment: a recycled number is a new row."""
    a = t.assignment.c
    query = select(a.card_id).where(a.issuer == work.issuer, a.number_blind.in_(blinds), *_at(a, moment))
    return list(work.conn.execute(query.order_by(a.id)).scalars())


def cards_by_number(work: Work, number: str) -> list[Card]:
    """The cards with this number, whatever their scheme."""
    found = (store.card_by_number(work, scheme, numbers.look(scheme, number).value) for scheme in numbers.SCHEMES)
    return [card for card in found if card is not None]


def end(work: Work, holding: Holding) -> bool:
    """Ends a binding now; says whether it was still open."""
    b = t.binding
    done = work.conn.execute(
        update(b).where(b.c.issuer == work.issuer, b.c.id == holding.id, b.c.until.is_(None)).values(until=work.now)
    )
    return done.rowcount == 1
