"""A card passes from one party to another: its holder agrees by a code, the new one proves who they are, the number stays.

The offer is made from the account that the card was registered with. Whoever enters its code begins a registration of
purpose ``transfer``; on approval the old binding ends and the new one begins in one transaction (``approval``). Until it is
decided the old holder can take the offer back, which ends that registration too.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import access, forms
from shiming.intake import store as intake_store
from shiming.intake.store import Offer
from shiming.platform.limits import limit
from shiming.programmes import store as programmes
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import amending, moves
from shiming.registration.values import Actor, Role

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No look-alikes: one person reads the code to another."""
_LENGTH = 10
_PERSONAL = ("pan", "eid")
"""Number schemes of cards that are made for one person and cannot pass to another."""
_ENDABLE = (
    RegistrationState.DRAFT,
    RegistrationState.ACTION_REQUIRED,
    RegistrationState.SUBMITTED,
    RegistrationState.CHECKING,
    RegistrationState.IN_REVIEW,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing offer as its maker sees it. ``taken``: somebody entered the code and is registering."""

    code: str = field(repr=False)
    expires_at: datetime
    taken: bool
    over: bool


def may_offer(work: Work, registration: Registration) -> bool:
    """Whether the card of this registration can be passed on: in service, held through it, and not made for one person."""
    if registration.state != RegistrationState.APPROVED or registration.purpose not in ("register", "transfer"):
        return False
    rules = rules_of(work, registration)
    if rules.number_scheme in _PERSONAL or rules.possession == ("roster",) or registration.person == "company":
        return False
    return _holds(work, registration) and store.card(work, registration.card_id).state == CardState.IN_SERVICE


def _holds(work: Work, registration: Registration) -> bool:
    """Whether the party of this registration holds its card through it now."""
    return registration.party_id is not None and any(
        row.registration_id == registration.id and row.role == amending.HOLDER
        for row in amending.held(work, registration.party_id)
    )


def standing(work: Work, actor: Actor, registration_id: str) -> Standing | None:
    """The offer of an own registration's card; None where there is none."""
    registration = access.own(work, actor, registration_id)
    offer = intake_store.standing_offer(work, registration.card_id)
    if offer is None or offer.registration_id != registration.id or not _holds(work, registration):
        return None
    taken = _taker(work, offer) is not None
    over = not taken and (offer.expires_at <= work.now or offer.attempts_left < 1)
    return Standing(offer.code, offer.expires_at, taken, over)


def offer(work: Work, actor: Actor, registration_id: str) -> Standing:
    """Makes a transfer code in place of an earlier one. Raises ``Problem`` WRONG_STATE, also while one is taken up."""
    registration = access.own(work, actor, registration_id)
    earlier = intake_store.standing_offer(work, registration.card_id)
    if not may_offer(work, registration) or (earlier is not None and _taker(work, earlier) is not None):
        raise Problem("WRONG_STATE")
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    code = f"{raw[:5]}-{raw[5:]}"
    expires_at = work.now + timedelta(hours=limit("shiming.intake", "transfer.hours"))
    intake_store.add_offer(work, registration, code, int(limit("shiming.intake", "transfer.attempts")), expires_at)
    moves.note_event(work, actor, registration.id, "transfer-offered")
    work.record(actor, Action.TRANSFER_OFFERED, "registration", registration.id)
    return Standing(code, expires_at, taken=False, over=False)


def take_back(work: Work, actor: Actor, registration_id: str) -> None:
    """Ends the offer, and the registration of who took it up. Raises ``Problem`` WRONG_STATE once that is decided."""
    registration = access.own(work, actor, registration_id)
    found = intake_store.standing_offer(work, registration.card_id)
    if found is None or found.registration_id != registration.id:
        raise Problem("WRONG_STATE")
    taker = _taker(work, found)
    if taker is not None:
        if taker.state not in _ENDABLE:
            raise Problem("WRONG_STATE")
        moves.withdraw(work, actor, taker)
    intake_store.end_offers(work, registration.card_id)
    work.record(actor, Action.TRANSFER_TAKEN_BACK, "registration", registration.id)


def take_up(
    work: Work, actor: Actor, *, number: str, code: str, name: str, address: str, language: str
) -> Registration | None:
    """Begins the registration of a card that its holder passes on. The own unfinished one is found again.

    Wrong numbers and wrong codes are answered alike: CODE_WRONG once the try is committed, and None inside the transaction.
    Raises ``Problem`` INVALID_FORM naming blank fields, POLICY_OPEN as ``cards.claim``.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    given = {"name": name.strip(), "address": address.strip()}
    bad = {key: "INVALID_FORM" for key, text in given.items() if not text or forms.fault(key, text)}
    if bad:
        raise Problem("INVALID_FORM", fields=bad)
    card = _card(work, number)
    found = intake_store.standing_offer(work, card.id) if card is not None else None
    if card is None or found is None or not _right(work, found, code):
        work.record(actor, Action.TRANSFER_REFUSED, "account", actor.id)
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    before = store.get(work, found.registration_id)
    taker = _taker(work, found)
    if taker is not None or before.account_id == actor.id:
        if taker is not None and taker.account_id == actor.id:
            return taker
        raise Problem("WRONG_STATE")
    programmes.in_service(work, before.programme)
    registration = moves.create(
        work,
        actor,
        programme=before.programme,
        card_id=card.id,
        account_id=actor.id,
        language=language,
        form=given,
        purpose="transfer",
    )
    intake_store.take_offer(work, found.id, registration.id)
    work.record(actor, Action.TRANSFER_TAKEN_UP, "registration", registration.id, of=before.id)
    moves.post_notice(work, before, "transfer-begun", key=f"transfer-begun:{registration.id}")
    return moves.redeem(work, actor, registration, entered=False)


def stands(work: Work, registration: Registration) -> bool:
    """Whether the offer that a transfer's registration took up still stands, and its card is in service."""
    found = intake_store.standing_offer(work, registration.card_id)
    in_service = store.card(work, registration.card_id).state == CardState.IN_SERVICE
    return in_service and found is not None and found.taken_by == registration.id


def _card(work: Work, number: str) -> Card | None:
    """The card of this number, whatever its scheme."""
    bare = "".join(number.split()).upper()
    for scheme in ("iccid", "pattern"):
        card = store.card_by_number(work, scheme, bare)
        if card is not None:
            return card
    return None


def _right(work: Work, found: Offer, code: str) -> bool:
    if found.attempts_left < 1 or (found.expires_at <= work.now and _taker(work, found) is None):
        return False
    right = hmac.compare_digest(_bare(found.code), _bare(code))
    if not right:
        intake_store.count_wrong_transfer(work, found.id)
    return right


def _bare(code: str) -> bytes:
    return "".join(c for c in code.upper() if c.isalnum()).encode()


def _taker(work: Work, found: Offer) -> Registration | None:
    """The registration that took an offer up, unless it ended, or the card has passed to it already."""
    if found.taken_by is None:
        return None
    taker = store.get(work, found.taken_by)
    ended = (RegistrationState.REJECTED, RegistrationState.WITHDRAWN, RegistrationState.EXPIRED)
    return None if taker.state in ended or _holds(work, taker) else taker
