"""Refusals as ``application/problem+json`` (RFC 9457), with stable codes and texts in the asker's language."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shiming.platform.i18n import Translator, negotiate, translator
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.web.rates import TooMany

MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {404: "NOT_FOUND", 401: "SIGN_IN_REQUIRED", 403: "NOT_ALLOWED", 413: "UPLOAD_SIZE", 409: "CONFLICT"}


def language(request: Request) -> str:
    """The language to answer in, from ``Accept-Language``."""
    return negotiate(request.headers.get("accept-language"), None)


def texts(request: Request) -> Translator:
    """The translator for this request."""
    return translator(language(request))


def _body(request: Request, code: str, status: int, text: str, hint: str) -> dict[str, Any]:
    say = texts(request)
    return {
        "type": f"/v1/problems/{code}",
        "title": say.gettext(text),
        "status": status,
        "detail": say.gettext(text),
        "code": code,
        "hint": say.gettext(hint),
        "instance": request.url.path,
    }


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=kept)


def _field_text(request: Request, code: str) -> str:
    reason = catalogue().get(code)
    return texts(request).gettext(reason.text if reason else Problem(code).text)


def problem_response(request: Request, problem: Problem) -> Response:
    """A refusal as problem+json."""
    body = _body(request, problem.code, problem.status, problem.text, problem.hint)
    if problem.item is not None:
        body["item"] = problem.item
    if problem.fields:
        body["fields"] = [
            {"field": name, "code": code, "text": _field_text(request, code)} for name, code in problem.fields.items()
        ]
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(problem.retry_after)
    return _answer(body, headers)


def validation_response(request: Request, error: RequestValidationError) -> Response:
    """A request that does not fit the description, field by field. What was sent is never repeated."""
    problem = Problem("INVALID_FORM")
    body = _body(request, problem.code, problem.status, problem.text, problem.hint)
    body["fields"] = [
        {"field": ".".join(str(part) for part in row["loc"]), "code": "INVALID_FORM", "text": row["msg"]}
        for row in error.errors()
    ]
    return _answer(body)


def http_response(request: Request, error: HTTPException) -> Response:
    """What the framework itself refuses (no such path, no such method, a body that cannot be parsed)."""
    problem = Problem(_BY_STATUS.get(error.status_code, "INVALID_FORM"))
    body = _body(request, problem.code, error.status_code, problem.text, problem.hint)
    return _answer(body, dict(error.headers or {}))


class ProblemRoute(APIRoute):
    """A route whose refusals are problem+json whatever the application around it does with errors."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wraps the usual handler."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await handler(request)
            except Problem as problem:
                return problem_response(request, problem)
            except RequestValidationError as error:
                return validation_response(request, error)
            except HTTPException as error:
                return http_response(request, error)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return guarded
