"""Lawful requests (row E7): who held this number at that time.

A named officer records authority, legal basis and case number first; that record and its audit entry are committed before
anything is looked up, and each answer leaves an entry of its own, committed before it is worked out. Whatever goes wrong
afterwards, that it was asked can no longer be unmade.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shiming.accounts import holders, staff
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.custody.retention import ROOM
from shiming.custody.store import holding, lawful
from shiming.custody.store.lawful import Asked, LawfulRequest
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import IdentityDocument, PartyDetail
from shiming.registration.store import parties
from shiming.registration.values import Actor, Role

NumberKind = Literal["msisdn", "card"]
KINDS: tuple[NumberKind, ...] = ("msisdn", "card")


@dataclass(frozen=True, slots=True)
class Watermark:
    """What stands on every copy of an answer: who opened it, for which request, when."""

    officer: str
    request: str
    at: datetime

    @property
    def text(self) -> str:
        """One line."""
        return f"{self.officer} · {self.request} · {self.at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class HolderThen:
    """Who held the number at the moment. Without details and documents, but ``erased_at``: kept no longer."""

    card_number: str
    role: str
    since: datetime
    until: datetime | None
    registration: str
    details: dict[str, str]
    documents: tuple[IdentityDocument, ...]
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; ``holders`` is empty where nobody held the number at the moment."""

    request: LawfulRequest
    asked: Asked
    holders: tuple[HolderThen, ...]
    watermark: Watermark


def _officer(actor: Actor) -> None:
    if actor.role != Role.OFFICER:
        raise Problem("NOT_ALLOWED")


def ask(
    workspace: Workspace,
    actor: Actor,
    *,
    authority: str,
    basis: str,
    case_number: str,
    number_kind: str,
    number: str,
    moment: datetime,
) -> str:
    """Records a request and gives its id; nothing is looked up. Raises NOT_ALLOWED, INVALID_FORM by field."""
    _officer(actor)
    texts = {"authority": authority.strip(), "basis": basis.strip(), "case_number": case_number.strip()}
    longest = limit(ROOM, "lawful.text")
    wrong = {name: "INVALID_FORM" for name, text in texts.items() if not text or len(text) > longest}
    normal = _normal(number_kind, number)
    if normal is None:
        wrong["number"] = "INVALID_FORM"
    if moment > workspace.clock.now():
        wrong["moment"] = "INVALID_FORM"
    if wrong or normal is None:
        raise Problem("INVALID_FORM", fields=wrong)
    with workspace.write() as work:
        request_id = lawful.add(work, actor.id, Asked(number=normal, **texts), number_kind, moment)
        work.record(actor, Action.LAWFUL_REQUEST_ASKED, "lawful-request", request_id)
    return request_id


def _normal(kind: str, number: str) -> str | None:
    if kind == "card":
        return "".join(number.split()) or None
    try:
        contact = holders.normalise_contact(number)
    except holders.ContactError:
        return None
    return contact.value if kind == "msisdn" and contact.kind == "phone" else None


def answer(workspace: Workspace, actor: Actor, request_id: str) -> Answer:
    """Works out the answer for the officer who asked. The entry that it is opened is committed first.

    Raises NOT_ALLOWED, and NOT_FOUND for another officer's request.
    """
    _officer(actor)
    with workspace.write() as work:
        if lawful.get(work, request_id).officer_id != actor.id:
            raise Problem("NOT_FOUND")
        work.record(actor, Action.LAWFUL_ANSWER_OPENED, "lawful-request", request_id)
    with workspace.read() as work:
        request = lawful.get(work, request_id)
        asked = lawful.asked(work, request)
        found = tuple(_then(work, row, request.moment) for row in _held(work, request, asked))
        mark = Watermark(_name(work, actor), request.reference, work.now)
    return Answer(request, asked, found, mark)


def _name(work: Work, actor: Actor) -> str:
    member = staff.get(work, actor.id)
    return f"{member.display_name} ({actor.id})" if member else actor.id


def _held(work: Work, request: LawfulRequest, asked: Asked) -> list[holding.Holding]:
    if request.number_kind == "msisdn":
        blinds = work.vault.blind_all("msisdn", asked.number)
        card_ids = holding.card_of_msisdn(work, blinds, request.moment)
    else:
        card_ids = [card.id for card in holding.cards_by_number(work, asked.number)]
    return [row for card_id in dict.fromkeys(card_ids) for row in holding.of_card(work, card_id, request.moment)]


def _then(work: Work, row: holding.Holding, moment: datetime) -> HolderThen:
    details = [d for d in parties.party_history(work, row.party_id) if _at(d, moment)]
    documents = [d for d in parties.identity_documents(work, row.party_id) if _at(d, moment)]
    return HolderThen(
        card_number=store.card(work, row.card_id).number,
        role=row.role,
        since=row.since,
        until=row.until,
        registration=store.get(work, row.registration_id).reference,
        details=dict(details[-1].detail) if details else {},
        documents=tuple(documents),
        erased_at=parties.erased_at(work, row.party_id),
    )


def _at(row: PartyDetail | IdentityDocument, moment: datetime) -> bool:
    return row.since <= moment and (row.until is None or row.until > moment)


def requests(workspace: Workspace, actor: Actor) -> list[tuple[LawfulRequest, Asked, str]]:
    """Who asked what, the newest first: request, what was asked, the officer's name. The look is recorded first."""
    _officer(actor)
    with workspace.write() as work:
        work.record(actor, Action.LAWFUL_LIST_OPENED, "lawful-request", work.issuer)
    with workspace.read() as work:
        names = {row.id: row.display_name for row in staff.all_of(work)}
        return [
            (row, lawful.asked(work, row), names.get(row.officer_id, row.officer_id)) for row in lawful.newest(work)
        ]
