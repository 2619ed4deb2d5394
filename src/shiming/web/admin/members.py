"""Staff: who works here and as what; a new member, whose password is shown once; access taken away at once (row F3)."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.accounts import staff
from shiming.accounts.subjects import STAFF_ROLES
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.holder.labels import ROLES
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)], prefix="/admin/staff")
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]
_BYTES = 15
"""Twenty letters: 120 random bits."""


def _(text: str) -> str:
    return text


TASK = Task("/admin/staff", _("Staff"), _("Who works here and as what. Each role sees only its own work."))


@router.get("")
def listing(request: Request, actor: Member) -> Response:
    """Everybody, and the form for one more."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, fault: str = "", status: int = 200, **more: str) -> Response:
    with deps.house(request).workspace.read() as work:
        members = staff.all_of(work)
    values = {"username": "", "name": "", "role": STAFF_ROLES[0], "password": "", **more}
    return page(
        request,
        "admin/staff.html",
        status,
        actor=actor,
        home="/admin",
        members=members,
        roles=STAFF_ROLES,
        labels=ROLES,
        fault=fault,
        given=values,
    )


@router.post("")
def add(request: Request, actor: Member, form: deps.Form) -> Response:
    """Adds a member and shows the password, this once."""
    given = {"username": form.get("username"), "name": form.get("name"), "role": form.get("role")}
    if not given["username"] or given["role"] not in STAFF_ROLES:
        return _page(request, actor, "username", 422, **given)
    password = secrets.token_urlsafe(_BYTES)
    try:
        with deps.house(request).workspace.write() as work:
            name = given["name"] or given["username"]
            staff.create(work, actor, given["username"], password, given["role"], name)
    except ValueError:
        return _page(request, actor, "taken", 422, **given)
    return _page(request, actor, username=given["username"], password=password)


@router.post("/{member_id}/end")
def end(request: Request, member_id: str, actor: Member) -> Response:
    """Takes a member's access away at once. Nobody ends their own."""
    if member_id == actor.id:
        raise Problem("NOT_ALLOWED")
    with deps.house(request).workspace.write() as work:
        if staff.get(work, member_id) is None:
            raise Problem("NOT_FOUND")
        staff.deactivate(work, actor, member_id)
    return see("/admin/staff")
