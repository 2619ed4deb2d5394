"""Shops, authorised dealers and their clerks."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from shiming.intake import shopkeeping
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.deps import Form, FormData, house
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(prefix="/admin/shops")
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


TASK = Task(
    "/admin/shops",
    _("Shops and dealers"),
    _("Where customers are registered at a desk, until when a dealer is authorised, and which clerk serves where."),
)
_WRONG = {
    "name": _("Enter the name of the shop, at most 120 characters."),
    "kind": _("Say whether it is a shop of yours or an authorised dealer."),
    "last_day": _("Enter the last day of the authorisation as year, month, day: for example 2027-12-31."),
    "username": _("Enter the user name of somebody whose role is clerk."),
    "contact": _("Enter the clerk's own mobile number or e-mail address; no customer can be registered with it."),
}


def _page(request: Request, actor: Actor, form: FormData, problem: Problem | None = None, at: str = "") -> Response:
    with house(request).workspace.read() as work:
        known = shopkeeping.all_of(work, actor)
        now = work.now
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    values: dict[str, Any] = {"known": known, "now": now, "day_before": timedelta(seconds=1), "faults": faults}
    status = problem.status if problem else 200
    return page(request, "admin/shops.html", status, actor=actor, form=form, at=at, home="/admin", **values)


@router.get("")
def show(request: Request, actor: Member) -> Response:
    """Every shop with its clerks."""
    return _page(request, actor, FormData())


@router.post("")
def create(request: Request, actor: Member, form: Form) -> Response:
    """Adds a shop or a dealer."""
    try:
        with house(request).workspace.write() as work:
            zone = house(request).settings.issuer_zone
            kind, last = form.get("kind"), form.get("last_day")
            shopkeeping.create(work, actor, name=form.get("name"), kind=kind, last_day=last, zone=zone)
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _page(request, actor, form, problem)
    return see("/admin/shops")


@router.post("/{shop_id}")
def change(request: Request, actor: Member, shop_id: str, form: Form) -> Response:
    """Opens, closes, prolongs; assigns a clerk or ends their service."""
    try:
        with house(request).workspace.write() as work:
            if form.get("act") == "assign":
                shopkeeping.assign(work, actor, shop_id, form.get("username"), form.get("contact"))
            elif form.get("act") == "end":
                shopkeeping.end(work, actor, form.get("staff_id"))
            else:
                zone = house(request).settings.issuer_zone
                active, last = form.on("active"), form.get("last_day")
                shopkeeping.change(work, actor, shop_id, active=active, last_day=last, zone=zone)
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _page(request, actor, form, problem, at=shop_id)
    return see("/admin/shops")
