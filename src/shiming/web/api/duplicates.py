"""Faces that look alike, for reviewers' own tools."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from shiming.audit.work import Work
from shiming.registration import store
from shiming.review import duplicates
from shiming.web.api.identity import HouseWorkspace, Reviewer
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id
from shiming.web.api.schemas import Answer, Request

router = APIRouter(route_class=ProblemRoute, prefix="/review", tags=["review"])
CandidateId = Annotated[str, Path(alias="id", description="The candidate's id.", pattern=r"^[0-9a-f-]{36}$")]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")]


class FaceCandidate(Answer):
    """Another registration whose face is alike."""

    id: str
    reference: str = Field(description="Of the other registration.")
    state: str
    evidence: str | None = Field(description="The other selfie, while its picture is kept.")
    similarity: float | None = Field(description="Null once one of the two templates was erased.")
    limit: float = Field(description="Candidates are at least this alike.")
    false_match_rate: float = Field(description="Of so many pairs of strangers one is this alike, on the model's set.")
    searched: int = Field(description="How many faces were looked at.")
    at: datetime
    answer: Literal["same", "other", "unknown"] | None
    answered_at: datetime | None
    linked: bool = Field(description="Whether limits on cards count the two as one person by a link in force.")


class FaceCandidates(Answer):
    """The most alike first. A likeness is never a reason to refuse by itself; relatives look alike."""

    evidence: str | None = Field(description="This registration's selfie, while its picture is kept.")
    expected_false: float = Field(description="How many strangers such a search finds by chance.")
    candidates: list[FaceCandidate]


class FaceAnswer(Request):
    """What the reviewer sees."""

    answer: Literal["same", "other", "unknown"]
    note: Why = Field("", description="Why; needed for `same`, and where a link ends. The holders do not see it.")


class FaceAnswered(Answer):
    """The answer that stands."""

    linked: bool = Field(description="False for `same` means: linked once both registrations are approved.")


@router.get("/cases/{id}/duplicates", summary="Faces that look like this one")
def show(id: Id, reviewer: Reviewer, house: HouseWorkspace) -> FaceCandidates:
    """Of this issuer's registrations whose holders agreed to be looked for. The look is recorded."""
    with house.write() as work:
        found = duplicates.compare(work, reviewer, store.get(work, id))
    return FaceCandidates(
        evidence=found.own.evidence_id,
        expected_false=found.expected_false,
        candidates=[_candidate(pair) for pair in found.pairs],
    )


def _candidate(pair: duplicates.Pair) -> FaceCandidate:
    row = pair.candidate
    return FaceCandidate(
        id=row.id,
        reference=pair.other.reference,
        state=pair.other.state,
        evidence=pair.other.evidence_id,
        similarity=row.similarity,
        limit=row.limit,
        false_match_rate=row.false_match_rate,
        searched=row.searched,
        at=row.at,
        answer=row.answer,
        answered_at=row.answered_at,
        linked=pair.linked,
    )


@router.post("/duplicates/{id}/answer", status_code=201, response_model=FaceAnswered, summary="Answer a candidate")
def answer(id: CandidateId, body: FaceAnswer, reviewer: Reviewer, once: OnceOnly) -> Response:
    """`same` links the two persons, reversibly; another answer in its place ends that link. It decides no case."""

    def say(work: Work) -> FaceAnswered:
        return FaceAnswered(linked=duplicates.answer(work, reviewer, id, body.answer, body.note))

    return once.run(reviewer, body.model_dump(), say)
