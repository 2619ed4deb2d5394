"""The home page, and the pages that need no account: your data, help, is this message genuine."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import consents
from shiming.intake.access import OPEN
from shiming.programmes import load, resolve
from shiming.registration import store
from shiming.web.deps import MaybeHolder, house
from shiming.web.holder import views
from shiming.web.holder.common import Place, place_of
from shiming.web.pages import page

router = APIRouter()
PROGRAMME = "carrier-5g"


@router.get("/")
def home(request: Request, holder: MaybeHolder) -> Response:
    """What to have ready, how long it takes, and going on with what was begun."""
    begun: list[Place] = []
    if holder is not None:
        with house(request).workspace.read() as work:
            for registration in store.for_account(work, holder.id):
                told = views.shown_state(registration, store.decisions(work, registration.id), work.now)
                if told in OPEN:
                    begun.append(place_of(work, registration))
    rules = resolve(PROGRAMME)
    return page(request, "holder/home.html", begun=begun, days=rules.promise_working_days, title=load(PROGRAMME).title)


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """The notice before anything is collected (F9)."""
    return page(request, "holder/privacy.html", privacy=consents.text("privacy"), face=consents.text("face"))


@router.get("/help")
def help_page(request: Request) -> Response:
    """How to reach a person, and what most often helps."""
    return page(request, "holder/help.html", contact=house(request).settings.help_contact)


@router.get("/messages")
def messages(request: Request) -> Response:
    """How to tell a genuine message (D7)."""
    return page(request, "holder/messages.html", address=house(request).settings.address)
