"""The agents' inbox: questions, corrections, appeals and disputes, each with a due time in working days (row F8).

A thread belongs to an account, or to a proven contact without one, and mostly to a registration. People are told that
there is an answer, never what it says. Who decided what a thread is about may not answer it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shiming.accounts import staff
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries import calendar
from shiming.platform.ids import reference
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store as registrations
from shiming.registration.problems import Problem
from shiming.registration.store import moves
from shiming.registration.values import Actor, Role
from shiming.review import store
from shiming.review.store import Thread, ThreadMessage

Kind = Literal["question", "correction", "appeal", "dispute"]
KINDS: tuple[Kind, ...] = ("question", "correction", "appeal", "dispute")
_ROOM = "shiming.review"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose working days count: a country's, in a time zone."""

    country: str = "CN"
    zone: str = "Asia/Shanghai"


def open_thread(
    work: Work,
    actor: Actor,
    kind: Kind,
    text: str,
    *,
    registration_id: str | None = None,
    card_id: str | None = None,
    account_id: str | None = None,
    contact: str | None = None,
    topic: str | None = None,
    language: str = "zh_CN",
    days: int | None = None,
    barred: tuple[str, ...] = (),
    days_of: Calendar | None = None,
    told: bool = True,
) -> Thread:
    """Opens a thread with its first message. Answers go to ``account_id``, or to ``contact`` where there is none.

    ``days`` are working days until the answer is due (else by kind); they are counted by the registration's programme, or by
    ``days_of``. ``told=False`` sends no receipt. Raises ``Problem`` INVALID_FORM, and TOO_MANY_REQUESTS when the account
    has too many unfinished threads.
    """
    text = _text(text)
    _not_too_many(work, account_id)
    counted = _calendar(work, registration_id, days_of)
    due = calendar.due(work.now, days or _days(kind), counted.country, counted.zone)
    thread_id = store.add_thread(
        work,
        contact=contact,
        reference=reference(),
        kind=kind,
        topic=topic,
        registration_id=registration_id,
        card_id=card_id,
        account_id=account_id,
        language=language,
        country=counted.country,
        zone=counted.zone,
        state="open",
        barred=list(barred),
        due_at=due.at,
        due_unpublished_year=due.unpublished_year,
    )
    found = store.get(work, thread_id)
    store.add_message(work, found, "holder", actor.id, text)
    work.record(actor, Action.THREAD_OPENED, "thread", thread_id, of=kind, registration=registration_id)
    if registration_id is not None:
        moves.note_event(work, actor, registration_id, "thread-opened", kind=kind, thread=thread_id)
    if told:
        _tell(work, found, "inbox-received", key=f"inbox-received:{thread_id}", due_at=due.at.isoformat())
    return found


def of_holder(work: Work, actor: Actor) -> list[Thread]:
    """The holder's own threads, newest first."""
    return store.of_account(work, actor.id)


def own(work: Work, actor: Actor, thread_reference: str) -> Thread:
    """The holder's own thread. Raises ``Problem`` NOT_FOUND for anybody else's."""
    found = store.by_reference(work, thread_reference)
    if actor.role != Role.HOLDER or found.account_id != actor.id:
        raise Problem("NOT_FOUND")
    return found


def own_messages(work: Work, actor: Actor, thread_reference: str) -> list[ThreadMessage]:
    """What was written in an own thread, without the notes of staff."""
    return [m for m in store.messages(work, own(work, actor, thread_reference)) if m.by != "note"]


def write(work: Work, actor: Actor, thread_reference: str, text: str) -> Thread:
    """The person writes again: the thread waits for an answer once more, with a new due time unless one runs."""
    found = own(work, actor, thread_reference)
    store.add_message(work, found, "holder", actor.id, _text(text))
    work.record(actor, Action.THREAD_WRITTEN, "thread", found.id)
    if found.state == "open":
        return found
    due = calendar.due(work.now, _days("question"), found.country, found.zone)
    return store.change(
        work, found, state="open", due_at=due.at, due_unpublished_year=due.unpublished_year, escalated_at=None
    )


def queue(work: Work, actor: Actor) -> list[Thread]:
    """Threads that wait for an agent, the most urgent first. Those the agent may not answer are left out."""
    _agent(actor)
    return [row for row in store.waiting(work) if actor.id not in row.barred and not _with_reviewers(row)]


def read(work: Work, actor: Actor, thread_reference: str) -> tuple[Thread, list[ThreadMessage]]:
    """A thread with all that was written. The look is recorded. Raises ``Problem`` OTHER_PERSON."""
    found = _served(work, actor, thread_reference)
    work.record(actor, Action.THREAD_READ, "thread", found.id)
    return found, store.messages(work, found)


def take(work: Work, actor: Actor, thread_reference: str) -> Thread:
    """Takes a thread on; an own one stays own. Raises ``Problem`` CLAIM_REQUIRED when another agent has it."""
    found = _served(work, actor, thread_reference)
    if found.assigned_to == actor.id:
        return found
    if found.assigned_to is not None:
        raise Problem("CLAIM_REQUIRED")
    work.record(actor, Action.THREAD_TAKEN, "thread", found.id)
    return store.change(work, found, assigned_to=actor.id)


def answer(work: Work, actor: Actor, thread_reference: str, text: str) -> Thread:
    """Answers; the person is told that there is an answer. Takes the thread on where nobody has it.

    A correction, appeal or dispute stays due until it is decided, whatever was written meanwhile.
    """
    found = take(work, actor, thread_reference)
    message_id = store.add_message(work, found, "staff", actor.id, _text(text))
    work.record(actor, Action.THREAD_ANSWERED, "thread", found.id)
    _tell(work, found, "inbox-answer", key=f"inbox-answer:{message_id}")
    if found.kind != "question" and found.outcome is None:
        return found
    return store.change(work, found, state="answered", due_at=None, escalated_at=None)


def note(work: Work, actor: Actor, thread_reference: str, text: str) -> None:
    """A note for colleagues; the person never sees it."""
    found = _served(work, actor, thread_reference)
    store.add_message(work, found, "note", actor.id, _text(text))
    work.record(actor, Action.THREAD_WRITTEN, "thread", found.id)


def close(work: Work, actor: Actor, thread_reference: str, *, outcome: str | None = None) -> Thread:
    """Ends a thread. An appeal, correction or dispute ends by its own decision, which gives the ``outcome``."""
    found = take(work, actor, thread_reference)
    if found.state == "open" and found.kind != "question" and outcome is None:
        raise Problem("WRONG_STATE")
    return end(work, actor, found, outcome)


def end(work: Work, actor: Actor, found: Thread, outcome: str | None = None) -> Thread:
    """Marks a thread closed, whoever has it."""
    work.record(actor, Action.THREAD_CLOSED, "thread", found.id, outcome=outcome)
    return store.change(work, found, state="closed", due_at=None, escalated_at=None, outcome=outcome or found.outcome)


def hand_over(work: Work, actor: Actor, thread_reference: str, to: str | None = None, why: str = "") -> Thread:
    """Gives an own thread to another agent (by id), or back to all. Raises ``Problem`` INVALID_FORM for who may not have it."""
    found = _served(work, actor, thread_reference)
    if found.assigned_to != actor.id:
        raise Problem("CLAIM_REQUIRED")
    if to is not None:
        member = staff.get(work, to)
        if member is None or not member.active or member.role != Role.AGENT or to in found.barred:
            raise Problem("INVALID_FORM", fields={"to": "INVALID_FORM"})
    if why.strip():
        store.add_message(work, found, "note", actor.id, _text(why))
    work.record(actor, Action.THREAD_HANDED_OVER, "thread", found.id, to=to)
    return store.change(work, found, assigned_to=to)


def colleagues(work: Work, actor: Actor, found: Thread) -> list[staff.Member]:
    """The agents a thread can be handed to."""
    _agent(actor)
    others = [m for m in staff.all_of(work) if m.active and m.role == Role.AGENT and m.id != actor.id]
    return [member for member in others if member.id not in found.barred]


def check_due(work: Work, thread_id: str) -> None:
    """Escalates a thread that is due by the close of the next working day; tells whose date was missed the new one."""
    found = store.get(work, thread_id)
    if found.state != "open" or found.due_at is None or _with_reviewers(found):
        return
    soonest = calendar.due(work.now, 1, found.country, found.zone)
    if found.due_at <= work.now:
        moved = store.change(
            work,
            found,
            due_at=soonest.at,
            due_unpublished_year=soonest.unpublished_year,
            escalated_at=found.escalated_at or work.now,
        )
        when = soonest.at.isoformat()
        _tell(work, moved, "inbox-late", key=f"inbox-late:{found.id}:{when}", due_at=when)
    elif found.escalated_at is None and found.due_at <= soonest.at:
        store.change(work, found, escalated_at=work.now)
        work.record(moves.engine(work.issuer), Action.THREAD_ESCALATED, "thread", found.id)


def say(work: Work, actor: Actor, found: Thread, text: str) -> None:
    """Writes what staff say in a thread, without telling the person yet. Raises ``Problem`` INVALID_FORM."""
    store.add_message(work, found, "staff", actor.id, _text(text))


def tell(work: Work, found: Thread, template: str, *, key: str) -> None:
    """Sends the person a message about a thread: its reference, never what is in it."""
    _tell(work, found, template, key=key)


def _tell(work: Work, found: Thread, template: str, *, key: str, **params: str) -> None:
    payload = {"template": template, "language": found.language, "params": {"reference": found.reference, **params}}
    where = store.contact(work, found)
    if found.account_id is not None:
        payload["account"] = found.account_id
    elif where is not None:
        payload |= {"to": where, "channel": "email" if "@" in where else "sms"}
    else:
        return
    work.post("notice", payload, key=key, about=found.registration_id)


def _agent(actor: Actor) -> None:
    if actor.role != Role.AGENT:
        raise Problem("NOT_ALLOWED")


def _with_reviewers(found: Thread) -> bool:
    """The appeal of a refused registration is decided in the reviewers' queue, not here; that of a card is."""
    return found.kind == "appeal" and found.card_id is None


def _served(work: Work, actor: Actor, thread_reference: str) -> Thread:
    _agent(actor)
    found = store.by_reference(work, thread_reference)
    if actor.id in found.barred:
        raise Problem("OTHER_PERSON")
    return found


def _text(text: str) -> str:
    clean = text.strip()
    if not clean or len(clean) > limit(_ROOM, "inbox.text_length") or "\x00" in clean:
        raise Problem("INVALID_FORM", fields={"text": "INVALID_FORM"})
    return clean


def _days(kind: Kind) -> int:
    return int(limit(_ROOM, f"inbox.{kind}_days"))


def _not_too_many(work: Work, account_id: str | None) -> None:
    if account_id is None:
        return
    unfinished = [row for row in store.of_account(work, account_id) if row.state == "open"]
    if len(unfinished) >= limit(_ROOM, "inbox.open_threads"):
        raise Problem("TOO_MANY_REQUESTS")


def _calendar(work: Work, registration_id: str | None, given: Calendar | None) -> Calendar:
    if registration_id is None:
        return given or Calendar()
    rules = rules_of(work, registrations.get(work, registration_id))
    return Calendar(rules.country, rules.zone)
