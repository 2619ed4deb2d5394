"""What the shop's desk sends and gets (``/v1/clerk``)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shiming.web.api.schemas import Answer, Request, Short, Text


class VisitRequest(Request):
    """Begins a customer's registration with the card at hand."""

    programme: Short = Field(examples=["carrier-prepaid"])
    card_number: Short = Field(examples=["89860000000000000000"])
    secret: Short | None = Field(None, description="The secret printed with the card.", examples=["0000-0000"])
    in_hand: bool = Field(False, description="The clerk holds a card of the shop's stock; then no secret is needed.")
    language: Literal["zh_CN", "en"] = Field("zh_CN", description="In which the customer is written to.")


class Visit(Answer):
    """A customer's registration at the desk. No personal data but what the clerk entered stands here."""

    id: str
    reference: str
    programme: str
    state: str
    channel: str
    person: str
    missing: list[str] = Field(description="What is still needed, in order; see also `optional`.")
    optional: list[str] = Field(description="Photocopies that may be added as the shop's own evidence.")
    contact: Literal["open", "proven", "receipt"]
    attested: bool
    due_at: datetime | None


class VisitList(Answer):
    """The customers of the last day, and those not handed in yet."""

    visits: list[Visit]


class ContactRequest(Request):
    """The customer's own number or address. A clerk's own is refused."""

    contact: Text = Field(examples=["+8613800138000"])


class HandOver(Answer):
    """A page for the customer's own phone; show it as a QR code. It asks for the code we sent to the customer."""

    address: str
    purpose: str
    expires_at: datetime


class CodeRequest(Request):
    """The code that came to the customer."""

    code: Short = Field(examples=["000000"])


class Receipt(Answer):
    """What to print for a customer without a contact. The code is shown once."""

    reference: str
    pick_up_code: str


class TakeInRequest(Request):
    """A registration its holder began online or in another shop."""

    reference: Short = Field(examples=["K7QX-34MN-8C"])


class TakenInRequest(TakeInRequest):
    """The same, with the code that came to the holder."""

    code: Short = Field(examples=["000000"])


class SignatureRequest(Request):
    """What the customer agreed to or declared on the shop's tablet: with a drawn signature, or the name typed by them."""

    consents: dict[Short, bool] = Field({}, description="By kind; needed for `consents`.", max_length=20)
    signature: str | None = Field(None, max_length=1_000_000, description="A PNG picture in base64.")
    typed_name: Text | None = None
    language: Literal["zh_CN", "en"] = "zh_CN"


class AttestationRequest(Request):
    """The clerk signs the statement of this version, which `GET /v1/clerk/statement` shows."""

    version: Short = Field(examples=["attestation-1"])


class Statement(Answer):
    """What a clerk signs for having seen the original and the person."""

    version: str
    title: str
    points: list[str]
