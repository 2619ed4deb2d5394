"""The description of ``/v1`` (OpenAPI 3.1)."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shiming.web.api.schemas import ProblemDetails

_ABOUT = """\
What the pages do, for programs. Refusals are `application/problem+json` (RFC 9457): go by `code`, which is stable.
`Idempotency-Key` on a POST makes a repeated request one request. Texts follow `Accept-Language` (`zh-CN`, `en`).
"""
_TAGS = [
    {"name": "general", "description": "Health, programmes, consent texts, codes."},
    {"name": "sessions", "description": "Signing in and out."},
    {"name": "registrations", "description": "From the card to the receipt."},
    {"name": "evidence", "description": "Pictures handed in, and what was found in them."},
    {"name": "policy", "description": "What registration needs in a country, and the facts it rests on."},
    {"name": "review", "description": "For reviewers."},
    {"name": "lists", "description": "Batches of a company's cards, rosters, imports."},
    {"name": "reverification", "description": "Holders of active cards are asked to prove who they are by a date."},
    {"name": "stock", "description": "For the issuer's officers and systems."},
]
_GENERATED = {
    "Body_accept_v1_registrations__id__evidence_post": "EvidenceForm",
    "Body_accept_v1_clerk_registrations__id__evidence_post": "DeskEvidenceForm",
}


def describe(app: FastAPI) -> None:
    """Has the application describe its interface by this module."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title="Shiming", version="1", openapi_version="3.1.0", description=_ABOUT, routes=app.routes, tags=_TAGS
    )
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = schema["components"]["schemas"]
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDetails"] = problem
    return _named(schema)


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    """Gives the framework's generated schemas of multipart forms names and words of ours."""
    text = json.dumps(schema)
    for generated, name in _GENERATED.items():
        text = text.replace(generated, name)
    named: dict[str, Any] = json.loads(text)
    for name in _GENERATED.values():
        about = {"title": name, "description": "A whole file with its slot and the capture's own id."}
        named["components"]["schemas"][name] |= about
    return named
