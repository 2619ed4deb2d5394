"""Proving again who holds a card, when the issuer asks for it (row F10)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import reverification
from shiming.web.deps import Form, Holder, house
from shiming.web.holder.common import place_of
from shiming.web.pages import page, see

router = APIRouter(prefix="/reverify")


@router.get("")
def overview(request: Request, holder: Holder) -> Response:
    """What is asked, by when, why, and what happens otherwise."""
    with house(request).workspace.read() as work:
        rows = reverification.mine(work, holder)
    return page(request, "holder/reverify.html", rows=rows)


@router.post("/{demand_id}")
def start(request: Request, demand_id: str, form: Form, holder: Holder) -> Response:
    """Begins the proof; one that is open is found again."""
    with house(request).workspace.write() as work:
        begun = place_of(work, reverification.start(work, holder, demand_id))
    return see(begun.next_address)
