"""Whom the card is for; other ways on when the camera fails; the step that only a shop can do."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import persons
from shiming.web import deps
from shiming.web.clerk import qr
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.common import open_place, place
from shiming.web.pages import page

router = APIRouter(prefix="/r/{reference}")


def _(text: str) -> str:
    return text


@router.get("/person")
def ask(request: Request, reference: str, holder: Holder) -> Response:
    """Whom the card is for."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
    return page(request, "holder/person.html", place=found, persons=labels.PERSONS)


@router.post("/person")
def choose(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Keeps the choice; what it takes is asked for from now on."""
    with house(request).workspace.write() as work:
        found = open_place(work, holder, reference)
        persons.choose(work, holder, found.registration.id, form.get("person"))
        return place(work, holder, reference).go_on()


@router.get("/elsewhere")
def elsewhere(request: Request, reference: str, holder: Holder) -> Response:
    """Another phone, a picture from the device, a shop: nobody is stopped by a camera."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
    address = f"{house(request).settings.address}{found.base}"
    label = deps.texts(request).gettext(_("QR code of this registration's page"))
    drawn, in_shops = qr.svg(address, label), "shop" in found.rules.channels
    return page(request, "holder/elsewhere.html", place=found, address=address, qr=drawn, in_shops=in_shops)


@router.get("/in-shop")
def in_shop(request: Request, reference: str, holder: Holder) -> Response:
    """The step that the clerk does."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
    return page(request, "holder/in_shop.html", place=found)
