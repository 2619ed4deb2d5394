"""The shop's desk: a clerk serves a customer, and everything that is the customer's own act stays the customer's (row F2).

The clerk reserves the card, photographs, fills in and attests. The customer proves a contact by a code, agrees and declares
on the own phone or by signing on the tablet. A clerk never signs in as the customer and is never the customer's contact.
"""

from __future__ import annotations

import hmac
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

from shiming.accounts import codes, holders
from shiming.accounts.subjects import token_hash
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import access, cards, consents, forms, pictures, submission
from shiming.platform.ids import uuid7
from shiming.platform.limits import limit
from shiming.programmes.store import current, in_service, rules_of
from shiming.registration import store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.records import Registration
from shiming.registration.store import captures, moves, shops
from shiming.registration.values import Actor, Reading, Role, Rules

Purpose = Literal["consents", "declaration"]
PURPOSES: tuple[Purpose, ...] = ("consents", "declaration")
"""What a customer is asked in a shop: to agree before anything is collected, and to declare the data true at the end."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No look-alikes: tokens and pick-up codes are typed from paper or a screen."""
_TOKEN_LENGTH = 12
"""31^12 is about 2^59, for half an hour, and the code sent to the customer is asked for besides."""
_PICK_UP_LENGTH = 10
"""31^10 is about 2^49; with five tries it cannot be guessed."""
_DARK = 128
"""Below it a pixel is ink. A signature is drawn black on white."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a clerk signs. ``title`` and ``points`` are gettext message ids."""

    version: str
    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """A page for the customer's own phone: ``/shop/{token}``."""

    token: str = field(repr=False)
    purpose: str
    expires_at: datetime


@cache
def statement() -> Statement:
    """The statement in force."""
    row = tomllib.loads(files(__package__).joinpath("statements.toml").read_text("utf-8"))["attestation"]
    return Statement(row["version"], row["title"], tuple(row["points"]))


def _setting(name: str) -> int:
    return int(limit("shiming.intake", f"shop.{name}"))


def _letters(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


# Beginning


def start(
    work: Work,
    actor: Actor,
    *,
    programme: str,
    number: str,
    secret: str | None = None,
    in_hand: bool = False,
    language: str,
    demo: bool = False,
) -> Registration | None:
    """A clerk begins a registration with the customer's card: by its printed secret, or because the clerk holds it in the hand.

    The card is reserved, no activation code is needed. The clerk's own unfinished one of the card is found again. Raises
    SHOP_CLOSED, NOT_IN_SHOPS, POLICY_OPEN, CARD_CHECKSUM; CARD_UNKNOWN once the transaction is committed (then None is
    returned inside).
    """
    shop = access.desk(work, actor)
    rules = _rules(work, programme, demo)
    card = cards.in_shop(work, rules, number, secret, in_hand=in_hand)
    if card is not None and card.account_id is not None:
        known = _found_again(work, actor, card.id)
        if known is not None:
            return known
    if card is None or not cards.claimable(work, card):
        work.record(actor, Action.CARD_CLAIM_REFUSED, "staff", actor.id)
        refuse_kept(work, Problem("CARD_UNKNOWN", item="number"))
        return None
    # Nobody's account yet: the customer's takes its place when a contact is proven.
    nobody = uuid7()
    moves.reserve_card(work, actor, card, rules.restrictions, account_id=nobody)
    begun = moves.create(
        work,
        actor,
        programme=programme,
        card_id=card.id,
        account_id=nobody,
        language=language,
        form={},
        channel="shop",
        clerk_id=actor.id,
    )
    begun = moves.redeem(work, actor, begun, entered=False)
    shops.open_visit(work, begun, shop.id, actor.id)
    possession = "secret" if secret else "in-hand"
    work.record(actor, Action.SHOP_VISIT_OPENED, "registration", begun.id, shop=shop.id, possession=possession)
    return begun


def _rules(work: Work, programme: str, demo: bool) -> Rules:
    rules = current(work, programme)
    if rules.demo and not demo:
        raise Problem("INVALID_FORM", fields={"programme": "INVALID_FORM"})
    if "shop" not in rules.channels:
        raise Problem("NOT_IN_SHOPS", item="programme")
    return in_service(work, programme, demo=demo)


def _found_again(work: Work, actor: Actor, card_id: str) -> Registration | None:
    for registration in shops.served_by(work, actor.id, work.now):
        if registration.card_id == card_id and registration.state in access.OPEN:
            return registration
    return None


def programmes(work: Work, names: tuple[str, ...]) -> tuple[Rules, ...]:
    """Those of the named programmes that shops register for."""
    known = (current(work, name) for name in names)
    return tuple(rules for rules in known if "shop" in rules.channels)


# Taking in what was begun elsewhere


def ask_to_take_in(work: Work, actor: Actor, reference: str) -> None:
    """Sends the customer, who began online or in another shop, a code that lets this clerk go on. Tells nothing.

    A customer without a contact has the pick-up code of the receipt instead.
    """
    access.desk(work, actor)
    found = _takeable(work, reference)
    if found is not None and not shops.unreachable(work, found):
        contact, _language = holders.contact_of(work, found.account_id)
        codes.issue(
            work,
            f"shop-take-in:{found.id}",
            contact.value,
            language=found.language,
            about=found.id,
            template="shop-code",
        )
    work.record(actor, Action.SHOP_CONTACT_ASKED, "staff", actor.id)


def take_in(work: Work, actor: Actor, reference: str, code: str) -> Registration | None:
    """Goes on with a registration begun elsewhere, by the holder's code or the receipt's. Wrong: CODE_WRONG, kept."""
    shop = access.desk(work, actor)
    found = _takeable(work, reference)
    if found is None or not _lets_in(work, found, code):
        work.record(actor, Action.SHOP_CONTACT_REFUSED, "staff", actor.id)
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    reachable = not shops.unreachable(work, found)
    taken = moves.serve(work, actor, found)
    if taken.code_redeemed_at is None:
        taken = moves.redeem(work, actor, taken, entered=False)
    shops.open_visit(work, taken, shop.id, actor.id, proven=reachable)
    work.record(actor, Action.SHOP_VISIT_OPENED, "registration", taken.id, shop=shop.id, possession="account")
    return taken


def _lets_in(work: Work, found: Registration, code: str) -> bool:
    if shops.unreachable(work, found):
        return _is_pick_up(work, found, code)
    contact, _language = holders.contact_of(work, found.account_id)
    return codes.check(work, f"shop-take-in:{found.id}", contact.value, code)


def _takeable(work: Work, reference: str) -> Registration | None:
    """The open registration that may go on in a shop, or None."""
    try:
        found = store.by_reference(work, reference)
    except Problem:
        return None
    fits = found.purpose == "register" and "shop" in rules_of(work, found).channels
    return found if fits and access.is_open(work, found) else None


# The customer's contact


def ask_contact(
    work: Work, actor: Actor, registration_id: str, contact: holders.Contact, *, minutes: int = 10
) -> HandOver:
    """Sends a code to the customer's contact, and makes the page on which the customer can enter it and agree at once.

    Raises CLERK_CONTACT for a contact of somebody who works in a shop; ``TooManyCodesError``.
    """
    registration = _visited(work, actor, registration_id, proven=False)
    if shops.is_clerks_contact(work, contact.value):
        raise Problem("CLERK_CONTACT", item="contact")
    shops.name_contact(work, registration, contact.value)
    return _hand_over(work, actor, registration, "consents", contact.value, minutes)


def _visited(work: Work, actor: Actor, registration_id: str, *, proven: bool | None = None) -> Registration:
    """The open registration this clerk serves. ``proven`` says how its contact must stand; else WRONG_STATE."""
    access.desk(work, actor)
    registration = access.own_open(work, actor, registration_id)
    visit = shops.visit(work, registration)
    if visit is None or (proven is not None and visit.reachable != proven):
        raise Problem("WRONG_STATE")
    return registration


def prove_contact(work: Work, actor: Actor, registration_id: str, code: str) -> Registration | None:
    """The customer read the code out, or typed it on the tablet. A wrong one costs a try; CODE_WRONG is raised then, kept."""
    registration = _visited(work, actor, registration_id, proven=False)
    if not _proven(work, actor, registration, code):
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    return store.get(work, registration.id)


def _proven(work: Work, actor: Actor, registration: Registration, code: str) -> bool:
    """Checks the code sent to the contact that is being proven; a right one gives the registration to its account."""
    visit = shops.visit(work, registration)
    contact = visit.contact if visit else ""
    if not contact or not codes.check(work, _purpose(registration, "consents"), contact, code):
        work.record(actor, Action.SHOP_CONTACT_REFUSED, "registration", registration.id)
        return False
    account_id = holders.account_for(work, holders.normalise_contact(contact), registration.language)
    moves.attach(work, actor, registration, account_id)
    shops.contact_proven(work, registration)
    work.record(actor, Action.SHOP_CONTACT_PROVEN, "registration", registration.id)
    return True


def without_contact(work: Work, actor: Actor, registration_id: str) -> str:
    """The customer has no contact: the pick-up code for the printed receipt. Asked again, a new one; the old one ends."""
    registration = _visited(work, actor, registration_id, proven=False)
    code = _letters(_PICK_UP_LENGTH)
    shops.walk_in(work, registration, _pick_up_hash(work, registration, code), _setting("pick_up_tries"))
    work.record(actor, Action.SHOP_RECEIPT_MADE, "registration", registration.id)
    return f"{code[:5]}-{code[5:]}"


def _pick_up_hash(work: Work, registration: Registration, code: str) -> bytes:
    return work.vault.blind(f"{work.issuer}:pick-up:{registration.id}", _bare(code))


def _is_pick_up(work: Work, registration: Registration, code: str) -> bool:
    """Whether this is the code of the registration's receipt; a wrong one costs a try."""
    visit = shops.visit(work, registration)
    if visit is None or visit.pick_up_hash is None or visit.pick_up_tries < 1:
        return False
    if hmac.compare_digest(bytes(visit.pick_up_hash), _pick_up_hash(work, registration, code)):
        return True
    shops.spend_pick_up_try(work, registration)
    return False


def by_receipt(work: Work, actor: Actor, reference: str, code: str) -> Registration | None:
    """The registration on a receipt. Wrong reference and wrong code are answered alike (PICK_UP_WRONG, kept)."""
    try:
        registration = store.by_reference(work, reference)
    except Problem:
        refuse_kept(work, Problem("PICK_UP_WRONG", item="code"))
        return None
    if not _is_pick_up(work, registration, code):
        work.record(actor, Action.SHOP_RECEIPT_REFUSED, "registration", registration.id)
        refuse_kept(work, Problem("PICK_UP_WRONG", item="code"))
        return None
    return registration


def pick_up(work: Work, actor: Actor, reference: str, code: str) -> Registration | None:
    """A holder who is signed in takes the registration on a receipt into the own account. Raises CLERK_CONTACT."""
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    contact, _language = holders.contact_of(work, actor.id)
    if shops.is_clerks_contact(work, contact.value):
        raise Problem("CLERK_CONTACT")
    registration = by_receipt(work, actor, reference, code)
    if registration is None:
        return None
    taken = moves.attach(work, actor, registration, actor.id)
    shops.contact_proven(work, taken)
    work.record(actor, Action.SHOP_CONTACT_PROVEN, "registration", taken.id)
    return taken


# The customer's own phone


def hand_over(work: Work, actor: Actor, registration_id: str, purpose: Purpose, *, minutes: int = 10) -> HandOver:
    """A page for the customer's phone, opened by a code sent to the proven contact. Raises WRONG_STATE without one."""
    registration = _visited(work, actor, registration_id, proven=True)
    contact, _language = holders.contact_of(work, registration.account_id)
    return _hand_over(work, actor, registration, purpose, contact.value, minutes)


def _purpose(registration: Registration, purpose: str) -> str:
    return f"shop-{purpose}:{registration.id}"


def _hand_over(
    work: Work, actor: Actor, registration: Registration, purpose: Purpose, contact: str, minutes: int
) -> HandOver:
    codes.issue(
        work,
        _purpose(registration, purpose),
        contact,
        minutes=minutes,
        language=registration.language,
        about=registration.id,
        template="shop-code",
    )
    token = _letters(_TOKEN_LENGTH)
    until = work.now + timedelta(minutes=_setting("link_minutes"))
    shops.add_link(work, registration, purpose, token, token_hash(token), until)
    work.record(actor, Action.SHOP_LINK_MADE, "registration", registration.id, purpose=purpose)
    return HandOver(token, purpose, until)


def shown_link(work: Work, actor: Actor, registration: Registration, purpose: Purpose) -> HandOver | None:
    """The page that was made for the customer's phone and waits for them, to be shown again."""
    access.served(work, actor, registration.id)
    found = shops.open_link(work, registration, purpose)
    return None if found is None else HandOver(found[1], found[0].purpose, found[0].expires_at)


def link(work: Work, token: str) -> shops.Link:
    """The page behind a token. Raises NOT_FOUND for one that is unknown, too old or used."""
    found = shops.link_by_token(work, token_hash(_bare(token)))
    if found is None or found.used_at is not None or found.expires_at <= work.now:
        raise Problem("NOT_FOUND")
    if not access.is_open(work, store.get(work, found.registration_id)):
        raise Problem("NOT_FOUND")
    return found


def unlock(work: Work, token: str, code: str) -> str | None:
    """The customer enters the code: the pass that this phone shows from now on. Wrong: CODE_WRONG, kept."""
    found = link(work, token)
    registration = store.get(work, found.registration_id)
    nobody = Actor(Role.ANONYMOUS, "-", work.issuer)
    visit = shops.visit(work, registration)
    if visit is not None and not visit.reachable:
        right = found.purpose == "consents" and _proven(work, nobody, registration, code)
    else:
        contact, _language = holders.contact_of(work, registration.account_id)
        right = codes.check(work, _purpose(registration, found.purpose), contact.value, code)
    if not right:
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    shown = secrets.token_urlsafe(32)
    shops.change_link(work, found, pass_hash=token_hash(shown))
    return shown


def unlocked(work: Work, token: str, shown: str) -> tuple[shops.Link, Registration] | None:
    """The page and its registration, for the phone that entered the code; None for any other."""
    found = link(work, token)
    if found.pass_hash is None or not hmac.compare_digest(bytes(found.pass_hash), token_hash(shown)):
        return None
    return found, store.get(work, found.registration_id)


def accept_by_phone(work: Work, token: str, shown: str, given: Mapping[str, bool], language: str) -> Registration:
    """The customer agrees or declares on the own phone; the page is used up. Raises NOT_FOUND, CONSENT_REQUIRED, INVALID_FORM."""
    opened = unlocked(work, token, shown)
    if opened is None or not shops.change_link(work, opened[0], used_at=work.now):
        raise Problem("NOT_FOUND")
    found, registration = opened
    customer = Actor(Role.HOLDER, registration.account_id, work.issuer)
    return _accept(work, customer, registration, found.purpose, "phone", given, language)


# The tablet


def sign(
    work: Work,
    actor: Actor,
    registration_id: str,
    purpose: Purpose,
    given: Mapping[str, bool],
    *,
    language: str,
    signature: bytes = b"",
    name: str = "",
) -> Registration:
    """The customer agrees or declares on the shop's tablet: with a drawn signature, or with the name they typed themselves.

    Raises SIGNATURE_NEEDED, CONSENT_REQUIRED, INVALID_FORM.
    """
    registration = _visited(work, actor, registration_id)
    evidence_id = _signature(work, actor, registration, purpose, signature) if signature else None
    if evidence_id is None and not name.strip():
        raise Problem("SIGNATURE_NEEDED", item="signature")
    method = "signature" if evidence_id else "typed"
    return _accept(
        work, actor, registration, purpose, method, given, language, evidence_id=evidence_id, name=name.strip()
    )


def _signature(work: Work, actor: Actor, registration: Registration, purpose: str, data: bytes) -> str:
    """Keeps a drawn signature as evidence. Nobody reads it by machine; an empty drawing is refused."""
    try:
        pixels = pictures.decode(data)
    except pictures.Refused as refused:
        raise Problem(refused.code, item="signature") from None
    if int((pixels.min(axis=2) < _DARK).sum()) < _setting("signature_ink"):
        raise Problem("SIGNATURE_NEEDED", item="signature")
    evidence_id = captures.add(
        work,
        actor,
        registration,
        slot=f"signature-{purpose}",
        kind="signature",
        capture_id=uuid7(),
        media_type="image/jpeg",
        data=pictures.encode(pixels),
    )
    captures.store_reading(work, evidence_id, Reading(), (), picture=None, usable=True)
    return evidence_id


def _accept(
    work: Work,
    actor: Actor,
    registration: Registration,
    purpose: str,
    method: str,
    given: Mapping[str, bool],
    language: str,
    *,
    evidence_id: str | None = None,
    name: str = "",
) -> Registration:
    """What was agreed or declared is kept, with how. ``actor`` is the customer, or the clerk whose tablet it was."""
    if purpose == "declaration":
        forms.declared(work, actor, registration)
    else:
        _consents(work, actor, registration, given, language)
    shops.accepted(work, registration, purpose, method, evidence_id, name)
    moves.note_event(work, actor, registration.id, "accepted", purpose=purpose, method=method)
    work.record(actor, Action.SHOP_ACCEPTED, "registration", registration.id, purpose=purpose, method=method)
    return store.get(work, registration.id)


def _consents(work: Work, actor: Actor, registration: Registration, given: Mapping[str, bool], language: str) -> None:
    rules = rules_of(work, registration)
    wanted = rules.consents_of(registration.person)
    refused = {k: "CONSENT_REQUIRED" for k in wanted if consents.text(k).required and not given.get(k)}
    if refused:
        raise Problem("CONSENT_REQUIRED", item=next(iter(refused)), fields=refused)
    for kind in wanted:
        consents.keep(work, actor, registration, kind, given.get(kind, False), language)


# Attesting and handing in


def attest(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The clerk signs for having seen the original and the person. Raises EVIDENCE_MISSING while anything else is open."""
    shop = access.desk(work, actor)
    registration = access.own_open(work, actor, registration_id)
    missing = [item for item in submission.missing(work, registration) if item != "attestation"]
    if missing:
        raise Problem("EVIDENCE_MISSING", item=missing[0], fields=dict.fromkeys(missing, "EVIDENCE_MISSING"))
    version = statement().version
    shops.attest(work, registration, actor.id, shop.id, version)
    moves.note_event(work, actor, registration.id, "attested", statement=version)
    work.record(actor, Action.SHOP_ATTESTED, "registration", registration.id, shop=shop.id, statement=version)
    return registration
