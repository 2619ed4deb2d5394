"""The human side of decisions: the queue by due time, claims, decide, second pair of eyes, take back (row F1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.registration.records import DecisionRow, Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import deciding, moves
from shiming.registration.values import Actor, Decision, Role, Verdict
from shiming.review import appeals
from shiming.review import store as kept
from shiming.review.store import SecondLook

ALLOWED = (Verdict.APPROVE, Verdict.RETRY, Verdict.REJECT)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case that waits for a person. No personal data."""

    id: str
    reference: str
    programme: str
    purpose: str
    state: RegistrationState
    n: int
    submitted_at: datetime | None
    due_at: datetime | None
    escalated_at: datetime | None
    reasons: tuple[str, ...]
    proposal: str | None
    claimed_by: str | None
    appealed: bool = False
    """A refusal that another person looks at now."""
    first_by: str | None = None
    """Who decided first, where that decision waits for a second reviewer."""


def _reviewer(actor: Actor) -> None:
    if actor.role != Role.REVIEWER:
        raise Problem("NOT_ALLOWED")


def queue(work: Work, actor: Actor, *, after: Registration | None = None, limit: int = 500) -> list[QueueRow]:
    """Cases by due time, the most urgent first; at most ``limit``, those that come after ``after``."""
    _reviewer(actor)
    made = store.proposals(work, RegistrationState.IN_REVIEW)
    waiting = kept.waiting_looks(work)
    rows = store.in_states(work, (RegistrationState.IN_REVIEW,), limit, after=after)
    return [_row(work, row, *made.get(row.id, (None, ())), waiting.get(row.id)) for row in rows]


def _row(
    work: Work,
    registration: Registration,
    proposal: str | None,
    reasons: tuple[str, ...],
    first: tuple[int, str] | None,
) -> QueueRow:
    held = registration.claimed_until is not None and registration.claimed_until > work.now
    return QueueRow(
        registration.id,
        registration.reference,
        registration.programme,
        registration.purpose,
        registration.state,
        registration.n,
        registration.submitted_at,
        registration.due_at,
        registration.escalated_at,
        reasons,
        proposal,
        registration.claimed_by if held else None,
        registration.appealed_at is not None,
        first[1] if first and first[0] == registration.n else None,
    )


def claim(work: Work, actor: Actor, registration_id: str) -> Registration:
    """Claims a case for ten minutes, or renews the own claim.

    Raises CLAIM_REQUIRED when another has it, OTHER_PERSON when the own decision is appealed or waits for a second reviewer,
    OWN_CAPTURES when the registration is partly one's own work.
    """
    _reviewer(actor)
    registration = store.get(work, registration_id)
    _is_another_person(work, actor, registration)
    return moves.claim(work, actor, registration)


def _is_another_person(work: Work, actor: Actor, registration: Registration) -> None:
    appeals.refuse_deciders(work, actor, registration)
    _not_ones_own(work, actor, registration)
    first = first_look(work, registration)
    if first is not None and first.first_id == actor.id:
        raise Problem("OTHER_PERSON")


def first_look(work: Work, registration: Registration) -> SecondLook | None:
    """The first decision on the current submission that waits for a second reviewer."""
    found = [look for look in kept.looks(work, registration) if look.state == "waiting" and look.n == registration.n]
    return found[-1] if found else None


def _not_ones_own(work: Work, actor: Actor, registration: Registration) -> None:
    """Nobody decides what they took part in making: as the clerk who served, or as whoever handed something in."""
    made = ("evidence-received", "attested", "created", "taken-in")
    own = any(e.actor_id == actor.id and e.event in made for e in store.timeline(work, registration.id))
    if own or registration.clerk_id == actor.id:
        raise Problem("OWN_CAPTURES")


def release(work: Work, actor: Actor, registration_id: str) -> Registration:
    """Gives the own claim back."""
    _reviewer(actor)
    return moves.release(work, actor, store.get(work, registration_id))


def record_view(work: Work, actor: Actor, evidence_id: str) -> None:
    """Records that a reviewer looked at a picture."""
    _reviewer(actor)
    work.record(actor, Action.EVIDENCE_VIEWED, "evidence", evidence_id)


def decide(
    work: Work,
    actor: Actor,
    registration_id: str,
    *,
    n: int,
    verdict: Verdict,
    reasons: tuple[str, ...] = (),
    items: tuple[str, ...] = (),
    note: str = "",
    message: str = "",
) -> DecisionRow | SecondLook:
    """A reviewer decides submission ``n``. Effects leave when the take-back time is over.

    Where the programme wants a second pair of eyes, an approval or a rejection only waits for the second reviewer then.
    ``note`` stays inside; ``message`` is shown to the holder. A retry names its items, a retry and a reject their reasons.
    Raises CLAIM_REQUIRED, OTHER_PERSON, SECOND_LOOK_OPEN, CONFLICT (another submission by now), INVALID_FORM,
    CAP_REACHED_OPERATOR.
    """
    _reviewer(actor)
    registration = store.get(work, registration_id)
    _may_decide(work, actor, registration, n)
    if first_look(work, registration) is not None:
        raise Problem("SECOND_LOOK_OPEN")
    _well_formed(work, registration, verdict, reasons, items)
    if rules_of(work, registration).second_pair and verdict != Verdict.RETRY:
        return _ask_second(work, actor, registration, verdict, reasons, note, message)
    return _conclude(work, actor, registration, Decision(verdict, reasons, items), note, message)


def _conclude(
    work: Work, actor: Actor, registration: Registration, decision: Decision, note: str, message: str
) -> DecisionRow:
    rules = rules_of(work, registration)
    return deciding.conclude(
        work,
        registration,
        decision,
        actor,
        rules=rules,
        effective_at=work.now + timedelta(minutes=rules.take_back_minutes),
        note=note,
        message=message,
    )


def _ask_second(
    work: Work,
    actor: Actor,
    registration: Registration,
    verdict: Verdict,
    reasons: tuple[str, ...],
    note: str,
    message: str,
) -> SecondLook:
    kept.add_look(work, registration, actor.id, verdict=str(verdict), reasons=list(reasons), note=note, message=message)
    released = moves.release(work, actor, registration)
    moves.note_event(work, actor, registration.id, "second-look-asked", n=registration.n)
    work.record(actor, Action.SECOND_LOOK_ASKED, "registration", registration.id, verdict=str(verdict))
    found = first_look(work, released)
    if found is None:
        raise Problem("CONFLICT")
    return found


def agree(work: Work, actor: Actor, registration_id: str, *, n: int) -> DecisionRow:
    """A second reviewer agrees: the first decision is made now, and takes effect when its take-back time is over.

    Raises CLAIM_REQUIRED, OTHER_PERSON, CONFLICT, WRONG_STATE when nothing waits, CAP_REACHED_OPERATOR.
    """
    registration, look = _second(work, actor, registration_id, n)
    kept.settle_look(work, registration, look, "agreed", actor.id, "")
    work.record(actor, Action.SECOND_LOOK_GIVEN, "registration", registration.id, agreed=True)
    moves.note_event(work, actor, registration.id, "second-look-agreed", n=n)
    first = Actor(Role.REVIEWER, look.first_id, actor.issuer)
    return _conclude(work, first, registration, Decision(Verdict(look.verdict), look.reasons), look.note, look.message)


def send_back(work: Work, actor: Actor, registration_id: str, *, n: int, note: str) -> Registration:
    """A second reviewer does not agree: the case is open again for either, with the note. Raises as ``agree``."""
    registration, look = _second(work, actor, registration_id, n)
    if not note.strip():
        raise Problem("INVALID_FORM", fields={"note": "INVALID_FORM"})
    kept.settle_look(work, registration, look, "sent-back", actor.id, note.strip())
    work.record(actor, Action.SECOND_LOOK_GIVEN, "registration", registration.id, agreed=False)
    moves.note_event(work, actor, registration.id, "second-look-sent-back", n=n)
    return moves.release(work, actor, registration)


def _second(work: Work, actor: Actor, registration_id: str, n: int) -> tuple[Registration, SecondLook]:
    _reviewer(actor)
    registration = store.get(work, registration_id)
    _may_decide(work, actor, registration, n)
    look = first_look(work, registration)
    if look is None:
        raise Problem("WRONG_STATE")
    return registration, look


def _may_decide(work: Work, actor: Actor, registration: Registration, n: int) -> None:
    if registration.state != RegistrationState.IN_REVIEW:
        raise Problem("WRONG_STATE")
    if registration.n != n:
        raise Problem("CONFLICT")
    held = registration.claimed_until is not None and registration.claimed_until > work.now
    if registration.claimed_by != actor.id or not held:
        raise Problem("CLAIM_REQUIRED")
    _is_another_person(work, actor, registration)


def _well_formed(
    work: Work, registration: Registration, verdict: Verdict, reasons: tuple[str, ...], items: tuple[str, ...]
) -> None:
    bad = {}
    if verdict not in ALLOWED:
        bad["verdict"] = "INVALID_FORM"
    if any(code not in catalogue() or catalogue()[code].private for code in reasons) or (
        verdict != Verdict.APPROVE and not reasons
    ):
        bad["reasons"] = "INVALID_FORM"
    rules = rules_of(work, registration)
    known = {s.slot for s in rules.slots} | set(rules.fields_of(registration.person))
    if any(item not in known for item in items) or (verdict == Verdict.RETRY and not items):
        bad["items"] = "INVALID_FORM"
    if bad:
        raise Problem("INVALID_FORM", fields=bad)


def take_back(work: Work, actor: Actor, decision_id: str) -> Registration:
    """Takes a decision back before it takes effect; the case is in review again."""
    _reviewer(actor)
    decision = store.decision_by_id(work, decision_id)
    if decision.actor_role != Role.REVIEWER:
        raise Problem("WRONG_STATE")
    return deciding.take_back(work, actor, decision)


def release_result(work: Work, actor: Actor, decision_id: str) -> Registration:
    """Lets an own decision take effect now instead of when its take-back time is over. Raises WRONG_STATE."""
    _reviewer(actor)
    decision = store.decision_by_id(work, decision_id)
    if decision.actor_id != actor.id:
        raise Problem("WRONG_STATE")
    deciding.bring_forward(work, decision)
    return store.get(work, decision.registration_id)
