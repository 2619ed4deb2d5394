"""A holder's registrations: from the card to the receipt."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from shiming.audit.work import Work
from shiming.custody import erasure
from shiming.intake import cards, consents, forms, openings, persons, submission, updates
from shiming.platform.i18n import Translator
from shiming.programmes.store import current, offered
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Rules
from shiming.web import deps, rates
from shiming.web.api import schemas, views
from shiming.web.api.identity import Holder, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute, language, texts

router = APIRouter(route_class=ProblemRoute, tags=["registrations"])

Id = Annotated[str, Path(alias="id", description="The registration's id.", pattern=r"^[0-9a-f-]{36}$")]
Device = Annotated[
    str,
    Header(
        alias="X-Device-Id",
        max_length=200,
        description="What tells one installation of an app from another. Kept as a keyed index for 30 days.",
    ),
]
Say = Annotated[Translator, Depends(texts)]
Language = Annotated[str, Depends(language)]


@router.post(
    "/cards/codes", status_code=202, response_model=schemas.Accepted, summary="Send a code to the card's number"
)
def send_card_code(
    body: schemas.CardCodeRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language
) -> Response:
    """Proves possession of a card without a printed secret. The answer does not tell whether there is such a card."""
    house = deps.house(request)
    rates.spend_claim(request, holder.id)
    cards.learn(house.workspace, _offered(request, body.programme), body.number, house.lookup, house.rosters)

    def send(work: Work) -> schemas.Accepted:
        cards.send_card_code(work, holder, body.number, spoken, body.programme)
        return schemas.Accepted()

    return once.run(holder, body.model_dump(), send, status=202)


def _offered(request: Request, programme: str) -> Rules:
    house = deps.house(request)
    with house.workspace.read() as work:
        if programme not in offered(work, demo=house.settings.demo):
            raise Problem("INVALID_FORM", fields={"programme": "INVALID_FORM"})
        return current(work, programme)


def _one_proof(rules: Rules, body: schemas.RegistrationRequest) -> None:
    """Exactly one proof of possession; none where the issuer's roster is proof enough."""
    given = [proof for proof in (body.secret, body.card_code) if proof is not None]
    if len(given) > 1 or (not given and "roster" not in rules.possession):
        raise Problem("INVALID_FORM", fields={"secret": "INVALID_FORM", "card_code": "INVALID_FORM"})


@router.post(
    "/registrations", status_code=201, response_model=schemas.RegistrationCreated, summary="Start a registration"
)
def create(
    body: schemas.RegistrationRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language
) -> Response:
    """Binds the card to the account for this registration and issues the activation code, which is also sent."""
    if not (body.consents.privacy and body.consents.terms):
        raise Problem("CONSENT_REQUIRED", item="consents")
    rules = _offered(request, body.programme)
    _one_proof(rules, body)
    rates.spend_claim(request, holder.id)
    house = deps.house(request)
    cards.learn(house.workspace, rules, body.card_number, house.lookup, house.rosters)

    def begin(work: Work) -> schemas.RegistrationCreated | None:
        claim = cards.claim(
            work,
            holder,
            programme=body.programme,
            number=body.card_number,
            secret=body.secret,
            card_code=body.card_code,
            name=body.name,
            address=body.address,
            language=spoken,
            demo=deps.house(request).settings.demo,
        )
        if claim is None:
            return None
        for kind in ("privacy", "terms"):
            consents.record(work, holder, claim.registration_id, kind, True, spoken)
        return schemas.RegistrationCreated(
            id=claim.registration_id, reference=claim.reference, activation_code=claim.code, expires_at=claim.expires_at
        )

    return once.run(holder, body.model_dump(), begin)


@router.get("/registrations", summary="All registrations of this account")
def list_all(holder: Holder, house: HouseWorkspace) -> schemas.RegistrationList:
    """Newest first."""
    with house.read() as work:
        rows = store.for_account(work, holder.id)
        return schemas.RegistrationList(registrations=[views.summary(work, row) for row in rows])


@router.get("/registrations/{id}", summary="One registration")
def get(id: Id, holder: Holder, house: HouseWorkspace, say: Say) -> schemas.Registration:
    """State, promised date, what is missing, the decision with its reasons, and the card's restrictions."""
    with house.read() as work:
        return views.registration(work, views.owned(work, holder, id), say)


@router.delete("/registrations/{id}", status_code=204, response_class=Response, summary="Withdraw")
def withdraw(id: Id, holder: Holder, house: HouseWorkspace) -> None:
    """Stops the registration; the card is free again."""
    with house.write() as work:
        submission.withdraw(work, holder, id)


def _code(kept: cards.ActivationCode) -> schemas.ActivationCode:
    return schemas.ActivationCode(
        code=kept.code, expires_at=kept.expires_at, attempts_left=kept.attempts_left, redeemed=kept.redeemed
    )


@router.get("/registrations/{id}/activation-code", summary="The activation code kept in the account")
def activation_code(id: Id, holder: Holder, house: HouseWorkspace) -> schemas.ActivationCode:
    """NOT_FOUND for a registration that needs none."""
    with house.read() as work:
        kept = cards.activation_code(work, holder, id)
    if kept is None:
        raise Problem("NOT_FOUND")
    return _code(kept)


@router.post(
    "/registrations/{id}/activation-code",
    status_code=200,
    response_model=schemas.Registration,
    summary="Redeem the activation code",
)
def redeem(id: Id, body: schemas.RedeemRequest, holder: Holder, once: OnceOnly, say: Say) -> Response:
    """A wrong code costs a try. After it is redeemed, evidence can be handed in."""

    def enter(work: Work) -> schemas.Registration | None:
        registration = cards.redeem(work, holder, id, body.code)
        return None if registration is None else views.registration(work, registration, say)

    return once.run(holder, body.model_dump(), enter, status=200)


@router.post(
    "/registrations/{id}/activation-code/reissue",
    status_code=201,
    response_model=schemas.ActivationCode,
    summary="A new activation code",
)
def reissue(id: Id, request: Request, holder: Holder, once: OnceOnly) -> Response:
    """In place of one that expired or ran out of tries."""
    rates.spend_claim(request, holder.id)
    return once.run(holder, None, lambda work: _code(cards.reissue(work, holder, id)))


@router.get("/registrations/{id}/form", summary="What was declared so far")
def get_form(id: Id, holder: Holder, house: HouseWorkspace) -> schemas.Form:
    """The declared document type and fields."""
    with house.read() as work:
        row = views.owned(work, holder, id)
        return schemas.Form(document=row.document, fields=store.form(work, row))


@router.put("/registrations/{id}/form", summary="Declare document type and fields")
def put_form(id: Id, body: schemas.FormRequest, holder: Holder, house: HouseWorkspace) -> schemas.Form:
    """Replaces what was declared. Fields the programme does not ask for are refused."""
    with house.write() as work:
        forms.save(work, holder, id, dict(body.fields), body.document)
        row = views.owned(work, holder, id)
        return schemas.Form(document=row.document, fields=store.form(work, row))


@router.post(
    "/registrations/{id}/declaration",
    status_code=200,
    response_model=schemas.Registration,
    summary="Declare that everything is true",
)
def declare(id: Id, holder: Holder, once: OnceOnly, say: Say) -> Response:
    """Needed before the registration is handed in."""

    def confirm(work: Work) -> schemas.Registration:
        forms.declare(work, holder, id)
        return views.registration(work, views.owned(work, holder, id), say)

    return once.run(holder, None, confirm, status=200)


@router.put("/registrations/{id}/person", summary="Whom the card is for")
def put_person(
    id: Id, body: schemas.PersonRequest, holder: Holder, house: HouseWorkspace, say: Say
) -> schemas.Registration:
    """A class of person that the programme takes; `missing` then names what it needs. Only before it is handed in."""
    with house.write() as work:
        return views.registration(work, persons.choose(work, holder, id, body.person), say)


@router.put(
    "/registrations/{id}/consents/{kind}", status_code=204, response_class=Response, summary="Give or refuse a consent"
)
def put_consent(
    id: Id,
    kind: Literal["privacy", "terms", "face", "face-duplicates", "offers", "guardian"],
    body: schemas.ConsentRequest,
    holder: Holder,
    house: HouseWorkspace,
    spoken: Language,
) -> None:
    """Refusing the face comparison leads to a person, refusing `face-duplicates` or `offers` changes nothing; the other
    consents cannot be refused and the registration go on."""
    with house.write() as work:
        consents.record(work, holder, id, kind, body.given, spoken)
        if not body.given and kind in ("face", consents.DUPLICATES):
            erasure.face_templates(work, holder, id)


@router.post("/registrations/{id}/submission", status_code=201, response_model=schemas.Receipt, summary="Hand it in")
def submit(request: Request, id: Id, holder: Holder, once: OnceOnly, device: Device = "") -> Response:
    """Freezes this submission and promises a date."""

    def hand_in(work: Work) -> schemas.Receipt:
        receipt = submission.submit(work, holder, id)
        openings.leave(
            work,
            store.get(work, id),
            device=device or request.cookies.get(deps.VISITOR_COOKIE, ""),
            address=rates.address(request),
        )
        return schemas.Receipt(
            reference=receipt.reference,
            n=receipt.n,
            due_at=receipt.due_at,
            unpublished_year=receipt.unpublished_year,
        )

    return once.run(holder, None, hand_in)


@router.get("/registrations/{id}/timeline", summary="Everything that happened")
def timeline(id: Id, holder: Holder, house: HouseWorkspace) -> schemas.Timeline:
    """Oldest first. A decision appears when it is in effect."""
    with house.read() as work:
        row = views.owned(work, holder, id)
        return schemas.Timeline(entries=views.holder_timeline(work, row))


@router.post(
    "/registrations/{id}/updates", status_code=201, response_model=schemas.UpdateStarted, summary="Update data"
)
def update(id: Id, holder: Holder, once: OnceOnly) -> Response:
    """Starts a change of name, address or document with proof, from an approved registration. History is kept."""

    def start(work: Work) -> schemas.UpdateStarted:
        started = updates.start(work, holder, id)
        return schemas.UpdateStarted(id=started.id, reference=started.reference)

    return once.run(holder, None, start)
