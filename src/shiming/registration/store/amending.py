"""Recorded data changed: a correction keeps both versions, and every card of the party follows (rows B8, D6).

The operator is told once a card. At a transfer the card's binding to its party ends, and another party's begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update

from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import IdentityDocument, PartyDetail, Registration
from shiming.registration.states import CardState
from shiming.registration.store import caps, life, moves, parties, roles
from shiming.registration.store import tables as t
from shiming.registration.values import Actor

_Version = TypeVar("_Version", PartyDetail, IdentityDocument)
HOLDER = "holder"
"""The role of who holds a card; a guardian or a responsible person only stands by."""
DETAILS = ("name", "address", "phone", "email")
"""What a party declares of itself; the rest stands in its documents."""


@dataclass(frozen=True, slots=True)
class Held:
    """A card that a party holds, and the registration that bound it."""

    card_id: str
    registration_id: str
    role: str
    since: datetime


def held(work: Work, party_id: str) -> list[Held]:
    """The cards that a party holds now, oldest first."""
    b = t.binding.c
    query = select(b.card_id, b.registration_id, b.role, b.since).where(
        b.issuer == work.issuer, b.party_id == party_id, b.until.is_(None)
    )
    return [Held(*row) for row in work.conn.execute(query.order_by(b.id))]


def known(work: Work, party_id: str) -> dict[str, str]:
    """What is recorded of a party now, by field: its documents' fields, then what it declared."""
    found: dict[str, str] = {}
    for document in _now(parties.identity_documents(work, party_id)):
        found.update({name: value for name, value in document.fields.items() if value})
    for detail in _now(parties.party_history(work, party_id)):
        found.update(detail.detail)
    return found


def amend(work: Work, registration: Registration, party_id: str, field: str, value: str) -> None:
    """Changes one recorded field: the version in force ends, a new one begins. Nothing is overwritten.

    Raises ``Problem`` CONFLICT for a document number that another party was proven with.
    """
    documents = [d for d in _now(parties.identity_documents(work, party_id)) if field in d.fields]
    for document in documents:
        fields = {**document.fields, field: value}
        number = (fields.get("number") or "").upper().replace(" ", "")
        identity = (document.type, document.country, number)
        owner = parties.party_by_document(work, parties.document_blind(work, *identity), erased=True)
        if owner not in (None, party_id):
            raise Problem("CONFLICT")
        roles.keep_document(work, registration, party_id, identity, fields)
    details = _now(parties.party_history(work, party_id))
    current = dict(details[-1].detail) if details else {}
    if field in current or field in DETAILS or not documents:
        roles.keep_detail(work, registration, party_id, {**current, field: value})


def follow(work: Work, actor: Actor, party_id: str, key: str) -> int:
    """Tells the operator, card by card, that what is recorded of the holder changed; returns how many cards."""
    told = 0
    for row in (row for row in held(work, party_id) if row.role == HOLDER):
        card = store.card(work, row.card_id)
        if card.state == CardState.CANCELLED:
            continue
        key_of = f"update-holder:{card.id}:{key}"
        life.order(work, actor, card, "update-holder", key=key_of, why="data", registration=row.registration_id)
        told += 1
    return told


def end_holding(work: Work, actor: Actor, registration: Registration) -> None:
    """A transfer takes effect: whoever held the card holds it no more, and their places under the caps are free.

    The number stays on the card. Raises ``Problem`` WRONG_STATE for a card that was cancelled meanwhile.
    """
    card = store.card(work, registration.card_id)
    if card.state == CardState.CANCELLED:
        raise Problem("WRONG_STATE")
    b = t.binding
    mine = (b.c.issuer == work.issuer, b.c.card_id == card.id, b.c.until.is_(None))
    before = sorted({*work.conn.execute(select(b.c.registration_id).where(*mine)).scalars()})
    work.conn.execute(update(b).where(*mine).values(until=work.now))
    for registration_id in before:
        caps.release_places(work, registration_id)
        moves.note_event(work, actor, registration_id, "transfer-ended")
        key = f"transfer-done:{registration_id}:{registration.id}"
        moves.post_notice(work, store.get(work, registration_id), "transfer-done", key=key)
    moves.write_card(work, card, account_id=registration.account_id)


def _now(rows: list[_Version]) -> list[_Version]:
    return [row for row in rows if row.until is None]
