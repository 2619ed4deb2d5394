"""Review for reviewers' own tools: the queue, a case, its pictures, the decision."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Response

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import liveness
from shiming.platform.i18n import Translator
from shiming.registration import store
from shiming.registration.records import DecisionRow
from shiming.registration.store import further_pictures
from shiming.registration.values import Actor, LivenessFacts, Verdict
from shiming.review import service
from shiming.review.store import SecondLook
from shiming.web.api import review_schemas as s
from shiming.web.api import views
from shiming.web.api.identity import HouseWorkspace, Reviewer
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id, Say
from shiming.web.api.schemas import TimelineEntry
from shiming.web.reviewer import case as cases
from shiming.web.reviewer import weakness

router = APIRouter(route_class=ProblemRoute, prefix="/review", tags=["review"])

EvidenceId = Annotated[str, Path(alias="id", description="The evidence's id.", pattern=r"^[0-9a-f-]{36}$")]
DecisionId = Annotated[str, Path(alias="id", description="The decision's id.", pattern=r"^[0-9a-f-]{36}$")]


@router.get("/queue", summary="Cases that wait for a person")
def queue(reviewer: Reviewer, house: HouseWorkspace, say: Say) -> s.Queue:
    """By due time, the most urgent first. No personal data."""
    with house.read() as work:
        rows = service.queue(work, reviewer)
    return s.Queue(
        cases=[
            s.QueueRow(
                id=row.id,
                reference=row.reference,
                programme=row.programme,
                purpose=row.purpose,
                n=row.n,
                due_at=row.due_at,
                submitted_at=row.submitted_at,
                proposal=row.proposal,
                reasons=[views.reason(code, say) for code in row.reasons],
                appealed=row.appealed,
                second_look=row.first_by is not None,
                claimed="nobody" if row.claimed_by is None else "me" if row.claimed_by == reviewer.id else "another",
            )
            for row in rows
        ]
    )


@router.post("/cases/{id}/claim", status_code=200, response_model=s.Claimed, summary="Claim a case")
def claim(id: Id, reviewer: Reviewer, once: OnceOnly) -> Response:
    """For ten minutes; again to renew."""
    return once.run(
        reviewer,
        None,
        lambda work: s.Claimed(claimed_until=service.claim(work, reviewer, id).claimed_until),
        status=200,
    )


@router.post("/cases/{id}/release", status_code=204, response_class=Response, summary="Give a claimed case back")
def release(id: Id, reviewer: Reviewer, house: HouseWorkspace) -> None:
    """Others can claim it at once."""
    with house.write() as work:
        service.release(work, reviewer, id)


@router.get("/cases/{id}", summary="One case")
def get(id: Id, reviewer: Reviewer, house: HouseWorkspace, say: Say) -> s.Case:
    """Findings with measure and limit, declared beside read, decisions, timeline. The look is recorded."""
    with house.write() as work:
        registration = store.get(work, id)
        work.record(reviewer, Action.REVIEW_OPENED, "registration", registration.id)
        return _case(work, reviewer, cases.load(work, registration), say)


def _case(work: Work, reviewer: Actor, case: cases.Case, say: Translator) -> s.Case:
    registration, card = case.registration, case.card
    return s.Case(
        id=registration.id,
        reference=registration.reference,
        programme=registration.programme,
        purpose=registration.purpose,
        state=str(registration.state),
        version=registration.version,
        n=registration.n,
        attempts_used=registration.attempts_used,
        document=registration.document,
        due_at=registration.due_at,
        submitted_at=registration.submitted_at,
        claimed=cases.held(registration, reviewer, work),
        claimed_until=registration.claimed_until,
        proposal=case.proposal.proposal if case.proposal else None,
        findings=[views.finding(f, say) for f in case.findings],
        fields=[_field(row) for row in case.rows],
        evidence=[_evidence(work, picture, say) for picture in case.pictures],
        decisions=[_decision(row, say) for row in case.decisions],
        card=s.CaseCard(
            kind=card.kind,
            scheme=card.scheme,
            number=card.number,
            state=str(card.state),
            restrictions=list(card.restrictions),
        ),
        timeline=[TimelineEntry(at=e.at, by=e.actor_role, event=e.event) for e in case.timeline],
        weaknesses=weakness.notes(case, say),
        appeal=case.appeal,
        first_decision=_first(case.first, say) if case.first else None,
    )


def _first(look: SecondLook, say: Translator) -> s.FirstDecision:
    return s.FirstDecision(
        verdict=look.verdict,
        reasons=[views.reason(code, say) for code in look.reasons],
        note=look.note,
        message=look.message,
        at=look.at,
    )


def _field(row: cases.FieldRow) -> s.CaseField:
    return s.CaseField(
        field=row.name,
        declared=row.declared,
        read=row.shown,
        raw=row.read.raw if row.read else None,
        confidence=row.read.confidence if row.read else None,
        source=row.read.source if row.read else None,
        differs=row.differs,
    )


def _evidence(work: Work, picture: cases.Picture, say: Translator) -> s.CaseEvidence:
    item = picture.evidence
    return s.CaseEvidence(
        id=item.id,
        slot=item.slot,
        kind=item.kind,
        state=str(item.state),
        media_type=item.media_type,
        retakes=item.retakes,
        created_at=item.created_at,
        findings=[views.finding(f, say) for f in picture.findings],
        further_pictures=further_pictures.count(work, item.id),
        liveness=_liveness(work, picture),
    )


def _liveness(work: Work, picture: cases.Picture) -> s.CaseLiveness | None:
    shown = picture.reading.liveness if picture.reading is not None else None
    if shown is None:
        return None
    facts = liveness.facts(work, picture.evidence.id) or LivenessFacts()
    return s.CaseLiveness(
        actions=[s.CaseAction(**asdict(row)) for row in shown.actions],
        measures=dict(shown.measures),
        attested=facts.attested,
        camera=facts.camera,
        replayed=facts.replayed,
    )


def _decision(row: DecisionRow, say: Translator) -> s.CaseDecision:
    return s.CaseDecision(
        id=row.id,
        n=row.n,
        verdict=row.verdict,
        proposal=row.proposal,
        reasons=[views.reason(code, say) for code in row.reasons],
        items=list(row.items),
        explanation=[say.gettext(line) for line in row.explanation],
        by=row.actor_role,
        note=row.note,
        message=row.message,
        at=row.at,
        effective_at=row.effective_at,
        taken_back_at=row.taken_back_at,
    )


@router.get(
    "/evidence/{id}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
    summary="A picture",
)
def picture(id: EvidenceId, reviewer: Reviewer, house: HouseWorkspace) -> Response:
    """As it is kept: upright and without metadata once it was read. Never cached; each look is recorded."""
    with house.write() as work:
        item = store.evidence_by_id(work, id)
        service.record_view(work, reviewer, id)
        data = store.picture(work, id)
    return Response(data, media_type=item.media_type, headers={"Cache-Control": "no-store"})


@router.get(
    "/evidence/{id}/pictures/{n}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
    summary="A further picture",
)
def further(
    id: EvidenceId,
    n: Annotated[int, Path(ge=1, le=1000, description="Its number, from 1.")],
    reviewer: Reviewer,
    house: HouseWorkspace,
) -> Response:
    """A further picture of a piece of evidence, as of a liveness session. Never cached; each look is recorded."""
    with house.write() as work:
        item = store.evidence_by_id(work, id)
        service.record_view(work, reviewer, id)
        data = further_pictures.picture(work, item, n)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/cases/{id}/decisions", status_code=201, response_model=s.DecisionTaken, summary="Decide a case")
def decide(id: Id, body: s.DecisionRequest, reviewer: Reviewer, once: OnceOnly) -> Response:
    """Needs the claim. Messages and effects leave at `effective_at`; until then it can be taken back."""

    def take(work: Work) -> s.DecisionTaken:
        row = service.decide(
            work,
            reviewer,
            id,
            n=body.n,
            verdict=Verdict(body.verdict),
            reasons=tuple(body.reasons),
            items=tuple(body.items),
            note=body.note,
            message=body.message,
        )
        if isinstance(row, SecondLook):
            return s.DecisionTaken(id=row.id, effective_at=None, waits_for="second-reviewer")
        return s.DecisionTaken(id=row.id, effective_at=row.effective_at)

    return once.run(reviewer, body.model_dump(), take)


@router.post(
    "/cases/{id}/second-look",
    status_code=201,
    response_model=s.DecisionTaken,
    summary="Agree with a first decision, or not",
)
def second_look(id: Id, body: s.SecondLookRequest, reviewer: Reviewer, once: OnceOnly) -> Response:
    """Where the programme wants a second pair of eyes. Needs the claim; OTHER_PERSON for who decided first."""

    def say_it(work: Work) -> s.DecisionTaken:
        if not body.agree:
            service.send_back(work, reviewer, id, n=body.n, note=body.note)
            return s.DecisionTaken(id=id, effective_at=None, waits_for="new-decision")
        row = service.agree(work, reviewer, id, n=body.n)
        return s.DecisionTaken(id=row.id, effective_at=row.effective_at)

    return once.run(reviewer, body.model_dump(), say_it)


@router.post(
    "/decisions/{id}/take-back", status_code=204, response_class=Response, summary="Take a decision back in time"
)
def take_back(id: DecisionId, reviewer: Reviewer, house: HouseWorkspace) -> None:
    """The case is in review again. WRONG_STATE once it took effect."""
    with house.write() as work:
        service.take_back(work, reviewer, id)


@router.post(
    "/decisions/{id}/release-result", status_code=204, response_class=Response, summary="Let a decision take effect now"
)
def release_result(id: DecisionId, reviewer: Reviewer, house: HouseWorkspace) -> None:
    """It need not wait for the end of its take-back time. Only the reviewer who made it; WRONG_STATE afterwards."""
    with house.write() as work:
        service.release_result(work, reviewer, id)
