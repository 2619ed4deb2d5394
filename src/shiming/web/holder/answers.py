"""Help: answers to what people ask, by programme, each with a way to a person (rows E6, F8)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.platform.limits import limit
from shiming.programmes import help as answers
from shiming.programmes.store import current, offers
from shiming.registration.problems import Problem
from shiming.web.deps import house
from shiming.web.pages import page

router = APIRouter(prefix="/help")


def _titles(work: Work, *, demo: bool) -> dict[str, str]:
    """The programmes people may choose, with their titles."""
    return {rules.programme: rules.title for rules in offers(work, demo=demo)}


@router.get("")
def show(request: Request) -> Response:
    """Every answer, and how to reach a person."""
    with house(request).workspace.read() as work:
        titles = _titles(work, demo=house(request).settings.demo)
    return _page(request, tuple(answers.answers().values()), titles)


@router.get("/{programme}")
def show_for(request: Request, programme: str) -> Response:
    """The answers that matter for one kind of card."""
    with house(request).workspace.read() as work:
        titles = _titles(work, demo=house(request).settings.demo)
        if programme not in titles:
            raise Problem("NOT_FOUND")
        rules = current(work, programme)
    found = answers.chosen(rules.help) or tuple(answers.answers().values())
    return _page(request, found, titles, programme)


def _page(
    request: Request, found: tuple[answers.Answer, ...], titles: dict[str, str], programme: str | None = None
) -> Response:
    return page(
        request,
        "holder/help.html",
        contact=house(request).settings.help_contact,
        answers=found,
        titles=titles,
        programme=programme,
        days=int(limit("shiming.review", "inbox.question_days")),
    )
