"""The description of ``/v1`` is whole, and the server keeps to it whatever it is sent (schemathesis)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shiming.platform.db import Database
from tests.web.support import Office

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 6
"""Requests made up for each operation and caller. Bounded: two cores, fifty operations."""


def description(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.client().get("/v1/openapi.json").json()
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Any]:
    """SQLite alone: the interface is the same on both, and the stores are tested on both."""
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "test.sqlite")
    db = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield db
    db.close()


def test_every_operation_says_what_it_is_and_how_it_refuses(office: Office) -> None:
    schema = description(office)
    assert schema["openapi"].startswith("3.1")
    for name, operation in operations(schema):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for status in ("401", "404", "422", "429"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], f"{name} {status}"


def test_every_schema_has_a_name_of_ours_and_every_reference_leads_somewhere(office: Office) -> None:
    schema = description(office)
    names = set(schema["components"]["schemas"])
    assert not [name for name in names if name.startswith("Body_") or "HTTPValidation" in name]
    assert set(re.findall(r"#/components/schemas/([A-Za-z_]+)", str(schema))) <= names
    undescribed = [name for name in names if not schema["components"]["schemas"][name].get("description")]
    assert undescribed == []


def test_everything_but_the_front_door_names_how_to_sign_in(office: Office) -> None:
    open_to_all = {name for name, operation in operations(description(office)) if not operation.get("security")}
    assert open_to_all == {
        "GET /v1/health",
        "GET /v1/programmes",
        "GET /v1/programmes/{name}",
        "GET /v1/programmes/{name}/help",
        "POST /v1/messages/check",
        "POST /v1/cards/look-up-codes",
        "POST /v1/cards/look-up",
        "POST /v1/recoveries/stop",
        "GET /v1/consents/{kind}",
        "GET /v1/policy/explain",
        "GET /v1/problems/{code}",
        "POST /v1/codes",
        "POST /v1/sessions",
        "POST /v1/staff/sessions",
    }


@pytest.mark.parametrize("role", ["anonymous", "holder", "reviewer", "service"])
def test_the_server_keeps_to_its_description(office: Office, role: str) -> None:
    headers = {
        "anonymous": lambda: {},
        "holder": lambda: office.holder().headers,
        "reviewer": lambda: office.member("reviewer").headers,
        "service": lambda: office.service().headers,
    }[role]()
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", office.app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == "/v1/sessions/current" and operation.method == "delete":
            continue

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def keeps(case: schemathesis.Case) -> None:
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS)

        given(case=operation.as_strategy())(keeps)()
        tried += 1
    assert tried > 35
