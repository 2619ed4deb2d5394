"""The two steps that move a registration: ``read`` one piece of evidence, ``advance`` one submission to its decision.

Both are safe to run twice, at once, and to be killed anywhere: what was done shows in the rows. Attempts are counted on
the row before the work; when the last one fails, a technical finding sends the case to a person.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from shiming import checks
from shiming.audit.work import Work, Workspace
from shiming.custody import marking
from shiming.decision import decide
from shiming.intake import openings
from shiming.intake import rosters as roster_list
from shiming.intake.access import OPEN
from shiming.intake.liveness import frames, seen
from shiming.intake.rosters import RosterService
from shiming.pipeline import duplicates as faces
from shiming.pipeline import facts
from shiming.pipeline import registers as asking
from shiming.pipeline.duplicates import Duplicates
from shiming.pipeline.registers import Registers
from shiming.pipeline.vision import PictureRead, Vision, VisionFault
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.reasons import reason
from shiming.registration.records import Evidence, Registration
from shiming.registration.states import EvidenceState, RegistrationState
from shiming.registration.store import caps, deciding, moves
from shiming.registration.store import captures as kept
from shiming.registration.values import (
    COMPARED_SLOTS,
    EvidenceItem,
    Face,
    FaceComparison,
    Finding,
    Lookalikes,
    Outcome,
    Reading,
    RosterFacts,
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
        if item.state != EvidenceState.RECEIVED or item.picture_erased_at is not None:
            return
        attempt = kept.count_work(work, evidence_id)
        registration = store.get(work, item.owner_registration_id)
        slot = _slot(rules_of(work, registration), item)
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
        if slot.kind == "liveness":
            return vision.live(frames.unpack(data))
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
    seen.note(work, item, found.reading.liveness)
    findings = _alone(work, registration, item, found)
    rules = rules_of(work, registration)
    refused = found.refused or _refusal(findings, rules)
    # After two retakes the third is accepted and a person looks at it; what was handed in stays handed in.
    again = refused is not None and registration.state in OPEN
    usable = not again or (item.retakes >= rules.retakes and found.refused is None)
    kept.store_reading(
        work,
        evidence_id,
        found.reading,
        findings,
        picture=_copy(work, registration, item, rules, found),
        usable=usable,
        refused_code=None if usable else refused,
        further=found.further,
    )


def _copy(work: Work, registration: Registration, item: Evidence, rules: Rules, found: PictureRead) -> bytes | None:
    """The picture as the programme lets it be kept: marked, named fields blacked out."""
    if item.kind == "liveness" and found.picture is None:
        # Nobody judged the frames; a person who looks needs one picture, and the others have no purpose any more.
        burst = frames.unpack(store.picture(work, item.id)).frames
        return burst[len(burst) // 2]
    rule = rules.copies.get(item.kind)
    if rule is None or found.picture is None:
        return found.picture
    day = work.now.astimezone(ZoneInfo(rules.zone)).date()
    text = f"COPY - ONLY FOR REGISTRATION {registration.reference} - {day.isoformat()}"
    kept_picture, lost = marking.prepare(found.picture, found.reading, rule, text)
    if lost:
        moves.note_event(
            work,
            moves.engine(work.issuer),
            registration.id,
            "copy-not-blacked-out",
            evidence=item.id,
            fields=list(lost),
        )
    return kept_picture


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


def advance(
    workspace: Workspace,
    registration_id: str,
    n: int,
    vision: Vision,
    rosters: RosterService | None = None,
    registers: Registers | None = None,
    duplicates: Duplicates | None = None,
) -> None:
    """Takes submission ``n`` to its decision. Done before, withdrawn or another n: nothing happens. Raises ``NotYet``."""
    with workspace.read() as work:
        if asking.waits(work, registration_id, n):
            raise NotYet("REGISTER_WAITING")
    with workspace.write() as work:
        registration = moves.begin_checking(work, registration_id, n)
        if registration is None:
            return
        attempt = moves.count_work(work, registration_id, n)
        unread = [item.id for item in store.evidence(work, registration_id) if item.state == EvidenceState.RECEIVED]
    for evidence_id in unread:
        read(workspace, evidence_id, vision)
    comparison = _compare(workspace, registration_id, vision, attempt)
    roster = _ask_roster(workspace, registration_id, rosters, attempt)
    if not _ask_registers(workspace, registration_id, comparison, roster, registers or {}):
        with workspace.write() as work:
            # It ended in waiting for somebody else, so it is none of the attempts that a fault of ours may use up.
            moves.forgive_work(work, registration_id, n)
        raise NotYet("REGISTER_WAITING")
    alike = _look_for_duplicates(registration_id, duplicates, attempt)
    with workspace.write() as work:
        _conclude(work, registration_id, n, comparison, roster, attempt, alike)


def _look_for_duplicates(registration_id: str, duplicates: Duplicates | None, attempt: int) -> Lookalikes | None:
    """Other registrations whose faces are alike, where programme, policy and the holder's own consent have them looked for."""
    if duplicates is None:
        return None
    try:
        if attempt > _attempts():
            raise VisionFault("SERVICE_UNAVAILABLE")
        return duplicates.look(registration_id)
    except VisionFault as fault:
        if attempt < _attempts():
            raise NotYet(fault.code) from None
        return Lookalikes("", "", 0.0, 0.0, 0, error=fault.code)


def _ask_registers(
    workspace: Workspace,
    registration_id: str,
    comparison: FaceComparison | None,
    roster: RosterFacts | None,
    registers: Registers,
) -> bool:
    """Asks the registers that the programme names; False while an answer is waited for.

    Nothing about a person leaves the house while something is asked for again, or the card itself is at fault.
    """
    with workspace.read() as work:
        registration = store.get(work, registration_id)
        rules = rules_of(work, registration)
        if rules.authority is None and all(cap.register is None for cap in rules.caps):
            return True
        case = facts.case(work, registration, comparison, roster)
        if decide(checks.run(case), rules, case.evidence).verdict in (Verdict.RETRY, Verdict.REJECT):
            return True
        asked = asking.questions(work, registration, case)
    return asking.settled(workspace, registration, asked, registers)


def _ask_roster(
    workspace: Workspace, registration_id: str, rosters: RosterService | None, attempt: int
) -> RosterFacts | None:
    """What the issuer's roster says, where the programme checks it. No answer: tried again, then a person looks."""
    with workspace.read() as work:
        registration = store.get(work, registration_id)
        if "roster" not in rules_of(work, registration).checks:
            return None
    found = roster_list.facts(workspace, registration, rosters)
    if found.state == "unavailable" and attempt < _attempts():
        raise NotYet("ROSTER_UNAVAILABLE")
    return found


def _compare(workspace: Workspace, registration_id: str, vision: Vision, attempt: int) -> FaceComparison | None:
    """Compares the faces, only with the holder's recorded consent. None where there is nothing to compare."""
    with workspace.read() as work:
        given = store.consents(work, registration_id).get("face")
        items = {item.slot: item for item in store.evidence(work, registration_id)}
        read_items = {slot for slot, item in items.items() if _readable(work, item)}
        face = next((slot for slot in COMPARED_SLOTS if slot in read_items), None)
        if given is None or not given.given or face is None or "document-front" not in read_items:
            return None
        portrait = store.picture(work, items["document-front"].id)
        selfie = store.picture(work, items[face].id)
        holding = store.picture(work, items["holding"].id) if "holding" in read_items else None
        held = _held(work, items["holding"]) if holding is not None else None
    try:
        if attempt > _attempts():
            raise VisionFault("SERVICE_UNAVAILABLE")
        compared = vision.compare(portrait, selfie)
        if holding is None or held is None:
            return compared
        return replace(compared, held=vision.compare(holding, holding, held).similarity)
    except VisionFault as fault:
        if attempt < _attempts():
            raise NotYet(fault.code) from None
        return FaceComparison(None, 0.0, 0.0, 0.0, "", "", may_reject=False, error=fault.code)


def _held(work: Work, item: Evidence) -> Face | None:
    """The portrait on the document in the hand, where the photo shows it large enough to be found."""
    found = store.reading(work, item.id)
    return found.portrait if found is not None else None


def _readable(work: Work, item: Evidence) -> bool:
    found = store.reading(work, item.id)
    if found is None or found.technical is not None:
        return False
    # A session in which no frame shows a face that will do has no picture to compare.
    return item.kind != "liveness" or (found.liveness is not None and found.liveness.reference is not None)


def _conclude(
    work: Work,
    registration_id: str,
    n: int,
    comparison: FaceComparison | None,
    roster: RosterFacts | None,
    attempt: int,
    alike: Lookalikes | None,
) -> None:
    """Findings, decision, move and messages: one transaction."""
    registration = store.get(work, registration_id)
    if registration.state != RegistrationState.CHECKING or registration.n != n:
        return
    person = caps.subject(work, registration)
    if person is not None:
        # What the caps say now must still be so when the approval takes its places below.
        caps.hold(work, person)
    openings.leave_person(work, registration, person.own[0] if person else None)
    case = facts.case(work, registration, comparison, roster)
    beside = (*_beside(work, registration, attempt), *faces.conclude(work, registration, alike))
    findings = (*checks.run(case), *beside)
    decision = decide(findings, case.rules, case.evidence)
    if decision.verdict == Verdict.RETRY and registration.attempts_used >= case.rules.attempts:
        findings = (*findings, _too_often(registration, case.rules))
        decision = decide(findings, case.rules, case.evidence)
    deciding.record_findings(work, registration, findings)
    deciding.conclude(work, registration, decision, moves.engine(work.issuer), rules=case.rules)
    _log.info("submission_decided", registration=registration_id, n=n, verdict=str(decision.verdict))


def _beside(work: Work, registration: Registration, attempt: int) -> tuple[Finding, ...]:
    """What the checks cannot see: whether the work failed too often, and whose document a change of data comes with."""
    failed = Finding("pipeline", "1", Outcome.UNABLE, "SERVICE_UNAVAILABLE") if attempt > _attempts() else None
    other = facts.other_document(work, registration)
    return tuple(found for found in (failed, other) if found is not None)


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
