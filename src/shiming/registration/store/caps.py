"""Places under the caps (row A11): taken in the transaction that approves, given back when a binding or a card ends.

A place is a row unique on (scope, subject index, slot). Places of a programme and of the issuer's kind of card are always
kept, so that a cap that comes later counts what was there before. Places counted over several issuers go to a ledger that
all issuers of the installation share: keyed indexes only, of which this module tells a number and nothing else.

A person is counted by every document they were proven with, and with all parties that a reviewer linked to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update

from shiming.audit.work import Work
from shiming.platform.db import insert_new, lock_name
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import candidates, links, parties
from shiming.registration.store import tables as t
from shiming.registration.values import CapFacts, CapRule, Rules

_LEDGER = "cap-ledger"
"""The blind-index scope of the ledger: its indexes cannot be told from, or joined with, those of any issuer's tables."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a cap counts: their indexes, that of the first document they were proven with in front."""

    own: tuple[bytes, ...]
    ledger: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where places are counted: a scope of the issuer's own, or of the ledger."""

    scope: str
    wide: bool

    @property
    def table(self) -> Table:
        return t.cap_ledger if self.wide else t.cap_place


def ledger_index(work: Work, document: str, country: str, number: str) -> bytes:
    """The index of a document in the ledger: the same for every issuer of the installation."""
    return work.vault.blind(_LEDGER, f"{document}:{country}:{number}")


def subject(work: Work, registration: Registration) -> Subject | None:
    """Whom the caps count for this registration; None while the document's number is not known."""
    known = parties.identity(work, registration)
    if known is None:
        return None
    blind = parties.document_blind(work, *known)
    party_id = registration.party_id or parties.party_by_document(work, blind, erased=True)
    known_parties = dict.fromkeys(links.linked(work, party_id) if party_id else ())
    for party in sorted(candidates.same_parties(work, registration.id)):
        # A reviewer saw that it is the same person; the link itself waits for the approval that proves this one.
        known_parties.update(dict.fromkeys(links.linked(work, party)))
    own, ledger = _indexes(work, tuple(known_parties)) if known_parties else ([], [])
    if party_id is None:
        own.insert(0, blind)
        ledger.insert(0, ledger_index(work, *known))
    return Subject(tuple(dict.fromkeys((*own, blind))), tuple(dict.fromkeys((*ledger, ledger_index(work, *known)))))


def _indexes(work: Work, party_ids: tuple[str, ...]) -> tuple[list[bytes], list[bytes]]:
    """The indexes of every document of these parties, those of the first party in front."""
    d = t.identity_document.c
    query = (
        select(d.party_id, d.number_blind, d.ledger_blind)
        .where(d.issuer == work.issuer, d.party_id.in_(party_ids))
        .order_by(d.id)
    )
    rows = sorted(work.conn.execute(query).all(), key=lambda row: party_ids.index(row.party_id))
    return (
        [bytes(row.number_blind) for row in rows if row.number_blind],
        [bytes(row.ledger_blind) for row in rows if row.ledger_blind is not None],
    )


def _place(rules: Rules, scope: str) -> _Place:
    if scope == "programme":
        return _Place(f"programme:{rules.programme}", wide=False)
    if scope == "issuer":
        return _Place(f"issuer:{rules.card_kind}", wide=False)
    return _Place(f"wider:{rules.country}:{rules.card_kind}", wide=True)


def hold(work: Work, person: Subject) -> None:
    """Makes others who would take or count places of this person wait until the transaction ends."""
    for blind in sorted({*person.own, *person.ledger}):
        lock_name(work.conn, f"cap:{blind.hex()}")


def applying(registration: Registration, rules: Rules) -> tuple[CapRule, ...]:
    """The caps that hold for this registration: those for everybody and those for its class of person."""
    if registration.purpose not in ("register", "transfer"):
        return ()
    return tuple(cap for cap in rules.caps if cap.person in (None, registration.person))


def counted(work: Work, registration: Registration, rules: Rules, person: Subject) -> tuple[CapFacts, ...]:
    """What each cap that is counted here says, besides this registration's own places."""
    found = []
    for cap in applying(registration, rules):
        if cap.register is None:
            place = _place(rules, cap.scope)
            found.append(CapFacts(place.scope, cap.limit, _taken(work, registration, cap, place, person), place.wide))
    return tuple(found)


def _taken(work: Work, registration: Registration, cap: CapRule, place: _Place, person: Subject) -> int:
    c = place.table.c
    query = select(c.id).where(*_of(work, place, person), c.registration_id != registration.id)
    if cap.person is not None:
        query = query.where(c.person == cap.person)
    if cap.window_days is not None:
        query = query.where(c.taken_at > _since(work.now, cap.window_days))
    return len(work.conn.execute(query).all())


def _since(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _of(work: Work, place: _Place, person: Subject) -> list[ColumnElement[bool]]:
    """The rows of a person in a scope. The ledger alone is read across issuers."""
    c = place.table.c
    if place.wide:
        return [c.scope == place.scope, c.subject_blind.in_(person.ledger)]
    return [c.issuer == work.issuer, c.scope == place.scope, c.subject_blind.in_(person.own)]


def code_of(cap: CapFacts) -> str:
    """The reason code of a cap that is reached."""
    return "CAP_REACHED_TOTAL" if cap.wide else "CAP_REACHED_OPERATOR"


def take_places(work: Work, registration: Registration, rules: Rules, *, enforce: bool = True) -> None:
    """Takes the registration's places under the caps. Done before: nothing changes.

    ``enforce=False`` keeps places of cards that are held already (imports) without asking whether there are any left.
    Raises FIELD_MISSING without a proven number, CAP_REACHED_OPERATOR or CAP_REACHED_TOTAL when a cap is reached.
    """
    person = subject(work, registration)
    if person is None and registration.document is None and not rules.caps:
        return  # registered by data alone, and nothing to be counted
    if person is None:
        raise Problem("FIELD_MISSING", item="number")
    hold(work, person)
    if enforce:
        for cap in counted(work, registration, rules, person):
            if cap.taken is None or cap.taken >= cap.limit:
                raise Problem(code_of(cap))
    wide = any(cap.scope == "wider" for cap in applying(registration, rules))
    for scope in ("programme", "issuer", *(("wider",) if wide else ())):
        _take(work, registration, _place(rules, scope), person)


def _take(work: Work, registration: Registration, place: _Place, person: Subject) -> None:
    c = place.table.c
    rows = work.conn.execute(select(c.subject_blind, c.slot, c.registration_id).where(*_of(work, place, person))).all()
    if any(row.registration_id == registration.id for row in rows):
        return
    first = (person.ledger if place.wide else person.own)[0]
    values: dict[str, Any] = {
        "id": uuid7(),
        "issuer": work.issuer,
        "scope": place.scope,
        "subject_blind": first,
        "slot": _free(row.slot for row in rows if bytes(row.subject_blind) == first),
        "registration_id": registration.id,
        "taken_at": work.now,
        "person": registration.person,
    }
    unique = ["scope", "subject_blind", "slot"] if place.wide else ["issuer", "scope", "subject_blind", "slot"]
    if not insert_new(work.conn, place.table, values, unique):
        # Only where somebody took a place without `hold`: what was counted is no longer so.
        raise Problem("CONFLICT")


def _free(taken: Iterable[int]) -> int:
    used = set(taken)
    return next(slot for slot in range(len(used) + 1) if slot not in used)


def release_places(work: Work, registration_id: str) -> None:
    """Gives back the places of a registration: its binding ended, or its approval was taken back."""
    for table in (t.cap_place, t.cap_ledger):
        c = table.c
        work.conn.execute(delete(table).where(c.issuer == work.issuer, c.registration_id == registration_id))


def release_card(work: Work, card_id: str) -> None:
    """Gives back the places of a card that is cancelled."""
    r = t.registration.c
    query = select(r.id).where(r.issuer == work.issuer, r.card_id == card_id)
    for registration_id in work.conn.execute(query).scalars().all():
        release_places(work, registration_id)


def move_places(work: Work, registration_id: str, to_registration_id: str) -> None:
    """Hands the places of a replaced card on to the one that replaces it: a replacement does not count."""
    for table in (t.cap_place, t.cap_ledger):
        c = table.c
        work.conn.execute(
            update(table)
            .where(c.issuer == work.issuer, c.registration_id == registration_id)
            .values(registration_id=to_registration_id)
        )
