"""Rows B1, B2, C3, D1 (shop), D2, D3 and F2: the shop's desk; minors, represented people, people without a usable face."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw
from stdnum import luhn

from shiming.custody import retention
from shiming.intake import cards
from shiming.platform import outbox
from shiming.programmes import resolving
from shiming.programmes import store as programmes
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import approval, erasing, parties, shops
from shiming.registration.store import tables as t
from shiming.registration.values import Actor, Role
from shiming.review import service
from tests.rows.journeys import change
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PASSWORD, PRINTED, SECOND, SECRET, Office, Person, picture

PREPAID = ("name", "sex", "date_of_birth", "number", "address")
CUSTOMER = "customer@example.org"
CLERKS_OWN = "clerk@example.org"
PAN = "622202000000000" + luhn.calc_check_digit("622202000000000")


def identity_number(born: str) -> str:
    """A woman's resident identity number with that date of birth and a right check digit."""
    body = f"110101{born.replace('-', '')}002"
    total = sum(int(d) * w for d, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return body + "10X98765432"[total % 11]


CHILD = {**PRINTED, "name": "样本宝", "number": identity_number("2014-03-07"), "date_of_birth": "2014-03-07"}
GUARDIAN = {**PRINTED, "name": "样本兰", "number": identity_number("1985-03-07"), "date_of_birth": "1985-03-07"}


def ink() -> bytes:
    """A signature as a tablet draws it."""
    image = Image.new("RGB", (800, 300), "white")
    ImageDraw.Draw(image).line([(40, 200), (200, 60), (380, 220), (700, 90)], fill="black", width=4)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def blank() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 300), "white").save(buffer, "PNG")
    return buffer.getvalue()


def sent_code(office: Office) -> str:
    """The newest code that went to a customer of a shop."""
    with office.workspace.read() as work:
        posts = [work.read_post(row) for row in outbox.due(work.conn, work.now, 500) if row.topic == "notice"]
    return str([post["params"]["code"] for post in posts if post["template"] == "shop-code"][-1])


def told(office: Office, id: str) -> list[str]:
    """The messages about a registration, by template."""
    with office.workspace.read() as work:
        rows = [row for row in outbox.due(work.conn, work.now, 500) if row.topic == "notice" and row.about == id]
        return [work.read_post(row)["template"] for row in rows]


def open_shop(office: Office, clerk: str = "a-clerk", name: str = "West Gate", contact: str = CLERKS_OWN) -> Person:
    """A shop with its clerk, made on the administrator's pages; the clerk's session for ``/v1``."""
    person = office.member("clerk", clerk)
    admin = console(office, "admin")
    admin.open("/admin/shops")
    admin.send("/admin/shops", name=name, kind="shop", last_day="")
    shop_id = re.findall(r'action="/admin/shops/([0-9a-f-]{36})"', admin.page.text)[-1]
    admin.send(f"/admin/shops/{shop_id}", act="assign", username=clerk, contact=contact)
    assert name in admin.text
    assert clerk in admin.text
    return person


@pytest.fixture(autouse=True)
def a_person_looks_at_every_case(office: Office) -> None:
    """What is tried here is the desk and the people behind it, not what the engine may decide."""
    change(office, "carrier-prepaid", review_mode="always")


def console(office: Office, role: str, name: str = "") -> Browser:
    """A member of staff at their pages."""
    office.member(role, name)
    browser = Browser(office)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", username=name or f"a-{role}", password=PASSWORD)
    return browser


@dataclass
class Visit:
    """A customer at the desk, through ``/v1/clerk``."""

    office: Office
    clerk: Person
    id: str
    reference: str

    @property
    def path(self) -> str:
        return f"/v1/clerk/registrations/{self.id}"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.clerk.ok("GET", self.path)
        return found

    def contact(self, contact: str = CUSTOMER) -> None:
        self.clerk.ok("POST", f"{self.path}/contact", json={"contact": contact})
        self.clerk.ok("POST", f"{self.path}/contact/code", json={"code": sent_code(self.office)})

    def agree(self, *, face: bool = True, **more: bool) -> None:
        given = {"terms": True, "privacy": True, "face": face, **more}
        signed = {"consents": given, "signature": base64.b64encode(ink()).decode()}
        self.clerk.ok("POST", f"{self.path}/signatures/consents", json=signed)

    def shoot(self, *slots: str, who: dict[str, str] = PRINTED) -> None:
        self.office.eyes.front = dict(who)
        for shade, slot in enumerate(slots):
            data = {"slot": slot, "capture_id": f"capture-{slot}-{self.office.clock.now():%H%M%S}"}
            self.clerk.ok("POST", f"{self.path}/evidence", data=data, files={"file": picture(slot, 80 + shade)})
        self.office.work()

    def fill(self, who: dict[str, str] = PRINTED, names: tuple[str, ...] = PREPAID, **more: str) -> None:
        fields = {**{name: who[name] for name in names}, **more}
        self.clerk.ok("PUT", f"{self.path}/form", json={"document": "cn-resident-id", "fields": fields})

    def declare(self) -> None:
        signed = {"typed_name": "样本梅"}
        self.clerk.ok("POST", f"{self.path}/signatures/declaration", json=signed)

    def attest(self) -> None:
        self.clerk.ok("POST", f"{self.path}/attestation", json={"version": "attestation-1"})

    def submit(self) -> None:
        self.clerk.ok("POST", f"{self.path}/submission")
        self.office.work()

    def rows(self) -> Any:
        with self.office.workspace.read() as work:
            return store.get(work, self.id), store.findings(work, self.id, 1), store.decisions(work, self.id)


def begin(office: Office, clerk: Person, programme: str = "carrier-prepaid", number: str = FIRST) -> Visit:
    body = {"programme": programme, "card_number": number, "secret": SECRET}
    made = clerk.ok("POST", "/v1/clerk/registrations", json=body)
    return Visit(office, clerk, made["id"], made["reference"])


def approve(office: Office, id: str) -> None:
    """A reviewer approves; the time to take it back passes."""
    reviewer = office.member("reviewer")
    with office.workspace.read() as work:
        n = store.get(work, id).n
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    made = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json={"n": n, "verdict": "approve"})
    office.clock.advance(timedelta(minutes=11))
    with office.workspace.write() as work:
        approval.take_effect(work, made["id"])


ORIGINAL = ("document-front", "document-back")
COPIES = ("photocopy-front", "photocopy-back")


def whole(office: Office, clerk: Person, *, copies: tuple[str, ...] = COPIES, face: bool = True) -> Visit:
    """A prepaid card registered in the shop, up to the attestation."""
    visit = begin(office, clerk)
    visit.contact()
    visit.agree(face=face)
    visit.shoot(*ORIGINAL, *copies, *(("selfie",) if face else ()))
    visit.fill()
    visit.declare()
    return visit


# B1, C3, F2: the whole way


def test_b1_what_a_clerk_attested_and_nothing_speaks_against_needs_no_second_person(office: Office) -> None:
    change(office, "carrier-prepaid", review_mode="on-refer")
    visit = whole(office, open_shop(office))
    visit.attest()
    visit.submit()
    registration, _findings, _decisions = visit.rows()
    assert registration.state == "approved"


def test_b1_registration_in_a_shop_from_the_card_to_the_operators_order(office: Office) -> None:
    clerk = open_shop(office)
    visit = whole(office, clerk)
    assert visit.state()["missing"] == ["attestation"]
    visit.attest()
    visit.submit()
    registration, findings, _decisions = visit.rows()
    assert registration.state == "in-review", [(f.check, f.code, f.outcome) for f in findings]
    assert registration.channel == "shop"
    with office.workspace.read() as work:
        card = store.card(work, registration.card_id)
    assert card.restrictions == ("sms-out", "international-calls-out"), "restricted until the operator confirms"
    approve(office, visit.id)
    with office.workspace.read() as work:
        orders = [work.read_post(r) for r in outbox.due(work.conn, work.now, 500) if r.topic == "operator"]
    assert [order["act"] for order in orders] == ["open"]
    customer = office.holder(CUSTOMER)
    mine = customer.ok("GET", "/v1/registrations")["registrations"]
    assert [row["reference"] for row in mine] == [visit.reference], "it stands in the customer's own account"


def test_b1_the_pages_lead_a_clerk_through_without_scripts(office: Office) -> None:
    open_shop(office)
    clerk = console(office, "clerk")
    clerk.open("/clerk/start")
    clerk.send("/clerk/start", programme="carrier-prepaid", number=FIRST, in_hand="1")
    reference = re.search(r"/clerk/([A-Z0-9-]+)/", clerk.path)
    assert reference is not None
    base = f"/clerk/{reference[1]}"
    assert clerk.path == f"{base}/person"
    clerk.send(f"{base}/person", person="adult")
    assert clerk.path == f"{base}/contact"
    clerk.send(f"{base}/contact", act="send", contact=CUSTOMER)
    assert "<svg" in clerk.page.text
    assert "/shop/" in clerk.text
    clerk.send(f"{base}/contact", act="code", code=sent_code(office))
    assert clerk.path == f"{base}/agree/consents"
    clerk.send(f"{base}/agree/consents", act="sign", customer_name="样本梅")
    assert "Nothing can go on without this." in clerk.text or "The signature is missing." in clerk.text
    given = {"terms": "1", "privacy": "1", "face": "1", "is_customer": "1", "customer_name": "样本梅"}
    clerk.send(f"{base}/agree/consents", act="sign", **given)
    assert clerk.path == f"{base}/document"
    clerk.send(f"{base}/document", document="cn-resident-id")
    for shade, slot in enumerate((*ORIGINAL, *COPIES, "selfie")):
        address = f"{base}/photo/{slot}"
        clerk.open(address)
        clerk.send(address, files={"picture": ("a.jpg", picture(slot, 80 + shade), "image/jpeg")})
        office.work()
        clerk.open(address)
        assert "The picture is good" in clerk.text, (slot, clerk.text)
    clerk.open(f"{base}/details")
    assert PRINTED["number"] in clerk.page.text, "what was read is filled in"
    clerk.send(f"{base}/details", sex="F")
    assert clerk.path == f"{base}/agree/declaration", clerk.text
    assert PRINTED["address"] in clerk.text, "the customer sees what they declare"
    drawn = "data:image/png;base64," + base64.b64encode(ink()).decode()
    clerk.send(f"{base}/agree/declaration", act="sign", signature=drawn)
    assert clerk.path == f"{base}/attest"
    clerk.send(f"{base}/attest")
    assert clerk.page.status_code == 422
    clerk.send(f"{base}/attest", seen="1")
    assert clerk.path == base
    clerk.send(f"{base}/submit")
    office.work()
    clerk.open("/clerk")
    assert reference[1] in clerk.text
    assert "A person is checking it" in clerk.text
    reviewer = console(office, "reviewer")
    reviewer.open(f"/review/{reference[1]}")
    assert "West Gate" in reviewer.text
    assert "by signing on the tablet" in reviewer.text
    assert "not covered by a clerk's signature" not in reviewer.text


def test_c3_a_clerk_signs_for_the_original_and_it_is_asked_for(office: Office) -> None:
    clerk = open_shop(office)
    visit = whole(office, clerk)
    refused = clerk.call("POST", f"{visit.path}/submission")
    assert refused.json()["item"] == "attestation"
    visit.attest()
    with office.workspace.read() as work:
        registration = store.get(work, visit.id)
        made = shops.attestations(work, registration)
        entries = [e for e in store.timeline(work, visit.id) if e.event == "evidence-received"]
    assert [(a.statement, a.clerk_id) for a in made] == [("attestation-1", registration.clerk_id)]
    assert {e.actor_id for e in entries} == {registration.clerk_id}, "the clerk's id is bound to each capture"
    office.clock.advance(timedelta(minutes=1))
    visit.shoot("document-front")
    assert visit.state()["missing"] == ["attestation"], "a new picture is not covered by the earlier signature"
    visit.attest()
    visit.submit()
    _, findings, _ = visit.rows()
    signed = [f.outcome for f in findings if f.check == "complete" and f.item == "attestation"]
    assert signed == ["pass"]


def test_c3_nothing_can_be_attested_before_everything_is_there(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    refused = clerk.call("POST", f"{visit.path}/attestation", json={"version": "attestation-1"})
    assert refused.json()["code"] == "EVIDENCE_MISSING"
    other = clerk.call("POST", f"{visit.path}/attestation", json={"version": "attestation-0"})
    assert other.status_code == 422


# B2: the photocopy


def test_b2_the_shop_uploads_the_photocopy_as_its_own_evidence(office: Office) -> None:
    clerk = open_shop(office)
    visit = whole(office, clerk)
    with office.workspace.read() as work:
        kinds = {item.slot: item.kind for item in store.evidence(work, visit.id)}
    assert kinds["photocopy-front"] == kinds["photocopy-back"] == "photocopy"
    office.clock.advance(timedelta(minutes=2))
    customer = office.holder(CUSTOMER)
    data = {"slot": "photocopy-front", "capture_id": "capture-by-holder"}
    files = {"file": picture("copy")}
    refused = customer.call("POST", f"/v1/registrations/{visit.id}/evidence", data=data, files=files)
    assert refused.json()["code"] == "NOT_ASKED", "nobody but the shop makes it"


def test_b2_a_programme_without_photocopies_offers_none_and_refuses_one(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk, "sim")
    visit.contact()
    visit.agree()
    assert visit.state()["optional"] == []
    data = {"slot": "photocopy-front", "capture_id": "capture-forbidden"}
    refused = clerk.call("POST", f"{visit.path}/evidence", data=data, files={"file": picture("copy")})
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_ASKED")
    desk = console(office, "clerk")
    desk.open(f"/clerk/{visit.reference}")
    assert "No photocopy is taken here" in desk.text
    desk.open(f"/clerk/{visit.reference}/photo/photocopy-front")
    assert desk.page.status_code == 404


# D1, D2, D3


def test_d1_in_a_shop_the_original_is_seen_and_the_face_compared_with_the_customer_present(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk, "sim")
    visit.contact()
    visit.agree()
    visit.shoot(*ORIGINAL, "selfie")
    visit.fill(names=("name", "number", "address"))
    visit.declare()
    visit.attest()
    visit.submit()
    registration, findings, _ = visit.rows()
    outcomes = {f.check: f.outcome for f in findings if f.check == "face_match"}
    assert outcomes == {"face_match": "pass"}
    assert registration.state == "approved", "the clerk saw the original and the customer, and nothing speaks against"
    assert visit.state()["state"] == "approved"


def test_d2_at_a_branch_with_form_photocopy_and_two_members_of_staff(office: Office) -> None:
    with office.workspace.write() as work:
        stock = f"number,kind,scheme,product,msisdn,secret\n{PAN},bank-card,pan,debit,,{SECRET}\n"
        report = cards.import_stock(work, Actor(Role.ENGINE, "test"), stock)
        assert report.added == 1, report
    clerk = open_shop(office)
    visit = begin(office, clerk, "bank-card", PAN)
    visit.contact()
    visit.clerk.ok(
        "POST",
        f"{visit.path}/signatures/consents",
        json={"consents": {"terms": True, "privacy": True}, "signature": base64.b64encode(ink()).decode()},
    )
    visit.shoot(*ORIGINAL, *COPIES)
    assert "slot:application-form" in visit.state()["missing"]
    visit.shoot("application-form")
    visit.fill()
    visit.declare()
    visit.attest()
    visit.submit()
    registration, _, _ = visit.rows()
    assert registration.state == "in-review", "staff verify every case"
    with office.workspace.read() as work:
        assert "622202" not in store.card(work, registration.card_id).number


def test_d3_at_a_service_desk(office: Office) -> None:
    with office.workspace.write() as work:
        stock = f"number,kind,scheme,product,msisdn,secret\n1000751004000001,transit-card,pattern,day,,{SECRET}\n"
        assert cards.import_stock(work, Actor(Role.ENGINE, "test"), stock).added == 1
    clerk = open_shop(office, name="Station")
    visit = begin(office, clerk, "transit-card", "1000751004000001")
    visit.contact()
    given = {"consents": {"terms": True, "privacy": True}, "typed_name": "样本梅"}
    visit.clerk.ok("POST", f"{visit.path}/signatures/consents", json=given)
    visit.shoot(*ORIGINAL)
    visit.fill(names=("name", "number"))
    visit.declare()
    visit.attest()
    visit.submit()
    registration, _, decisions = visit.rows()
    assert registration.state == "approved", decisions[-1].reasons


# F2: the rules of the desk


def test_f2_a_clerks_contact_is_never_a_customers(office: Office) -> None:
    clerk = open_shop(office)
    open_shop(office, "b-clerk", "East Gate", "+8613900139000")
    visit = begin(office, clerk)
    for contact in (CLERKS_OWN, "CLERK@example.org", "139 0013 9000"):
        refused = clerk.call("POST", f"{visit.path}/contact", json={"contact": contact})
        assert refused.json()["code"] == "CLERK_CONTACT", contact


def test_f2_a_clerk_neither_agrees_nor_declares_for_a_customer(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    visit.contact()
    empty = clerk.call("POST", f"{visit.path}/signatures/consents", json={"consents": {"terms": True, "privacy": True}})
    assert empty.json()["code"] == "SIGNATURE_NEEDED"
    dot = {"consents": {"terms": True, "privacy": True}, "signature": base64.b64encode(blank()).decode()}
    assert clerk.call("POST", f"{visit.path}/signatures/consents", json=dot).json()["code"] == "SIGNATURE_NEEDED"
    half = {"consents": {"terms": True}, "typed_name": "样本梅"}
    assert clerk.call("POST", f"{visit.path}/signatures/consents", json=half).json()["code"] == "CONSENT_REQUIRED"
    for method, path, body in (
        ("PUT", f"/v1/registrations/{visit.id}/consents/terms", {"given": True}),
        ("POST", f"/v1/registrations/{visit.id}/declaration", None),
    ):
        assert clerk.call(method, path, json=body).json()["code"] == "NOT_ALLOWED"


def test_f2_the_customer_agrees_and_declares_on_their_own_phone(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    made = clerk.ok("POST", f"{visit.path}/contact", json={"contact": CUSTOMER})
    address = made["address"][made["address"].index("/shop/") :]
    phone = Browser(office)
    phone.open(address)
    phone.send(address, code="000000")
    assert phone.page.status_code == 422
    phone.send(address, code=sent_code(office))
    assert "Terms of registration" in phone.text
    phone.send(f"{address}/accept", terms="1")
    assert "Nothing can go on without this." in phone.text
    phone.send(f"{address}/accept", terms="1", privacy="1", face="1")
    assert "Thank you" in phone.text
    assert phone.open(address).status_code == 404, "used up"
    assert visit.state()["contact"] == "proven"
    visit.shoot(*ORIGINAL, *COPIES, "selfie")
    visit.fill()
    office.clock.advance(timedelta(minutes=2))
    made = clerk.ok("POST", f"{visit.path}/hand-overs/declaration")
    address = made["address"][made["address"].index("/shop/") :]
    stranger = Browser(office)
    assert PRINTED["number"] not in stranger.open(address).text, "nothing is shown before the code"
    phone.open(address)
    phone.send(address, code=sent_code(office))
    assert PRINTED["address"] in phone.text
    phone.send(f"{address}/accept")
    assert visit.state()["missing"] == ["attestation"]
    with office.workspace.read() as work:
        registration = store.get(work, visit.id)
        made_by = {(a.purpose, a.method) for a in shops.acceptances(work, registration)}
        events = [e for e in store.timeline(work, visit.id) if e.event in ("consent", "declared", "accepted")]
    assert made_by == {("consents", "phone"), ("declaration", "phone")}
    assert {e.actor_role for e in events} == {"holder"}


def test_f2_a_page_for_the_phone_ends_after_half_an_hour(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    made = clerk.ok("POST", f"{visit.path}/contact", json={"contact": CUSTOMER})
    address = made["address"][made["address"].index("/shop/") :]
    office.clock.advance(timedelta(minutes=31))
    assert Browser(office).open(address).status_code == 404


def test_f2_a_walk_in_without_contact_gets_a_receipt(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    receipt = clerk.ok("POST", f"{visit.path}/receipt")
    assert receipt["reference"] == visit.reference
    visit.agree()
    visit.shoot(*ORIGINAL, *COPIES, "selfie")
    visit.fill()
    visit.declare()
    visit.attest()
    visit.submit()
    assert told(office, visit.id) == [], "there is nobody to write to"
    asker = Browser(office)
    asker.open("/shop/receipt")
    asker.send("/shop/receipt", act="look", reference=visit.reference, code="AAAAA-AAAAA")
    assert asker.page.status_code == 422
    asker.send("/shop/receipt", act="look", reference=visit.reference, code=receipt["pick_up_code"])
    assert "A person is checking it" in asker.text
    asker.sign_in("later@example.org")
    asker.open("/shop/receipt")
    asker.send("/shop/receipt", act="take", reference=visit.reference, code=receipt["pick_up_code"])
    assert asker.path == f"/r/{visit.reference}"
    approve(office, visit.id)
    assert "decision-approved" in told(office, visit.id), "from now on there is somebody"


def test_f2_a_colleague_goes_on_with_a_walk_in_by_the_receipt(office: Office) -> None:
    clerk = open_shop(office)
    other = open_shop(office, "b-clerk", "East Gate", "b@example.org")
    visit = begin(office, clerk)
    code = clerk.ok("POST", f"{visit.path}/receipt")["pick_up_code"]
    asked = {"reference": visit.reference}
    other.ok("POST", "/v1/clerk/take-in", json=asked)
    wrong = other.call("POST", "/v1/clerk/take-in/code", json={**asked, "code": "AAAAA-AAAAA"})
    assert wrong.json()["code"] == "CODE_WRONG"
    taken = other.ok("POST", "/v1/clerk/take-in/code", json={**asked, "code": code})
    assert (taken["id"], taken["contact"]) == (visit.id, "receipt")
    assert clerk.call("GET", visit.path).status_code == 404, "the first clerk serves them no more"


def test_f2_pick_up_codes_run_out_of_tries(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    code = clerk.ok("POST", f"{visit.path}/receipt")["pick_up_code"]
    asker = Browser(office)
    asker.open("/shop/receipt")
    for _ in range(5):
        asker.send("/shop/receipt", act="look", reference=visit.reference, code="AAAAA-AAAAA")
    asker.send("/shop/receipt", act="look", reference=visit.reference, code=code)
    assert asker.page.status_code == 422
    again = clerk.ok("POST", f"{visit.path}/receipt")["pick_up_code"]
    asker.send("/shop/receipt", act="look", reference=visit.reference, code=again)
    assert asker.page.status_code == 200, "the shop makes a new one"


def test_f2_a_clerk_sees_no_other_shops_customers(office: Office) -> None:
    clerk = open_shop(office)
    other = open_shop(office, "b-clerk", "East Gate", "b@example.org")
    visit = begin(office, clerk)
    assert other.call("GET", visit.path).status_code == 404
    assert other.call("POST", f"{visit.path}/receipt").status_code == 404
    assert other.ok("GET", "/v1/clerk/registrations")["visits"] == []
    desk = console(office, "clerk", "b-clerk")
    desk.open(f"/clerk/{visit.reference}")
    assert desk.page.status_code == 404
    assert visit.reference not in desk.open("/clerk").text


def test_f2_nobody_decides_their_own_captures(office: Office) -> None:
    clerk = open_shop(office)
    visit = whole(office, clerk)
    visit.attest()
    visit.submit()
    with office.workspace.read() as work:
        clerk_id = store.get(work, visit.id).clerk_id
    # Staff have one role; should somebody change theirs, what they made stays closed to them.
    turned = Actor(Role.REVIEWER, str(clerk_id))
    with pytest.raises(Problem, match="OWN_CAPTURES"), office.workspace.write() as work:
        service.claim(work, turned, visit.id)


def test_f2_a_closed_shop_or_an_ended_authorisation_serves_nobody(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    admin = console(office, "admin")
    admin.open("/admin/shops")
    shop_id = re.findall(r'action="/admin/shops/([0-9a-f-]{36})"', admin.page.text)[-1]
    admin.send(f"/admin/shops/{shop_id}", act="change", active="1", last_day="2026-11-21")
    clerk.ok("POST", f"{visit.path}/receipt")
    office.clock.advance(timedelta(hours=16))
    member = office.member("clerk")
    body = {"programme": "carrier-prepaid", "card_number": SECOND, "secret": SECRET}
    assert member.call("POST", "/v1/clerk/registrations", json=body).json()["code"] == "SHOP_CLOSED"
    assert member.call("POST", f"{visit.path}/receipt").json()["code"] == "SHOP_CLOSED"
    desk = console(office, "clerk")
    assert "You cannot register customers now" in desk.open("/clerk").text


def test_f2_a_dealer_needs_a_last_day_and_a_clerk_must_be_one(office: Office) -> None:
    admin = console(office, "admin")
    admin.open("/admin/shops")
    admin.send("/admin/shops", name="Dealer", kind="dealer", last_day="")
    assert admin.page.status_code == 422
    admin.send("/admin/shops", name="Dealer", kind="dealer", last_day="2027-12-31")
    shop_id = re.findall(r'action="/admin/shops/([0-9a-f-]{36})"', admin.page.text)[-1]
    office.member("reviewer")
    admin.send(f"/admin/shops/{shop_id}", act="assign", username="a-reviewer", contact="x@example.org")
    assert "whose role is clerk" in admin.text


def test_f2_a_card_that_is_not_there_and_a_wrong_secret_are_answered_alike(office: Office) -> None:
    clerk = open_shop(office)
    unknown = {"programme": "carrier-prepaid", "card_number": "8986001234567890146", "in_hand": True}
    wrong = {"programme": "carrier-prepaid", "card_number": FIRST, "secret": "0000-0000"}
    answers = [clerk.call("POST", "/v1/clerk/registrations", json=body).json() for body in (unknown, wrong)]
    assert {answer["code"] for answer in answers} == {"CARD_UNKNOWN"}
    online = {"programme": "carrier-5g", "card_number": FIRST, "secret": SECRET}
    assert clerk.call("POST", "/v1/clerk/registrations", json=online).json()["code"] == "NOT_IN_SHOPS"


def test_f2_what_was_begun_online_goes_on_in_a_shop_by_the_holders_code(office: Office) -> None:
    clerk = open_shop(office)
    holder = office.holder(CUSTOMER)
    body = {
        "programme": "carrier-prepaid",
        "card_number": FIRST,
        "secret": SECRET,
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "consents": {"privacy": True, "terms": True},
    }
    made = holder.ok("POST", "/v1/registrations", json=body)
    office.clock.advance(timedelta(minutes=2))
    asked = {"reference": made["reference"]}
    assert clerk.call("POST", "/v1/clerk/take-in", json={"reference": "K7QX-34MN-8C"}).status_code == 202
    clerk.ok("POST", "/v1/clerk/take-in", json=asked)
    wrong = clerk.call("POST", "/v1/clerk/take-in/code", json={**asked, "code": "000000"})
    assert wrong.json()["code"] == "CODE_WRONG"
    taken = clerk.ok("POST", "/v1/clerk/take-in/code", json={**asked, "code": sent_code(office)})
    assert (taken["channel"], taken["contact"]) == ("shop", "proven")
    assert "code" not in taken["missing"]
    assert holder.ok("GET", f"/v1/registrations/{taken['id']}")["reference"] == made["reference"]


# Classes of person


def begin_online(browser: Browser, who: dict[str, str]) -> str:
    """A SIM card claimed on the pages, up to choosing the document; the address of its pages."""
    browser.sign_in()
    browser.open("/register?programme=sim")
    given = {"number": FIRST, "secret": SECRET, "name": who["name"], "address": who["address"]}
    browser.send("/register", **given, terms="1", privacy="1")
    reference = re.search(r"/r/([A-Z0-9-]+)/", browser.path)
    assert reference is not None
    base = f"/r/{reference[1]}"
    code = re.search(r'<p class="num big">([^<]+)', browser.page.text)
    if code is not None:
        browser.open(f"{base}/verify")
        browser.send(f"{base}/verify", code=code[1])
    assert browser.path == f"{base}/document"
    return base


def minor(office: Office, guardian: dict[str, str] = GUARDIAN, **declared: str) -> Visit:
    """A child's card, with the guardian at the desk, handed in."""
    visit = begin(office, open_shop(office))
    visit.contact()
    visit.clerk.ok("PUT", f"{visit.path}/person", json={"person": "minor"})
    assert "consent:guardian" in visit.state()["missing"]
    visit.agree(guardian=True)
    visit.shoot(*ORIGINAL, *COPIES, "selfie", who=CHILD)
    office.clock.advance(timedelta(seconds=1))
    visit.shoot("guardian-document-front", "guardian-document-back", "relationship-proof", who=guardian)
    names = {"guardian_name": guardian["name"], "guardian_number": guardian["number"]}
    visit.fill(CHILD, **{**names, **declared})
    visit.declare()
    visit.attest()
    visit.submit()
    return visit


def test_a_minor_with_a_guardian_is_approved_with_both_parties(office: Office) -> None:
    visit = minor(office)
    registration, findings, decisions = visit.rows()
    assert [f.code for f in findings if f.outcome == "fail"] == []
    about = {f.code: str(f.outcome) for f in findings if f.check in ("age", "guardian")}
    assert set(about.values()) == {"pass", "unable"}
    assert [code for code, outcome in about.items() if outcome == "unable"] == ["GUARDIAN_PROOF"]
    assert registration.state == "in-review", "the proof of the relation is for a person"
    assert "GUARDIAN_PROOF" in decisions[-1].reasons
    approve(office, visit.id)
    with office.workspace.read() as work:
        rows = work.conn.execute(t.binding.select().where(t.binding.c.registration_id == visit.id)).all()
        roles = {row.role: row.party_id for row in rows}
        assert set(roles) == {"holder", "guardian"}
        assert len(set(roles.values())) == 2
        detail = parties.party_history(work, roles["guardian"])[-1].detail
        documents = parties.identity_documents(work, roles["guardian"])
    assert detail["name"] == GUARDIAN["name"]
    assert documents[-1].fields["number"] == GUARDIAN["number"]


@pytest.mark.parametrize(
    ("guardian", "declared", "code", "item"),
    [
        ({**GUARDIAN, "number": identity_number("2010-03-07"), "date_of_birth": "2010-03-07"}, {},
         "GUARDIAN_TOO_YOUNG", "guardian-document-front"),
        (GUARDIAN, {"guardian_name": "某某某"}, "GUARDIAN_MISMATCH_NAME", "guardian_name"),
        (GUARDIAN, {"guardian_number": PRINTED["number"]}, "GUARDIAN_MISMATCH_NUMBER", "guardian_number"),
        (CHILD, {}, "GUARDIAN_SAME_PERSON", "guardian-document-front"),
    ],
)  # fmt: skip
def test_a_guardian_who_does_not_fit_is_asked_for_again(
    office: Office, guardian: dict[str, str], declared: dict[str, str], code: str, item: str
) -> None:
    visit = minor(office, guardian, **declared)
    registration, _, decisions = visit.rows()
    assert registration.state == "action-required"
    assert code in decisions[-1].reasons
    assert item in registration.items


def test_a_child_alone_is_refused_and_a_grown_up_as_a_child_is_looked_at(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    visit.contact()
    visit.agree()
    visit.shoot(*ORIGINAL, *COPIES, "selfie", who=CHILD)
    visit.fill(CHILD)
    visit.declare()
    visit.attest()
    visit.submit()
    _, findings, decisions = visit.rows()
    assert "AGE_TOO_YOUNG" in decisions[-1].reasons
    assert {f.outcome for f in findings if f.check == "age"} == {"fail"}


def test_a_represented_holder_is_approved_with_both_parties(office: Office) -> None:
    clerk = open_shop(office)
    visit = begin(office, clerk)
    visit.contact()
    visit.clerk.ok("PUT", f"{visit.path}/person", json={"person": "represented"})
    visit.agree(face=False)
    visit.shoot(*ORIGINAL, *COPIES)
    office.clock.advance(timedelta(seconds=1))
    extra = ("representative-document-front", "representative-document-back", "authorisation")
    visit.shoot(*extra, who=GUARDIAN)
    names = {"representative_name": GUARDIAN["name"], "representative_number": GUARDIAN["number"]}
    visit.fill(PRINTED, **names)
    visit.declare()
    visit.attest()
    visit.submit()
    registration, _, decisions = visit.rows()
    assert registration.state == "in-review"
    assert "REPRESENTATIVE_PROOF" in decisions[-1].reasons
    approve(office, visit.id)
    with office.workspace.read() as work:
        rows = work.conn.execute(t.binding.select().where(t.binding.c.registration_id == visit.id)).all()
    assert {row.role for row in rows} == {"holder", "representative"}


def test_a_minor_online_chooses_early_and_is_asked_for_the_guardian(office: Office) -> None:
    browser = Browser(office)
    base = begin_online(browser, CHILD)
    assert f"{base}/person" in browser.page.text
    browser.open(f"{base}/person")
    browser.send(f"{base}/person", person="minor")
    assert browser.path == f"{base}/consent"
    assert "The guardian's consent" in browser.text
    browser.send(f"{base}/consent", guardian="1")
    assert browser.path == f"{base}/document"
    browser.send(f"{base}/document", document="cn-resident-id")
    browser.open(f"{base}/photo/guardian-document-front")
    assert "Front of the guardian's document" in browser.text
    browser.open(f"{base}/details")
    assert "Name of the guardian" in browser.text


def test_a_programme_for_grown_ups_only_takes_no_other_class(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    refused = holder.call("PUT", f"/v1/registrations/{id}/person", json={"person": "minor"})
    assert refused.json()["code"] == "INVALID_FORM"


# People without a usable face


@pytest.mark.parametrize("choice", ["no", "cannot"])
def test_without_a_usable_face_a_person_decides(office: Office, choice: str) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id, face=True)
    with office.workspace.read() as work:
        reference = store.get(work, id).reference
    browser = Browser(office)
    browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    browser.open(f"/r/{reference}/face")
    assert "My face cannot be photographed" in browser.text
    browser.send(f"/r/{reference}/face", choice=choice)
    assert browser.path == f"/r/{reference}/check"
    browser.send(f"/r/{reference}/check")
    office.work()
    with office.workspace.read() as work:
        registration = store.get(work, id)
        events = [e.event for e in store.timeline(work, id)]
    assert registration.state == "in-review"
    assert "face-cannot" not in events, "why is kept nowhere"
    approve(office, id)
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "approved"


def test_without_a_camera_there_are_other_ways_on(office: Office) -> None:
    browser = Browser(office)
    base = begin_online(browser, PRINTED)
    browser.send(f"{base}/document", document="cn-resident-id")
    assert f"{base}/elsewhere" in browser.page.text
    browser.open(f"{base}/elsewhere")
    assert "<svg" in browser.page.text
    assert "On another phone" in browser.text
    assert "In a shop" in browser.text
    other = Browser(office)
    office.clock.advance(timedelta(minutes=2))
    other.sign_in()
    other.open(base)
    assert "Go on" in other.text, "the other phone finds it after a sign-in"


def test_a_programme_that_demands_a_signature_for_the_original_counts_none_from_outside(office: Office) -> None:
    """The holder's own phone cannot attest: the step leads to the shop."""
    clerk = open_shop(office)
    visit = whole(office, clerk)
    office.clock.advance(timedelta(minutes=2))
    holder = office.holder(CUSTOMER)
    browser = Browser(office)
    browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    browser.open(f"/r/{visit.reference}/check")
    assert browser.path == f"/r/{visit.reference}/in-shop"
    assert resolving.load("carrier-prepaid").channels == ("online", "shop")
    with office.workspace.read() as work:
        assert programmes.current(work, "carrier-prepaid").channels == ("online", "shop")


def test_what_the_desk_keeps_goes_with_the_registration(office: Office) -> None:
    clerk = open_shop(office)
    visit = whole(office, clerk)
    visit.attest()
    visit.submit()
    with office.workspace.write() as work:
        registration = store.get(work, visit.id)
        kept = {due.artefact for due in retention.dues(work, registration)}
        erasing.form(work, registration)
    assert "registration" in kept, "a signature is kept as long as what it proves"
    with office.workspace.read() as work:
        left = store.get(work, visit.id)
        found = shops.visit(work, left)
        assert found is not None
        assert found.contact == ""
        assert {row.name for row in shops.acceptances(work, left)} == {""}
        assert shops.attestations(work, left), "that somebody signed for the original stays"
