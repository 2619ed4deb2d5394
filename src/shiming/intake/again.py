"""Starting again after a registration expired or was withdrawn, with what is still valid (row C6)."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import access, cards, consents
from shiming.platform.limits import limit
from shiming.programmes.store import in_service
from shiming.registration import store
from shiming.registration.documents import OTHER
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Evidence, Registration
from shiming.registration.states import CardState, EvidenceState, RegistrationState
from shiming.registration.store import captures, moves
from shiming.registration.values import Actor, Rules

_ENDED = (RegistrationState.EXPIRED, RegistrationState.WITHDRAWN)
_LIVING = ("selfie", "holding", "liveness")
"""Kinds of evidence that show a person at a moment: they are taken anew."""


def may_start(work: Work, registration: Registration) -> bool:
    """Whether its holder can start again from this registration: it ended not long ago, and its card is still free."""
    if registration.purpose != "register" or registration.state not in _ENDED:
        return False
    if registration.updated_at < work.now - timedelta(days=limit("shiming.intake", "again.days")):
        return False
    return cards.claimable(work, store.card(work, registration.card_id))


def start(work: Work, actor: Actor, registration_id: str) -> Registration:
    """A new registration of the same card: form, document, pictures and consents that are still valid are used again.

    The face consent and pictures of the person are asked for anew. Possession of the card counts as proven where it was; else
    a new activation code is issued. Raises WRONG_STATE where it did not end or ended long ago, CARD_TAKEN when the card is no
    longer free, POLICY_OPEN as ``cards.claim``.
    """
    ended = access.own(work, actor, registration_id)
    if ended.state not in _ENDED or ended.purpose != "register":
        raise Problem("WRONG_STATE")
    card = store.card(work, ended.card_id)
    if not cards.claimable(work, card):
        raise Problem("CARD_TAKEN")
    if not may_start(work, ended):
        raise Problem("WRONG_STATE")
    rules = in_service(work, ended.programme)
    moves.reserve_card(work, actor, card, rules.restrictions)
    fresh = _fresh(work, actor, ended, card, rules)
    for item in _valid(work, ended, rules):
        captures.share(work, actor, fresh, item)
    _consents(work, actor, ended, fresh, rules)
    moves.note_event(work, actor, fresh.id, "again", earlier=ended.id)
    work.record(actor, Action.REGISTRATION_AGAIN, "registration", fresh.id, earlier=ended.id)
    if ended.code_redeemed_at is None:
        cards.begun(work, actor, fresh, rules)
        return store.get(work, fresh.id)
    return moves.redeem(work, actor, fresh)


def _fresh(work: Work, actor: Actor, ended: Registration, card: Card, rules: Rules) -> Registration:
    wanted = (*rules.form_fields, "name", "address")
    late = card.state != CardState.IN_STOCK and "late" in rules.channels
    return moves.create(
        work,
        actor,
        programme=ended.programme,
        card_id=ended.card_id,
        account_id=actor.id,
        language=ended.language,
        form={name: text for name, text in store.form(work, ended).items() if name in wanted},
        document=ended.document if ended.document in rules.documents else None,
        channel="late" if late else "online",
        person=ended.person if ended.person in rules.persons else "adult",
    )


def _valid(work: Work, ended: Registration, rules: Rules) -> list[Evidence]:
    """What may be used again: read, of a slot there still is, and of a document that has not expired."""
    slots = {slot.slot for slot in rules.slots if slot.kind not in _LIVING}
    today = work.now.astimezone(ZoneInfo(rules.zone)).date()
    items = [item for item in store.evidence(work, ended.id) if item.slot in slots and item.state == EvidenceState.READ]
    return [] if any(_expired(work, item, today) for item in items) else items


def _expired(work: Work, item: Evidence, today: date) -> bool:
    reading = store.reading(work, item.id)
    if reading is None or (reading.document is not None and reading.document.type == OTHER):
        return False  # what was read of a document of no known kind decides nothing
    until = reading.fields.get("date_of_expiry")
    try:
        return until is not None and until.value is not None and date.fromisoformat(until.value) < today
    except ValueError:
        # A date that no calendar has proves nothing; the checks of the new submission say so.
        return False


def _consents(work: Work, actor: Actor, ended: Registration, fresh: Registration, rules: Rules) -> None:
    for kind, given in store.consents(work, ended.id).items():
        known = kind in rules.consents and kind != "face"
        if known and given.given and given.version == consents.text(kind).version:
            consents.record(work, actor, fresh.id, kind, True, given.language)
