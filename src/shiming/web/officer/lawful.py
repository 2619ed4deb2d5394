"""Lawful requests on the officer's pages (row E7): recorded first, answered afterwards, with a watermark."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from shiming.custody import lawful
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.api.custody import lawful_answer
from shiming.web.deps import Form, house
from shiming.web.holder import labels
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see

router = APIRouter(prefix="/officer/lawful-requests", dependencies=[Depends(deps.read_form)])
Officer = Annotated[Actor, Depends(deps.staff_with(Role.OFFICER))]


def _(text: str) -> str:
    return text


KINDS = {"msisdn": _("Phone number"), "card": _("Number of the card")}
_FAULTS = {
    "authority": _("Name the authority that asks."),
    "basis": _("Name the legal basis. Without one there is no answer."),
    "case_number": _("Enter the authority's own number."),
    "number": _("Enter a phone number with its country, or the card's number."),
    "moment": _("Enter a date and time that has passed."),
}


@router.get("")
def requests(request: Request, actor: Officer) -> Response:
    """Who asked what, the newest first. The look is recorded."""
    rows = lawful.requests(house(request).workspace, actor)
    return page(request, "officer/lawful.html", actor=actor, home="/officer", rows=rows, kinds=KINDS)


@router.get("/new")
def new(request: Request, actor: Officer) -> Response:
    """The form of a request."""
    return _form(request, actor)


def _form(
    request: Request, actor: Actor, given: deps.FormData | None = None, problem: Problem | None = None
) -> Response:
    return page(
        request,
        "officer/lawful_new.html",
        problem.status if problem else 200,
        actor=actor,
        home="/officer",
        given=given or deps.FormData(),
        faults=fault_texts(problem, deps.texts(request), _FAULTS) if problem else {},
        kinds=KINDS,
    )


@router.post("/new")
def ask(request: Request, actor: Officer, form: Form) -> Response:
    """Records the request, and only then leads on to its answer."""
    try:
        request_id = lawful.ask(
            house(request).workspace,
            actor,
            authority=form.get("authority"),
            basis=form.get("basis"),
            case_number=form.get("case_number"),
            number_kind=form.get("number_kind"),
            number=form.get("number"),
            moment=_moment(form.get("moment"), house(request).settings.issuer_zone),
        )
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _form(request, actor, form, problem)
    return see(f"/officer/lawful-requests/{request_id}")


def _moment(text: str, zone: str) -> datetime:
    """A local date and time of the issuer's zone, as the browser's field writes it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Problem("INVALID_FORM", fields={"moment": "INVALID_FORM"}) from None


@router.get("/{request_id}")
def answer(request: Request, request_id: str, actor: Officer) -> Response:
    """The answer, for the officer who asked; each time it is opened is recorded first."""
    found = lawful.answer(house(request).workspace, actor, request_id)
    return page(
        request, "officer/lawful_answer.html", actor=actor, home="/officer", answer=found, kinds=KINDS, labels=labels
    )


@router.get("/{request_id}/answer.json")
def download(request: Request, request_id: str, actor: Officer) -> Response:
    """The same as a file, with its watermark inside."""
    found = lawful_answer(lawful.answer(house(request).workspace, actor, request_id))
    name = f'attachment; filename="{found.watermark.request}.json"'
    body = json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1)
    return Response(body, media_type="application/json", headers={"Content-Disposition": name})
