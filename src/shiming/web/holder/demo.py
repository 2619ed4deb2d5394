"""The demonstration's own pages: what to try, sample pictures, the text messages the stand-in kept. Only with ``--demo``."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from shiming.activation import store as lines
from shiming.notices import store as notices
from shiming.registration.problems import Problem
from shiming.web import demo
from shiming.web.deps import house
from shiming.web.holder import labels
from shiming.web.pages import page


def _only_demo(request: Request) -> None:
    if not house(request).settings.demo:
        raise Problem("NOT_FOUND")


router = APIRouter(prefix="/demo", dependencies=[Depends(_only_demo)])


@router.get("")
def show(request: Request) -> Response:
    """What to try: cards with their secrets, people with their pictures, the staff's logins, the stand-ins."""
    place = house(request)
    with place.workspace.read() as work:
        cards = demo.sample_cards(work)
        others = demo.cards_by_programme(work)
        orders = lines.lines(work)
    return page(
        request,
        "holder/demo.html",
        cards=cards,
        people=demo.people(place),
        logins=demo.logins(place),
        others=others,
        orders=orders,
        labels=labels,
    )


@router.get("/outbox")
def outbox(request: Request) -> Response:
    """The messages the stand-in gateway kept instead of sending them, newest first."""
    with house(request).workspace.read() as work:
        messages = notices.sink(work)
    return page(request, "holder/outbox.html", messages=messages)


@router.get("/pictures/{seed}/{name}.jpg")
def picture(request: Request, seed: int, name: str) -> Response:
    """A sample picture to download."""
    data = demo.picture(house(request), seed, name)
    if data is None:
        raise Problem("NOT_FOUND")
    headers = {"Content-Disposition": f'attachment; filename="sample-{seed}-{name}.jpg"'}
    return Response(data, media_type="image/jpeg", headers=headers)
