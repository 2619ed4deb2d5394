"""What custody's part of ``/v1`` looks like: cards in one's name, disputes, consents, export, erasure, lawful requests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shiming.web.api.schemas import Answer, Note, Request, Short, Text

LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
"""A sentence or two."""


class CardInName(Answer):
    """One card that is registered to the caller's person."""

    id: str = Field(description="What a dispute names.")
    kind: str
    number_end: str = Field(description="The last digits of the card's number.")
    msisdn_end: str | None = Field(description="The last digits of its telephone number.")
    state: str
    restrictions: list[str]
    role: str
    since: datetime
    programme: str
    registration: str | None = Field(description="Its reference, where this account registered the card.")
    dispute: str | None = Field(description="The reference of the caller's open dispute.")


class CardList(Answer):
    """Every card in the caller's name, over all accounts. Empty for an account that was never proven."""

    cards: list[CardInName]


class DisputeRequest(Request):
    """Says that a card in one's name is not one's own."""

    card: Short = Field(description="The `id` from `GET /v1/cards`.", examples=["01900000-0000-7000-8000-000000000000"])
    statement: Annotated[Note, StringConstraints(min_length=1)] = Field(examples=["I never bought this card."])


class Dispute(Answer):
    """A dispute as whoever filed it sees it."""

    reference: str
    state: Literal["draft", "open", "upheld", "refused", "withdrawn"]
    filed_at: datetime | None
    due_at: datetime | None = Field(description="The answer is there by then.")
    decided_at: datetime | None
    answer: str = Field(description="What the person who decided wrote.")


class DisputeList(Answer):
    """The caller's disputes."""

    disputes: list[Dispute]


class WaitingDispute(Answer):
    """A dispute that waits for an agent. No personal data."""

    reference: str
    proof: Literal["pictures", "party"]
    filed_at: datetime | None
    due_at: datetime | None


class DisputeQueue(Answer):
    """Disputes by due time."""

    disputes: list[WaitingDispute]


class DisputeCase(Answer):
    """Everything an agent needs to decide."""

    reference: str
    state: str
    proof: str
    statement: str
    number: str
    due_at: datetime | None
    proof_fields: dict[str, str] = Field(description="What was read from the document that was shown.")
    card_state: str | None
    registration: str | None
    registered_name: str
    same_document: bool | None = Field(description="Whether the proof is a document that the card is registered with.")


class DisputeDecision(Request):
    """An agent's decision."""

    verdict: Literal["upheld", "refused"]
    reason: Literal["not-the-holder", "no-such-card", "proof-not-enough", "is-the-holder", "other"]
    note: Note = ""
    message: Note = Field("", description="Shown to whoever disputed. It must not tell about anybody else.")


class Consent(Answer):
    """A word on a consent: which text, when, given or not."""

    kind: str
    given: bool
    version: str
    at: datetime
    registration: str | None = Field(description="Its reference; none for a consent of the account as a whole.")


class ConsentList(Answer):
    """The newest word on every consent."""

    consents: list[Consent]


class Choice(Request):
    """Gives or withdraws a consent."""

    given: bool


class FaceWithdrawn(Answer):
    """What followed from withdrawing the consent to the face comparison."""

    erased: int = Field(description="How many pictures and readings of the face were erased.")


class Export(Answer):
    """An export. `docs/export.md` describes the file."""

    id: str
    size: int
    created_at: datetime
    expires_at: datetime
    available: bool


class ExportList(Answer):
    """The caller's exports, newest first."""

    exports: list[Export]


class Stay(Answer):
    """Something that may not be erased yet, by which rule and until when."""

    artefact: str
    registration: str
    after: str
    days: int
    origin: str
    until: datetime | None = Field(description="None while the card is in the caller's name, or a dispute is open.")


class Outlook(Answer):
    """What would stay if the caller asked for erasure now."""

    stays: list[Stay]


class ErasureRequest(Request):
    """Asks for erasure. It cannot be undone."""

    confirm: Literal[True]


class Erased(Answer):
    """What was erased, and what stays."""

    erased: int
    stays: list[Stay]
    account: bool = Field(description="Whether the account is gone too; its sessions have ended then.")


class OfferRequest(Request):
    """An offer to everybody who agreed to offers."""

    zh_CN: LongText = Field(examples=["本月流量半价。"])  # noqa: N815 - a language's name
    en: LongText = Field(examples=["Half the price for data this month."])


class OfferQueued(Answer):
    """To how many accounts an offer is on its way. Who withdraws before it is sent does not get it."""

    id: str
    recipients: int


class LawfulRequest(Request):
    """What an authority asks, on what ground."""

    authority: LongText = Field(examples=["District court, division 3"])
    basis: LongText = Field(description="The legal basis.", examples=["Code of criminal procedure, article 54"])
    case_number: LongText = Field(description="The authority's own number.", examples=["2026-0815"])
    number_kind: Literal["msisdn", "card"]
    number: Text = Field(description="A telephone number, or a card's number.", examples=["+8613800138000"])
    moment: datetime = Field(description="The time asked about, with its zone.")


class LawfulRecorded(Answer):
    """The request is recorded and can no longer be unmade; nothing was looked up yet."""

    id: str


class LawfulEntry(Answer):
    """Who asked what, and when."""

    id: str
    reference: str
    officer: str
    authority: str
    basis: str
    case_number: str
    number_kind: str
    moment: datetime
    at: datetime


class LawfulList(Answer):
    """All requests, the newest first."""

    requests: list[LawfulEntry]


class Watermark(Answer):
    """Belongs on every copy of the answer."""

    officer: str
    request: str
    at: datetime
    text: str


class DocumentThen(Answer):
    """A document that the holder was proven with."""

    type: str
    country: str
    fields: dict[str, str | None]


class HolderThen(Answer):
    """Who held the number at the moment asked about."""

    card_number: str
    role: str
    since: datetime
    until: datetime | None
    registration: str
    details: dict[str, str]
    documents: list[DocumentThen]
    erased_at: datetime | None = Field(description="When the data were erased, if they are kept no longer.")


class LawfulAnswer(Answer):
    """The answer. Each time it is opened is recorded."""

    watermark: Watermark
    authority: str
    basis: str
    case_number: str
    number_kind: str
    number: str
    moment: datetime
    holders: list[HolderThen]
