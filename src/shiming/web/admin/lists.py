"""Rosters and imports: sending a file, how far it is, what was wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.intake import imports, lists, rosters
from shiming.intake.lists import Sheet
from shiming.programmes.store import current, offered
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web import lists as list_views
from shiming.web.api.lists import staff_list
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(prefix="/admin", dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


TASKS = (
    Task("/admin/rosters", _("Rosters"), _("Who may have a member, campus or social-security card.")),
    Task("/admin/imports", _("Import holders and cards"), _("Take over cards in service from another system.")),
)
_WRONG = {
    "file": _("Choose a CSV file."),
    "source": _("Enter a short name of letters, digits and hyphens."),
    "programme": _("Choose a programme."),
}


def _programmes(request: Request) -> dict[str, str]:
    """The programmes on offer: name -> title."""
    with deps.house(request).workspace.read() as work:
        names = offered(work, demo=deps.house(request).settings.demo)
        return {name: current(work, name).title for name in names}


def _page(request: Request, actor: Actor, kind: str, form: deps.FormData, problem: Problem | None = None) -> Response:
    with deps.house(request).workspace.read() as work:
        sheets = lists.store.of_kind(work, kind)
    titles = _programmes(request)
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    return page(
        request,
        f"admin/{kind}s.html",
        problem.status if problem else 200,
        actor=actor,
        home="/admin",
        form=form,
        faults=faults,
        general=deps.texts(request).gettext(problem.text) if problem and not faults else "",
        programmes=titles,
        sheets=sheets,
        states=list_views.STATES,
    )


def _file(form: deps.FormData, programmes: dict[str, str]) -> bytes:
    """The file of a form. Raises ``Problem`` INVALID_FORM naming what is missing."""
    wrong = {} if form.files.get("file") else {"file": "INVALID_FORM"}
    if form.get("programme") not in programmes:
        wrong["programme"] = "INVALID_FORM"
    if wrong:
        raise Problem("INVALID_FORM", fields=wrong)
    return form.files["file"]


@router.get("/rosters")
def ask_roster(request: Request, actor: Member) -> Response:
    """What a roster is, sending one, and the newest ones."""
    return _page(request, actor, rosters.KIND, deps.FormData())


@router.post("/rosters")
def send_roster(request: Request, actor: Member, form: deps.Form) -> Response:
    """Takes in a roster."""
    try:
        data = _file(form, _programmes(request))
        with deps.house(request).workspace.write() as work:
            sheet = rosters.upload(work, actor, form.get("programme"), data, replace=form.on("replace"))
    except Problem as problem:
        return _page(request, actor, rosters.KIND, form, problem)
    return see(f"/admin/lists/{sheet.id}")


@router.get("/imports")
def ask_import(request: Request, actor: Member) -> Response:
    """What can be imported, sending a file, and the newest ones."""
    return _page(request, actor, imports.KIND, deps.FormData())


@router.post("/imports")
def send_import(request: Request, actor: Member, form: deps.Form) -> Response:
    """Takes in a file of cards in service with their holders."""
    try:
        data = _file(form, _programmes(request))
        with deps.house(request).workspace.write() as work:
            sheet = imports.upload(work, actor, form.get("programme"), form.get("source"), data)
    except Problem as problem:
        return _page(request, actor, imports.KIND, form, problem)
    return see(f"/admin/lists/{sheet.id}")


def _sheet(request: Request, list_id: str) -> Sheet:
    with deps.house(request).workspace.read() as work:
        return staff_list(work, list_id)


@router.get("/lists/{list_id}")
def progress(request: Request, actor: Member, list_id: str) -> Response:
    """How far a roster or an import is, and what was wrong by line."""
    shown = list_views.shown(request, _sheet(request, list_id))
    return page(request, "admin/list.html", actor=actor, home="/admin", shown=shown)


@router.get("/lists/{list_id}/errors")
def errors(request: Request, actor: Member, list_id: str) -> Response:
    """All errors as a file."""
    return list_views.errors_file(request, _sheet(request, list_id))
