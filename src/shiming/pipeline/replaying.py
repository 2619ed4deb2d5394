"""Past registrations decided again under a draft: what would change, and why. From what was recorded alone; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shiming import decision
from shiming.audit.work import Work, Workspace
from shiming.checks import held
from shiming.countries import Policy
from shiming.pipeline import store as own
from shiming.platform.limits import limit
from shiming.programmes import keeping, resolving
from shiming.programmes.model import Programme
from shiming.programmes.store import content_of, policy_of, rules_of
from shiming.registration import store
from shiming.registration.faults import Fault
from shiming.registration.reasons import reason
from shiming.registration.records import Registration
from shiming.registration.values import Decision, Finding, Outcome, Rules, evidence_context
from shiming.vault.vault import KeyShreddedError


@dataclass(frozen=True, slots=True)
class Draft:
    """What is tried: a policy, programmes by name, or both."""

    policy: Policy | None = None
    programmes: Mapping[str, Programme] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision as recorded, or as it would be."""

    verdict: str
    proposal: str | None
    reasons: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """One finding that is different: what was said, and what would be said. ``outcome`` None = no such finding."""

    code: str
    text: str
    """A gettext message id."""
    check: str
    item: str | None
    before: str | None
    after: str | None
    measure: float | None
    limit_before: float | None
    limit_after: float | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A registration that would have been decided differently."""

    id: str
    reference: str
    programme: str
    n: int
    decided_at: datetime
    before: Answer
    after: Answer
    decided: str | None
    """What a person decided afterwards, which stays."""
    unknown: tuple[str, ...]
    """Checks that cannot answer from what was recorded."""
    why: tuple[Why, ...]
    policy_version: str
    programme_version: str


@dataclass
class Tally:
    """How many registrations were looked at. ``erased`` ones cannot be replayed; ``apart`` are not under the draft."""

    looked: int = 0
    changed: int = 0
    erased: int = 0
    apart: int = 0
    contradictions: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    """By programme: what of it the draft rules out, so that it would begin no new registration."""


def replay(workspace: Workspace, draft: Draft, tally: Tally) -> Iterator[Changed]:
    """Every decided registration that the draft would change, oldest first. ``tally`` counts meanwhile."""
    after = ""
    size = int(limit("shiming.pipeline", "replay.batch"))
    while True:
        with workspace.read() as work:
            rows = own.engine_answers(work, after, size)
            found = [_one(work, row, draft, tally) for row in rows]
        yield from (one for one in found if one is not None)
        if len(rows) < size:
            return
        after = rows[-1].registration_id


def _one(work: Work, row: own.EngineAnswer, draft: Draft, tally: Tally) -> Changed | None:
    registration = store.get(work, row.registration_id)
    programme = Programme.model_validate_json(content_of(work, registration))
    programme = draft.programmes.get(registration.programme, programme)
    policy = draft.policy if draft.policy and draft.policy.country == programme.country else None
    if policy is None and registration.programme not in draft.programmes:
        tally.apart += 1
        return None
    policy = policy or policy_of(work, registration, programme.country)
    try:
        store.form(work, registration)
        recorded = tuple(store.findings(work, registration.id, row.n))
    except KeyShreddedError:
        recorded = ()
    if not recorded:
        tally.erased += 1
        return None
    tally.looked += 1
    now = resolving.rules(registration.programme, programme, policy)
    if registration.programme not in tally.contradictions:
        tally.contradictions[registration.programme] = keeping.contradictions(programme, policy, on=work.now.date())
    changed = _again(work, registration, row, recorded, now, keeping.refused_documents(programme, policy))
    tally.changed += changed is not None
    return changed


def _again(
    work: Work,
    registration: Registration,
    row: own.EngineAnswer,
    recorded: tuple[Finding, ...],
    now: Rules,
    refused: frozenset[str],
) -> Changed | None:
    then = rules_of(work, registration)
    findings = held.rejudge(recorded, then, now)
    findings = _evidence(work, registration, row.n, findings, then, now)
    findings = _document(registration, findings, refused)
    findings, unknown = _new_checks(findings, then, now)
    retakes = {item.slot: item.retakes for item in store.evidence(work, registration.id, current=False)}
    decided = decision.replay(findings, now, retakes)
    if decided.verdict == "retry" and registration.attempts_used >= now.attempts:
        findings = (*findings, Finding("attempts", "1", Outcome.FAIL, decision.ATTEMPTS_EXCEEDED))
        decided = decision.replay(findings, now, retakes)
    before = Answer(row.verdict, row.proposal, row.reasons, row.items)
    after = _answer(decided)
    if _same(before, after):
        return None
    return Changed(
        id=registration.id,
        reference=registration.reference,
        programme=registration.programme,
        n=row.n,
        decided_at=row.at,
        before=before,
        after=after,
        decided=row.person,
        unknown=unknown,
        why=_why(recorded, findings),
        policy_version=now.policy_version,
        programme_version=now.programme_version,
    )


def _answer(decided: Decision) -> Answer:
    proposal = str(decided.proposal) if decided.proposal else None
    return Answer(str(decided.verdict), proposal, decided.reasons, decided.items)


def _same(before: Answer, after: Answer) -> bool:
    return (before.verdict, before.proposal, set(before.reasons)) == (after.verdict, after.proposal, set(after.reasons))


def _evidence(
    work: Work, registration: Registration, n: int, findings: tuple[Finding, ...], then: Rules, now: Rules
) -> tuple[Finding, ...]:
    """What the draft's formula asks for, by the slots that were handed in."""
    if then.evidence == now.evidence or "complete" not in now.checks:
        return findings
    consents = store.consents(work, registration.id)
    face = consents["face"].given if "face" in consents else None
    present = own.slots_of(work, registration.id, n)
    if registration.clerk_id is not None:
        present |= {"attestation"}
    context = evidence_context(registration.document, registration.channel, registration.person, face)
    needed = now.evidence.needed(context, present)
    asked = tuple(
        Finding("complete", "1", Outcome.PASS if slot in present else Outcome.FAIL, "EVIDENCE_MISSING", item=slot)
        for slot in needed
    )
    return (*(finding for finding in findings if finding.check != "complete"), *asked)


def _document(
    registration: Registration, findings: tuple[Finding, ...], refused: frozenset[str]
) -> tuple[Finding, ...]:
    """A document that the draft does not accept is a fault of the picture that shows it."""
    if registration.document not in refused:
        return findings
    return tuple(
        replace(finding, outcome=Outcome.FAIL, code="DOC_TYPE_UNSUPPORTED")
        if finding.check == "document_present" and finding.item == "document-front"
        else finding
        for finding in findings
    )


def _new_checks(findings: tuple[Finding, ...], then: Rules, now: Rules) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Checks that the draft adds: nothing was recorded for them, so they cannot answer."""
    added = sorted(set(now.checks) - set(then.checks))
    unable = tuple(Finding(name, "1", Outcome.UNABLE, "SERVICE_UNAVAILABLE") for name in added)
    unmeasured = {
        f.check for f in findings if f.outcome is Outcome.UNABLE and f.measure is None and f.limit is not None
    }
    return (*findings, *unable), tuple(sorted({*added, *unmeasured}))


def _why(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Why, ...]:
    """The findings that differ, in the order of the checks."""
    old = {_place(finding): finding for finding in before}
    new = {_place(finding): finding for finding in after}
    found = []
    for place in dict.fromkeys((*old, *new)):
        was, would = old.get(place), new.get(place)
        if was and would and (was.outcome, was.code) == (would.outcome, would.code):
            continue
        shown = would or was
        if shown is None:
            continue
        found.append(
            Why(
                code=shown.code,
                text=reason(shown.code).text,
                check=shown.check,
                item=shown.item,
                before=str(was.outcome) if was else None,
                after=str(would.outcome) if would else None,
                measure=shown.measure,
                limit_before=was.limit if was else None,
                limit_after=would.limit if would else None,
            )
        )
    return tuple(found)


def _place(finding: Finding) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """Which finding this is, whatever it says. The code tells apart findings of one check on one item."""
    one_of_many = finding.check in ("document_present", "face_match")
    return finding.check, None if one_of_many else finding.code, finding.item, (finding.unit or "",)
