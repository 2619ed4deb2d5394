"""Rows B5, C2, C5, D2, D3, D4, E2, E3: what the programmes of other cards ask for, through the real interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shiming.pipeline.vision import PictureRead
from shiming.registration.values import Document, Face, FaceComparison, Field, Reading
from tests.rows.people import approve, settle
from tests.web.holder.browser import Browser
from tests.web.support import PRINTED, SECRET, Eyes, Office, Person, picture, registration

PAN = "4111111111111111"
TRANSIT, ELECTRONIC = "9156000000000001", "EID00000001"
PREPAID, DATA, HANDHELD = "8986001234567890203", "8986001234567890211", "8986001234567890229"
STOCK = f"""number,kind,scheme,product,msisdn,secret
{PAN},bank-card,pan,debit,,{SECRET}
{TRANSIT},transit-card,pattern,transit,,{SECRET}
{ELECTRONIC},electronic-id,pattern,eid,,{SECRET}
{PREPAID},sim,iccid,prepaid,+8613800138020,{SECRET}
{DATA},data-card,iccid,data,+85251230001,{SECRET}
{HANDHELD},sim,iccid,mvno,+8613800138022,{SECRET}
"""
PASSPORT = {
    "name": "SPECIMEN MEI",
    "number": "E12345674",
    "date_of_birth": "1990-03-07",
    "date_of_expiry": "2035-01-01",
    "sex": "F",
    "nationality": "CHN",
    "surname": "SPECIMEN",
    "given_names": "MEI",
    "issuing_country": "CHN",
}


@dataclass
class Sights(Eyes):
    """Sees passports, and people who hold what a test says they hold."""

    passport: bool = False
    faces_in_hand: int = 2
    likeness_in_hand: float = 0.7
    held: dict[str, str] = field(default_factory=lambda: dict(PRINTED))

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        if kind == "paper":
            return PictureRead(data, Reading(quality={"blur": 0.1, "brightness": 0.5}))
        seen = super().read(data, kind=kind, documents=documents, side="front" if kind == "holding" else side)
        if kind == "holding":
            return PictureRead(data, self._in_hand(seen.reading))
        if kind != "selfie" and self.passport:
            fields = {name: Field(value, value, 0.97, "mrz") for name, value in PASSPORT.items()}
            return PictureRead(
                data, replace(seen.reading, document=Document("passport", "front", "CN", 0.99), fields=fields)
            )
        return seen

    def _in_hand(self, reading: Reading) -> Reading:
        (portrait,) = reading.faces or ()
        holder = replace(portrait, box=(0.1, 0.1, 0.5, 0.7))
        fields = {name: Field(value, value, 0.97, "ocr") for name, value in self.held.items()}
        faces = (holder, replace(portrait, box=(0.6, 0.5, 0.7, 0.6)))[: self.faces_in_hand]
        return replace(reading, fields=fields, faces=faces, portrait=faces[-1] if len(faces) == 2 else None)

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        compared = super().compare(portrait, selfie, known)
        return compared if known is None else replace(compared, similarity=self.likeness_in_hand)


@pytest.fixture
def shop_window(office: Office) -> Office:
    """An installation with cards of every kind, and eyes for passports and hands."""
    office.service().ok("POST", "/v1/stock", json={"csv": STOCK})
    office.eyes = Sights()
    return office


def begin(holder: Person, programme: str, number: str, **changes: Any) -> str:
    """A registration of that kind of card, its activation code redeemed where there is one."""
    created = holder.ok("POST", "/v1/registrations", json=registration(number, programme=programme, **changes))
    path = f"/v1/registrations/{created['id']}"
    if created["activation_code"]:
        holder.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
    return path


def show(office: Office, holder: Person, path: str, *slots: str, take: int = 1) -> list[str]:
    """Hands in a picture for each slot and lets them be read. Their ids."""
    made = []
    for shade, slot in enumerate(slots):
        data = {"slot": slot, "capture_id": f"capture-{slot}-{take}-{path[-8:]}"}
        sent = holder.ok("POST", f"{path}/evidence", data=data, files={"file": picture(f"{slot}{take}", 100 + shade)})
        made.append(str(sent["id"]))
    office.work()
    return made


def declare(holder: Person, path: str, document: str | None, *fields: str, **values: str) -> None:
    """Declares the fields as printed, or as given."""
    form = {name: values.get(name, PRINTED.get(name, "")) for name in fields}
    holder.ok("PUT", f"{path}/form", json={"document": document, "fields": form})
    holder.ok("POST", f"{path}/declaration")


def codes(office: Office, path: str) -> dict[str, str]:
    """What a reviewer sees: finding codes that did not pass, with their item."""
    reviewer = office.member("reviewer")
    case = reviewer.ok("GET", f"/v1/review/cases/{path.rsplit('/', 1)[1]}")
    return {f["code"]: f["item"] for f in case["findings"] if f["outcome"] in ("fail", "warn", "unable")}


def test_b5_a_difference_is_shown_for_its_field_and_only_that_is_asked_again(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    path = begin(holder, "carrier-prepaid", PREPAID)
    declare(holder, path, "cn-resident-id", "name", "sex", "date_of_birth", "number", "address", sex="M")
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    show(office, holder, path, "document-front", "document-back", "selfie")
    holder.ok("POST", f"{path}/submission")
    office.work()
    found = holder.ok("GET", path)
    assert found["state"] == "action-required"
    assert found["decision"]["items"] == ["sex"]
    assert [reason["code"] for reason in found["decision"]["reasons"]] == ["MISMATCH_SEX"]
    refused = holder.call(
        "POST", f"{path}/evidence", data={"slot": "selfie", "capture_id": "capture-again"}, files={"file": picture()}
    )
    assert refused.json()["code"] == "NOT_ASKED", "only what differs is corrected"
    office.clock.advance(timedelta(minutes=1))
    declare(holder, path, "cn-resident-id", "sex")
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review"


def test_c2_c5_a_data_card_by_passport_and_all_that_is_given_must_agree(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    office.eyes.passport = True  # type: ignore[attr-defined]
    path = begin(holder, "data-card", DATA)
    given = {**PASSPORT, "address": "1 Sample Road", "date_of_birth": "1991-03-07"}
    declare(holder, path, "passport", "name", "number", "date_of_birth", "address", **given)
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    show(office, holder, path, "document-front", "selfie")
    receipt = holder.ok("POST", f"{path}/submission")
    assert receipt["due_at"], "a promise in Hong Kong's working days"
    office.work()
    found = holder.ok("GET", path)
    assert found["decision"]["items"] == ["date_of_birth"]
    office.clock.advance(timedelta(minutes=1))
    declare(holder, path, "passport", "date_of_birth", date_of_birth=PASSPORT["date_of_birth"])
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review"


def test_d2_a_bank_cards_number_is_never_stored_whole_and_is_registered_at_a_branch(shop_window: Office) -> None:
    office = shop_window
    token = office.service().ok("POST", "/v1/stock/token", json={"number": PAN})["token"]
    assert token.startswith("tok_")
    assert token.endswith("_1111")
    with office.workspace.read() as work:
        row = work.conn.execute(sa.text("select * from card where kind = 'bank-card'")).one()
        everything = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in row)
    assert PAN not in everything
    with office.workspace.read() as work:
        from shiming.registration import store

        kept = store.card_by_number(work, "pan", PAN)
        assert kept is not None
        assert kept.number == token, "even opened, the column holds the token only"
    online = office.holder().call("POST", "/v1/registrations", json=registration(PAN, programme="bank-card"))
    assert online.json()["code"] == "SHOP_ONLY", "a branch registers it, not the web"


def test_d3_a_transit_card_is_registered_only_for_a_large_top_up_or_a_refund(shop_window: Office) -> None:
    office, holder, gates = shop_window, shop_window.holder(), shop_window.service()

    def wish(**what: Any) -> dict[str, Any]:
        answer = gates.ok("POST", "/v1/cards/wishes", json={"programme": "transit-card", "number": TRANSIT, **what})
        return dict(answer)

    small = wish(kind="top-up", amount=1000, currency="CNY")
    assert (small["allowed"], small["registration_required"]) == (True, False)
    for large in ({"kind": "top-up", "amount": 1001, "currency": "CNY"}, {"kind": "refund"}):
        answer = wish(**large)
        assert (answer["allowed"], answer["registration_required"]) == (False, True)
    assert "large top-ups or a refund" in office.client().get("/start/transit-card").text
    path = begin(holder, "transit-card", TRANSIT)
    declare(holder, path, "cn-resident-id", "name", "number")
    show(office, holder, path, "document-front", "document-back")
    holder.ok("POST", f"{path}/submission")
    office.work()
    office.clock.advance(timedelta(minutes=11))
    settle(office)
    assert holder.ok("GET", path)["card"]["restrictions"] == []
    assert wish(kind="refund")["allowed"]
    assert wish(kind="top-up", amount=5000, currency="CNY")["allowed"]


def test_d4_an_electronic_id_asks_for_both_sides_and_a_face(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    path = begin(holder, "electronic-id", ELECTRONIC)
    declare(holder, path, "cn-resident-id", "name", "number", "date_of_birth")
    missing = holder.call("POST", f"{path}/submission").json()
    assert {row["field"] for row in missing["fields"]} >= {"slot:document-front", "slot:document-back", "consent:face"}
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    show(office, holder, path, "document-front", "document-back", "selfie")
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review"


def test_e2_e3_each_fault_of_the_photo_holding_the_id_is_named(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    sights: Any = office.eyes
    path = begin(holder, "mvno-handheld", HANDHELD)
    show(office, holder, path, "document-front", "document-back")
    declare(holder, path, "cn-resident-id", "name", "number", "address")
    early = holder.call(
        "POST", f"{path}/evidence", data={"slot": "holding", "capture_id": "capture-early"}, files={"file": picture()}
    )
    assert early.json()["code"] == "CONSENT_REQUIRED", "a face is photographed only with a consent of its own"
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})

    def fault(take: int, **sight: Any) -> str:
        for name, value in sight.items():
            setattr(sights, name, value)
        (newest,) = (holder.ok("GET", f"/v1/evidence/{id}") for id in show(office, holder, path, "holding", take=take))
        failed = [f["code"] for f in newest["findings"] if f["outcome"] == "fail"]
        return failed[0] if failed else ""

    assert fault(1, faces_in_hand=0) == "HANDHELD_FACE_MISSING"
    assert fault(2, faces_in_hand=2, held={"name": PRINTED["name"]}) == "HANDHELD_CARD_UNREADABLE"
    other = {"name": PRINTED["name"], "number": "110101199003078486"}
    assert fault(3, held=other) == "HANDHELD_CARD_OTHER"
    assert fault(4, held=dict(PRINTED)) == ""
    sights.similarity, sights.likeness_in_hand = 0.1, 0.2
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review"
    assert "HANDHELD_CARD_OTHER" not in codes(office, path)
    assert "FACE_MISMATCH" in codes(office, path), "the face in the photo is compared with the document's"
    assert codes(office, path)["HANDHELD_PORTRAIT_UNCERTAIN"] == "holding", "and with that of the card in the hand"


def test_e4_on_approval_every_service_is_open_and_progress_is_seen_until_then(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    path = begin(holder, "mvno-handheld", HANDHELD)
    show(office, holder, path, "document-front", "document-back")
    declare(holder, path, "cn-resident-id", "name", "number", "address")
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    show(office, holder, path, "holding")
    receipt = holder.ok("POST", f"{path}/submission")
    assert receipt["due_at"] == "2026-11-25T10:00:00Z", "three working days from a Saturday"
    office.work()
    waiting = holder.ok("GET", path)
    assert waiting["state"] == "in-review"
    assert waiting["card"]["restrictions"] == ["international-calls-out"]
    approve(office, path.rsplit("/", 1)[1])
    done = holder.ok("GET", path)
    assert (done["card"]["state"], done["card"]["restrictions"]) == ("in-service", [])


def test_b7_without_the_usual_id_another_document_goes_to_a_person_and_an_agent_is_at_hand(shop_window: Office) -> None:
    office, holder = shop_window, shop_window.holder()
    path = begin(holder, "carrier-prepaid", PREPAID)
    browser = Browser(office)
    browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    reference = holder.ok("GET", path)["reference"]
    browser.open(f"/r/{reference}/document")
    assert "Household register" in browser.text
    assert f"/inbox/new?r={reference}&amp;topic=no-document" in browser.page.text
    declare(holder, path, "household-register", "name", "sex", "date_of_birth", "number", "address")
    holder.ok("PUT", f"{path}/consents/face", json={"given": False})
    show(office, holder, path, "document-front")
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review"
    assert codes(office, path)["DOC_NO_READER"] == "document-front"
