"""The home of the role ``agent``: its tasks, one a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.agent import disputes, inbox
from shiming.web.pages import page
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.AGENT))]


def _(text: str) -> str:
    return text


TITLE = _("Help desk")
TASKS: tuple[Task, ...] = (
    Task("/agent/inbox", _("Inbox"), _("Questions, corrections, appeals and disputes, by due time.")),
    Task("/agent/disputes", _("Disputes"), _("Cards that people say are not theirs, by due time.")),
)
"""Each part of the console adds its own."""


router.include_router(inbox.router)

router.include_router(disputes.router)


@router.get("/agent")
def home(request: Request, actor: Member) -> Response:
    """What there is to do."""
    return page(request, "staff/home.html", actor=actor, title=TITLE, home="/agent", tasks=TASKS)
