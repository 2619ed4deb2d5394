"""What holders may do about what is kept of them; offers; lawful requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path, Response

from shiming.audit.work import Work
from shiming.custody import cards, disputes, erasure, export, lawful, offers
from shiming.custody.store import disputes as dispute_store
from shiming.custody.store import exports
from shiming.intake import consents
from shiming.registration.problems import Problem
from shiming.web.api import custody_schemas as s
from shiming.web.api.identity import AdminOrService, Agent, Holder, HouseWorkspace, Officer
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id, Language
from shiming.web.deps import PublicAddress

router = APIRouter(route_class=ProblemRoute, tags=["custody"])

Reference = Annotated[str, Path(description="The short reference.", max_length=24)]


@router.get("/cards", summary="The cards in my name")
def list_cards(holder: Holder, house: HouseWorkspace) -> s.CardList:
    """Every card registered to the proven person, over all accounts. The look is recorded."""
    with house.write() as work:
        rows = cards.in_name(work, holder)
    return s.CardList(
        cards=[
            s.CardInName(
                id=row.id,
                kind=row.kind,
                number_end=row.number_end,
                msisdn_end=row.msisdn_end,
                state=row.state,
                restrictions=list(row.restrictions),
                role=row.role,
                since=row.since,
                programme=row.programme,
                registration=row.reference,
                dispute=row.dispute,
            )
            for row in rows
        ]
    )


def _dispute(item: dispute_store.Dispute, texts: dispute_store.Texts) -> s.Dispute:
    return s.Dispute(
        reference=item.reference,
        state=item.state,
        filed_at=item.filed_at,
        due_at=item.due_at,
        decided_at=item.decided_at,
        answer=texts.message,
    )


@router.post("/disputes", status_code=201, response_model=s.Dispute, summary="Dispute a card in my name")
def file_dispute(body: s.DisputeRequest, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """It suspends nothing by itself; a person decides it by the due time. Filing it again finds the same one."""

    def file(work: Work) -> s.Dispute:
        item = disputes.file_own(work, holder, body.card, body.statement, spoken)
        return _dispute(item, dispute_store.texts(work, item))

    return once.run(holder, body.model_dump(), file)


@router.get("/disputes", summary="My disputes")
def list_disputes(holder: Holder, house: HouseWorkspace) -> s.DisputeList:
    """Those filed from this account."""
    with house.read() as work:
        rows = dispute_store.of_account(work, holder.id)
        return s.DisputeList(disputes=[_dispute(row, dispute_store.texts(work, row)) for row in rows])


@router.get("/agent/disputes", summary="Disputes that wait")
def dispute_queue(agent: Agent, house: HouseWorkspace) -> s.DisputeQueue:
    """The most urgent first."""
    with house.read() as work:
        rows = disputes.queue(work, agent)
    waiting = [
        s.WaitingDispute(reference=row.reference, proof=row.proof, filed_at=row.filed_at, due_at=row.due_at)
        for row in rows
    ]
    return s.DisputeQueue(disputes=waiting)


@router.get("/agent/disputes/{reference}", summary="One dispute")
def dispute_case(reference: Reference, agent: Agent, house: HouseWorkspace) -> s.DisputeCase:
    """With what is needed to decide it. The look is recorded."""
    with house.write() as work:
        view = disputes.view(work, agent, reference)
    return s.DisputeCase(
        reference=view.dispute.reference,
        state=view.dispute.state,
        proof=view.dispute.proof,
        statement=view.texts.statement,
        number=view.texts.number,
        due_at=view.dispute.due_at,
        proof_fields={name: value for picture in view.pictures for name, value in picture.fields.items()},
        card_state=str(view.card.state) if view.card else None,
        registration=view.registration.reference if view.registration else None,
        registered_name=view.name,
        same_document=view.same_document,
    )


@router.post(
    "/agent/disputes/{reference}/decision", status_code=201, response_model=s.Dispute, summary="Decide a dispute"
)
def decide_dispute(reference: Reference, body: s.DisputeDecision, agent: Agent, once: OnceOnly) -> Response:
    """Upheld: the binding ends and the card is stopped. The answer says nothing about anybody else."""

    def decide(work: Work) -> s.Dispute:
        item = disputes.decide(work, agent, reference, **body.model_dump())
        return _dispute(item, dispute_store.texts(work, item))

    return once.run(agent, body.model_dump(), decide)


@router.get("/account/consents", summary="My consents")
def list_consents(holder: Holder, house: HouseWorkspace) -> s.ConsentList:
    """With version and date."""
    with house.read() as work:
        rows = consents.account_history(work, holder)
    return s.ConsentList(
        consents=[
            s.Consent(
                kind=word.kind,
                given=word.given,
                version=word.version,
                at=word.at,
                registration=registration.reference if registration else None,
            )
            for registration, word in rows
        ]
    )


@router.put(
    "/account/consents/offers", status_code=204, response_class=Response, summary="Agree to offers, or stop them"
)
def choose_offers(body: s.Choice, holder: Holder, house: HouseWorkspace, spoken: Language) -> None:
    """Off until it is switched on. An offer that is not sent yet is not sent once this is off."""
    with house.write() as work:
        consents.choose(work, holder, "offers", body.given, spoken)


@router.post(
    "/registrations/{id}/consents/face/withdrawal",
    status_code=201,
    response_model=s.FaceWithdrawn,
    summary="Withdraw the consent to the face comparison",
)
def withdraw_face(id: Id, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """Pictures of the face are erased at once. A registration that is not decided yet goes to a person."""

    def withdraw(work: Work) -> s.FaceWithdrawn:
        consents.withdraw_face(work, holder, id, spoken)
        return s.FaceWithdrawn(erased=erasure.selfies(work, holder, id))

    return once.run(holder, None, withdraw)


@router.post(
    "/registrations/{id}/consents/face-duplicates/withdrawal",
    status_code=201,
    response_model=s.FaceWithdrawn,
    summary="Withdraw that the face may be looked for among others",
)
def withdraw_duplicates(id: Id, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """The numbers computed from the face are erased at once. Nothing else changes."""

    def withdraw(work: Work) -> s.FaceWithdrawn:
        consents.withdraw_duplicates(work, holder, id, spoken)
        return s.FaceWithdrawn(erased=erasure.face_templates(work, holder, id))

    return once.run(holder, None, withdraw)


def _export(row: exports.Export, work: Work) -> s.Export:
    available = row.erased_at is None and row.expires_at > work.now
    return s.Export(id=row.id, size=row.size, created_at=row.created_at, expires_at=row.expires_at, available=available)


@router.post("/exports", status_code=201, response_model=s.Export, summary="Export everything about me")
def make_export(holder: Holder, once: OnceOnly) -> Response:
    """Made at once and kept for a short time."""
    return once.run(holder, None, lambda work: _export(export.make(work, holder), work))


@router.get("/exports", summary="My exports")
def list_exports(holder: Holder, house: HouseWorkspace) -> s.ExportList:
    """Newest first."""
    with house.read() as work:
        return s.ExportList(exports=[_export(row, work) for row in exports.of_account(work, holder.id)])


@router.get("/exports/{id}/file", response_class=Response, summary="The exported file")
def fetch_export(id: Id, holder: Holder, house: HouseWorkspace) -> Response:
    """A ZIP file. ERASED once its time is over."""
    with house.write() as work:
        data = export.fetch(work, holder, id)
    return Response(data, media_type="application/zip", headers=attachment(id))


def attachment(id: str) -> dict[str, str]:
    """The headers of a file that is saved and never shown or kept by caches."""
    return {"Content-Disposition": f'attachment; filename="shiming-{id[:8]}.zip"', "Cache-Control": "no-store"}


def _stays(rows: Iterable[erasure.Stay]) -> list[s.Stay]:
    return [
        s.Stay(
            artefact=row.artefact,
            registration=row.reference,
            after=row.rule.after,
            days=row.rule.days,
            origin=row.rule.origin,
            until=row.until,
        )
        for row in rows
    ]


@router.get("/erasure", summary="What erasure would leave")
def erasure_outlook(holder: Holder, house: HouseWorkspace) -> s.Outlook:
    """Nothing is changed."""
    with house.read() as work:
        return s.Outlook(stays=_stays(erasure.outlook(work, holder)))


@router.post("/erasure", status_code=201, response_model=s.Erased, summary="Erase what may be erased")
def erase(body: s.ErasureRequest, holder: Holder, house: HouseWorkspace) -> s.Erased:
    """At once, with proof. What must stay is named, with its rule, and erased later by itself."""
    with house.write() as work:
        done = erasure.request(work, holder)
    return s.Erased(erased=done.erased, stays=_stays(done.stays), account=done.account)


@router.post("/offers", status_code=201, response_model=s.OfferQueued, summary="Send an offer")
def queue_offer(body: s.OfferRequest, caller: AdminOrService, once: OnceOnly, address: PublicAddress) -> Response:
    """To everybody who agreed to offers, and nobody else."""

    def queue(work: Work) -> s.OfferQueued:
        queued = offers.queue(work, caller, body.model_dump(), stop_url=f"{address}/account/consents")
        return s.OfferQueued(id=queued.id, recipients=queued.recipients)

    return once.run(caller, body.model_dump(), queue)


@router.post("/lawful-requests", status_code=201, summary="Record a lawful request")
def ask_lawful(body: s.LawfulRequest, officer: Officer, house: HouseWorkspace) -> s.LawfulRecorded:
    """Recorded before anything is looked up. Each call is a request of its own, so it takes no idempotency key."""
    if body.moment.tzinfo is None:
        raise Problem("INVALID_FORM", fields={"moment": "INVALID_FORM"})
    return s.LawfulRecorded(id=lawful.ask(house, officer, **body.model_dump()))


@router.get("/lawful-requests", summary="Who asked")
def list_lawful(officer: Officer, house: HouseWorkspace) -> s.LawfulList:
    """The newest first. The look is recorded."""
    rows = lawful.requests(house, officer)
    return s.LawfulList(
        requests=[
            s.LawfulEntry(
                id=row.id,
                reference=row.reference,
                officer=name,
                authority=asked.authority,
                basis=asked.basis,
                case_number=asked.case_number,
                number_kind=row.number_kind,
                moment=row.moment,
                at=row.at,
            )
            for row, asked, name in rows
        ]
    )


@router.get("/lawful-requests/{id}/answer", summary="Who held the number")
def answer_lawful(id: Id, officer: Officer, house: HouseWorkspace) -> s.LawfulAnswer:
    """For the officer who asked. That it was opened is recorded before it is worked out; it carries a watermark."""
    return lawful_answer(lawful.answer(house, officer, id))


def lawful_answer(found: lawful.Answer) -> s.LawfulAnswer:
    """The answer as it is given out."""
    mark = found.watermark
    return s.LawfulAnswer(
        watermark=s.Watermark(officer=mark.officer, request=mark.request, at=mark.at, text=mark.text),
        authority=found.asked.authority,
        basis=found.asked.basis,
        case_number=found.asked.case_number,
        number_kind=found.request.number_kind,
        number=found.asked.number,
        moment=found.request.moment,
        holders=[
            s.HolderThen(
                card_number=row.card_number,
                role=row.role,
                since=row.since,
                until=row.until,
                registration=row.registration,
                details=row.details,
                documents=[
                    s.DocumentThen(type=d.type, country=d.country, fields=dict(d.fields)) for d in row.documents
                ],
                erased_at=row.erased_at,
            )
            for row in found.holders
        ],
    )
