"""The home of the role ``officer``: its tasks, one a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.officer import lawful, policy, replay
from shiming.web.pages import page
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)])
router.include_router(policy.router)
router.include_router(replay.router)
Member = Annotated[Actor, Depends(deps.staff_with(Role.OFFICER))]


def _(text: str) -> str:
    return text


TITLE = _("Compliance")
TASKS: tuple[Task, ...] = (
    policy.TASK,
    Task(
        "/officer/lawful-requests", _("Lawful requests"), _("Who held this number at that time: record, then answer.")
    ),
)
"""Each part of the console adds its own."""

router.include_router(lawful.router)


@router.get("/officer")
def home(request: Request, actor: Member) -> Response:
    """What there is to do."""
    return page(request, "staff/home.html", actor=actor, title=TITLE, home="/officer", tasks=TASKS)
