"""Offers on the administrator's pages: to those who agreed, and nobody else (row B10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.custody import offers
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.deps import Form, PublicAddress, house
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page

router = APIRouter(prefix="/admin/offers", dependencies=[Depends(deps.read_form)])
Admin = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


_FAULTS = {f"text_{name}": _("Write the offer in this language too.") for name in offers.LANGUAGES}


_BLANK = dict.fromkeys(offers.LANGUAGES, "")


@router.get("")
def ask(request: Request, actor: Admin) -> Response:
    """The text of an offer, in each language."""
    return page(request, "admin/offers.html", actor=actor, home="/admin", given=_BLANK, faults={}, queued=None)


@router.post("")
def send(request: Request, actor: Admin, form: Form, address: PublicAddress) -> Response:
    """Queues it to everybody who agreed."""
    texts = {name: form.get(f"text_{name}") for name in offers.LANGUAGES}
    try:
        with house(request).workspace.write() as work:
            queued = offers.queue(work, actor, texts, stop_url=f"{address}/account/consents")
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        faults = fault_texts(problem, deps.texts(request), _FAULTS)
        return page(
            request, "admin/offers.html", 422, actor=actor, home="/admin", given=texts, faults=faults, queued=None
        )
    return page(request, "admin/offers.html", actor=actor, home="/admin", given=_BLANK, faults={}, queued=queued)
