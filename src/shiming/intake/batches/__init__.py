"""Batches: a company registers many cards at once (row D1).

The responsible person proves identity in one registration of person class ``company``; the list of cards belongs to it.
Possession is proven line by line: by the card's own secret, or by one delivery code that the stock has as the secret of all
cards of a delivery. Good cards are reserved; when the registration is approved they are bound to the organisation (holder)
and to the person (``responsible-person``) and opened, part by part. An unknown card and a wrong secret are told alike.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from shiming.audit.work import Work
from shiming.intake import access, lists
from shiming.intake import consents as consent_texts
from shiming.intake.batches import store
from shiming.intake.batches.store import Progress
from shiming.intake.lists import Columns, Line, Sheet, Taken
from shiming.platform.limits import limit
from shiming.programmes.store import current, in_service, rules_of
from shiming.registration import numbers
from shiming.registration import store as registrations
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import many, moves, organisations
from shiming.registration.store.many import StockRow
from shiming.registration.values import Actor, Role, Rules

__all__ = ["COLUMNS", "Batch", "Progress", "add_list", "begin", "get", "of_account", "offered"]

KIND = "iot-batch"
COLUMNS = Columns((), ("secret",), one_of=("iccid", "eid", "number"))
COMPANY = ("company_name", "company_number", "company_address")
_ENDED = (RegistrationState.REJECTED, RegistrationState.WITHDRAWN, RegistrationState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch: its registration, its lists, and how far its cards are."""

    registration: Registration
    sheets: tuple[Sheet, ...]
    progress: Progress


def offered(work: Work, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those programmes that take batches of a company's cards."""
    return tuple(name for name in names if _takes_batches(current(work, name)))


def _takes_batches(rules: Rules) -> bool:
    return "batch" in rules.channels and "company" in rules.persons


def begin(
    work: Work,
    actor: Actor,
    *,
    programme: str,
    data: bytes,
    delivery_code: str,
    person: Mapping[str, str],
    company: Mapping[str, str],
    language: str,
) -> Registration:
    """Begins a batch: reserves the first good card, starts the registration for it, and takes in the list.

    ``person``: ``name`` and ``address`` of the responsible person; ``company``: the fields of ``COMPANY``. The same file again
    is the batch it was. Terms and privacy count as agreed to. Raises ``Problem`` NOT_ALLOWED, POLICY_OPEN, INVALID_FORM,
    BATCH_NO_CARD (no card near the start of the list is good), and as ``lists.receive``.
    """
    rules = current(work, programme)
    if actor.role != Role.HOLDER or not _takes_batches(rules):
        raise Problem("NOT_ALLOWED")
    rules = in_service(work, programme)
    form = {**_clean(person, ("name", "address")), **_clean(company, COMPANY)}
    blank = {name: "INVALID_FORM" for name in ("name", "company_name", "company_number") if not form.get(name)}
    if blank:
        raise Problem("INVALID_FORM", fields=blank)
    known = lists.find(work, actor, KIND, data, programme)
    if known is not None:
        return registrations.get(work, str(known.about))
    card = _first_good(work, rules, data, delivery_code)
    moves.move_card(
        work,
        actor,
        registrations.card(work, card.id),
        "reserve",
        account_id=actor.id,
        restrictions=list(rules.restrictions),
    )
    registration = moves.create(
        work,
        actor,
        programme=programme,
        card_id=card.id,
        account_id=actor.id,
        language=language,
        form=form,
        channel="batch",
        person="company",
    )
    moves.redeem(work, actor, registration, entered=False)
    for kind in ("terms", "privacy"):
        if kind in rules.consents:
            consent_texts.record(work, actor, registration.id, kind, True, language)
    fill = {"secret": delivery_code} if delivery_code else {}
    lists.receive(work, actor, KIND, data, COLUMNS, programme=programme, about=registration.id, fill=fill)
    return registrations.get(work, registration.id)


def _clean(given: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    longest = int(limit("shiming.intake", "list.text"))
    clean = {name: " ".join(given.get(name, "").split()) for name in names}
    long = {name: "INVALID_FORM" for name, text in clean.items() if len(text) > longest}
    if long:
        raise Problem("INVALID_FORM", fields=long)
    return {name: text for name, text in clean.items() if text}


def _first_good(work: Work, rules: Rules, data: bytes, delivery_code: str) -> StockRow:
    """The card that stands for the batch: the first of the list that is in stock and proven to be had."""
    head = list(islice(lists.read(data, COLUMNS), int(limit("shiming.intake", "batch.head"))))
    if not head:
        raise Problem("LIST_EMPTY", item="file")
    blinds = {line.number: _blind(work, rules, line) for line in head}
    stock = many.by_numbers(work, {blind for blind in blinds.values() if blind is not None})
    for line in head:
        card = stock.get(blinds[line.number] or b"")
        secret = line.get("secret") or delivery_code
        if card is not None and card.state == CardState.IN_STOCK and _fits(work, rules, card, secret):
            return card
    raise Problem("BATCH_NO_CARD", item="file")


def _fits(work: Work, rules: Rules, card: StockRow, secret: str) -> bool:
    return card.kind == rules.card_kind and _possessed(work, card, secret)


def _possessed(work: Work, card: StockRow, secret: str) -> bool:
    """Whether the secret is the card's. A card without one in the stock cannot be had by a batch."""
    expected = many.secret(work, card)
    return hmac.compare_digest(expected.encode(), secret.strip().encode()) and bool(expected)


def _number(rules: Rules, line: Line) -> tuple[str, str] | None:
    """(scheme, normal form) of a line's number; None when it cannot be one."""
    for column, scheme in (("iccid", "iccid"), ("eid", "eid"), ("number", rules.number_scheme)):
        text = line.get(column)
        if text:
            pattern = rules.number_pattern if scheme == rules.number_scheme else None
            number = numbers.look(scheme, text, pattern)
            return None if numbers.certainly_wrong(number) else (scheme, number.value)
    return None


def _blind(work: Work, rules: Rules, line: Line) -> bytes | None:
    found = _number(rules, line)
    return None if found is None else registrations.card_blind(work, *found)


def add_list(work: Work, actor: Actor, registration_id: str, data: bytes, delivery_code: str) -> Sheet:
    """Adds a list to a batch that is not decided yet, such as one with corrected lines. The same file again is the same list.

    Raises ``Problem`` NOT_FOUND, WRONG_STATE, and as ``lists.receive``.
    """
    registration = access.own(work, actor, registration_id)
    if registration.channel != "batch":
        raise Problem("NOT_FOUND")
    if registration.state in (*_ENDED, RegistrationState.APPROVED):
        raise Problem("WRONG_STATE")
    fill = {"secret": delivery_code} if delivery_code else {}
    return lists.receive(
        work, actor, KIND, data, COLUMNS, programme=registration.programme, about=registration.id, fill=fill
    )


def get(work: Work, actor: Actor, registration_id: str) -> Batch:
    """An own batch. Raises ``Problem`` NOT_FOUND for another's and for what is none."""
    registration = access.own(work, actor, registration_id)
    if registration.channel != "batch":
        raise Problem("NOT_FOUND")
    return of_registration(work, registration)


def of_registration(work: Work, registration: Registration) -> Batch:
    """The batch of a registration, for who may see that."""
    sheets = tuple(lists.store.of(work, KIND, registration.id))
    return Batch(registration, sheets, store.progress(work, registration.id))


def of_account(work: Work, actor: Actor) -> list[Batch]:
    """All batches of an account, newest first."""
    found = registrations.for_account(work, actor.id)
    return [of_registration(work, row) for row in found if row.channel == "batch"]


@dataclass(slots=True)
class _Part:
    """One part of a list being taken: the stock's cards by number, and those the batch has already."""

    work: Work
    rules: Rules
    registration: Registration
    list_id: str
    stock: Mapping[bytes, StockRow]
    mine: Mapping[str, str]
    """Card -> the list it came with."""
    good: dict[str, tuple[StockRow, int]] = field(default_factory=dict)

    def fault(self, line: Line, blind: bytes | None, card: StockRow | None) -> str | None:
        """What is wrong with a line; None for a good one and for a card that an earlier list of the batch took."""
        if _column(line) is None:
            return "LINE_EMPTY_COLUMN"
        if blind is None:
            return "LINE_NUMBER_FORMAT"
        if card is None or not _possessed(self.work, card, line.get("secret")):
            return "LINE_CARD_UNKNOWN"
        if card.id in self.good or self.mine.get(card.id) == self.list_id:
            return "LINE_DUPLICATE"
        if card.kind != self.rules.card_kind:
            return "LINE_CARD_KIND"
        return None if card.state == CardState.IN_STOCK or self.is_own(card) else "LINE_CARD_TAKEN"

    def is_own(self, card: StockRow) -> bool:
        """Whether the batch has the card: by an earlier list, or as the one that stands for the batch."""
        first = card.id == self.registration.card_id and card.account_id == self.registration.account_id
        return first or card.id in self.mine


def take(work: Work, sheet: Sheet, lines: list[Line]) -> Taken:
    """Takes the lines of one part: reserves the good cards for the batch, says of the others what is wrong."""
    registration = registrations.get(work, str(sheet.about))
    taken = Taken()
    if registration.state in _ENDED:
        return taken
    rules = rules_of(work, registration)
    blinds = {line.number: _blind(work, rules, line) for line in lines}
    stock = many.by_numbers(work, {blind for blind in blinds.values() if blind is not None})
    mine = store.taken(work, registration.id, [card.id for card in stock.values()])
    part = _Part(work, rules, registration, sheet.id, stock, mine)
    for line in lines:
        blind = blinds[line.number]
        card = stock.get(blind) if blind is not None else None
        code = part.fault(line, blind, card)
        if code is not None or card is None:
            taken.fault(line, code or "LINE_CARD_UNKNOWN", _column(line))
        elif card.id in mine:
            taken.known += 1
        else:
            part.good[card.id] = (card, line.number)
    _reserve(work, sheet, part)
    taken.good, taken.cards = len(part.good), list(part.good)
    return taken


def _reserve(work: Work, sheet: Sheet, part: _Part) -> None:
    free = [card for card, _ in part.good.values() if card.state == CardState.IN_STOCK]
    account, barred = part.registration.account_id, list(part.rules.restrictions)
    many.move(work, free, "reserve", account_id=account, restrictions=barred)
    store.add(work, part.registration.id, sheet.id, [(id, line) for id, (_, line) in part.good.items()])


def _column(line: Line) -> str | None:
    return next((column for column in ("iccid", "eid", "number") if line.get(column)), None)


def end(work: Work, sheet: Sheet) -> str:
    """A list that was taken whole waits for the decision about its registration."""
    return lists.store.WAITING


def wait(work: Work, sheet: Sheet) -> bool:
    """Opens some of the cards once the registration is approved and the approval is in effect; frees them when it ended."""
    registration = registrations.get(work, str(sheet.about))
    if registration.state in _ENDED:
        return _release(work, sheet, registration)
    if registration.state != RegistrationState.APPROVED:
        return False
    organisation = organisations.of_registration(work, registration.id)
    if organisation is None or registration.party_id is None:
        return False  # the approval can still be taken back
    ids = store.next_cards(work, sheet.id, int(limit("shiming.intake", "batch.open")))
    if ids:
        holders = {organisations.HOLDER: organisation, organisations.RESPONSIBLE: registration.party_id}
        # The registration's own card was opened by the approval itself.
        cards = [card for card in many.by_ids(work, ids) if card.state == CardState.RESERVED]
        many.open_cards(work, moves.engine(work.issuer), cards, registration.id, holders)
        store.mark(work, registration.id, ids, store.OPENED)
        return True
    if store.unopened(work, sheet.id):
        return False
    lists.store.change(work, sheet.id, state=lists.store.DONE)
    moves.post_notice(work, registration, "batch-in-service", key=f"batch:{sheet.id}", cards=sheet.good)
    return True


def _release(work: Work, sheet: Sheet, registration: Registration) -> bool:
    ids = store.next_cards(work, sheet.id, int(limit("shiming.intake", "list.part")))
    if ids:
        cards = [card for card in many.by_ids(work, ids) if card.state == CardState.RESERVED]
        own = [card for card in cards if card.account_id == registration.account_id]
        many.move(work, own, "release", account_id=None)
        store.mark(work, registration.id, ids, store.RELEASED)
        return True
    lists.store.change(work, sheet.id, state=lists.store.STOPPED)
    lists.store.give_up_name(work, sheet.id)
    return True


LIST = lists.Kind(take, end, wait)
