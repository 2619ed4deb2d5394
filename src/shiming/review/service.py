"""The human side of decisions: the queue by due time, claims, decide, take back (row F1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.registration.records import DecisionRow, Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import deciding, moves
from shiming.registration.values import Actor, Decision, Role, Verdict

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


def _reviewer(actor: Actor) -> None:
    if actor.role != Role.REVIEWER:
        raise Problem("NOT_ALLOWED")


def queue(work: Work, actor: Actor, *, after: Registration | None = None, limit: int = 500) -> list[QueueRow]:
    """Cases by due time, the most urgent first; at most ``limit``, those that come after ``after``."""
    _reviewer(actor)
    made = store.proposals(work, RegistrationState.IN_REVIEW)
    rows = store.in_states(work, (RegistrationState.IN_REVIEW,), limit, after=after)
    return [_row(work, row, *made.get(row.id, (None, ()))) for row in rows]


def _row(work: Work, registration: Registration, proposal: str | None, reasons: tuple[str, ...]) -> QueueRow:
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
    )


def claim(work: Work, actor: Actor, registration_id: str) -> Registration:
    """Claims a case for ten minutes, or renews the own claim. Raises CLAIM_REQUIRED when another has it."""
    _reviewer(actor)
    return moves.claim(work, actor, store.get(work, registration_id))


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
) -> DecisionRow:
    """A reviewer decides submission ``n``. Effects leave when the take-back time is over.

    ``note`` stays inside; ``message`` is shown to the holder. A retry names its items, a retry and a reject their reasons.
    Raises CLAIM_REQUIRED, CONFLICT (another submission by now), INVALID_FORM, CAP_REACHED_OPERATOR.
    """
    _reviewer(actor)
    registration = store.get(work, registration_id)
    _may_decide(work, actor, registration, n)
    _well_formed(registration, verdict, reasons, items)
    rules = resolve(registration.programme)
    return deciding.conclude(
        work,
        registration,
        Decision(verdict, reasons, items),
        actor,
        rules=rules,
        effective_at=work.now + timedelta(minutes=rules.take_back_minutes),
        note=note,
        message=message,
    )


def _may_decide(work: Work, actor: Actor, registration: Registration, n: int) -> None:
    if registration.state != RegistrationState.IN_REVIEW:
        raise Problem("WRONG_STATE")
    if registration.n != n:
        raise Problem("CONFLICT")
    held = registration.claimed_until is not None and registration.claimed_until > work.now
    if registration.claimed_by != actor.id or not held:
        raise Problem("CLAIM_REQUIRED")


def _well_formed(
    registration: Registration, verdict: Verdict, reasons: tuple[str, ...], items: tuple[str, ...]
) -> None:
    bad = {}
    if verdict not in ALLOWED:
        bad["verdict"] = "INVALID_FORM"
    if any(code not in catalogue() for code in reasons) or (verdict != Verdict.APPROVE and not reasons):
        bad["reasons"] = "INVALID_FORM"
    rules = resolve(registration.programme)
    known = {s.slot for s in rules.slots} | set(rules.form_fields)
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
