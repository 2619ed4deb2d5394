"""Programmes: those there are and whether people may choose them, each drawn; a draft checked, looked at and published."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from shiming import checks
from shiming.countries import policy
from shiming.programmes import ProgrammeError, journey, names, read_programme, resolving, source
from shiming.programmes import store as programmes
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role, Rules
from shiming.web import deps
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)], prefix="/admin/programmes")
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]
_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}")


def _(text: str) -> str:
    return text


TASK = Task(
    "/admin/programmes", _("Programmes"), _("What each kind of card asks for; publish a new one or a new version.")
)


@router.get("")
def listing(request: Request, actor: Member) -> Response:
    """Every programme with its version, and whether people may choose it."""
    with deps.house(request).workspace.read() as work:
        chosen = set(programmes.offered(work, demo=True))
        rows = [(programmes.current(work, name), name in chosen) for name in programmes.known(work)]
    return page(request, "admin/programmes.html", actor=actor, home="/admin", rows=rows)


@router.get("/draft")
def draft(request: Request, actor: Member, programme: str = "") -> Response:
    """An empty draft, or one that starts from what a programme is now."""
    text = source(programme) if programme in names() else ""
    return _draft_page(request, actor, programme, text, ())


def _draft_page(request: Request, actor: Actor, name: str, text: str, faults: object, **more: object) -> Response:
    values = {"name": name, "text": text, "faults_found": faults, "drawing": None, "name_wrong": False, **more}
    status = 422 if faults or values["name_wrong"] else 200
    return page(request, "admin/programme_draft.html", status, actor=actor, home="/admin", **values)


@router.post("/draft")
def check_draft(request: Request, actor: Member, form: deps.Form) -> Response:
    """Tells every mistake; without one draws the journey, and publishes it when that is asked."""
    name = form.get("name")
    text = form.files.get("file", b"").decode("utf-8", "replace") or form.get("text")
    if not _NAME.fullmatch(name):
        return _draft_page(request, actor, name, text, (), name_wrong=True)
    found = checks.faults_of(name, text)
    if found:
        return _draft_page(request, actor, name, text, found)
    if form.get("act") != "publish":
        return _draft_page(request, actor, name, text, (), drawing=_drawn(request, _draft_rules(name, text)))
    with deps.house(request).workspace.write() as work:
        try:
            programmes.publish(work, actor, name, read_programme(name, text), immediate=form.on("immediate"), text=text)
        except ProgrammeError as error:
            return _draft_page(request, actor, name, text, error.faults)
    return see(f"/admin/programmes/{name}")


def _draft_rules(name: str, text: str) -> Rules:
    programme = read_programme(name, text)
    return resolving.rules(name, programme, policy(programme.country))


def _drawn(request: Request, rules: Rules) -> Markup:
    # The drawing escapes every text that comes from the programme.
    return Markup(journey.as_svg(rules, deps.texts(request).gettext))  # noqa: S704


@router.get("/{programme}")
def show(request: Request, programme: str, actor: Member) -> Response:
    """One programme: its journey drawn, its versions."""
    with deps.house(request).workspace.read() as work:
        rules = programmes.current(work, programme)
        versions = programmes.versions(work, programme)
        offered = programme in programmes.offered(work, demo=True)
    return page(
        request,
        "admin/programme.html",
        actor=actor,
        home="/admin",
        rules=rules,
        versions=versions,
        offered=offered,
        drawing=_drawn(request, rules),
        shipped=names(),
    )


@router.post("/{programme}/offer")
def offer(request: Request, programme: str, actor: Member, form: deps.Form) -> Response:
    """Lets people choose a programme, or no longer."""
    if form.get("offered") not in ("yes", "no"):
        raise Problem("INVALID_FORM")
    with deps.house(request).workspace.write() as work:
        programmes.offer(work, actor, programme, offered=form.get("offered") == "yes")
    return see(f"/admin/programmes/{programme}")
