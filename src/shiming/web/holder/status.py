"""Status at any moment, with reasons and the way to mend each; the account page; changed data (rows A9, A10, A12)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.accounts import holders
from shiming.audit.work import Work
from shiming.intake import cards, updates
from shiming.intake.access import OPEN
from shiming.registration import store
from shiming.registration.reasons import catalogue
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.values import Actor
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import labels, views
from shiming.web.holder.common import place, place_of
from shiming.web.pages import page, see

router = APIRouter()


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
        return page(
            request,
            "holder/status.html",
            place=found,
            told=told,
            state=labels.STATES[told],
            decision=current if told == registration.state else None,
            reasons=[catalogue()[code] for code in (current.reasons if current else ()) if code in catalogue()],
            items=views.items_again(found) if told == RegistrationState.ACTION_REQUIRED else [],
            events=views.events(store.timeline(work, registration.id), told, registration.state),
            card=store.card(work, registration.card_id),
            labels=labels,
            code=cards.activation_code(work, holder, registration.id),
            open=told in OPEN,
            live=told in (RegistrationState.SUBMITTED, RegistrationState.CHECKING),
        )


@router.get("/account")
def account(request: Request, holder: Holder) -> Response:
    """Every registration with its card, activation code and what can be done."""
    with house(request).workspace.read() as work:
        contact, _language = holders.contact_of(work, holder.id)
        rows = [_row(work, holder, r) for r in store.for_account(work, holder.id)]
    return page(request, "holder/account.html", rows=rows, contact=contact, labels=labels)


def _row(work: Work, holder: Actor, registration: Registration) -> dict[str, object]:
    decisions = store.decisions(work, registration.id)
    told = views.shown_state(registration, decisions, work.now)
    code = cards.activation_code(work, holder, registration.id)
    return {
        "place": place_of(work, registration),
        "card": store.card(work, registration.card_id),
        "state": labels.STATES[told],
        "open": told in OPEN,
        "code": code if code and registration.state == RegistrationState.DRAFT else None,
        "may_change": told == RegistrationState.APPROVED and registration.purpose == "register",
    }


@router.get("/r/{reference}/data")
def data(request: Request, reference: str, holder: Holder) -> Response:
    """What is known of the holder, with its history, and the way to change it."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        history = updates.history(work, holder, found.registration.id)
    return page(request, "holder/data.html", place=found, history=history, labels=labels)


@router.post("/r/{reference}/data")
def change(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Begins a change of data, with proof; one that is open is found again."""
    with house(request).workspace.write() as work:
        found = place(work, holder, reference)
        update = updates.start(work, holder, found.registration.id)
        begun = place(work, holder, update.reference)
    return see(begun.next_address)
