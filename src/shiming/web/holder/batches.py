"""Many cards of a company at once (row D1): the list, the company, and the person who answers for it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import batches, consents
from shiming.platform.ids import normalise_reference
from shiming.programmes.store import current, offered
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor
from shiming.web import deps, lists, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder.common import fault_texts, place_of
from shiming.web.holder.views import shown_state
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/batches")


def _(text: str) -> str:
    return text


_WRONG = {
    "name": _("Enter the responsible person's name as it is printed on their identity document."),
    "company_name": _("Enter the company's name as it is registered."),
    "company_number": _("Enter the company's registration number."),
    "terms": _("Please read the terms and agree to them; nothing can go on without."),
    "privacy": _("Please read what happens with your data and agree; nothing can go on without."),
    "file": _("Choose a CSV file."),
}


def _form_page(request: Request, holder: Actor, form: FormData, problem: Problem | None = None) -> Response:
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    with house(request).workspace.read() as work:
        names = batches.offered(work, offered(work, demo=house(request).settings.demo))
        found = batches.of_account(work, holder)
        titles = {name: current(work, name).title for name in names}
    response = page(
        request,
        "holder/batches.html",
        problem.status if problem else 200,
        form=form,
        faults=faults,
        general=" ".join(rates.refusal_texts(problem, deps.texts(request))) if problem and not faults else "",
        batches=found,
        programmes=titles,
        terms=consents.text("terms"),
        privacy=consents.text("privacy"),
    )
    return come_back(response, problem)


@router.get("")
def overview(request: Request, holder: Holder, programme: str = "") -> Response:
    """The batches of the account, and beginning a new one."""
    return _form_page(request, holder, FormData({"programme": programme}))


@router.post("")
def begin(request: Request, form: Form, holder: Holder) -> Response:
    """Takes in a list and starts the registration of the responsible person."""
    try:
        missing = {kind: "INVALID_FORM" for kind in ("terms", "privacy") if not form.on(kind)}
        if not form.files.get("file"):
            missing["file"] = "INVALID_FORM"
        if missing:
            raise Problem("INVALID_FORM", fields=missing)
        rates.spend_claim(request, holder.id)
        with house(request).workspace.write() as work:
            registration = batches.begin(
                work,
                holder,
                programme=form.get("programme"),
                data=form.files["file"],
                delivery_code=form.get("delivery_code"),
                person={"name": form.get("name"), "address": form.get("address")},
                company={name: form.get(name) for name in batches.COMPANY},
                language=deps.language(request),
            )
    except Problem as problem:
        return _form_page(request, holder, form, problem)
    return see(f"/batches/{registration.reference}")


def _id(request: Request, reference: str) -> str:
    with house(request).workspace.read() as work:
        return store.by_reference(work, normalise_reference(reference)).id


@router.get("/{batch}")
def progress(request: Request, batch: str, holder: Holder) -> Response:
    """How far the lists and the cards are, what is wrong with lines, and the way on to proving who one is."""
    return _progress(request, batch, holder)


def _progress(request: Request, batch: str, holder: Actor, problem: Problem | None = None) -> Response:
    registration_id = _id(request, batch)
    with house(request).workspace.read() as work:
        found = batches.get(work, holder, registration_id)
        where = place_of(work, found.registration)
        told = shown_state(found.registration, store.decisions(work, registration_id), work.now)
    sheets = [lists.shown(request, sheet) for sheet in found.sheets]
    return page(
        request,
        "holder/batch.html",
        problem.status if problem else 200,
        batch=found,
        sheets=sheets,
        place=where,
        told=told,
        faults=fault_texts(problem, deps.texts(request), _WRONG) if problem else {},
        moving=any(sheet.moving for sheet in sheets),
    )


@router.post("/{batch}/lists")
def add_list(request: Request, batch: str, form: Form, holder: Holder) -> Response:
    """One more list, such as one with the corrected lines."""
    try:
        if not form.files.get("file"):
            raise Problem("INVALID_FORM", fields={"file": "INVALID_FORM"})
        with house(request).workspace.write() as work:
            registration = store.by_reference(work, normalise_reference(batch))
            batches.add_list(work, holder, registration.id, form.files["file"], form.get("delivery_code"))
    except Problem as problem:
        if problem.item != "file" and "file" not in problem.fields:
            raise
        return _progress(request, batch, holder, problem)
    return see(f"/batches/{batch}")


@router.get("/{batch}/lists/{list_id}/errors")
def errors(request: Request, batch: str, list_id: str, holder: Holder) -> Response:
    """All errors of a list as a file."""
    registration_id = _id(request, batch)
    with house(request).workspace.read() as work:
        sheet = next((row for row in batches.get(work, holder, registration_id).sheets if row.id == list_id), None)
    if sheet is None:
        raise Problem("NOT_FOUND")
    return lists.errors_file(request, sheet)
