"""The shop's desk for dealers' own systems, with the session of a clerk (row F2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, Response

from shiming.accounts import holders
from shiming.audit.work import Work
from shiming.intake import access, cards, evidence, forms, persons, shop, submission
from shiming.platform.ids import normalise_reference
from shiming.programmes.store import current, rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import shops
from shiming.web import deps, rates
from shiming.web.api import clerk_schemas as s
from shiming.web.api import schemas, views
from shiming.web.api.identity import Clerk, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Say

router = APIRouter(prefix="/clerk", route_class=ProblemRoute, tags=["clerk"])

Id = Annotated[str, Path(alias="id", description="The registration's id.", pattern=r"^[0-9a-f-]{36}$")]
Purpose = Annotated[shop.Purpose, Path(description="What the customer is asked.")]


def _visit(work: Work, registration: Registration) -> s.Visit:
    visit = shops.visit(work, registration)
    is_open = access.is_open(work, registration)
    missing = submission.missing(work, registration) if is_open else []
    copies = [rule.slot for rule in rules_of(work, registration).slots if rule.kind == "photocopy"]
    contact = "proven" if visit and visit.reachable else "receipt" if visit and visit.walk_in else "open"
    return s.Visit(
        id=registration.id,
        reference=registration.reference,
        programme=registration.programme,
        state=views.holder_state(registration, store.decisions(work, registration.id), work.now),
        channel=registration.channel,
        person=registration.person,
        missing=missing,
        optional=[slot for slot in copies if is_open and f"slot:{slot}" not in missing],
        contact=contact,
        attested=shops.attested(work, registration),
        due_at=registration.due_at,
    )


@router.get("/statement", summary="What a clerk signs")
def statement(clerk: Clerk, say: Say) -> s.Statement:
    """To be shown to the clerk before attesting."""
    found = shop.statement()
    points = [say.gettext(point) for point in found.points]
    return s.Statement(version=found.version, title=say.gettext(found.title), points=points)


@router.post("/registrations", status_code=201, response_model=s.Visit, summary="Begin a customer's registration")
def start(body: s.VisitRequest, request: Request, clerk: Clerk, once: OnceOnly) -> Response:
    """Reserves the card that the clerk has before them. No activation code is needed."""
    house = deps.house(request)
    rates.spend_claim(request, clerk.id)
    with house.workspace.read() as work:
        rules = current(work, body.programme)
    cards.learn(house.workspace, rules, body.card_number, house.lookup, house.rosters)

    def begin(work: Work) -> s.Visit | None:
        begun = shop.start(
            work,
            clerk,
            programme=body.programme,
            number=body.card_number,
            secret=body.secret,
            in_hand=body.in_hand,
            language=body.language,
            demo=house.settings.demo,
        )
        return None if begun is None else _visit(work, begun)

    return once.run(clerk, body.model_dump(), begin)


@router.get("/registrations", summary="This clerk's customers")
def list_all(clerk: Clerk, house: HouseWorkspace) -> s.VisitList:
    """Of the last day, and those not handed in yet; newest first."""
    with house.read() as work:
        rows = shops.served_by(work, clerk.id, work.now - timedelta(days=1))
        return s.VisitList(visits=[_visit(work, row) for row in rows])


@router.post("/take-in", status_code=202, summary="Ask a customer to go on here")
def ask_to_take_in(body: s.TakeInRequest, request: Request, clerk: Clerk, house: HouseWorkspace) -> schemas.Accepted:
    """Sends the holder of a registration begun elsewhere a code. The answer tells nothing."""
    rates.spend_desk(request, clerk.id)
    with rates.code_waits(), house.write() as work:
        shop.ask_to_take_in(work, clerk, normalise_reference(body.reference))
    return schemas.Accepted()


@router.post("/take-in/code", status_code=200, response_model=s.Visit, summary="Go on with what a customer began")
def take_in(body: s.TakenInRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit | None:
    """With the code that came to the holder: the registration is served here from now on."""
    with house.write() as work:
        taken = shop.take_in(work, clerk, normalise_reference(body.reference), body.code)
        return None if taken is None else _visit(work, taken)


@router.get("/registrations/{id}", summary="One customer's registration")
def get(id: Id, clerk: Clerk, house: HouseWorkspace) -> s.Visit:
    """State and what is missing."""
    with house.read() as work:
        return _visit(work, access.served(work, clerk, id))


@router.delete("/registrations/{id}", status_code=204, response_class=Response, summary="End it")
def withdraw(id: Id, clerk: Clerk, house: HouseWorkspace) -> None:
    """The customer does not want it any more, before it was handed in."""
    with house.write() as work:
        submission.withdraw(work, clerk, id)


@router.post("/registrations/{id}/contact", status_code=202, response_model=s.HandOver, summary="Name the contact")
def contact(id: Id, body: s.ContactRequest, request: Request, clerk: Clerk, house: HouseWorkspace) -> s.HandOver:
    """Sends the customer a code, and makes the page on which they may enter it and agree on their own phone."""
    try:
        wanted = holders.normalise_contact(body.contact)
    except holders.ContactError:
        raise Problem("INVALID_FORM", item="contact", fields={"contact": "INVALID_FORM"}) from None
    rates.spend_desk(request, clerk.id)
    with rates.code_waits(), house.write() as work:
        return _hand_over(request, shop.ask_contact(work, clerk, id, wanted))


def _hand_over(request: Request, made: shop.HandOver) -> s.HandOver:
    address = f"{deps.house(request).settings.address}/shop/{made.token}"
    return s.HandOver(address=address, purpose=made.purpose, expires_at=made.expires_at)


@router.post("/registrations/{id}/contact/code", status_code=200, response_model=s.Visit, summary="Prove the contact")
def prove(id: Id, body: s.CodeRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit | None:
    """The customer read the code out. The registration goes to their account. A wrong code costs a try."""
    with house.write() as work:
        found = shop.prove_contact(work, clerk, id, body.code)
        return None if found is None else _visit(work, found)


@router.post("/registrations/{id}/receipt", status_code=201, response_model=s.Receipt, summary="Make a receipt")
def receipt(id: Id, clerk: Clerk, house: HouseWorkspace) -> s.Receipt:
    """For a customer without a contact. Each call makes a new code, and the earlier one ends."""
    with house.write() as work:
        code = shop.without_contact(work, clerk, id)
        return s.Receipt(reference=store.get(work, id).reference, pick_up_code=code)


@router.post("/registrations/{id}/hand-overs/{purpose}", status_code=201, summary="A page for the customer's phone")
def hand_over(id: Id, purpose: Purpose, request: Request, clerk: Clerk, house: HouseWorkspace) -> s.HandOver:
    """Sends a code to the proven contact. The page is used once."""
    rates.spend_desk(request, clerk.id)
    with rates.code_waits(), house.write() as work:
        return _hand_over(request, shop.hand_over(work, clerk, id, purpose))


@router.post("/registrations/{id}/signatures/{purpose}", status_code=201, summary="The customer signs on the tablet")
def sign(id: Id, purpose: Purpose, body: s.SignatureRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit:
    """Agreeing before anything is collected, declaring at the end. It is the customer who signs, never the clerk."""
    try:
        drawing = base64.b64decode(body.signature or "", validate=True)
    except binascii.Error:
        raise Problem("SIGNATURE_NEEDED", item="signature") from None
    with house.write() as work:
        signed = shop.sign(
            work,
            clerk,
            id,
            purpose,
            dict(body.consents),
            language=body.language,
            signature=drawing,
            name=body.typed_name or "",
        )
        return _visit(work, signed)


@router.put("/registrations/{id}/person", summary="Whom the card is for")
def person(id: Id, body: schemas.PersonRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit:
    """Before anything is handed in."""
    with house.write() as work:
        return _visit(work, persons.choose(work, clerk, id, body.person))


@router.put("/registrations/{id}/form", summary="Fill in with the customer")
def put_form(id: Id, body: schemas.FormRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit:
    """Kind of document and fields."""
    with house.write() as work:
        return _visit(work, forms.save(work, clerk, id, dict(body.fields), body.document))


@router.post(
    "/registrations/{id}/evidence", status_code=201, response_model=schemas.EvidenceCreated, summary="Send a picture"
)
def accept(
    id: Id,
    slot: Annotated[str, Form(max_length=64)],
    capture_id: Annotated[str, Form(max_length=64)],
    file: Annotated[bytes, File(description="JPEG, PNG, WebP, HEIC or AVIF.")],
    clerk: Clerk,
    once: OnceOnly,
) -> Response:
    """The clerk's id is bound to the capture. A photocopy is the shop's own evidence, where the programme has one."""
    sent = {"slot": slot, "capture_id": capture_id, "sha256": hashlib.sha256(file).hexdigest()}

    def take(work: Work) -> schemas.EvidenceCreated:
        made = evidence.accept(work, clerk, id, slot=slot, capture_id=capture_id, data=file)
        return schemas.EvidenceCreated(id=made)

    return once.run(clerk, sent, take)


@router.post("/registrations/{id}/attestation", status_code=201, summary="Sign for the original")
def attest(id: Id, body: s.AttestationRequest, clerk: Clerk, house: HouseWorkspace) -> s.Visit:
    """The last step before handing in."""
    if body.version != shop.statement().version:
        raise Problem("INVALID_FORM", fields={"version": "INVALID_FORM"})
    with house.write() as work:
        return _visit(work, shop.attest(work, clerk, id))


@router.post("/registrations/{id}/submission", status_code=201, response_model=schemas.Receipt, summary="Hand it in")
def submit(id: Id, clerk: Clerk, once: OnceOnly) -> Response:
    """Freezes this submission and promises a date."""

    def hand_in(work: Work) -> schemas.Receipt:
        made = submission.submit(work, clerk, id)
        return schemas.Receipt(
            reference=made.reference, n=made.n, due_at=made.due_at, unpublished_year=made.unpublished_year
        )

    return once.run(clerk, None, hand_in)
