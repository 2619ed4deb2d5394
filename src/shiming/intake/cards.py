"""Card first: the stock, proof of possession, and the activation code that later steps require (row A3).

An unknown card, a used card and a wrong proof are answered alike, so that nobody can probe the stock.
"""

from __future__ import annotations

import csv
import hmac
import io
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shiming.accounts import codes
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.intake import access, rosters
from shiming.intake import store as intake_store
from shiming.programmes.store import current, in_service, rules_of
from shiming.registration import numbers, store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import life, moves
from shiming.registration.values import Actor, Role, Rules

STOCK_COLUMNS = ("number", "kind", "scheme", "product", "msisdn", "secret")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No look-alikes: people read the code aloud."""
_CODE_LENGTH = 10
"""31^10 is about 2^49; with five tries a code cannot be guessed."""
CARD_CODE = "card-possession"
"""Purpose of a one-time code sent to the card's own number."""


@dataclass(frozen=True, slots=True)
class StockReport:
    """What an import did: cards added, cards known before, and what was wrong, by line; and how many it put in use."""

    added: int
    known: int
    errors: tuple[tuple[int, str], ...]
    in_use: int = 0


@dataclass(frozen=True, slots=True)
class StockCard:
    """A card as the operator's systems know it."""

    number: str
    product: str
    msisdn: str
    secret: str
    kind: str = "sim"
    scheme: str = "iccid"


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """The code of a card and an account, as shown to its holder."""

    code: str
    expires_at: datetime
    attempts_left: int
    redeemed: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A registration begun: its reference and activation code."""

    registration_id: str
    reference: str
    code: str | None = field(repr=False)
    """None where the programme issues none."""
    expires_at: datetime | None


Lookup = Callable[[str], StockCard | None]
"""Asks the operator's systems for a card the stock does not have."""


def import_stock(work: Work, actor: Actor, csv_text: str) -> StockReport:
    """Imports cards from CSV with the header ``number,kind,scheme,product,msisdn,secret``. A bad line stops no other.

    Two more columns may follow: ``used_since``, for a card that works already (a date, or a moment with its zone), and
    ``programme``, which then bars services and sets deadlines until somebody registers it. A card of the stock that comes
    again with them is put in use.
    """
    if actor.role not in (Role.ADMIN, Role.OFFICER, Role.SERVICE, Role.ENGINE):
        raise Problem("NOT_ALLOWED")
    reader = csv.DictReader(io.StringIO(csv_text.lstrip("\ufeff")))
    missing = set(STOCK_COLUMNS) - set(reader.fieldnames or ())
    if missing:
        return StockReport(0, 0, ((1, f"expected the columns {', '.join(STOCK_COLUMNS)}; missing: {sorted(missing)}"),))
    added = known = in_use = 0
    errors: list[tuple[int, str]] = []
    for line, row in enumerate(reader, start=2):
        problem = _stock_fault(row) or _use_fault(work, row)
        if problem:
            errors.append((line, problem))
            continue
        if _add(work, StockCard(**{name: (row[name] or "").strip() for name in STOCK_COLUMNS})):
            added += 1
        else:
            known += 1
        in_use += _put_in_use(work, actor, row)
    work.record(actor, Action.STOCK_IMPORTED, "stock", work.issuer, added=added, known=known, errors=len(errors))
    return StockReport(added, known, tuple(errors), in_use)


_EARLIEST_USE = date(1991, 1, 1)
"""The first GSM network opened in that year: no card was in use before."""


def used_since(text: str, zone: str, now: datetime) -> datetime:
    """The moment a card came into use: a date (its start in ``zone``) or a moment with its zone.

    Raises ``ValueError`` for one that no calendar has, that lies ahead, or before there were such cards.
    """
    try:
        plain = text.count("-") == _DASHES and len(text) == _DATE_LENGTH
        moment = (
            datetime.combine(date.fromisoformat(text), time(0), ZoneInfo(zone))
            if plain
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise ValueError(f"used_since: expected a date such as 2026-11-21, got {text!r}") from None
    if moment.tzinfo is None:
        raise ValueError("used_since: expected a moment with its zone, such as 2026-11-21T08:00+08:00, got none")
    if not moment.date() >= _EARLIEST_USE or moment > now:
        raise ValueError(f"used_since: expected a day from {_EARLIEST_USE} to now, got {text}")
    return moment.astimezone(UTC)


_DASHES, _DATE_LENGTH = 2, 10


def _use_fault(work: Work, row: dict[str, str | None]) -> str | None:
    text, programme = (row.get("used_since") or "").strip(), (row.get("programme") or "").strip()
    if not text:
        return None
    try:
        rules = current(work, programme)
    except Problem:
        return f"programme: expected a programme there is for a card in use, got {programme!r}"
    if rules.card_kind != (row.get("kind") or "").strip() or rules.number_scheme != row.get("scheme"):
        return f"programme: expected one for cards of this kind and scheme, got {programme!r}"
    try:
        used_since(text, rules.zone, work.now)
    except ValueError as error:
        return str(error)
    return None


def _put_in_use(work: Work, actor: Actor, row: dict[str, str | None]) -> int:
    text = (row.get("used_since") or "").strip()
    scheme, number = str(row["scheme"]), str(row["number"])
    card = store.card_by_number(work, scheme, numbers.look(scheme, number).value) if text else None
    if card is None or card.state != CardState.IN_STOCK:
        return 0
    rules = current(work, str(row["programme"]).strip())
    later = any(rule.step == "restrict" for rule in rules.deadlines)
    life.put_in_use(
        work,
        actor,
        card,
        programme=rules.programme,
        since=used_since(text, rules.zone, work.now),
        # A timetable with a step of its own for it bars nothing before.
        restrictions=() if later else rules.restrictions,
    )
    return 1


def find(work: Work, text: str) -> Card | None:
    """The card of the stock with this number, under whatever scheme it is one."""
    for scheme in numbers.SCHEMES:
        looked = numbers.look(scheme, text)
        card = store.card_by_number(work, scheme, looked.value) if looked.well_formed else None
        if card is not None:
            return card
    return None


def look_up(work: Work, actor: Actor, text: str, *, secret: str = "", card_code: str = "") -> Card | None:
    """A card by its number, for whoever has it at hand: the secret printed with it, or a code sent to its number.

    Unknown cards and wrong proofs are answered alike: CARD_UNKNOWN once the transaction is committed, and None in it.
    """
    card = find(work, text)
    work.record(actor, Action.CARD_DEADLINE_ASKED, "card", card.id if card else "-")
    if not _possessed(work, card, secret, card_code):
        refuse_kept(work, Problem("CARD_UNKNOWN", item="number"))
        return None
    return card


def send_look_up_code(work: Work, text: str, language: str) -> None:
    """Sends a one-time code to the card's own number. Says the same whether there is such a card or not."""
    card = find(work, text)
    if card is not None and card.msisdn and card.state != CardState.CANCELLED:
        with suppress(codes.TooManyCodesError):
            codes.issue(work, CARD_CODE, card.msisdn, language=language)


def claimable(work: Work, card: Card) -> bool:
    """Whether somebody may register the card: one of the stock, or one in use (or suspended for it) that nobody registered."""
    if card.state == CardState.IN_STOCK:
        return True
    in_use = card.state in (CardState.UNREGISTERED, CardState.SUSPENDED)
    return in_use and card.account_id is None and not store.card_is_bound(work, card.id)


_FORMS = {
    "iccid": "18 to 20 digits beginning with 89 and, for 19, a right check digit",
    "pan": "12 to 19 digits that end in a right check digit",
    "eid": "32 digits beginning with 89 with right check digits",
    "pattern": "1 to 64 letters and digits",
}


def _stock_fault(row: dict[str, str | None]) -> str | None:
    scheme = row.get("scheme") or ""
    if scheme not in numbers.SCHEMES:
        return f"scheme: expected one of {', '.join(numbers.SCHEMES)}, got {scheme!r}"
    if numbers.certainly_wrong(numbers.look(scheme, row.get("number") or "")):
        return f"number: expected {_FORMS[scheme]}; see the card"
    if not (row.get("secret") or row.get("msisdn")):
        return "expected a secret or a msisdn, so that possession can be proven; both are empty"
    return None


def _add(work: Work, card: StockCard) -> bool:
    return intake_store.add_card(
        work,
        kind=card.kind,
        scheme=card.scheme,
        product=card.product,
        number=numbers.look(card.scheme, card.number).value,
        msisdn=card.msisdn,
        secret=card.secret,
        restrictions=(),
    )


def _number(text: str, rules: Rules) -> str:
    number = numbers.look(rules.number_scheme, text, rules.number_pattern)
    if numbers.certainly_wrong(number):
        raise Problem("CARD_CHECKSUM", item="number")
    return number.value


def token(work: Work, actor: Actor, number: str) -> str:
    """What this installation keeps instead of a payment card's number: for an issuer's system to match its own cards.

    Raises NOT_ALLOWED, CARD_CHECKSUM.
    """
    if actor.role not in (Role.ADMIN, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    looked = numbers.pan(number)
    if numbers.certainly_wrong(looked):
        raise Problem("CARD_CHECKSUM", item="number")
    return intake_store.kept_number(work, "pan", looked.value)


def learn(
    workspace: Workspace, rules: Rules, text: str, lookup: Lookup, service: rosters.RosterService | None = None
) -> None:
    """Takes a card that the stock lacks and the operator, or the issuer's roster service, knows into the stock.

    Its own step before a claim, so that nobody else waits on the database while the others are asked.
    """
    number = numbers.look(rules.number_scheme, text, rules.number_pattern)
    if numbers.certainly_wrong(number):
        return
    if "roster" in rules.possession:
        rosters.learn(workspace, rules.programme, number.value, service)
    if rules.number_scheme != "iccid":
        return  # the operator's interface knows telephone cards only
    with workspace.read() as work:
        if store.card_by_number(work, "iccid", number.value) is not None:
            return
    found = lookup(number.value)
    if found is not None:
        with workspace.write() as work:
            _add(work, found)


def send_card_code(work: Work, actor: Actor, number: str, language: str, programme: str) -> None:
    """Sends a one-time code to the card's own number. Says the same whether there is such a card or not."""
    rules = current(work, programme)
    card = store.card_by_number(work, rules.number_scheme, _number(number, rules))
    open_states = (CardState.IN_STOCK, CardState.RESERVED, CardState.UNREGISTERED, CardState.SUSPENDED)
    if card is not None and card.msisdn and card.state in open_states:
        # One that was sent a moment ago still counts; a refusal would tell that there is such a card.
        with suppress(codes.TooManyCodesError):
            codes.issue(work, CARD_CODE, card.msisdn, language=language)


def _possessed(work: Work, card: Card | None, secret: str | None, card_code: str | None) -> bool:
    expected = intake_store.card_secret(work, card.id) if card is not None else ""
    given = (secret or "").strip()
    if given:
        return hmac.compare_digest(expected.encode(), given.encode()) and bool(expected)
    if card_code and card is not None and card.msisdn:
        return codes.check(work, CARD_CODE, card.msisdn, card_code)
    return False


def claim(
    work: Work,
    actor: Actor,
    *,
    programme: str,
    number: str,
    secret: str | None = None,
    card_code: str | None = None,
    name: str,
    address: str,
    language: str,
    demo: bool = False,
) -> Claim | None:
    """Begins a registration: reserves the card for the account and issues its activation code.

    The holder's own unfinished registration of the card is found again. A programme that is for demonstrations only is
    there only in one (``demo``). Raises ``Problem``: CARD_CHECKSUM, INVALID_FORM, SHOP_ONLY, CARD_TAKEN (the holder's own,
    already handed in), POLICY_OPEN (nobody confirmed the country's rules). CARD_UNKNOWN is raised when the transaction is
    committed (the try is kept), and None returned inside it.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    rules = current(work, programme)
    _check_claim(rules, name, address, demo=demo)
    if not {"online", "late"} & set(rules.channels):
        raise Problem("SHOP_ONLY")
    rules = in_service(work, programme, demo=demo)
    card = _card_in_hand(work, rules, _number(number, rules), secret, card_code)
    if card is None or card.kind != rules.card_kind:
        _refuse_claim(work, actor)
        return None
    if card.account_id == actor.id and card.state in _HELD and not store.card_is_bound(work, card.id):
        return _found_again(work, card)
    if not claimable(work, card):
        _refuse_claim(work, actor)
        return None
    # A card in use knows its programme; another, laxer one is not open to it.
    rules = in_service(work, card.programme, demo=demo) if card.programme else rules
    late = card.state != CardState.IN_STOCK and "late" in rules.channels
    moves.reserve_card(work, actor, card, rules.restrictions)
    form = {key: text for key, text in (("name", name.strip()), ("address", address.strip())) if text}
    registration = moves.create(
        work,
        actor,
        programme=rules.programme,
        card_id=card.id,
        account_id=actor.id,
        language=language,
        form=form,
        document=rules.documents[0] if len(rules.documents) == 1 else None,
        channel="late" if late else "online",
        person=rules.persons[0],
    )
    return begun(work, actor, registration, rules)


_HELD = (CardState.RESERVED, CardState.UNREGISTERED, CardState.SUSPENDED)


def _check_claim(rules: Rules, name: str, address: str, *, demo: bool) -> None:
    given = {"name": name, "address": address if "address" in rules.form_fields else "-"}
    blank = {field: "INVALID_FORM" for field, text in given.items() if not text.strip()}
    if blank:
        raise Problem("INVALID_FORM", fields=blank)
    if rules.demo and not demo:
        raise Problem("INVALID_FORM", fields={"programme": "INVALID_FORM"})


def _card_in_hand(work: Work, rules: Rules, number: str, secret: str | None, card_code: str | None) -> Card | None:
    """The card of this number when possession is proven in a way that the programme takes; None otherwise.

    Where a roster is proof enough, the number on it is; whose it is the check ``roster`` looks at.
    """
    if "roster" in rules.possession and not secret and not card_code:
        entry = rosters.lookup(work, rules.programme, number)
        return rosters.card_for(work, rules.programme, entry) if entry is not None else None
    card = store.card_by_number(work, rules.number_scheme, number)
    taken = {"secret": bool(secret), "card-code": bool(card_code)}
    if not any(taken.get(way) for way in rules.possession):
        return None
    return card if _possessed(work, card, secret, card_code) else None


def begun(work: Work, actor: Actor, registration: Registration, rules: Rules) -> Claim:
    """The claim of a new registration, with its activation code where the programme issues one."""
    if rules.activation_code:
        return _issue(work, actor, registration, rules)
    moves.redeem(work, actor, registration, entered=False)
    return Claim(registration.id, registration.reference, None, None)


def in_shop(work: Work, rules: Rules, number: str, secret: str | None, *, in_hand: bool) -> Card | None:
    """The card a clerk has before them, of the programme's kind: proven by its secret, or by the clerk's word (``in_hand``)."""
    card = store.card_by_number(work, rules.number_scheme, _number(number, rules))
    if card is None or card.kind != rules.card_kind:
        return None
    return card if (in_hand and not secret) or _possessed(work, card, secret, None) else None


def replacement(
    work: Work, actor: Actor, rules: Rules, number: str, secret: str | None, card_code: str | None
) -> Card | None:
    """The card of the stock that somebody has in hand, to take the place of their own. Refused like a claim (CARD_UNKNOWN once
    the transaction is committed, None inside it)."""
    card = _card_in_hand(work, rules, _number(number, rules), secret, card_code)
    if card is None or card.kind != rules.card_kind or card.state != CardState.IN_STOCK:
        _refuse_claim(work, actor)
        return None
    return card


def _refuse_claim(work: Work, actor: Actor) -> None:
    work.record(actor, Action.CARD_CLAIM_REFUSED, "account", actor.id)
    refuse_kept(work, Problem("CARD_UNKNOWN", item="number"))


def _found_again(work: Work, card: Card) -> Claim:
    for registration in store.for_account(work, str(card.account_id)):
        if registration.card_id == card.id and registration.state == RegistrationState.DRAFT:
            code = intake_store.current_code(work, registration)
            if code is not None:
                return Claim(registration.id, registration.reference, code.code, code.expires_at)
            return Claim(registration.id, registration.reference, None, None)
    raise Problem("CARD_TAKEN")


def _issue(work: Work, actor: Actor, registration: Registration, rules: Rules) -> Claim:
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    code = f"{raw[:5]}-{raw[5:]}"
    expires_at = work.now + timedelta(hours=rules.activation_code_hours)
    intake_store.add_code(work, registration, code, rules.activation_code_attempts, expires_at)
    work.record(actor, Action.CODE_ISSUED, "registration", registration.id)
    moves.post_notice(
        work,
        registration,
        "activation-code",
        key=f"activation-code:{registration.id}:{raw_digest(work, code)}",
        code=code,
        expires_at=expires_at.isoformat(),
    )
    return Claim(registration.id, registration.reference, code, expires_at)


def raw_digest(work: Work, code: str) -> str:
    """A keyed digest of a code, so that a message's key names the code without telling it."""
    return work.vault.blind("activation-code", code).hex()[:24]


def activation_code(work: Work, actor: Actor, registration_id: str) -> ActivationCode | None:
    """The code kept in the holder's account; None for registrations without one."""
    code = intake_store.current_code(work, access.own(work, actor, registration_id))
    if code is None:
        return None
    return ActivationCode(code.code, code.expires_at, code.attempts_left, code.used_at is not None)


def reissue(work: Work, actor: Actor, registration_id: str) -> ActivationCode:
    """A new code in place of one that expired or ran out of tries. Raises WRONG_STATE once one was redeemed."""
    registration = access.own(work, actor, registration_id)
    if registration.code_redeemed_at is not None or registration.state != RegistrationState.DRAFT:
        raise Problem("WRONG_STATE")
    _issue(work, actor, registration, rules_of(work, registration))
    code = activation_code(work, actor, registration_id)
    if code is None:
        raise Problem("NOT_FOUND")
    return code


def redeem(work: Work, actor: Actor, registration_id: str, code: str) -> Registration | None:
    """Enters the activation code. A wrong one costs a try; then CODE_WRONG is raised once that is committed."""
    registration = access.own(work, actor, registration_id)
    if registration.code_redeemed_at is not None:
        return registration
    if registration.state != RegistrationState.DRAFT:
        raise Problem("WRONG_STATE")
    kept = intake_store.current_code(work, registration)
    usable = kept is not None and kept.attempts_left > 0 and kept.expires_at > work.now
    if kept is None or not usable or not hmac.compare_digest(_bare(kept.code), _bare(code)):
        if kept is not None and usable:
            intake_store.count_wrong_code(work, kept.id)
        work.record(actor, Action.CODE_REFUSED, "registration", registration.id)
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    intake_store.use_code(work, kept.id)
    work.record(actor, Action.CODE_REDEEMED, "registration", registration.id)
    return moves.redeem(work, actor, registration)


def _bare(code: str) -> bytes:
    return "".join(c for c in code.upper() if c.isalnum()).encode()
