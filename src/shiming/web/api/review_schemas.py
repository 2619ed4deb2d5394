"""What the reviewer's, the officer's and the issuer's system's parts of ``/v1`` look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shiming.web.api.schemas import Answer, Finding, Note, Reason, Request, Short, TimelineEntry

Verdict = Literal["approve", "retry", "reject"]


class QueueRow(Answer):
    """A case that waits."""

    id: str
    reference: str
    programme: str
    purpose: str
    n: int
    due_at: datetime | None
    submitted_at: datetime | None
    proposal: str | None = Field(description="What the engine would do.")
    reasons: list[Reason]
    claimed: Literal["nobody", "me", "another"]
    appealed: bool = Field(False, description="A refusal that another person looks at now.")
    second_look: bool = Field(False, description="A first decision waits for a second reviewer.")


class Queue(Answer):
    """Cases by due time."""

    cases: list[QueueRow]


class CaseField(Answer):
    """One field: what the person declared beside what was read."""

    field: str
    declared: str | None
    read: str | None
    raw: str | None
    confidence: float | None
    source: str | None
    differs: bool | None = Field(description="Null when there is nothing to compare.")


class CaseAction(Answer):
    """One action of a liveness session."""

    action: str
    seen: bool
    from_ms: int | None
    to_ms: int | None
    measure: float = Field(description="Degrees, growth of the face, or closure of the eyes.")


class CaseLiveness(Answer):
    """What a liveness session showed; weak signs beside."""

    actions: list[CaseAction]
    measures: dict[str, float]
    attested: bool | None = Field(description="Whether a native app's attestation held; none was given: null.")
    camera: str | None = Field(description="`virtual` or `emulator` where the device said so.")
    replayed: float | None = Field(
        description="Share 0..1 of the frames with the head moved that come one after the other in other sessions."
    )


class CaseEvidence(Answer):
    """One picture of a case."""

    id: str
    slot: str
    kind: str
    state: str
    media_type: str
    retakes: int
    created_at: datetime
    findings: list[Finding]
    further_pictures: int = Field(0, description="How many more pictures it has, numbered from 1.")
    liveness: CaseLiveness | None = None


class CaseDecision(Answer):
    """A decision on a case, with who took it."""

    id: str
    n: int
    verdict: str
    proposal: str | None
    reasons: list[Reason]
    items: list[str]
    explanation: list[str] = Field(description="Step by step why, for a person.")
    by: str
    note: str
    message: str
    at: datetime
    effective_at: datetime
    taken_back_at: datetime | None


class CaseCard(Answer):
    """The card of a case."""

    kind: str
    scheme: str
    number: str
    state: str
    restrictions: list[str]


class FirstDecision(Answer):
    """A first reviewer's decision that waits for a second. Look at the case before you read it."""

    verdict: str
    reasons: list[Reason]
    note: str
    message: str
    at: datetime


class Case(Answer):
    """All that a reviewer may look at."""

    id: str
    reference: str
    programme: str
    purpose: str
    state: str
    version: int
    n: int
    attempts_used: int
    document: str | None
    due_at: datetime | None
    submitted_at: datetime | None
    claimed: Literal["nobody", "me", "another"]
    claimed_until: datetime | None
    proposal: str | None
    findings: list[Finding]
    fields: list[CaseField]
    evidence: list[CaseEvidence]
    decisions: list[CaseDecision]
    card: CaseCard
    timeline: list[TimelineEntry]
    weaknesses: list[str] = Field(description="What this installation cannot tell, for a person.")
    appeal: str | None = Field(None, description="Why the holder appealed the refusal.")
    first_decision: FirstDecision | None = None


class Claimed(Answer):
    """The case is yours until then."""

    claimed_until: datetime | None


class DecisionRequest(Request):
    """A reviewer's decision on one submission."""

    n: int = Field(ge=1, description="The submission decided on; a newer one makes this a conflict.")
    verdict: Verdict
    reasons: list[Short] = Field(
        default_factory=list, max_length=20, description="Reason codes; needed unless approved."
    )
    items: list[Short] = Field(
        default_factory=list, max_length=20, description="What is asked for again; needed for `retry`."
    )
    note: Note = Field("", description="For colleagues; the holder does not see it.")
    message: Note = Field("", description="For the holder, beside the texts of the reason codes.")


class DecisionTaken(Answer):
    """It takes effect then, and can be taken back until then."""

    id: str
    effective_at: datetime | None = Field(description="None while a second reviewer, or a new decision, is waited for.")
    waits_for: Literal["second-reviewer", "new-decision"] | None = None


class SecondLookRequest(Request):
    """What a second reviewer says about a first decision."""

    n: int = Field(ge=1, description="The submission it is about; a newer one makes this a conflict.")
    agree: bool
    note: Note = Field("", description="For colleagues; needed when it is sent back.")


class StockRequest(Request):
    """Cards of the issuer's stock as CSV text."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=20_000_000)] = Field(
        description="A header line, then one card a line.", examples=["number,msisdn,product,secret\n"]
    )


class StockError(Answer):
    """A line that was not taken."""

    line: int
    message: str


class TokenRequest(Request):
    """A payment card's number."""

    number: Short = Field(examples=["4111111111111111"])


class Token(Answer):
    """A keyed token, then the last four digits."""

    token: str


class StockReport(Answer):
    """What became of the lines."""

    added: int
    known: int
    in_use: int = Field(0, description="Cards put in use without being registered; their deadlines run.")
    errors: list[StockError]
