"""Appeals: a refused registration is looked at again, by another person, by a due time; that decision is final (row B9).

The refusal gave the card back to the stock; the appeal reserves it again, or is refused where somebody else has it by now.
A suspended or cancelled card is appealed in a thread of the inbox that an agent decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries import calendar
from shiming.intake import transfers
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import CardAct, DecisionRow, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import life, moves
from shiming.registration.values import Actor, Role, Verdict
from shiming.review import inbox
from shiming.review import store as kept
from shiming.review.store import Thread


def refusal(work: Work, registration: Registration) -> DecisionRow | None:
    """The refusal in effect of a registration; None where there is none."""
    if registration.state != RegistrationState.REJECTED:
        return None
    made = [
        d for d in store.decisions(work, registration.id) if d.verdict == Verdict.REJECT and d.effect_at is not None
    ]
    return made[-1] if made else None


def until(work: Work, registration: Registration) -> datetime | None:
    """Until when a refusal can be appealed; None when it cannot, or not any more."""
    refused = refusal(work, registration)
    if refused is None or registration.appealed_at is not None:
        return None
    end = refused.effective_at + timedelta(days=rules_of(work, registration).appeal_days)
    return end if end > work.now else None


def make(work: Work, actor: Actor, registration: Registration, text: str) -> Thread:
    """The holder appeals a refusal. ``text`` says why; whoever decides reads it.

    Raises ``Problem`` WRONG_STATE, APPEAL_DONE, APPEAL_TOO_LATE, CARD_TAKEN, APPEAL_CARD_GONE, INVALID_FORM.
    """
    if actor.role != Role.HOLDER or registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    if registration.appealed_at is not None:
        raise Problem("APPEAL_DONE")
    if refusal(work, registration) is None:
        raise Problem("WRONG_STATE")
    if until(work, registration) is None:
        raise Problem("APPEAL_TOO_LATE")
    if registration.purpose == "transfer" and not transfers.stands(work, registration):
        raise Problem("APPEAL_CARD_GONE")
    rules = rules_of(work, registration)
    thread = inbox.open_thread(
        work,
        actor,
        "appeal",
        text,
        registration_id=registration.id,
        account_id=actor.id,
        language=registration.language,
        days=rules.appeal_working_days,
        barred=tuple(sorted(deciders(work, registration))),
        told=False,
    )
    due = calendar.due(work.now, rules.appeal_working_days, rules.country, rules.zone)
    moved = moves.appeal(work, actor, registration, rules=rules, due_at=due.at, unpublished_year=due.unpublished_year)
    work.record(actor, Action.APPEAL_MADE, "registration", registration.id, thread=thread.id)
    moves.post_notice(work, moved, "appeal-received", key=f"appeal:{registration.id}", due_at=due.at.isoformat())
    return thread


def deciders(work: Work, registration: Registration) -> frozenset[str]:
    """The staff who decided this registration, first and second reviewers: none may decide its appeal."""
    made = [
        d.actor_id
        for d in store.decisions(work, registration.id)
        if d.actor_role == Role.REVIEWER and d.taken_back_at is None
    ]
    looked = kept.looks(work, registration)
    return frozenset([*made, *(x for look in looked for x in (look.first_id, look.second_id) if x)])


def refuse_deciders(work: Work, actor: Actor, registration: Registration) -> None:
    """Raises ``Problem`` OTHER_PERSON for who decided what is appealed now."""
    thread = thread_of(work, registration) if registration.appealed_at is not None else None
    if thread is not None and actor.id in thread.barred:
        raise Problem("OTHER_PERSON")


def thread_of(work: Work, registration: Registration) -> Thread | None:
    """The thread in which a refusal was appealed."""
    found = [row for row in kept.of_registration(work, registration.id) if row.kind == "appeal" and row.card_id is None]
    return found[0] if found else None


def conclude(work: Work, thread_id: str) -> bool:
    """Closes the thread of an appeal whose decision took effect, with its outcome. Says whether it did."""
    thread = kept.get(work, thread_id)
    if thread.state == "closed" or thread.registration_id is None or thread.card_id is not None:
        return False
    registration = store.get(work, thread.registration_id)
    if registration.state == RegistrationState.WITHDRAWN:
        inbox.end(work, moves.engine(work.issuer), thread, "withdrawn")
        return True
    final = [
        d
        for d in store.decisions(work, registration.id)
        if d.effect_at is not None and d.verdict != Verdict.REFER and d.id > thread.id
    ]
    if not final:
        return False
    work.record(moves.engine(work.issuer), Action.APPEAL_DECIDED, "thread", thread.id, verdict=final[-1].verdict)
    inbox.end(work, moves.engine(work.issuer), thread, final[-1].verdict)
    return True


def stopped(work: Work, registration: Registration) -> CardAct | None:
    """The suspension or cancellation of the card held through a registration that can be appealed now; None without one."""
    card = store.card(work, registration.card_id)
    act = {CardState.SUSPENDED: "suspend", CardState.CANCELLED: "cancel"}.get(card.state)
    if act is None or card.account_id != registration.account_id:
        return None
    done = [row for row in life.acts(work, card.id) if row.act == act and row.done_at is not None]
    if not done or done[-1].done_at is None:
        return None
    end = done[-1].done_at + timedelta(days=rules_of(work, registration).appeal_days)
    asked = [
        row for row in kept.of_registration(work, registration.id) if row.card_id and row.created_at >= done[-1].at
    ]
    return done[-1] if end > work.now and not asked else None


def make_for_card(work: Work, actor: Actor, registration: Registration, text: str) -> Thread:
    """The holder appeals that their card was suspended or cancelled; an agent decides who did not order it.

    Raises ``Problem`` NOT_FOUND, WRONG_STATE when there is nothing (more) to appeal, INVALID_FORM.
    """
    if actor.role != Role.HOLDER or registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    act = stopped(work, registration)
    if act is None:
        raise Problem("WRONG_STATE")
    thread = inbox.open_thread(
        work,
        actor,
        "appeal",
        text,
        registration_id=registration.id,
        card_id=registration.card_id,
        account_id=actor.id,
        topic=act.act,
        language=registration.language,
        days=rules_of(work, registration).appeal_working_days,
        barred=(act.actor_id,) if act.actor_role != Role.ENGINE else (),
    )
    work.record(actor, Action.APPEAL_MADE, "card", registration.card_id, thread=thread.id)
    return thread


def decide_for_card(work: Work, actor: Actor, thread_reference: str, *, accept: bool, why: str) -> Thread:
    """An agent decides the appeal of a suspension or cancellation, and tells why. A suspended card is resumed where it was right.

    A cancelled card cannot be brought back; the reason says what is done instead. Raises ``Problem`` NOT_ALLOWED, OTHER_PERSON,
    CLAIM_REQUIRED, WRONG_STATE, INVALID_FORM without a reason.
    """
    thread = inbox.take(work, actor, thread_reference)
    if thread.kind != "appeal" or thread.card_id is None or thread.state == "closed":
        raise Problem("WRONG_STATE")
    card = store.card(work, thread.card_id)
    if accept and card.state == CardState.SUSPENDED:
        about = thread.registration_id
        life.order(work, actor, card, "resume", key=f"appeal:{thread.id}", why="appeal", registration=about)
    outcome = "accepted" if accept else "refused"
    inbox.say(work, actor, thread, why)
    work.record(actor, Action.APPEAL_DECIDED, "thread", thread.id, outcome=outcome)
    inbox.tell(work, thread, "appeal-answered", key=f"appeal-answered:{thread.id}")
    return inbox.end(work, actor, thread, outcome)
