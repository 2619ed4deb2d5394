"""Import of the issuer's existing holders, cards and registrations (row F10). ``docs/import.md`` explains the columns.

Each line carries the issuer's own key: the same key with the same content again changes nothing. A cap is not asked: a
person who holds more cards than one may is taken over and named in the errors, so that somebody settles it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from shiming.accounts import holders
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries.identifiers import identify, of_document
from shiming.intake import lists
from shiming.intake import store as intake_store
from shiming.intake.imports import store
from shiming.intake.imports.store import Imported
from shiming.intake.lists import Columns, Line, Sheet, Taken
from shiming.programmes.store import current
from shiming.registration import numbers
from shiming.registration import store as registrations
from shiming.registration.documents import offered_kinds
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.store import caps, moves
from shiming.registration.values import Actor, Role, Rules

__all__ = ["COLUMNS", "LIST", "upload"]

KIND = "import"
NEEDED = ("key", "card_number", "name", "document", "document_number", "since")
COLUMNS = Columns(
    NEEDED, ("msisdn", "address", "date_of_birth", "document_country", "contact", "state", "language", "product")
)
_STATES = ("in-service", "suspended")
_LANGUAGES = ("zh_CN", "en")


def upload(work: Work, actor: Actor, programme: str, source: str, data: bytes) -> Sheet:
    """Takes in a file of cards in service with their holders. ``source`` names the system it comes from.

    Raises ``Problem`` NOT_ALLOWED, NOT_FOUND (no such programme), INVALID_FORM (no source), and as ``lists.receive``.
    """
    if actor.role not in (Role.ADMIN, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    name = source.strip()
    if not name or len(name) > 64 or not name.replace("-", "").replace("_", "").isalnum():
        raise Problem("INVALID_FORM", fields={"source": "INVALID_FORM"})
    current(work, programme)
    return lists.receive(
        work, actor, KIND, data, COLUMNS, programme=programme, options={"source": name}, part="list.import_part"
    )


@dataclass(slots=True)
class _Wrong(Exception):  # noqa: N818 - an answer about a line
    code: str
    column: str


def take(work: Work, sheet: Sheet, lines: list[Line]) -> Taken:
    """Takes over the lines of one part."""
    part = _Part(work, sheet, current(work, sheet.programme))
    for line in lines:
        try:
            part.take(line)
        except _Wrong as wrong:
            part.taken.fault(line, wrong.code, wrong.column)
    return part.taken


@dataclass(slots=True)
class _Part:
    work: Work
    sheet: Sheet
    rules: Rules
    taken: Taken = field(default_factory=Taken)

    def take(self, line: Line) -> None:
        """Takes over one line. Raises ``_Wrong`` before anything is written."""
        work = self.work
        said = self._read(line)
        number = self._card_number(line)
        contact = _contact(line)
        key = store.key_blind(work, said.source, said.key)
        content = work.vault.blind("import-content", f"{self.rules.number_scheme}:{number}:{':'.join(said.known)}")
        known = store.known_content(work, key)
        if known is not None:
            if known != content:
                raise _Wrong("LINE_KEY_CHANGED", "key")
            self.taken.known += 1
            return
        card = self._card(line, number)
        account = holders.account_for(work, contact, _language(line)) if contact else ""
        self._write(line, said, card, account, key, content)

    def _write(self, line: Line, said: Imported, card: Card, account: str, key: bytes, content: bytes) -> None:
        work, actor = self.work, lists.of_whom(self.work, self.sheet)
        party_id = store.party(work, said)
        changes: dict[str, Any] = {"account_id": account or None}
        moved = moves.move_card(work, actor, card, "import", restrictions=[], **changes)
        if line.get("state") == "suspended":
            moved = moves.move_card(work, actor, moved, "suspend")
        registration = store.add_registration(work, self.rules, moved, party_id, said, account, _language(line))
        store.keep_proof(work, registration, party_id, said)
        store.bind(work, registration, moved, party_id, said.since)
        if store.is_over(work, registration, self.rules):
            self.taken.note(line, "LINE_CAP_FULL")
        caps.take_places(work, registration, self.rules, enforce=False)
        details = {"source": said.source, "since": said.since.date().isoformat(), "document": said.document}
        moves.note_event(work, actor, registration.id, "imported", **details)
        work.record(actor, Action.CARD_IMPORTED, "registration", registration.id, card=card.id, list=self.sheet.id)
        store.keep_key(work, key, content, registration.id, self.sheet.id, line.number)
        self.taken.good += 1

    def _read(self, line: Line) -> Imported:
        for column in NEEDED:
            if not line.get(column):
                raise _Wrong("LINE_EMPTY_COLUMN", column)
        if line.get("state") and line.get("state") not in _STATES:
            raise _Wrong("LINE_STATE", "state")
        kind = line.get("document")
        if kind not in offered_kinds():
            raise _Wrong("LINE_DOCUMENT", "document")
        since = _day(line, "since")
        birth = _day(line, "date_of_birth").isoformat() if line.get("date_of_birth") else ""
        return Imported(
            key=line.get("key"),
            source=str(self.sheet.options["source"]),
            document=kind,
            country=(line.get("document_country") or self.rules.country).upper()[:3],
            number=self._document_number(line, kind),
            name=line.get("name"),
            address=line.get("address"),
            date_of_birth=birth,
            since=min(datetime(since.year, since.month, since.day, tzinfo=UTC), self.work.now),
        )

    def _document_number(self, line: Line, kind: str) -> str:
        number = line.get("document_number").upper().replace(" ", "")
        of_number = of_document(kind)
        if of_number is not None and not identify(of_number, number, self.work.now.date()).valid:
            raise _Wrong("LINE_DOCUMENT_NUMBER", "document_number")
        return number

    def _card_number(self, line: Line) -> str:
        number = numbers.look(self.rules.number_scheme, line.get("card_number"), self.rules.number_pattern)
        if numbers.certainly_wrong(number):
            raise _Wrong("LINE_NUMBER_FORMAT", "card_number")
        return number.value

    def _card(self, line: Line, number: str) -> Card:
        """The card of a line: of the stock and free, else added."""
        work, scheme = self.work, self.rules.number_scheme
        card = registrations.card_by_number(work, scheme, number)
        if card is None:
            intake_store.add_card(
                work,
                kind=self.rules.card_kind,
                scheme=scheme,
                product=line.get("product") or "imported",
                number=number,
                msisdn=line.get("msisdn"),
                secret="",
                restrictions=(),
            )
            card = registrations.card_by_number(work, scheme, number)
        elif card.kind != self.rules.card_kind:
            raise _Wrong("LINE_CARD_KIND", "card_number")
        if card is None or card.state != CardState.IN_STOCK:
            raise _Wrong("LINE_CARD_TAKEN", "card_number")
        return card


def _day(line: Line, column: str) -> date:
    try:
        return date.fromisoformat(line.get(column))
    except ValueError:
        raise _Wrong("LINE_DATE", column) from None


def _contact(line: Line) -> holders.Contact | None:
    """Where the holder is reached: the contact told, else the card's own number. None where there is neither."""
    for column in ("contact", "msisdn"):
        if line.get(column):
            try:
                return holders.normalise_contact(line.get(column))
            except holders.ContactError:
                raise _Wrong("LINE_CONTACT", column) from None
    return None


def _language(line: Line) -> str:
    return line.get("language") if line.get("language") in _LANGUAGES else _LANGUAGES[0]


def end(work: Work, sheet: Sheet) -> str:
    """Nothing is left to do after the last part."""
    return lists.store.DONE


LIST = lists.Kind(take, end)
