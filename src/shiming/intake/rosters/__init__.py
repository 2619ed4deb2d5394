"""Rosters: the issuer's list of members, students or insured people, uploaded or asked by HTTP (row D5).

A number on the roster may be registered (possession kind ``roster``); whether the person is the one on the roster decides
the check ``roster``. Where the roster cannot be asked, nothing passes: the claim waits, a submission goes to a person.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.intake import lists
from shiming.intake import store as intake_store
from shiming.intake.lists import Columns, Line, Sheet, Taken
from shiming.intake.rosters import store
from shiming.intake.rosters.service import HttpRoster, RosterService, RosterUnavailable, open_service
from shiming.intake.rosters.store import Entry
from shiming.platform.limits import limit
from shiming.programmes.store import current
from shiming.registration import store as registrations
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.store import moves
from shiming.registration.values import Actor, Role, RosterFacts

__all__ = [
    "COLUMNS",
    "Entry",
    "HttpRoster",
    "RosterService",
    "RosterUnavailable",
    "card_for",
    "facts",
    "learn",
    "lookup",
    "open_service",
    "upload",
]

KIND = "roster"
COLUMNS = Columns(("number", "name"), ("date_of_birth", "document_number"))
_SPACES = re.compile(r"[\s\-]")


def normalised(number: str) -> str:
    """A card's or member's number as it is compared: no spaces and hyphens, capitals, plain digits."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", number)).upper()


def upload(work: Work, actor: Actor, programme: str, data: bytes, *, replace: bool) -> Sheet:
    """Takes in a roster as CSV: ``number,name`` and, where known, ``date_of_birth,document_number``.

    ``replace``: numbers of earlier lists that are not in this one leave the roster once it is taken whole. Raises
    ``Problem`` NOT_ALLOWED, NOT_FOUND (no such programme), and as ``lists.receive``.
    """
    if actor.role not in (Role.ADMIN, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    current(work, programme)
    return lists.receive(work, actor, KIND, data, COLUMNS, programme=programme, options={"replace": replace})


def take(work: Work, sheet: Sheet, lines: list[Line]) -> Taken:
    """Takes the lines of one part into the roster."""
    taken = Taken()
    for line in lines:
        number, name = normalised(line.get("number")), line.get("name")
        empty = next((column for column, text in (("number", number), ("name", name)) if not text), None)
        if empty:
            taken.fault(line, "LINE_EMPTY_COLUMN", empty)
        elif line.get("date_of_birth") and not _is_day(line.get("date_of_birth")):
            taken.fault(line, "LINE_DATE", "date_of_birth")
        elif store.listed_by(work, sheet.programme, number) == sheet.id:
            taken.fault(line, "LINE_DUPLICATE", "number")
        else:
            birth, document = line.get("date_of_birth"), line.get("document_number")
            entry = Entry(sheet.programme, number, name, birth or None, document or None, source="list")
            new = store.put(work, entry, sheet.id)
            taken.good, taken.known = taken.good + new, taken.known + (not new)
    return taken


def end(work: Work, sheet: Sheet) -> str:
    """A list that replaces goes on to remove what is not in it."""
    return "waiting" if sheet.options.get("replace") else "done"


def wait(work: Work, sheet: Sheet) -> bool:
    """Removes some of what the list replaces."""
    if not store.remove_others(work, sheet.programme, sheet.id, int(limit("shiming.intake", "list.part"))):
        lists.store.change(work, sheet.id, state="done")
    return True


LIST = lists.Kind(take, end, wait)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def lookup(work: Work, programme: str, number: str) -> Entry | None:
    """The entry of a number as it is known here, or None. ``learn`` asks the issuer's service first, where there is one."""
    return store.find(work, programme, normalised(number))


def learn(workspace: Workspace, programme: str, number: str, service: RosterService | None) -> None:
    """Asks the issuer's roster service for a number that no uploaded roster has, and keeps the answer.

    Its own step before a claim, so that nobody waits on the database meanwhile. Raises ``Problem`` ROSTER_UNAVAILABLE: the
    claim waits, since without an answer a number is neither known nor unknown.
    """
    if service is None or not normalised(number):
        return
    with workspace.read() as work:
        known = lookup(work, programme, number)
    if known is not None and known.source == "list":
        return
    try:
        found = service.ask(programme, normalised(number))
    except RosterUnavailable:
        raise Problem("ROSTER_UNAVAILABLE") from None
    with workspace.write() as work:
        if found is None:
            store.remove(work, programme, normalised(number))
        else:
            store.put(work, found)


def card_for(work: Work, programme: str, entry: Entry) -> Card:
    """The card of a roster entry, added to the stock when it is not there yet."""
    rules = current(work, programme)
    known = registrations.card_by_number(work, rules.number_scheme, entry.number)
    if known is not None:
        return known
    intake_store.add_card(
        work,
        kind=rules.card_kind,
        scheme=rules.number_scheme,
        product="roster",
        number=entry.number,
        msisdn="",
        secret="",
        restrictions=(),
    )
    work.record(moves.engine(work.issuer), Action.STOCK_IMPORTED, "stock", work.issuer, added=1, known=0, errors=0)
    card = registrations.card_by_number(work, rules.number_scheme, entry.number)
    if card is None:
        raise Problem("NOT_FOUND")
    return card


def facts(workspace: Workspace, registration: Registration, service: RosterService | None) -> RosterFacts:
    """What the roster says about a registration's card now; asked again at each submission. Nothing is kept open meanwhile."""
    with workspace.read() as work:
        number = registrations.card(work, registration.card_id).number
        known = lookup(work, registration.programme, number)
    if (known is None or known.source != "list") and service is not None:
        try:
            known = service.ask(registration.programme, normalised(number))
        except RosterUnavailable as refusal:
            return RosterFacts("unavailable", why=refusal.code)
    if known is None:
        return RosterFacts("not-found")
    return RosterFacts("found", known.name, known.date_of_birth, known.document_number)
