"""Corrections: the holder says what is recorded wrongly, or has changed, and an agent decides; both versions stay (row B8)."""

from __future__ import annotations

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import forms
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import amending, moves
from shiming.registration.values import Actor, Role
from shiming.review import inbox
from shiming.review import store as kept
from shiming.review.store import Correction, Thread

FIELDS = (*forms.FIELDS, "phone", "email")


def correctable(work: Work, registration: Registration) -> dict[str, str]:
    """What can be corrected, with what is recorded now (empty where nothing is). Raises ``Problem`` WRONG_STATE."""
    recorded = amending.known(work, _party(registration))
    wanted = [name for name in FIELDS if name in recorded or name in amending.DETAILS]
    return {name: recorded.get(name, "") for name in wanted}


def ask(
    work: Work, actor: Actor, registration: Registration, *, field: str, should: str, why: str, changed: bool = False
) -> Thread:
    """The holder asks for a correction. ``changed``: it was right once, and is not any more.

    Raises ``Problem`` NOT_FOUND, WRONG_STATE for what is not approved, INVALID_FORM naming ``field``, ``should`` or ``text``.
    """
    if actor.role != Role.HOLDER or registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    recorded = correctable(work, registration)
    should = should.strip()
    if field not in recorded:
        raise Problem("INVALID_FORM", fields={"field": "INVALID_FORM"})
    if not should or forms.fault(field, should) or should == recorded[field]:
        raise Problem("INVALID_FORM", fields={"should": "INVALID_FORM"})
    thread = inbox.open_thread(
        work,
        actor,
        "correction",
        why,
        registration_id=registration.id,
        account_id=actor.id,
        topic=field,
        language=registration.language,
    )
    asked = {"was": recorded[field], "should": should, "changed": changed}
    kept.add_correction(work, thread, registration.id, _party(registration), field, asked)
    work.record(actor, Action.CORRECTION_ASKED, "thread", thread.id, field=field)
    return thread


def decide(work: Work, actor: Actor, thread_reference: str, *, accept: bool, why: str) -> Thread:
    """An agent accepts or refuses a correction, and tells why. An accepted one holds for every card of the party.

    Raises ``Problem`` NOT_ALLOWED, CLAIM_REQUIRED, WRONG_STATE when it was decided before, INVALID_FORM without a reason,
    CONFLICT for a document number that belongs to somebody else.
    """
    thread = inbox.take(work, actor, thread_reference)
    asked = kept.correction(work, thread)
    if asked is None or asked.state != "open":
        raise Problem("WRONG_STATE")
    if accept:
        registration = store.get(work, asked.registration_id)
        amending.amend(work, registration, asked.party_id, asked.field, asked.should)
        amending.follow(work, actor, asked.party_id, f"correction:{asked.id}")
        moves.note_event(work, actor, registration.id, "corrected", field=asked.field, thread=thread.id)
    outcome = "accepted" if accept else "refused"
    kept.settle_correction(work, asked, outcome, actor.id)
    inbox.say(work, actor, thread, why)
    work.record(actor, Action.CORRECTION_DECIDED, "thread", thread.id, outcome=outcome, field=asked.field)
    inbox.tell(work, thread, "correction-decided", key=f"correction:{asked.id}")
    return inbox.end(work, actor, thread, outcome)


def of_thread(work: Work, thread: Thread) -> Correction | None:
    """What a thread asks to be corrected; None for threads about something else."""
    return kept.correction(work, thread) if thread.kind == "correction" else None


def _party(registration: Registration) -> str:
    if registration.state != RegistrationState.APPROVED or registration.party_id is None:
        raise Problem("WRONG_STATE")
    return registration.party_id
