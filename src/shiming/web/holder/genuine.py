"""Is this message ours? How to know it, and the page that verifies its mark (row D7)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.notices import marks
from shiming.registration.problems import Problem
from shiming.web import care, deps, rates
from shiming.web.deps import Form, house
from shiming.web.pages import come_back, page

router = APIRouter(prefix="/messages")


def _page(
    request: Request, *, mark: str = "", found: marks.Genuine | None = None, problem: Problem | None = None
) -> Response:
    response = page(
        request,
        "holder/messages.html",
        problem.status if problem else 200,
        address=house(request).settings.address,
        mark=mark,
        found=found,
        asked=bool(mark) and problem is None,
        channels=care.CHANNELS,
        faults={"mark": " ".join(rates.refusal_texts(problem, deps.texts(request)))} if problem else {},
    )
    return come_back(response, problem)


@router.get("")
def show(request: Request) -> Response:
    """How to tell a genuine message, and where to enter its mark."""
    return _page(request)


@router.post("")
def verify(request: Request, form: Form) -> Response:
    """Says whether the mark belongs to a message of ours: the day, the way and the kind of thing, nothing personal."""
    mark = form.get("mark")
    if not mark:
        return _page(request)
    try:
        rates.spend_message(request)
    except Problem as problem:
        return _page(request, mark=mark, problem=problem)
    with house(request).workspace.read() as work:
        found = marks.check(work, mark)
    return _page(request, mark=mark, found=found)
