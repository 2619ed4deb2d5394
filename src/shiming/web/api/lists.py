"""Long lists: a company's batches, the issuer's rosters and imports. A list is taken in the background; ask how far it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from shiming.audit.work import Work
from shiming.intake import batches, imports, lists, rosters
from shiming.registration.problems import Problem
from shiming.web import deps, rates
from shiming.web.api import lists_schemas as s
from shiming.web.api.identity import AdminOrService, Holder, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Language
from shiming.web.lists import errors_file

router = APIRouter(route_class=ProblemRoute, tags=["lists"])
_ID = r"^[0-9a-f-]{36}$"
BatchId = Annotated[str, Path(description="The batch's registration.", pattern=_ID)]
ListId = Annotated[str, Path(description="The list.", pattern=_ID)]
_CSV = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "line, column, code, error, cure"}
}


def _batch(found: batches.Batch) -> s.Batch:
    return s.Batch(
        registration_id=found.registration.id,
        reference=found.registration.reference,
        state=str(found.registration.state),
        lists=[s.List.of(sheet) for sheet in found.sheets],
        reserved=found.progress.reserved,
        opened=found.progress.opened,
        in_service=found.progress.in_service,
        released=found.progress.released,
    )


@router.post("/batches", status_code=201, response_model=s.Batch, summary="Register many cards of a company")
def begin(body: s.BatchRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """Starts the registration of the responsible person and takes in the list. The same list again is the batch it was."""
    if not (body.consents.terms and body.consents.privacy):
        raise Problem("CONSENT_REQUIRED", item="consents")
    rates.spend_claim(request, holder.id)

    def take_in(work: Work) -> s.Batch:
        registration = batches.begin(
            work,
            holder,
            programme=body.programme,
            data=body.csv.encode(),
            delivery_code=body.delivery_code,
            person={"name": body.name, "address": body.address},
            company={name: getattr(body, name) for name in batches.COMPANY},
            language=spoken,
        )
        return _batch(batches.of_registration(work, registration))

    return once.run(holder, body.model_dump(), take_in)


@router.get("/batches", summary="All batches of this account")
def list_batches(holder: Holder, house: HouseWorkspace) -> s.Batches:
    """Newest first."""
    with house.read() as work:
        return s.Batches(batches=[_batch(found) for found in batches.of_account(work, holder)])


@router.get("/batches/{batch_id}", summary="One batch")
def get_batch(batch_id: BatchId, holder: Holder, house: HouseWorkspace) -> s.Batch:
    """How far its lists and its cards are."""
    with house.read() as work:
        return _batch(batches.get(work, holder, batch_id))


@router.post("/batches/{batch_id}/lists", status_code=201, response_model=s.List, summary="One more list for a batch")
def add_list(batch_id: BatchId, body: s.MoreCards, holder: Holder, once: OnceOnly) -> Response:
    """Until the registration is decided. Cards that an earlier list took are counted as known."""

    def take_in(work: Work) -> s.List:
        return s.List.of(batches.add_list(work, holder, batch_id, body.csv.encode(), body.delivery_code))

    return once.run(holder, body.model_dump(), take_in)


@router.get(
    "/batches/{batch_id}/lists/{list_id}/errors",
    response_class=Response,
    responses=_CSV,  # type: ignore[arg-type]
    summary="What is wrong with the lines of a list",
)
def batch_errors(batch_id: BatchId, list_id: ListId, request: Request, holder: Holder) -> Response:
    """As CSV, in the asker's language."""
    with deps.house(request).workspace.read() as work:
        sheet = next((row for row in batches.get(work, holder, batch_id).sheets if row.id == list_id), None)
    if sheet is None:
        raise Problem("NOT_FOUND")
    return errors_file(request, sheet)


@router.post("/rosters/{programme}", status_code=201, response_model=s.List, summary="Upload a programme's roster")
def upload_roster(
    programme: Annotated[str, Path(max_length=64)], body: s.RosterRequest, actor: AdminOrService, once: OnceOnly
) -> Response:
    """A bad line is reported and stops no other."""

    def take_in(work: Work) -> s.List:
        return s.List.of(rosters.upload(work, actor, programme, body.csv.encode(), replace=body.replace))

    return once.run(actor, body.model_dump(), take_in)


@router.post("/imports", status_code=201, response_model=s.List, summary="Import cards in service with their holders")
def upload_import(body: s.ImportRequest, actor: AdminOrService, once: OnceOnly) -> Response:
    """The same key with the same content again changes nothing. A bad line is reported and stops no other."""

    def take_in(work: Work) -> s.List:
        return s.List.of(imports.upload(work, actor, body.programme, body.source, body.csv.encode()))

    return once.run(actor, body.model_dump(), take_in)


_OF_STAFF = ("roster", "import")


def staff_list(work: Work, list_id: str) -> lists.Sheet:
    """A roster or an import. Raises ``Problem`` NOT_FOUND for another kind of list."""
    sheet = lists.store.get(work, list_id)
    if sheet.kind not in _OF_STAFF:
        raise Problem("NOT_FOUND")
    return sheet


@router.get("/lists", summary="The newest rosters and imports")
def list_lists(actor: AdminOrService, house: HouseWorkspace) -> s.ListOfLists:
    """Newest first."""
    with house.read() as work:
        rows = [row for kind in _OF_STAFF for row in lists.store.of_kind(work, kind)]
    return s.ListOfLists(lists=[s.List.of(row) for row in sorted(rows, key=lambda row: row.id, reverse=True)])


@router.get("/lists/{list_id}", summary="How far a roster or an import is")
def get_list(list_id: ListId, actor: AdminOrService, house: HouseWorkspace) -> s.List:
    """Ask again while it is `taking`."""
    with house.read() as work:
        return s.List.of(staff_list(work, list_id))


@router.get(
    "/lists/{list_id}/errors",
    response_class=Response,
    responses=_CSV,  # type: ignore[arg-type]
    summary="What is wrong with the lines",
)
def list_errors(list_id: ListId, request: Request, actor: AdminOrService) -> Response:
    """As CSV, in the asker's language."""
    with deps.house(request).workspace.read() as work:
        sheet = staff_list(work, list_id)
    return errors_file(request, sheet)
