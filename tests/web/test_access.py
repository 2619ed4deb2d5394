"""Every role on every route: ``access.toml`` says who may, and nobody else gets in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from shiming.accounts import contacts, devices, sessions
from shiming.custody import export, lawful
from shiming.custody.store import disputes
from shiming.intake import shopkeeping
from shiming.intake.reverification import store as demands
from shiming.registration import store
from shiming.registration.store import candidates, further_pictures
from shiming.registration.values import Actor, Alike, Lookalikes, Role
from tests.web.support import (
    FIRST,
    IOT_STOCK,
    PRINTED,
    SECOND,
    SECRET,
    Office,
    Person,
    company_batch,
    frame,
    listed,
    picture,
    registration,
)

TABLE: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("access.toml").read_text("utf-8"))
ACCESS = {route: who for part in TABLE.values() for route, who in part.items()}
ROLES = ("anonymous", "other", "stranger", "clerk", "agent", "officer", "admin", "service", "reviewer", "owner")
"""The owner comes last, so that what only the owner may do is refused to all others first. A stranger is a clerk of another
shop than the one whose customer is asked for."""
GROUPS = {
    "all": set(ROLES),
    "none": set(),
    "signed-in": set(ROLES) - {"anonymous"},
    "holders": {"owner", "other"},
    "clerks": {"clerk", "stranger"},
}
BODIES: dict[str, dict[str, Any]] = {
    "PUT /v1/registrations/{id}/person": {"person": "adult"},
    "POST /v1/clerk/registrations": {"programme": "sim", "card_number": FIRST, "secret": "0000-0000"},
    "POST /v1/clerk/take-in": {"reference": "K7QX-34MN-8C"},
    "POST /v1/clerk/take-in/code": {"reference": "K7QX-34MN-8C", "code": "000000"},
    "POST /v1/clerk/registrations/{id}/contact": {"contact": "customer@example.org"},
    "POST /v1/clerk/registrations/{id}/contact/code": {"code": "000000"},
    "POST /v1/clerk/registrations/{id}/signatures/{purpose}": {"typed_name": "Anna"},
    "PUT /v1/clerk/registrations/{id}/person": {"person": "adult"},
    "PUT /v1/clerk/registrations/{id}/form": {"document": "passport", "fields": {}},
    "POST /v1/clerk/registrations/{id}/attestation": {"version": "attestation-1"},
    "POST /v1/codes": {"contact": "+8613800138009"},
    "POST /v1/sessions": {"contact": "holder@example.org", "code": "000000"},
    "POST /v1/staff/sessions": {"username": "nobody", "password": "nothing"},
    "POST /v1/cards/look-up-codes": {"number": FIRST},
    "POST /v1/cards/look-up": {"number": FIRST, "secret": SECRET},
    "POST /v1/cards/query": {"number": FIRST},
    "POST /v1/cards/acts": {"number": FIRST, "act": "suspend"},
    "POST /v1/cards/wishes": {"programme": "carrier-5g", "number": FIRST, "kind": "refund"},
    "POST /v1/operator/inbound": {
        "event_id": "e",
        "kind": "sms",
        "from": "+8613800138000",
        "to": "10690",
        "at": "2026-11-21T01:00:00Z",
    },
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
    "POST /v1/liveness-sessions/{id}/completion": {"nonce": "none", "frames": []},
    "POST /v1/review/cases/{id}/decisions": {"n": 1, "verdict": "approve"},
    "POST /v1/review/duplicates/{id}/answer": {"answer": "unknown"},
    "POST /v1/stock/token": {"number": "4111111111111111"},
    "POST /v1/messages/check": {"mark": "ABCD-EFGH"},
    "POST /v1/registrations/{id}/appeal": {"text": "It is genuine."},
    "POST /v1/review/cases/{id}/second-look": {"n": 1, "agree": True},
    "POST /v1/registrations/{id}/corrections": {"field": "address", "should": "Elsewhere 2", "why": "I moved."},
    "POST /v1/transfers": {
        "card_number": FIRST,
        "code": "AAAAA-AAAAA",
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "consents": {"privacy": True, "terms": True},
    },
    "POST /v1/inbox/{reference}/decision": {"accept": True, "why": "It is so."},
    "POST /v1/threads": {"text": "Where is my card?"},
    "POST /v1/threads/{reference}/messages": {"text": "And now?"},
    "POST /v1/inbox/{reference}/answers": {"text": "On its way."},
    "POST /v1/inbox/{reference}/hand-over": {"to": None},
    "POST /v1/account/contacts/codes": {"contact": "further@example.org"},
    "POST /v1/account/contacts": {"contact": "further@example.org", "code": "000000"},
    "POST /v1/sessions/current/proof-codes": {"contact_id": "of-nobody"},
    "POST /v1/sessions/current/proof": {"contact_id": "of-nobody", "code": "000000"},
    "POST /v1/recoveries": {"named": "lost@example.org"},
    "POST /v1/recoveries/stop": {"code": "AAAAA-AAAAA"},
    "POST /v1/registrations/{id}/authorisations": {"change": "plan", "plan": "large"},
    "POST /v1/operator/number-events": {
        "msisdn": "+8613800138777",
        "event": "ported",
        "at": "2026-11-20T01:00:00+00:00",
    },
    "POST /v1/reverifications/count": {"programme": "carrier-5g"},
    "POST /v1/reverifications": {"rule": {"document": "passport"}, "reason": "rule", "working_days": 5},
    "POST /v1/batches": company_batch("00"),
    "POST /v1/batches/{batch_id}/lists": {"csv": "iccid\n1\n"},
    "POST /v1/rosters/{programme}": {"csv": "number,name\nM1,Anna\n"},
    "POST /v1/imports": {
        "programme": "carrier-5g",
        "source": "old",
        "csv": "key,card_number,name,document,document_number,since\n1,2,3,4,5,6\n",
    },
    "POST /v1/policy/{country}/facts": {"key": "weather", "value": 1, "reference": "x", "dated": "2026-01-01"},
    "POST /v1/policy/{country}/confirmation": {"version": "none"},
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

    marks: dict[str, tuple[str, str]] = field(default_factory=dict)

    def mark(self, role: str) -> tuple[str, str]:
        """The mark of a role's browser, and the token that goes with it: each role has a device of its own."""
        if role not in self.marks:
            client = self.office.client()
            page = client.get("/privacy")
            token = page.text.split('data-csrf="', 1)[1].split('"', 1)[0]
            self.marks[role] = str(client.cookies["visitor"]), token
        return self.marks[role]

    def client(self, role: str) -> TestClient:
        """A fresh browser of that role, with the token of a page of ours."""
        client = self.office.client()
        visitor, csrf = self.mark(role)
        client.cookies.set("visitor", visitor)
        client.headers["X-CSRF-Token"] = csrf
        if role == "service":
            client.headers["X-API-Key"] = self.key
        elif role != "anonymous":
            kind, id = self.people[role]
            with self.office.workspace.write() as work:
                token = sessions.open(work, "account" if kind == "account" else "staff", id)
            client.cookies.set("shiming" if kind == "account" else "shiming_staff", token)
        return client


def waiting_session(owner: Person, id: str) -> str:
    """A liveness session whose list of frames is fixed and whose frames are still to come."""
    owner.ok("PUT", f"/v1/registrations/{id}/consents/face", json={"given": True})
    session = owner.ok("POST", f"/v1/registrations/{id}/liveness-sessions")
    frames = listed([frame(n) for n in range(session["frames_least"])])
    path = f"/v1/liveness-sessions/{session['id']}"
    owner.ok("POST", f"{path}/completion", json={"nonce": session["nonce"], "frames": frames})
    return str(session["id"])


def demanded(office: Office, registration_id: str) -> tuple[str, str]:
    """A demand to prove again who holds the registration's card, and the order it came by."""
    with office.workspace.write() as work:
        row = store.get(work, registration_id)
        order = demands.add_order(
            work,
            reason="list",
            rule={},
            standing=False,
            working_days=5,
            suspend_working_days=None,
            actor_role="admin",
            actor_id="a",
        )
        demands.change_order(work, order.id, state="asked", scanned_at=work.now)
        demand = demands.add(
            work,
            order_id=order.id,
            card_id=row.card_id,
            registration_id=row.id,
            account_id=row.account_id,
            restrictions=["data"],
            before=[],
            due_at=work.now,
        )
    return demand, order.id


def scene(office: Office) -> Scene:
    """A registration in review with evidence, a decision and an upload."""
    owner, other = office.holder(), office.holder("other@example.org")
    staff = {role: office.member(role) for role in ("clerk", "agent", "reviewer", "officer", "admin")}
    service = office.service()
    id = office.begin(owner)
    upload = {"slot": "document-front", "capture_id": "capture-unfinished", "size": 99, "media_type": "image/jpeg"}
    upload_id = owner.ok("POST", f"/v1/registrations/{id}/uploads", json=upload)["id"]
    session_id = waiting_session(owner, id)
    office.fill(owner, id)
    owner.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    with office.workspace.read() as work:
        evidence = store.evidence(work, id)[0].id
        decision = store.decisions(work, id)[0].id
        reference = store.get(work, id).reference

    with office.workspace.write() as work:
        further_pictures.keep(work, store.evidence_by_id(work, evidence).key_id, evidence, [picture()])

    visit = visited(office)
    candidate = looks_like(office, id, visit["visit"])
    asked = {"text": "How long does it take?", "registration_id": id}
    thread = owner.ok("POST", "/v1/threads", json=asked)["reference"]

    stockist = {"csv": IOT_STOCK}
    service.ok("POST", "/v1/stock", json=stockist)
    batch = owner.ok("POST", "/v1/batches", json=company_batch())
    roster = service.ok("POST", "/v1/rosters/carrier-5g", json={"csv": "number,name\nM1,Anna\n"})["id"]

    demand_id, order_id = demanded(office, id)

    def who(person: Person) -> str:
        return str(person.ok("GET", "/v1/sessions/current")["id"])

    with office.workspace.write() as work:
        exported = export.make(work, Actor(Role.HOLDER, who(owner))).id
        filed = {"state": "open", "proof": "pictures", "language": "en", "statement": "not mine", "due_at": work.now}
        item = disputes.get(work, disputes.add(work, account_id=who(owner), **filed))
        disputes.keep_picture(work, item, "front", picture(), {}, None)
        disputed = item.reference
    asked_at = {"number_kind": "msisdn", "number": "+8613800138000", "moment": office.clock.now()}
    ground = {"authority": "a court", "basis": "a law", "case_number": "1"}
    officer = Actor(Role.OFFICER, who(staff["officer"]))
    lawful_request = lawful.ask(office.workspace, officer, **ground, **asked_at)

    people = {"owner": ("account", who(owner)), "other": ("account", who(other))}
    people |= {role: ("staff", who(person)) for role, person in staff.items()}
    leaver = who(office.member("agent", "a-leaver"))
    people["stranger"] = ("staff", who(office.member("clerk", "b-clerk")))
    ids = {
        **visit,
        "leaver": leaver,
        "thread": thread,
        "batch": batch["reference"],
        "batch_id": batch["registration_id"],
        "batch_list": batch["lists"][0]["id"],
        "list": roster,
        "export": exported,
        "dispute": disputed,
        "lawful": lawful_request,
        "demand": demand_id,
        "order": order_id,
        "registration": id,
        "upload": upload_id,
        "session": session_id,
        "evidence": evidence,
        "decision": decision,
        "candidate": candidate,
        "reference": reference,
    }
    with office.workspace.write() as work:
        account = people["owner"][1]
        further = [contacts.add(work, account, contacts.Contact("email", f"{name}@example.org")) for name in "ab"]
        devices.trust(work, account, "0" * 64, "identity")
        device = next(one.id for one in devices.of(work, account) if one.trusted_at is not None)
        ids["card"] = store.get(work, id).card_id
    ids |= {"contact": further[0], "contact_of_call": further[1], "device": device}
    return Scene(office, ids, people, service.headers["X-API-Key"])


def looks_like(office: Office, id: str, other: str) -> str:
    """A candidate of the registration: somebody else whose face is alike."""
    found = Lookalikes("stand-in-a", "a" * 64, 0.5, 1e-5, 2, (Alike(other, 0.6),))
    with office.workspace.write() as work:
        candidates.record(work, store.get(work, id), found)
        return candidates.of_registration(work, store.get(work, id))[0].id


def visited(office: Office) -> dict[str, str]:
    """Two shops with a clerk each, and a customer of the first, whose card is a SIM's."""
    admin = Actor(Role.ADMIN, "an-admin")
    office.member("clerk", "b-clerk")
    with office.workspace.write() as work:
        for name in ("a-clerk", "b-clerk"):
            shop_id = shopkeeping.create(work, admin, name=name, kind="shop", last_day="", zone="Asia/Shanghai")
            shopkeeping.assign(work, admin, shop_id, name, f"{name}@example.org")
    clerk = office.member("clerk")
    body = {"programme": "sim", "card_number": SECOND, "secret": SECRET}
    made = clerk.ok("POST", "/v1/clerk/registrations", json=body)
    path = f"/v1/clerk/registrations/{made['id']}"
    page = clerk.ok("POST", f"{path}/contact", json={"contact": "customer@example.org"})["address"]
    signed = {"consents": {"terms": True, "privacy": True, "face": False}, "typed_name": "Anna"}
    clerk.ok("POST", f"{path}/signatures/consents", json=signed)
    data = {"slot": "document-front", "capture_id": "capture-at-the-desk"}
    taken = clerk.ok("POST", f"{path}/evidence", data=data, files={"file": picture()})
    return {
        "shop": shop_id,
        "visit": made["id"],
        "visit_reference": made["reference"],
        "visit_evidence": taken["id"],
        "token": page.rsplit("/", 1)[1],
    }


def address(route: str, ids: Mapping[str, str]) -> str:
    """The route's path with what exists in place of its names."""
    path = route.split(" ", 1)[1]
    of = (
        "session"
        if "/liveness-sessions/" in path
        else "upload"
        if "/uploads/" in path
        else "evidence"
        if "/evidence/{" in path
        else "decision"
    )
    if "/registrations/" in path or "/cases/" in path:
        of = "registration"
    if "/review/duplicates/" in path:
        of = "candidate"
    if "/account/" in path:
        of = "device" if "/devices/" in path else "contact_of_call"
    if "/exports/" in path or "/lawful-requests/" in path:
        of = "export" if "/exports/" in path else "lawful"
    desk = path.startswith(("/clerk/", "/v1/clerk/"))
    values = {
        "shop_id": ids["shop"],
        "card_id": ids["card"],
        "token": ids["token"],
        "purpose": "consents",
        "contact_id": ids["contact"],
        "device_id": ids["device"],
        "id": ids[of],
        "reference": ids[
            "dispute" if "/disputes/" in path else "thread" if "/threads/" in path or "/inbox/" in path else "reference"
        ],
        "thread": ids["thread"],
        "demand_id": ids["demand"],
        "order_id": ids["order"],
        "batch": ids["batch"],
        "batch_id": ids["batch_id"],
        "list_id": ids["batch_list" if "/batches/" in path else "list"],
        "programme": "carrier-5g",
        "evidence_id": ids["evidence"],
        "decision_id": ids["decision"],
        "candidate_id": ids["candidate"],
        "doubt_id": ids["decision"],
        "member_id": ids["leaver"],
        "link_id": ids["decision"],
        "slot": "document-front",
        "n": "1",
        "kind": "face",
        "code": "NOT_FOUND",
        "country": "GB",
        "key": "required",
        "name": "front" if "/demo/" in path else "carrier-5g",
        "seed": "1",
        "side": "front",
        "binding_id": ids["decision"],
        "registration_id": ids["registration"],
        "export_id": ids["export"],
        "request_id": ids["lawful"],
    }
    if desk:
        values |= {"id": ids["visit"], "reference": ids["visit_reference"], "evidence_id": ids["visit_evidence"]}
    return path.format_map(values)


def ask(client: TestClient, route: str, path: str) -> httpx2.Response:
    """Asks in the way of the route."""
    method = route.split(" ", 1)[0]
    if route in ("POST /v1/registrations/{id}/evidence", "POST /v1/clerk/registrations/{id}/evidence"):
        data = {"slot": "document-front", "capture_id": "capture-matrix-2"}
        return client.post(path, data=data, files={"file": picture()})
    if method == "PUT" and "/frames/" in path:
        return client.put(path, content=frame(1), headers={"Content-Type": "image/jpeg"})
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
