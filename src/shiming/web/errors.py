"""Refusals as pages that say what happened and how to go on."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request, Response

from shiming.registration.problems import Problem
from shiming.web.deps import texts
from shiming.web.pages import come_back, page, see
from shiming.web.rates import refusal_texts
from shiming.web.staff import STAFF_PATHS, home_of


def problem_page(request: Request, problem: Problem, *, status: int | None = None) -> Response:
    """The page for a refusal. It names what was wrong, what to do, and leads on."""
    way_on = home_of(request.url.path) if request.url.path.startswith(STAFF_PATHS) else "/account"
    text, hint = refusal_texts(problem, texts(request))
    values = {"problem": problem, "text": text, "hint": hint, "way_on": way_on}
    return come_back(page(request, "error.html", status or problem.status, **values), problem)


def sign_in_page(request: Request) -> Response:
    """Leads to the sign-in of holders or of staff, and back here afterwards."""
    sign_in = "/staff/sign-in" if request.url.path.startswith(STAFF_PATHS) else "/sign-in"
    here = request.url.path if request.method == "GET" else "/account"
    return see(f"{sign_in}?next={quote(here)}")


def prove_page(request: Request) -> Response:
    """Leads a holder who showed one code only to the ways of showing more, and back here afterwards."""
    here = request.url.path if request.method == "GET" else "/account"
    return see(f"/account/prove?next={quote(here)}")


def broken_page(request: Request) -> Response:
    """The page for a fault of ours. Nothing of the fault itself is shown."""
    return page(request, "broken.html", 500)
