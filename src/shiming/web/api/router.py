"""All of ``/v1`` in one router."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from shiming.web.api import (
    accounts,
    cards,
    care,
    clerk,
    custody,
    duplicates,
    evidence,
    general,
    links,
    lists,
    liveness,
    policy,
    registrations,
    reverification,
    review,
    sessions,
    stock,
)
from shiming.web.api.problems import MEDIA_TYPE, ProblemRoute

_REFUSAL = {"$ref": "#/components/schemas/ProblemDetails"}


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _REFUSAL}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body could not be parsed."),
    401: _refusal("Sign in first."),
    403: _refusal("Not for this caller, or a consent or code is needed first."),
    404: _refusal("There is no such thing for this caller."),
    409: _refusal("The state does not allow it now."),
    410: _refusal("It was erased."),
    413: _refusal("Too much was sent."),
    422: _refusal("Something in the request is not right; `fields` names what."),
    429: _refusal("Too many tries; `Retry-After` says when to come back."),
}
"""What every route may answer instead; all are problem+json."""

router = APIRouter(prefix="/v1", route_class=ProblemRoute, responses=REFUSALS)
for room in (
    general,
    sessions,
    accounts,
    registrations,
    evidence,
    liveness,
    cards,
    care,
    custody,
    clerk,
    review,
    links,
    duplicates,
    stock,
    lists,
    reverification,
    policy,
):
    router.include_router(room.router)
