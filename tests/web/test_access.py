"""Every role on every route: ``access.toml`` says who may, and nobody else gets in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from shiming.accounts import sessions
from shiming.registration import store
from tests.web.support import FIRST, PRINTED, Office, Person, picture, registration

TABLE: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("access.toml").read_text("utf-8"))
ACCESS = {route: who for part in TABLE.values() for route, who in part.items()}
ROLES = ("anonymous", "other", "clerk", "officer", "service", "reviewer", "owner")
"""The owner comes last, so that what only the owner may do is refused to all others first."""
GROUPS = {
    "all": set(ROLES),
    "none": set(),
    "signed-in": set(ROLES) - {"anonymous"},
    "holders": {"owner", "other"},
}
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/codes": {"contact": "+8613800138009"},
    "POST /v1/sessions": {"contact": "holder@example.org", "code": "000000"},
    "POST /v1/staff/sessions": {"username": "nobody", "password": "nothing"},
    "POST /v1/cards/codes": {"number": FIRST},
    "POST /v1/registrations": registration(secret="0000-0000"),
    "POST /v1/registrations/{id}/activation-code": {"code": "AAAAA-AAAAA"},
    "PUT /v1/registrations/{id}/form": {"document": "cn-resident-id", "fields": {"name": PRINTED["name"]}},
    "PUT /v1/registrations/{id}/consents/{kind}": {"given": True},
    "POST /v1/registrations/{id}/uploads": {
        "slot": "document-front",
        "capture_id": "capture-matrix",
        "size": 9,
        "media_type": "image/jpeg",
    },
    "POST /v1/review/cases/{id}/decisions": {"n": 1, "verdict": "approve"},
    "POST /v1/stock": {"csv": "number,kind,scheme,product,msisdn,secret\n"},
}


@dataclass
class Scene:
    """An installation with a registration in review, and everybody who might knock."""

    office: Office
    ids: Mapping[str, str]
    people: Mapping[str, tuple[str, str]]
    """Role -> kind and id of who it is."""
    key: str

    def client(self, role: str) -> TestClient:
        """A fresh browser of that role, with the token of a page of ours."""
        client = self.office.client()
        page = client.get("/")
        client.headers["X-CSRF-Token"] = page.text.split('data-csrf="', 1)[1].split('"', 1)[0]
        if role == "service":
            client.headers["X-API-Key"] = self.key
        elif role != "anonymous":
            kind, id = self.people[role]
            with self.office.workspace.write() as work:
                token = sessions.open(work, "account" if kind == "account" else "staff", id)
            client.cookies.set("shiming" if kind == "account" else "shiming_staff", token)
        return client


def scene(office: Office) -> Scene:
    """A registration in review with evidence, a decision and an upload."""
    owner, other = office.holder(), office.holder("other@example.org")
    staff = {role: office.member(role) for role in ("clerk", "reviewer", "officer")}
    service = office.service()
    id = office.begin(owner)
    upload = {"slot": "document-front", "capture_id": "capture-unfinished", "size": 99, "media_type": "image/jpeg"}
    upload_id = owner.ok("POST", f"/v1/registrations/{id}/uploads", json=upload)["id"]
    office.fill(owner, id)
    owner.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    with office.workspace.read() as work:
        evidence = store.evidence(work, id)[0].id
        decision = store.decisions(work, id)[0].id
        reference = store.get(work, id).reference

    def who(person: Person) -> str:
        return str(person.ok("GET", "/v1/sessions/current")["id"])

    people = {"owner": ("account", who(owner)), "other": ("account", who(other))}
    people |= {role: ("staff", who(person)) for role, person in staff.items()}
    ids = {"registration": id, "upload": upload_id, "evidence": evidence, "decision": decision, "reference": reference}
    return Scene(office, ids, people, service.headers["X-API-Key"])


def address(route: str, ids: Mapping[str, str]) -> str:
    """The route's path with what exists in place of its names."""
    path = route.split(" ", 1)[1]
    of = "upload" if "/uploads/" in path else "evidence" if "/evidence/{" in path else "decision"
    if "/registrations/" in path or "/cases/" in path:
        of = "registration"
    values = {
        "id": ids[of],
        "reference": ids["reference"],
        "evidence_id": ids["evidence"],
        "decision_id": ids["decision"],
        "doubt_id": ids["decision"],
        "slot": "document-front",
        "kind": "face",
        "code": "NOT_FOUND",
        "name": "front" if "/demo/" in path else "carrier-5g",
        "seed": "1",
    }
    return path.format_map(values)


def ask(client: TestClient, route: str, path: str) -> httpx2.Response:
    """Asks in the way of the route."""
    method = route.split(" ", 1)[0]
    if route == "POST /v1/registrations/{id}/evidence":
        data = {"slot": "document-front", "capture_id": "capture-matrix-2"}
        return client.post(path, data=data, files={"file": picture()})
    if method == "PATCH":
        return client.patch(path, content=b"", headers={"Upload-Offset": "0"})
    if path.startswith("/v1/"):
        return client.request(method, path, json=BODIES.get(route))
    return client.request(method, path, data={} if method == "POST" else None)


def let_in(answer: httpx2.Response, route: str, role: str) -> bool:
    """Whether the caller got past the door, whatever happened behind it."""
    if answer.status_code >= 500:
        raise AssertionError(f"{role} on {route}: {answer.status_code}")
    if answer.status_code in (301, 302, 303, 307):
        # Without a code that was asked for, the page for entering it leads back to asking for one.
        return "sign-in?next=" not in answer.headers["location"] or route.endswith(" /sign-in/code")
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.json()["code"] not in ("SIGN_IN_REQUIRED", "NOT_ALLOWED", "NOT_FOUND", "PAGE_TOO_OLD")
    return answer.status_code not in (401, 403, 404) or route == "POST /staff/sign-in"


def allowed(who: list[str]) -> set[str]:
    """The roles of a line of the table."""
    return set().union(*(GROUPS.get(name, {name}) for name in who))


def routes(office: Office) -> set[str]:
    """Every route of the application, as ``METHOD path``."""
    found = {
        f"{method} {context.path}"
        for context in iter_route_contexts(office.app.routes)
        for method in getattr(context, "methods", None) or ()
        if method not in ("HEAD", "OPTIONS")
    }
    return {route for route in found if "/static" not in route}


def test_every_route_is_in_the_table_and_every_line_is_a_route(office: Office) -> None:
    assert routes(office) == set(ACCESS)


def test_each_role_gets_in_where_the_table_says_and_nowhere_else(office: Office) -> None:
    here = scene(office)
    wrong = []
    for route, who in ACCESS.items():
        may = allowed(who)
        for role in ROLES:
            answer = ask(here.client(role), route, address(route, here.ids))
            if let_in(answer, route, role) != (role in may):
                wrong.append(f"{role} on {route}: {answer.status_code} {answer.headers.get('location', '')}")
    assert not wrong, "\n".join(wrong)
