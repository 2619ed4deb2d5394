"""Puts the pages, the reviewer's pages and the interface together into one application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from shiming.registration.problems import Problem
from shiming.web.admin.router import router as admin
from shiming.web.agent.router import router as agent
from shiming.web.api.openapi import describe
from shiming.web.api.problems import http_response, problem_response
from shiming.web.api.router import router as api
from shiming.web.assets import DIST, PREFIX
from shiming.web.clerk.router import router as clerk
from shiming.web.errors import broken_page, problem_page, prove_page, sign_in_page
from shiming.web.holder.router import router as holder
from shiming.web.middleware import BodyLimit, Headers
from shiming.web.officer.router import router as officer
from shiming.web.reviewer.router import router as reviewer
from shiming.web.theme import check as check_theme
from shiming.web.theme import router as theme

if TYPE_CHECKING:
    from shiming.pipeline.house import House

_YEAR = 31_536_000


class _Built(StaticFiles):
    """Files whose names carry their hash: kept for ever. The others are asked for again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if path.endswith((".json", ".txt")):
            response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(house: House) -> FastAPI:
    """The application of one installation. ``house`` is open; its engine is started and stopped by who serves.

    Raises ``ThemeError`` for a look that people could not read.
    """
    app = FastAPI(title="Shiming", version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None)
    app.state.house = house
    check_theme(house.settings.theme)
    describe(app)
    DIST.mkdir(parents=True, exist_ok=True)
    app.mount(PREFIX.rstrip("/"), _Built(directory=DIST), name="static")
    app.include_router(api)
    for console in (reviewer, clerk, agent, officer, admin):
        app.include_router(console, include_in_schema=False)
    app.include_router(theme, include_in_schema=False)
    app.include_router(holder, include_in_schema=False)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(BodyLimit)
    app.add_middleware(Headers, https=house.settings.address.startswith("https://"))
    return app


def _is_call(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    if _is_call(request):
        return problem_response(request, error)
    if error.code == "SIGN_IN_REQUIRED":
        return sign_in_page(request)
    if error.code == "PROOF_REQUIRED":
        return prove_page(request)
    return problem_page(request, error)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if _is_call(request):
        return http_response(request, error)
    code = {404: "NOT_FOUND", 413: "TOO_LARGE"}.get(error.status_code, "INVALID_FORM")
    return problem_page(request, Problem(code), status=error.status_code)


def _invalid(request: Request, error: Exception) -> Response:
    return _problem(request, Problem("INVALID_FORM"))


def _broken(request: Request, error: Exception) -> Response:
    # The error itself goes on to the log; here only the answer is made.
    return problem_response(request, Problem("BROKEN")) if _is_call(request) else broken_page(request)
