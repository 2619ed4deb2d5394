"""The home of the role ``admin``: its tasks, one a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.admin import cards, lists, members, offers, programmes, reverification, shops
from shiming.web.pages import page
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)])
router.include_router(programmes.router)
router.include_router(cards.router)
router.include_router(shops.router)
router.include_router(members.router)
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


TITLE = _("Administration")
TASKS: tuple[Task, ...] = (
    programmes.TASK,
    cards.TASK,
    shops.TASK,
    members.TASK,
    *lists.TASKS,
    *reverification.TASKS,
    Task("/admin/offers", _("Offers"), _("To everybody who agreed to offers, and nobody else.")),
)
"""Each part of the console adds its own."""

router.include_router(offers.router)


@router.get("/admin")
def home(request: Request, actor: Member) -> Response:
    """What there is to do."""
    return page(request, "staff/home.html", actor=actor, title=TITLE, home="/admin", tasks=TASKS)


router.include_router(lists.router)
router.include_router(reverification.router)
