"""An account's contacts and devices, showing more than one code, and what the operator tells of a number."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import Field

from shiming.accounts import contacts as known_contacts
from shiming.accounts import devices, sessions, stepping_up
from shiming.accounts.addresses import Contact, ContactError, normalise_contact
from shiming.accounts.subjects import Subject
from shiming.activation import number_events
from shiming.audit.work import Work, Workspace
from shiming.intake import contacts, recovery
from shiming.platform.limits import limit
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.store import proofs
from shiming.registration.values import Actor, Role
from shiming.web import deps, rates
from shiming.web.api import schemas as s
from shiming.web.api.identity import Holder, HouseWorkspace, Only, bearer_scheme
from shiming.web.api.once import ROOM, OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id, Language

router = APIRouter(route_class=ProblemRoute, tags=["accounts"])

ContactId = Annotated[str, Path(alias="id", description="The contact's id.", pattern=r"^[0-9a-f-]{36}$")]
DeviceId = Annotated[str, Path(alias="id", description="The device's id.", pattern=r"^[0-9a-f-]{36}$")]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)]
Service = Annotated[Actor, Depends(Only(Role.SERVICE))]


class ContactRequest(s.Request):
    """A contact that is to be added."""

    contact: s.Text = Field(description="A phone number or an e-mail address.", examples=["second@example.org"])


class ContactConfirmation(ContactRequest):
    """The code that was sent to it."""

    code: s.Short = Field(examples=["000000"])


class ContactShown(s.Answer):
    """A contact of the account with its time."""

    id: str
    kind: Literal["phone", "email"]
    contact: str
    main: bool = Field(description="Messages go here.")
    proven_at: datetime
    until: datetime | None = Field(None, description="When it ended; null while in force.")
    ended: str | None = Field(None, description="Why it ended.")


class ContactList(s.Answer):
    """Every contact, those that ended too, oldest first."""

    contacts: list[ContactShown]


class ContactAdded(s.Answer):
    """The new contact."""

    id: str


class DeviceShown(s.Answer):
    """A device on which a code is enough."""

    id: str
    trusted_at: datetime
    trusted_by: str | None = Field(description="`identity`: it was proven there; `second-contact`.")
    here: bool = Field(description="This session is on it.")


class DeviceList(s.Answer):
    """The devices, oldest first."""

    devices: list[DeviceShown]


class Way(s.Answer):
    """Another contact of the account, named by its kind only."""

    id: str
    kind: Literal["phone", "email"]


class SessionProof(s.Answer):
    """Whether this session is open wholly, and which other contacts could open it."""

    limited: bool
    ways: list[Way]


class ProofCodeRequest(s.Request):
    """Asks for a code to another contact of the account."""

    contact_id: s.Short


class ProofRequest(ProofCodeRequest):
    """The code that was sent there."""

    code: s.Short
    remember: bool = Field(False, description="Trust this session's device from now on.")


class NumberEvent(s.Request):
    """What happened to a number."""

    msisdn: s.Short = Field(description="E.164.", examples=["+8613800138000"])
    event: Literal["recycled", "ported", "sim-changed"]
    at: datetime = Field(description="When it happened, with its zone. The same event again changes nothing.")


class RecoveryRequest(s.Request):
    """Begins a fresh proof of identity."""

    named: s.Text = Field(
        "",
        description="A contact of the lost account, or the number of one of its cards; empty for the own account.",
        examples=["+8613800138000"],
    )


class ProofStarted(s.Answer):
    """A registration of purpose `recovery` or `authorise` that goes on like any other."""

    id: str
    reference: str


class ChangeRequest(s.Request):
    """The change that a fresh proof is to authorise."""

    change: Literal["sim", "plan"]
    card_number: s.Text = Field("", description="The new SIM card, for `sim`.")
    secret: s.Short | None = Field(None, description="The secret printed with it.")
    plan: s.Text = Field("", description="The issuer's code of the plan, for `plan`.")


class StopRequest(s.Request):
    """Stops a recovery or a change, with the code that every earlier contact was sent."""

    code: s.Short = Field(examples=["ABCDE-FGHJK"])


class Stopped(s.Answer):
    """Nothing was changed."""

    stopped: Literal[True] = True


def contact_of(text: str) -> Contact:
    """A contact as typed. Raises ``Problem`` INVALID_FORM."""
    try:
        return normalise_contact(text)
    except ContactError:
        raise Problem("INVALID_FORM", item="contact", fields={"contact": "INVALID_FORM"}) from None


def _token(request: Request, bearer: HTTPAuthorizationCredentials | None) -> str:
    return bearer.credentials if bearer else request.cookies.get(deps.SESSION_COOKIE, "")


def _subject(house: Workspace, token: str) -> Subject:
    found = sessions.authenticate(house, token)
    if found is None:
        raise Problem("SIGN_IN_REQUIRED")
    return found


@router.get("/account/contacts", summary="All contacts of this account")
def list_contacts(holder: Holder, house: HouseWorkspace) -> ContactList:
    """Those that ended too, with why."""
    with house.read() as work:
        found = known_contacts.of(work, holder.id, history=True)
    rows = [
        ContactShown(
            id=one.id,
            kind=one.contact.kind,
            contact=one.contact.value,
            main=one.main,
            proven_at=one.proven_at,
            until=one.until,
            ended=one.ended,
        )
        for one in found
    ]
    return ContactList(contacts=rows)


@router.post("/account/contacts/codes", status_code=202, response_model=s.CodeSent, summary="Prove a further contact")
def ask_contact(
    body: ContactRequest, request: Request, holder: Holder, house: HouseWorkspace, once: OnceOnly, spoken: Language
) -> Response:
    """Sends a code to it. Known and unknown contacts are answered alike."""
    contact = contact_of(body.contact)
    rates.spend_code(request, holder.device)

    def send(work: Work) -> s.CodeSent:
        contacts.ask(work, holder, contact, spoken)
        return s.CodeSent(minutes=int(limit(ROOM, "code.minutes")))

    with rates.code_waits():
        return once.run(holder, body.model_dump(), send, status=202)


@router.post("/account/contacts", status_code=201, response_model=ContactAdded, summary="Add a contact")
def add_contact(body: ContactConfirmation, request: Request, holder: Holder, once: OnceOnly) -> Response:
    """With the code that was sent to it. The other contacts are told."""
    contact = contact_of(body.contact)
    rates.spend_guess(request)

    def confirm(work: Work) -> ContactAdded | None:
        added = contacts.confirm(work, holder, contact, body.code)
        return None if added is None else ContactAdded(id=added)

    return once.run(holder, body.model_dump(), confirm)


@router.put("/account/contacts/{id}/main", status_code=204, response_class=Response, summary="Send messages here")
def choose_contact(id: ContactId, holder: Holder, house: HouseWorkspace) -> None:
    """Makes this contact the one that gets the messages."""
    with house.write() as work:
        contacts.make_main(work, holder, id)


@router.delete("/account/contacts/{id}", status_code=204, response_class=Response, summary="Remove a contact")
def remove_contact(id: ContactId, holder: Holder, house: HouseWorkspace) -> None:
    """Not the last one."""
    with house.write() as work:
        contacts.remove(work, holder, id)


@router.get("/account/devices", summary="Devices on which a code is enough")
def list_devices(holder: Holder, house: HouseWorkspace) -> DeviceList:
    """Where identity was proven or a second contact shown."""
    with house.read() as work:
        found = [one for one in devices.of(work, holder.id) if one.trusted_at is not None]
    rows = [
        DeviceShown(id=one.id, trusted_at=one.trusted_at, trusted_by=one.trusted_by, here=one.mark == holder.device)
        for one in found
        if one.trusted_at is not None
    ]
    return DeviceList(devices=rows)


@router.delete("/account/devices/{id}", status_code=204, response_class=Response, summary="Forget a device")
def forget_device(id: DeviceId, holder: Holder, house: HouseWorkspace) -> None:
    """Its sessions end, and a code is no longer enough there."""
    with house.write() as work:
        try:
            devices.forget(work, holder.id, id)
        except LookupError:
            raise Problem("NOT_FOUND") from None


@router.get("/sessions/current/proof", summary="Whether more than a code was shown")
def session_proof(request: Request, holder: Holder, house: HouseWorkspace, bearer: Bearer) -> SessionProof:
    """Where a person was proven, one code opens only the states of registrations and what was begun on this device."""
    subject = _subject(house, _token(request, bearer))
    with house.read() as work:
        ways = [Way(id=one.id, kind=one.contact.kind) for one in stepping_up.others(work, subject)]
    return SessionProof(limited=holder.limited, ways=ways)


@router.post(
    "/sessions/current/proof-codes", status_code=202, response_model=s.CodeSent, summary="A code to another contact"
)
def ask_proof(
    body: ProofCodeRequest, request: Request, holder: Holder, house: HouseWorkspace, bearer: Bearer, spoken: Language
) -> s.CodeSent:
    """Sends a code to another contact of the account."""
    subject = _subject(house, _token(request, bearer))
    rates.spend_code(request, holder.device)
    with rates.code_waits(), house.write() as work:
        try:
            stepping_up.ask(work, subject, body.contact_id, spoken)
        except LookupError:
            raise Problem("NOT_FOUND") from None
    return s.CodeSent(minutes=int(limit(ROOM, "code.minutes")))


@router.post("/sessions/current/proof", status_code=204, response_class=Response, summary="Show another contact's code")
def prove(body: ProofRequest, request: Request, holder: Holder, house: HouseWorkspace, bearer: Bearer) -> None:
    """Opens the whole account to this session."""
    token = _token(request, bearer)
    subject = _subject(house, token)
    rates.spend_guess(request)
    with house.write() as work:
        try:
            right = stepping_up.answer(work, subject, token, body.contact_id, body.code, remember=body.remember)
        except LookupError:
            raise Problem("NOT_FOUND") from None
        if not right:
            refuse_kept(work, Problem("CODE_WRONG", item="code"))


@router.post(
    "/operator/number-events", status_code=202, response_model=s.Accepted, summary="A number changed hands or SIM card"
)
def number_event(body: NumberEvent, caller: Service, once: OnceOnly) -> Response:
    """Ends that number's sessions and code sign-in; `recycled` also ends its assignment to a card."""
    if body.at.tzinfo is None:
        raise Problem("INVALID_FORM", fields={"at": "INVALID_FORM"})

    def take(work: Work) -> s.Accepted:
        number_events.receive(work, caller, msisdn=body.msisdn, event=body.event, at=body.at)
        return s.Accepted()

    return once.run(caller, body.model_dump(mode="json"), take, status=202)


@router.post("/recoveries", status_code=201, response_model=ProofStarted, summary="Prove identity anew")
def recover(body: RecoveryRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """For a lost account, from an account of the new contact; or for the own account at a device that is not known.

    The answer is the same whatever was named. The registration goes on like any other: consents, document, face, submission.
    After its approval the earlier contacts can stop it while it cools off; then the account moves here.
    """
    rates.spend_claim(request, holder.id)
    demo = deps.house(request).settings.demo

    def begin(work: Work) -> ProofStarted:
        begun = recovery.start(work, holder, named=body.named, language=spoken, demo=demo)
        return ProofStarted(id=begun.id, reference=begun.reference)

    return once.run(holder, body.model_dump(), begin)


@router.post("/recoveries/stop", status_code=200, response_model=Stopped, summary="Stop a recovery or a change")
def stop(body: StopRequest, request: Request, house: HouseWorkspace) -> Stopped:
    """While it cools off. Needs no account: the code was sent to the earlier contacts. Stopping twice is once."""
    rates.spend_guess(request)
    with house.write() as work:
        if not proofs.stop(work, body.code):
            raise Problem("CODE_WRONG", item="code")
    return Stopped()


@router.post(
    "/registrations/{id}/authorisations",
    status_code=201,
    response_model=ProofStarted,
    summary="Authorise another SIM card or plan",
)
def authorise(id: Id, body: ChangeRequest, request: Request, holder: Holder, once: OnceOnly) -> Response:
    """Begins a fresh proof of identity. After approval and cooling-off the change is ordered of the operator."""
    rates.spend_claim(request, holder.id)

    def begin(work: Work) -> ProofStarted | None:
        begun = recovery.authorise(
            work,
            holder,
            id,
            change=body.change,
            number=body.card_number,
            secret=body.secret,
            plan=body.plan,
        )
        return None if begun is None else ProofStarted(id=begun.id, reference=begun.reference)

    return once.run(holder, body.model_dump(), begin)
