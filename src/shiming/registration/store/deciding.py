"""Decisions stored: findings kept, a decision recorded and its move made, taken back or let go before its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.registration.records import DecisionRow, Registration
from shiming.registration.states import registration_after
from shiming.registration.store import approval, caps, moves, proofs
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Decision, Finding, Rules, Verdict

_MOVE_OF = {
    Verdict.APPROVE: "approve",
    Verdict.RETRY: "retry",
    Verdict.REFER: "refer",
    Verdict.REJECT: "reject",
}


def record_findings(
    work: Work, registration: Registration, findings: Iterable[Finding], *, evidence_id: str | None = None
) -> None:
    """Keeps the findings of the current submission, or (with ``evidence_id``) those made right after an upload."""
    for place, finding in enumerate(findings):
        finding_id = uuid7()
        sealed = None
        if finding.details:
            sealed = seal_json(
                work, registration.key_id, "finding", "details_sealed", finding_id, dict(finding.details)
            )
        row = asdict(finding)
        row.pop("details")
        row.update(outcome=str(finding.outcome), evidence=list(finding.evidence))
        work.conn.execute(
            insert(t.finding).values(
                id=finding_id,
                issuer=work.issuer,
                registration_id=registration.id,
                n=registration.n,
                place=place,
                evidence_id=evidence_id,
                details_sealed=sealed,
                **row,
            )
        )


def _counts(decision: Decision) -> bool:
    return decision.verdict == Verdict.RETRY and any(catalogue()[code].counts for code in decision.reasons)


def conclude(
    work: Work,
    registration: Registration,
    decision: Decision,
    actor: Actor,
    *,
    rules: Rules,
    effective_at: datetime | None = None,
    note: str = "",
    message: str = "",
) -> DecisionRow:
    """Records a decision and moves the registration. Effects leave now, or when ``effective_at`` has come.

    An approval takes its places under the caps in this same transaction and raises ``Problem`` CAP_REACHED_OPERATOR or
    CAP_REACHED_TOTAL when there is none left.
    """
    # An illegal move is told as such, before a place under the cap is looked for.
    registration_after(registration.state, _MOVE_OF[decision.verdict])
    if decision.verdict == Verdict.APPROVE:
        proofs.must_match(work, registration)
    if decision.verdict == Verdict.APPROVE and registration.purpose in ("register", "transfer"):
        caps.take_places(work, registration, rules)
    moved = moves.move(
        work,
        actor,
        registration,
        _MOVE_OF[decision.verdict],
        items=list(decision.items) if decision.verdict == Verdict.RETRY else [],
        attempts_used=registration.attempts_used + (1 if _counts(decision) else 0),
        claimed_by=None,
        claimed_until=None,
    )
    decision_id = _record_decision(work, moved, decision, actor, effective_at or work.now, note, message)
    row = store.decision_by_id(work, decision_id)
    if row.effective_at <= work.now:
        approval.take_effect(work, decision_id)
    return row


def _record_decision(
    work: Work,
    registration: Registration,
    decision: Decision,
    actor: Actor,
    effective_at: datetime,
    note: str,
    message: str,
) -> str:
    decision_id = uuid7()

    def sealed(column: str, text: str) -> bytes | None:
        return seal_json(work, registration.key_id, "decision", column, decision_id, text) if text else None

    work.conn.execute(
        insert(t.decision).values(
            id=decision_id,
            issuer=work.issuer,
            registration_id=registration.id,
            n=registration.n,
            verdict=str(decision.verdict),
            proposal=str(decision.proposal) if decision.proposal else None,
            reasons=list(decision.reasons),
            items=list(decision.items),
            explanation=list(decision.explanation),
            actor_role=str(actor.role),
            actor_id=actor.id,
            note_sealed=sealed("note_sealed", note),
            message_sealed=sealed("message_sealed", message),
            at=work.now,
            effective_at=effective_at,
        )
    )
    work.record(
        actor,
        Action.DECISION_MADE,
        "decision",
        decision_id,
        registration=registration.id,
        verdict=str(decision.verdict),
        reasons=list(decision.reasons),
    )
    return decision_id


def take_back(work: Work, actor: Actor, decision: DecisionRow) -> Registration:
    """A reviewer takes a decision back before it takes effect. Raises WRONG_STATE afterwards."""
    d = t.decision
    done = work.conn.execute(
        update(d)
        .where(
            d.c.issuer == work.issuer,
            d.c.id == decision.id,
            d.c.effect_at.is_(None),
            d.c.taken_back_at.is_(None),
            d.c.effective_at > work.now,
        )
        .values(taken_back_at=work.now)
    )
    if done.rowcount != 1:
        raise Problem("WRONG_STATE")
    registration = store.get(work, decision.registration_id)
    caps.release_places(work, registration.id)
    work.record(actor, Action.DECISION_TAKEN_BACK, "decision", decision.id, registration=registration.id)
    used = registration.attempts_used
    given_back = used - 1 if decision.verdict == Verdict.RETRY and used else used
    return moves.move(work, actor, registration, "take-back", items=[], attempts_used=given_back)


def bring_forward(work: Work, decision: DecisionRow) -> None:
    """Lets a decision take effect now instead of later. Raises WRONG_STATE once it did, or was taken back."""
    d = t.decision
    done = work.conn.execute(
        update(d)
        .where(d.c.issuer == work.issuer, d.c.id == decision.id, d.c.effect_at.is_(None), d.c.taken_back_at.is_(None))
        .values(effective_at=work.now)
    )
    if done.rowcount != 1:
        raise Problem("WRONG_STATE")
    approval.take_effect(work, decision.id)
