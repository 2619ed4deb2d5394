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
from datetime import datetime, timedelta

from shiming.accounts import codes
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.intake import access
from shiming.intake import store as intake_store
from shiming.programmes import resolve
from shiming.registration import numbers, store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import moves
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
    """What an import did: cards added, cards known before, and what was wrong, by line."""

    added: int
    known: int
    errors: tuple[tuple[int, str], ...]


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
    code: str = field(repr=False)
    expires_at: datetime


Lookup = Callable[[str], StockCard | None]
"""Asks the operator's systems for a card the stock does not have."""


def import_stock(work: Work, actor: Actor, csv_text: str) -> StockReport:
    """Imports cards from CSV with the header ``number,kind,scheme,product,msisdn,secret``. A bad line stops no other."""
    if actor.role not in (Role.OFFICER, Role.SERVICE, Role.ENGINE):
        raise Problem("NOT_ALLOWED")
    reader = csv.DictReader(io.StringIO(csv_text.lstrip("\ufeff")))
    missing = set(STOCK_COLUMNS) - set(reader.fieldnames or ())
    if missing:
        return StockReport(0, 0, ((1, f"expected the columns {', '.join(STOCK_COLUMNS)}; missing: {sorted(missing)}"),))
    added = known = 0
    errors: list[tuple[int, str]] = []
    for line, row in enumerate(reader, start=2):
        problem = _stock_fault(row)
        if problem:
            errors.append((line, problem))
        elif _add(work, StockCard(**{name: (row[name] or "").strip() for name in STOCK_COLUMNS})):
            added += 1
        else:
            known += 1
    work.record(actor, Action.STOCK_IMPORTED, "stock", work.issuer, added=added, known=known, errors=len(errors))
    return StockReport(added, known, tuple(errors))


def _stock_fault(row: dict[str, str | None]) -> str | None:
    if row.get("scheme") != "iccid":
        return f"scheme: expected iccid, got {row.get('scheme')!r}"
    number = numbers.iccid(row.get("number") or "")
    if numbers.certainly_wrong(number):
        return "number: expected 18 to 20 digits beginning with 89 and, for 19, a right check digit; see the card"
    if not (row.get("secret") or row.get("msisdn")):
        return "expected a secret or a msisdn, so that possession can be proven; both are empty"
    return None


def _add(work: Work, card: StockCard) -> bool:
    return intake_store.add_card(
        work,
        kind=card.kind,
        scheme=card.scheme,
        product=card.product,
        number=numbers.iccid(card.number).value,
        msisdn=card.msisdn,
        secret=card.secret,
        restrictions=(),
    )


def _number(text: str) -> str:
    number = numbers.iccid(text)
    if numbers.certainly_wrong(number):
        raise Problem("CARD_CHECKSUM", item="number")
    return number.value


def learn(workspace: Workspace, text: str, lookup: Lookup) -> None:
    """Takes a card that the stock lacks and the operator knows into the stock.

    Its own step before a claim, so that nobody else waits on the database while the operator is asked.
    """
    number = numbers.iccid(text)
    if numbers.certainly_wrong(number):
        return
    with workspace.read() as work:
        if store.card_by_number(work, "iccid", number.value) is not None:
            return
    found = lookup(number.value)
    if found is not None:
        with workspace.write() as work:
            _add(work, found)


def send_card_code(work: Work, actor: Actor, number: str, language: str) -> None:
    """Sends a one-time code to the card's own number. Says the same whether there is such a card or not."""
    card = store.card_by_number(work, "iccid", _number(number))
    if card is not None and card.msisdn and card.state in (CardState.IN_STOCK, CardState.RESERVED):
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
    there only in one (``demo``). Raises ``Problem``: CARD_CHECKSUM, INVALID_FORM, CARD_TAKEN (the holder's own, already
    handed in). CARD_UNKNOWN is raised when the transaction is committed (the try is kept), and None returned inside it.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    blank = {field: "INVALID_FORM" for field, text in (("name", name), ("address", address)) if not text.strip()}
    if blank:
        raise Problem("INVALID_FORM", fields=blank)
    rules = resolve(programme)
    if rules.demo and not demo:
        raise Problem("INVALID_FORM", fields={"programme": "INVALID_FORM"})
    card = store.card_by_number(work, "iccid", _number(number))
    if not _possessed(work, card, secret, card_code) or card is None or card.kind != rules.card_kind:
        _refuse_claim(work, actor)
        return None
    if card.state == CardState.RESERVED and card.account_id == actor.id:
        return _found_again(work, card)
    if card.state != CardState.IN_STOCK:
        _refuse_claim(work, actor)
        return None
    moves.move_card(work, actor, card, "reserve", account_id=actor.id, restrictions=list(rules.restrictions))
    form = {"name": name.strip(), "address": address.strip()}
    registration = moves.create(
        work, actor, programme=programme, card_id=card.id, account_id=actor.id, language=language, form=form
    )
    return _issue(work, actor, registration, rules)


def _refuse_claim(work: Work, actor: Actor) -> None:
    work.record(actor, Action.CARD_CLAIM_REFUSED, "account", actor.id)
    refuse_kept(work, Problem("CARD_UNKNOWN", item="number"))


def _found_again(work: Work, card: Card) -> Claim:
    for registration in store.for_account(work, str(card.account_id)):
        if registration.card_id == card.id and registration.state == RegistrationState.DRAFT:
            code = intake_store.current_code(work, registration)
            if code is not None:
                return Claim(registration.id, registration.reference, code.code, code.expires_at)
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
    _issue(work, actor, registration, resolve(registration.programme))
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
