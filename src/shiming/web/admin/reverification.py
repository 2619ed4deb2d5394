"""Re-verification: whom to ask, why and by when; a count before anybody is asked; how far each order is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.intake import reverification
from shiming.intake.reverification import Rule, store
from shiming.programmes.store import current, offered
from shiming.registration.documents import document_kinds, offered_kinds
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(prefix="/admin/reverification", dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


TASKS = (
    Task(
        "/admin/reverification",
        _("Re-verification"),
        _("Ask holders of active cards to prove who they are by a date."),
    ),
)
REASONS = {
    "rule": _("A check from time to time"),
    "list": _("These cards, for a reason of ours"),
    "expired-document": _("Their document has expired"),
    "event": _("Something happened to the number or the card"),
    "lawful": _("An authority asks for it"),
}
STATES = {
    "asked": _("asked"),
    "restricted": _("services barred"),
    "suspended": _("suspended"),
    "lifting": _("being lifted"),
    "done": _("done"),
    "dropped": _("no longer needed"),
}
_WRONG = {
    "programme": _("Say whom you mean: choose at least one thing."),
    "opened_before": _("Write the date as 2026-01-31."),
    "working_days": _("Enter a number of working days, from 1 to 250."),
    "suspend_working_days": _("Enter a number of working days, from 1 to 250, or nothing."),
    "numbers": _("Choose the programme of these cards; at most 1,000 numbers at once."),
}


def _page(
    request: Request, actor: Actor, form: deps.FormData, problem: Problem | None = None, count: int | None = None
) -> Response:
    with deps.house(request).workspace.read() as work:
        names = offered(work, demo=deps.house(request).settings.demo)
        titles = {name: current(work, name).title for name in names}
        orders = [(row, store.figures(work, row.id)) for row in store.orders(work)]
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    return page(
        request,
        "admin/reverification.html",
        problem.status if problem else 200,
        actor=actor,
        home="/admin",
        form=form,
        faults=faults,
        general=deps.texts(request).gettext(problem.text) if problem and not faults else "",
        count=count,
        programmes=titles,
        documents={name: document_kinds()[name].title for name in offered_kinds()},
        orders=orders,
        reasons=REASONS,
        states=STATES,
    )


def _rule(form: deps.FormData) -> Rule:
    try:
        day = date.fromisoformat(form.get("opened_before")) if form.get("opened_before") else None
    except ValueError:
        raise Problem("INVALID_FORM", fields={"opened_before": "INVALID_FORM"}) from None
    return Rule(
        form.get("programme"),
        day,
        form.get("document"),
        form.on("expired"),
        form.on("imported"),
        tuple(form.get("numbers").split()),
    )


def _days(form: deps.FormData, name: str) -> int | None:
    text = form.get(name)
    if text and not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Problem("INVALID_FORM", fields={name: "INVALID_FORM"})
    return int(text) if text else None


@router.get("")
def overview(request: Request, actor: Member) -> Response:
    """Whom to ask, and the orders so far."""
    return _page(request, actor, deps.FormData({"working_days": "10"}))


@router.post("")
def demand(request: Request, actor: Member, form: deps.Form) -> Response:
    """Counts whom a rule means, or asks them."""
    try:
        rule = _rule(form)
        if not form.on("ask"):
            with deps.house(request).workspace.read() as work:
                return _page(request, actor, form, count=reverification.count(work, actor, rule))
        days, later = _days(form, "working_days"), _days(form, "suspend_working_days")
        with deps.house(request).workspace.write() as work:
            reverification.demand(
                work,
                actor,
                rule,
                reason=form.get("reason"),
                working_days=days or 0,
                suspend_working_days=later,
                standing=form.on("standing"),
            )
    except Problem as problem:
        return _page(request, actor, form, problem)
    return see("/admin/reverification")
