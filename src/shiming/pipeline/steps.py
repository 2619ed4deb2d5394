"""The two steps that move a registration: ``read`` one piece of evidence, ``advance`` one submission to its decision.

Both are safe to run twice, at once, and to be killed anywhere: what was done shows in the rows. Attempts are counted on
the row before the work; when the last one fails, a technical finding sends the case to a person.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from shiming import checks
from shiming.audit.work import Work, Workspace
from shiming.decision import decide
from shiming.intake.access import OPEN
from shiming.pipeline import facts
from shiming.pipeline.vision import PictureRead, Vision, VisionFault
from shiming.platform.limits import limit
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.reasons import reason
from shiming.registration.records import Evidence, Registration
from shiming.registration.states import EvidenceState, RegistrationState
from shiming.registration.store import captures as kept
from shiming.registration.store import deciding, moves
from shiming.registration.values import (
    EvidenceItem,
    FaceComparison,
    Finding,
    Outcome,
    Reading,
    Rules,
    SlotRule,
    Verdict,
)

_log = structlog.get_logger(__name__)


class NotYet(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The step could not be finished and has attempts left: try again later. ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(workspace: Workspace, evidence_id: str, vision: Vision) -> None:
    """Reads one piece of evidence and judges it alone. Done before: nothing happens. Raises ``NotYet``."""
    with workspace.write() as work:
        item = store.evidence_by_id(work, evidence_id)
        if item.state != EvidenceState.RECEIVED:
            return
        attempt = kept.count_work(work, evidence_id)
        registration = store.get(work, item.owner_registration_id)
        slot = _slot(resolve(registration.programme), item)
        data = store.picture(work, evidence_id) if attempt <= _attempts() else b""
    found = _look(vision, slot, data, attempt)
    with workspace.write() as work:
        _keep(work, evidence_id, found)


def _attempts() -> int:
    return int(limit("shiming.pipeline", "work.attempts"))


def _slot(rules: Rules, item: Evidence) -> SlotRule:
    return next(slot for slot in rules.slots if slot.slot == item.slot)


def _look(vision: Vision, slot: SlotRule, data: bytes, attempt: int) -> PictureRead:
    if attempt > _attempts():
        # Each attempt before this one ended with the death of the program: this picture may be why.
        return PictureRead(None, Reading(technical="SERVICE_UNAVAILABLE"))
    try:
        return vision.read(data, kind=slot.kind, documents=slot.documents, side=slot.side)
    except VisionFault as fault:
        if attempt < _attempts():
            raise NotYet(fault.code) from None
        return PictureRead(None, Reading(technical=fault.code))


def _keep(work: Work, evidence_id: str, found: PictureRead) -> None:
    item = store.evidence_by_id(work, evidence_id)
    if item.state != EvidenceState.RECEIVED:
        return
    registration = store.get(work, item.owner_registration_id)
    findings = _alone(work, registration, item, found)
    rules = resolve(registration.programme)
    refused = found.refused or _refusal(findings, rules)
    # After two retakes the third is accepted and a person looks at it; what was handed in stays handed in.
    again = refused is not None and registration.state in OPEN
    usable = not again or (item.retakes >= rules.retakes and found.refused is None)
    kept.store_reading(
        work,
        evidence_id,
        found.reading,
        findings,
        picture=found.picture,
        usable=usable,
        refused_code=None if usable else refused,
    )


def _alone(work: Work, registration: Registration, item: Evidence, found: PictureRead) -> tuple[Finding, ...]:
    if found.refused is not None:
        return (Finding("picture", "1", Outcome.FAIL, found.refused, item=item.slot, evidence=(item.id,)),)
    seen = EvidenceItem(item.id, item.slot, found.reading, item.retakes)
    case = facts.case(work, registration)
    return checks.run_evidence(replace(case, evidence={**case.evidence, item.slot: seen}), seen)


def _refusal(findings: tuple[Finding, ...], rules: Rules) -> str | None:
    """The first fault that a new picture can cure."""
    for finding in findings:
        routing = rules.routing.get(finding.code, reason(finding.code).routing)
        if finding.outcome == Outcome.FAIL and routing == "retry":
            return finding.code
    return None


def advance(workspace: Workspace, registration_id: str, n: int, vision: Vision) -> None:
    """Takes submission ``n`` to its decision. Done before, withdrawn or another n: nothing happens. Raises ``NotYet``."""
    with workspace.write() as work:
        registration = moves.begin_checking(work, registration_id, n)
        if registration is None:
            return
        attempt = moves.count_work(work, registration_id, n)
        unread = [item.id for item in store.evidence(work, registration_id) if item.state == EvidenceState.RECEIVED]
    for evidence_id in unread:
        read(workspace, evidence_id, vision)
    comparison = _compare(workspace, registration_id, vision, attempt)
    with workspace.write() as work:
        _conclude(work, registration_id, n, comparison, attempt)


def _compare(workspace: Workspace, registration_id: str, vision: Vision, attempt: int) -> FaceComparison | None:
    """Compares the faces, only with the holder's recorded consent. None where there is nothing to compare."""
    with workspace.read() as work:
        given = store.consents(work, registration_id).get("face")
        items = {item.slot: item for item in store.evidence(work, registration_id)}
        read_items = {slot for slot, item in items.items() if _readable(work, item)}
        if given is None or not given.given or not {"document-front", "selfie"} <= read_items:
            return None
        portrait = store.picture(work, items["document-front"].id)
        selfie = store.picture(work, items["selfie"].id)
    try:
        if attempt > _attempts():
            raise VisionFault("SERVICE_UNAVAILABLE")
        return vision.compare(portrait, selfie)
    except VisionFault as fault:
        if attempt < _attempts():
            raise NotYet(fault.code) from None
        return FaceComparison(None, 0.0, 0.0, 0.0, "", "", may_reject=False, error=fault.code)


def _readable(work: Work, item: Evidence) -> bool:
    found = store.reading(work, item.id)
    return found is not None and found.technical is None


def _conclude(work: Work, registration_id: str, n: int, comparison: FaceComparison | None, attempt: int) -> None:
    """Findings, decision, move and messages: one transaction."""
    registration = store.get(work, registration_id)
    if registration.state != RegistrationState.CHECKING or registration.n != n:
        return
    case = facts.case(work, registration, comparison)
    findings = checks.run(case)
    if attempt > _attempts():
        findings = (*findings, Finding("pipeline", "1", Outcome.UNABLE, "SERVICE_UNAVAILABLE"))
    decision = decide(findings, case.rules, case.evidence)
    if decision.verdict == Verdict.RETRY and registration.attempts_used >= case.rules.attempts:
        findings = (*findings, _too_often(registration, case.rules))
        decision = decide(findings, case.rules, case.evidence)
    deciding.record_findings(work, registration, findings)
    deciding.conclude(work, registration, decision, moves.engine(work.issuer), rules=case.rules)
    _log.info("submission_decided", registration=registration_id, n=n, verdict=str(decision.verdict))


def _too_often(registration: Registration, rules: Rules) -> Finding:
    """Asked for again as often as the programme allows: now a person looks, instead of asking once more."""
    return Finding(
        "attempts",
        "1",
        Outcome.FAIL,
        "ATTEMPTS_EXCEEDED",
        measure=registration.attempts_used,
        limit=rules.attempts,
        unit="attempts",
    )
