"""Status at any moment, with reasons and the way to mend each; the account page; changed data (rows A9, A10, A12)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.accounts import contacts, holders
from shiming.accounts.addresses import Contact
from shiming.audit.work import Work
from shiming.intake import access, again, cards, reverification, transfers, updates
from shiming.intake.access import OPEN
from shiming.pipeline import deadlines
from shiming.registration import store
from shiming.registration.reasons import catalogue
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import amending, proofs
from shiming.registration.values import Actor
from shiming.review import appeals
from shiming.web import card_life, deps
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import changes, labels, views
from shiming.web.holder.common import place, place_of
from shiming.web.pages import page, see

router = APIRouter()
_SHOWN_CARDS = 50
"""A person has a few cards; a company's thousands are elsewhere."""


@router.get("/r/{reference}")
def status(request: Request, reference: str, holder: Holder) -> Response:
    """Where the registration stands, what happens next and when."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        registration = found.registration
        decisions = store.decisions(work, registration.id)
        told = views.shown_state(registration, decisions, work.now)
        decision = views.decision_in_force(decisions, work.now)
        current = decision if decision and decision.n == registration.n else None
        timeline = store.timeline(work, registration.id)
        card = store.card_of(work, registration)
        return page(
            request,
            "holder/status.html",
            place=found,
            told=told,
            state=labels.STATES[told],
            decision=current if told == registration.state else None,
            reasons=[catalogue()[code] for code in (current.reasons if current else ()) if code in catalogue()],
            items=views.items_again(found) if told == RegistrationState.ACTION_REQUIRED else [],
            events=views.events(timeline, told, registration.state),
            card=card,
            life=card_life.of(work, card),
            expires_at=deadlines.expires_at(work, registration),
            may_start_again=again.may_start(work, registration),
            proof=proofs.of(work, registration),
            labels=labels,
            code=cards.activation_code(work, holder, registration.id),
            open=told in OPEN,
            passed_on=any(event.event == "transfer-ended" for event in timeline),
            may_transfer=transfers.may_offer(work, registration)
            or transfers.standing(work, holder, registration.id) is not None,
            may_appeal_card=appeals.stopped(work, registration) is not None,
            appeal_until=appeals.until(work, registration),
            live=told in (RegistrationState.SUBMITTED, RegistrationState.CHECKING),
        )


@router.get("/account")
def account(request: Request, holder: Holder) -> Response:
    """Every registration with its card, activation code and what can be done."""
    with house(request).workspace.read() as work:
        contact = _contact(request, work, holder)
        rows = [_row(work, holder, r) for r in store.for_account(work, holder.id)]
        demands = reverification.mine(work, holder)
    locked = any(row["locked"] for row in rows)
    return page(
        request, "holder/account.html", rows=rows, contact=contact, labels=labels, locked=locked, demands=demands
    )


def _contact(request: Request, work: Work, holder: Actor) -> Contact | None:
    """The contact that opened this session: a limited one must not show the account's others."""
    subject = deps.holder_subject(request)
    opened = [one for one in contacts.of(work, holder.id) if subject is not None and one.id == subject.contact]
    if opened:
        return opened[0].contact
    return None if holder.limited else holders.contact_of(work, holder.id)[0]


def _row(work: Work, holder: Actor, registration: Registration) -> dict[str, object]:
    decisions = store.decisions(work, registration.id)
    told = views.shown_state(registration, decisions, work.now)
    if not access.open_to(work, holder, registration):
        return {"registration": registration, "state": labels.STATES[told], "locked": True}
    code = cards.activation_code(work, holder, registration.id)
    return {
        "registration": registration,
        "locked": False,
        "place": place_of(work, registration),
        "card": store.card_of(work, registration),
        "state": labels.STATES[told],
        "open": told in OPEN,
        "code": code if code and registration.state == RegistrationState.DRAFT else None,
        "may_change": told == RegistrationState.APPROVED and registration.purpose in ("register", "transfer"),
    }


@router.get("/r/{reference}/data")
def data(request: Request, reference: str, holder: Holder) -> Response:
    """What is known of the holder, with its history, and the way to change it."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        history = updates.history(work, holder, found.registration.id)
        cards_held = [
            (store.card(work, row.card_id), store.get(work, row.registration_id).reference)
            for row in amending.held(work, str(found.registration.party_id))
            if row.role == amending.HOLDER
        ][:_SHOWN_CARDS]
    return page(
        request, "holder/data.html", place=found, history=history, labels=changes.LABELS, names=labels, cards=cards_held
    )


@router.post("/r/{reference}/data")
def change(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Begins a change of data, with proof; one that is open is found again."""
    with house(request).workspace.write() as work:
        found = place(work, holder, reference)
        update = updates.start(work, holder, found.registration.id)
        begun = place(work, holder, update.reference)
    return see(begun.next_address)
