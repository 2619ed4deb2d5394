"""Persons on record who are one: linked and unlinked by a reviewer, so that caps count them together."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.platform.ids import normalise_reference
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.review import linking
from shiming.web import deps
from shiming.web.pages import page, see

router = APIRouter()
Reviewer = Annotated[Actor, Depends(deps.staff_with(Role.REVIEWER))]
_PAGE = "/review/persons"


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


_FAULTS = {
    "first": _("Give the reference of an approved registration."),
    "second": _("Give the reference of an approved registration of somebody else, who is not linked already."),
    "note": _("Say in a sentence why."),
}


@router.get(_PAGE)
def show(request: Request, actor: Reviewer) -> Response:
    """Links in force, and the form for another one."""
    return _show(request, actor)


def _show(
    request: Request, actor: Actor, values: deps.FormData | None = None, problem: Problem | None = None
) -> Response:
    say = deps.texts(request)
    faults = {field: say.gettext(_FAULTS[field]) for field in problem.fields} if problem else {}
    with deps.house(request).workspace.read() as work:
        links = linking.in_force(work, actor)
    return page(
        request,
        "reviewer/persons.html",
        422 if problem else 200,
        actor=actor,
        links=links,
        values=values or deps.FormData(),
        faults=faults,
    )


@router.post(_PAGE)
def link(request: Request, actor: Reviewer, form: deps.Form) -> Response:
    """Links the persons of two registrations."""
    try:
        with deps.house(request).workspace.write() as work:
            first, second = (normalise_reference(form.get(name)) for name in ("first", "second"))
            linking.link(work, actor, first, second, form.get("note"))
    except Problem as problem:
        if not problem.fields:
            raise
        return _show(request, actor, form, problem)
    return see(_PAGE)


@router.post(f"{_PAGE}/{{link_id}}/end")
def end(request: Request, actor: Reviewer, link_id: str, form: deps.Form) -> Response:
    """Ends a link."""
    with deps.house(request).workspace.write() as work:
        linking.unlink(work, actor, link_id, form.get("note"))
    return see(_PAGE)
