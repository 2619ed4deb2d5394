"""What requests and answers of ``/v1`` look like. Every model is a named schema of the OpenAPI description.

Examples hold made-up values that belong to nobody. Moments are UTC, RFC 3339.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_NO_CONTROL)]
"""One line of text."""
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_NO_CONTROL)]
"""A code, a number, an identifier."""
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
"""Text of several lines."""


class Request(BaseModel):
    """What a caller sends. Unknown fields are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)


class FieldProblem(Answer):
    """What is wrong with one field."""

    field: str = Field(description="The field, dotted, e.g. `body.name` or `date_of_birth`.")
    code: str = Field(description="A stable code.")
    text: str = Field(description="What is wrong, for a person.")


class ProblemDetails(Answer):
    """A refusal (RFC 9457). Programs go by `code`; people read `title` and `hint`."""

    type: str = Field(
        description="Where the code is described, relative to this server.", examples=["/v1/problems/NOT_FOUND"]
    )
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(description="A stable code.", examples=["NOT_FOUND"])
    hint: str = Field(description="What to do about it.")
    instance: str
    item: str | None = Field(None, description="The slot or field it points to.")
    fields: list[FieldProblem] = Field(default_factory=list)


class Reason(Answer):
    """A reason code with its texts in the asker's language."""

    code: str = Field(examples=["IMG_GLARE"])
    text: str
    hint: str


class ProblemCode(Answer):
    """A stable code of this interface."""

    code: str
    status: int
    text: str
    hint: str


class Health(Answer):
    """Whether the server answers and reaches its database."""

    status: Literal["ok"]
    version: str


# Sessions


class CodeRequest(Request):
    """Asks for a one-time code to sign in with."""

    contact: Text = Field(
        description="A phone number (E.164, or a national one of China) or an e-mail address.",
        examples=["holder@example.org"],
    )
    language: Literal["zh_CN", "en"] = "zh_CN"
    device: Short | None = Field(None, description="The device's token of an earlier session; its codes are counted.")


class CodeSent(Answer):
    """The same answer whether or not the contact is known."""

    sent: Literal[True] = True
    minutes: int = Field(description="How long the code is good for.")


class SessionRequest(Request):
    """Signs a holder in with the code that was sent."""

    contact: Text = Field(examples=["holder@example.org"])
    code: Short = Field(examples=["000000"])
    language: Literal["zh_CN", "en"] = "zh_CN"
    device: Short | None = Field(None, description="The `device` that an earlier session gave, if any.")


class StaffSessionRequest(Request):
    """Signs a member of staff in."""

    username: Short = Field(examples=["reviewer"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["a long pass phrase"])


class SessionOpened(Answer):
    """The token goes into `Authorization: Bearer`."""

    token: str
    role: str
    device: str | None = Field(None, description="A holder's device: keep it and send it with the next sign-in.")


class WhoAmI(Answer):
    """Who this session belongs to."""

    role: str
    id: str


# Programmes


class Slot(Answer):
    """One piece of evidence a programme asks for."""

    slot: str
    kind: str
    documents: list[str]


class Programme(Answer):
    """What is asked for one kind of card."""

    id: str
    version: str
    country: str
    card_kind: str
    number_scheme: str
    documents: list[str]
    evidence: list[Slot]
    form_fields: list[str]
    consents: list[str]
    restrictions: list[str] = Field(description="Services barred on the card until it is in service.")
    promise_working_days: int
    attempts: int
    minimum_age: int
    demo: bool


class ProgrammeList(Answer):
    """The programmes of this issuer."""

    programmes: list[Programme]


class ConsentText(Answer):
    """What a person agrees to."""

    kind: str
    version: str
    title: str
    points: list[str]


# Cards and registrations


class CardCodeRequest(Request):
    """Asks for a code to the card's own number, to prove that the card is at hand."""

    number: Short = Field(description="The card number.", examples=["89860000000000000000"])
    programme: Short = "carrier-5g"


class Accepted(Answer):
    """Taken. The same answer for unknown, used and fresh cards."""

    accepted: Literal[True] = True


class Consents(Request):
    """Consents asked for at the start."""

    privacy: bool
    terms: bool


class RegistrationRequest(Request):
    """Starts a registration with a card at hand: either the secret printed with it or a code to its number."""

    programme: Short = Field(examples=["carrier-5g"])
    card_number: Short = Field(examples=["89860000000000000000"])
    secret: Short | None = Field(None, examples=["0000-0000"])
    card_code: Short | None = None
    name: Text = Field(min_length=1, examples=["样本"])
    address: Text = Field("", description="Where the programme asks for it.", examples=["样本市样本路1号"])
    consents: Consents


class ActivationCode(Answer):
    """The code that ties card, account and registration together."""

    code: str | None = Field(description="Grouped for reading aloud; null once it was redeemed.")
    expires_at: datetime
    attempts_left: int
    redeemed: bool


class RegistrationCreated(Answer):
    """A registration that has begun."""

    id: str
    reference: str
    activation_code: str | None = Field(description="None where the programme issues none: go on at once.")
    expires_at: datetime | None


class RedeemRequest(Request):
    """Redeems the activation code."""

    code: Short


class CardStep(Answer):
    """What happens to a card that nobody registers, and when."""

    step: str = Field(description="`restrict`, `suspend` or `cancel`.")
    at: datetime


class SecondAct(Answer):
    """One more act of the holder, from the card itself, that completes activation."""

    kind: str = Field(description="`sms` or `call`.")
    number: str
    phrase: str = Field(description="What to text, and nothing else.")


class Card(Answer):
    """The card as its holder may know it. The number is shown by its last four digits."""

    kind: str
    number_end: str
    state: str
    restrictions: list[str]
    deadlines: list[CardStep] = Field(default=[], description="For a card in use that is not registered yet.")
    second_act: SecondAct | None = Field(None, description="While it is waited for (`awaiting-act`).")


class Decision(Answer):
    """A decision in effect."""

    n: int
    verdict: str
    reasons: list[Reason]
    items: list[str] = Field(description="What is asked for again.")
    message: str = Field(description="What the reviewer wrote to the holder.")
    at: datetime


class RegistrationSummary(Answer):
    """One line of a list."""

    id: str
    reference: str
    programme: str
    purpose: str
    state: str
    due_at: datetime | None
    created_at: datetime


class Registration(RegistrationSummary):
    """One registration as its holder sees it."""

    n: int = Field(description="Number of the submission, from 1; 0 before the first.")
    document: str | None
    missing: list[str] = Field(description="What is still needed before it can be submitted.")
    items: list[str] = Field(description="What is asked for again.")
    decision: Decision | None
    card: Card
    due_unpublished_year: bool = Field(description="True when the holidays of that year are not published yet.")
    submitted_at: datetime | None
    code_redeemed: bool
    declared: bool
    expires_at: datetime | None = Field(None, description="When it expires unless it is handed in.")
    channel: str = Field(description="`online`, `shop`, `late` or `batch`.")
    person: str = Field(description="Whom the card is for: `adult`, `minor`, `represented` or `company`.")


class RegistrationList(Answer):
    """The holder's registrations, newest first."""

    registrations: list[RegistrationSummary]


class FormRequest(Request):
    """What the person declares."""

    document: Short | None = Field(
        None, description="None where the card is registered by data alone.", examples=["cn-resident-id"]
    )
    fields: dict[Short, Text] = Field(max_length=20, examples=[{"name": "样本", "address": "样本市样本路1号"}])


class Form(Answer):
    """What was declared so far."""

    document: str | None
    fields: dict[str, str]


class PersonRequest(Request):
    """Whom the card is for."""

    person: Literal["adult", "minor", "represented", "company"]


class ConsentRequest(Request):
    """Gives or refuses a consent."""

    given: bool


class TimelineEntry(Answer):
    """One thing that happened."""

    at: datetime
    by: str = Field(description="The role of who did it.")
    event: str


class Timeline(Answer):
    """Everything that happened, oldest first."""

    entries: list[TimelineEntry]


class Receipt(Answer):
    """The registration is with us, and when the answer comes."""

    reference: str
    n: int
    due_at: datetime
    unpublished_year: bool


class UpdateStarted(Answer):
    """A registration of purpose `update` that goes on like any other."""

    id: str
    reference: str


# Evidence


class UploadRequest(Request):
    """Announces a file that comes in parts. The same `capture_id` again finds the same upload."""

    slot: Short = Field(examples=["document-front"])
    capture_id: Short = Field(examples=["01900000-0000-7000-8000-000000000000"])
    size: int = Field(ge=1, le=1 << 31, description="Bytes in all.")
    media_type: Short = Field(examples=["image/jpeg"])


class Upload(Answer):
    """How far an upload is."""

    id: str
    offset: int = Field(description="Bytes that arrived; go on from here.")
    evidence_id: str | None = Field(description="Set when the file is complete and accepted.")


class EvidenceCreated(Answer):
    """A file that was taken."""

    id: str


class Finding(Answer):
    """A check's answer with what it measured."""

    check: str
    code: str
    outcome: str
    item: str | None
    text: str
    hint: str
    measure: float | None
    limit: float | None
    unit: str | None


class ReadField(Answer):
    """One field read from a document."""

    value: str | None
    raw: str
    confidence: float
    source: str


class Evidence(Answer):
    """One thing handed in, and what was found right away."""

    id: str
    slot: str
    state: str
    findings: list[Finding]
    fields: dict[str, ReadField] | None = None
