"""Rows A1-A7, A9, A10 of ``carrier-5g``, and E4, through pages and interface without scripts.

``tests/e2e/test_carrier_5g.py`` does the same way in a real browser with a camera and the real reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from shiming.pipeline.vision import PictureRead
from shiming.registration import store
from tests.rows.people import approve, messages
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PRINTED, SECRET, Eyes, Office, Person, picture, registration

WAY = "/v1/registrations"


@dataclass
class Blurring(Eyes):
    """Sees pictures as good or bad as a test says."""

    measures: dict[str, float] = field(default_factory=dict)

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        seen = super().read(data, kind=kind, documents=documents, side=side)
        return replace(seen, reading=replace(seen.reading, quality={**seen.reading.quality, **self.measures}))


def begun(browser: Browser) -> str:
    """A card claimed on the pages; the address of its registration."""
    browser.sign_in()
    browser.open("/register?programme=carrier-5g")
    given = {"number": FIRST, "secret": SECRET, "name": PRINTED["name"], "address": PRINTED["address"]}
    browser.send("/register", **given, terms="1", privacy="1")
    assert browser.path.endswith("/code"), browser.text
    return browser.path.removesuffix("/code")


def code_on(page: str) -> str:
    """The activation code that a page shows."""
    return next(word for word in page.split() if len(word) == 11 and word[5] == "-" and word.isupper())


def show(holder: Person, id: str, slot: str, take: int = 1) -> str:
    data = {"slot": slot, "capture_id": f"capture-{slot}-{take}-{id[:8]}"}
    return str(holder.ok("POST", f"{WAY}/{id}/evidence", data=data, files={"file": picture(slot)})["id"])


def test_a1_a_checklist_before_the_start_and_a_dropped_network_loses_nothing(office: Office) -> None:
    page = Browser(office)
    page.open("/start/carrier-5g")
    for need in ("Your card", "Your identity document", "Your phone's camera", "A steady network"):
        assert need in page.text
    holder = office.holder()
    id = office.begin(holder)
    whole = picture("front")
    announced = {
        "slot": "document-front",
        "capture_id": "capture-dropped",
        "size": len(whole),
        "media_type": "image/jpeg",
    }
    upload = holder.ok("POST", f"{WAY}/{id}/uploads", json=announced)["id"]
    holder.ok("PATCH", f"/v1/uploads/{upload}", content=whole[:700], headers={"Upload-Offset": "0"})
    # The network drops; another day, on the same account, it goes on where it stopped.
    again = holder.ok("POST", f"{WAY}/{id}/uploads", json=announced)
    assert (again["id"], again["offset"]) == (upload, 700)
    done = holder.ok("PATCH", f"/v1/uploads/{upload}", content=whole[700:], headers={"Upload-Offset": "700"})
    assert done["evidence_id"]
    office.clock.advance(timedelta(minutes=2))
    browser = Browser(office)
    browser.sign_in()
    assert f"/r/{holder.ok('GET', f'{WAY}/{id}')['reference']}/" in browser.path, "what was begun is found again"


def test_a2_an_account_by_a_code_and_the_same_account_again(office: Office) -> None:
    first = office.holder()
    office.clock.advance(timedelta(minutes=2))
    second = office.holder()
    who = [person.ok("GET", "/v1/sessions/current") for person in (first, second)]
    assert who[0]["id"] == who[1]["id"]
    assert who[0]["role"] == "holder"
    other = office.holder("other@example.org").ok("GET", "/v1/sessions/current")
    assert other["id"] != who[0]["id"]


def test_a3_the_card_first_and_one_activation_code_that_later_steps_require(office: Office) -> None:
    holder = office.holder()
    created = holder.ok("POST", WAY, json=registration(FIRST))
    id, code = created["id"], created["activation_code"]
    assert messages(office, "activation-code")[-1]["params"]["code"] == code, "sent"
    assert holder.ok("GET", f"{WAY}/{id}/activation-code")["code"] == code, "kept in the account"
    assert code in office_page(office, "/account"), "shown"
    early = holder.call(
        "POST",
        f"{WAY}/{id}/evidence",
        data={"slot": "document-front", "capture_id": "capture-early"},
        files={"file": picture()},
    )
    assert early.json()["code"] == "CODE_REQUIRED"
    with office.workspace.read() as work:
        card = store.card_by_number(work, "iccid", FIRST)
        assert card is not None
        assert str(card.state) == "reserved", "no service is opened"
    other = office.holder("other@example.org")
    taken = other.call("POST", WAY, json=registration(FIRST))
    assert taken.json()["code"] == "CARD_UNKNOWN", "another's card is answered like one that does not exist"
    stolen = other.call("POST", f"{WAY}/{id}/activation-code", json={"code": code})
    assert stolen.status_code == 404, "the code is this account's"
    wrong = holder.call("POST", f"{WAY}/{id}/activation-code", json={"code": "AAAAA-AAAAA"})
    assert wrong.json()["code"] == "CODE_WRONG"
    holder.ok("POST", f"{WAY}/{id}/activation-code", json={"code": code.lower()})


def office_page(office: Office, path: str) -> str:
    """What a page says to the same holder in another browser, a minute later."""
    office.clock.advance(timedelta(minutes=2))
    browser = Browser(office)
    browser.sign_in()
    browser.open(path)
    return browser.text


def test_a4_verification_opens_from_the_home_page_and_from_the_account(office: Office) -> None:
    browser = Browser(office)
    base = begun(browser)
    for path in ("/", "/account"):
        browser.open(path)
        assert f'href="{base}/verify"' in browser.page.text, path


@pytest.mark.parametrize(
    ("measures", "code"),
    [
        ({"blur": 0.9}, "IMG_BLUR"),
        ({"glare": 0.2}, "IMG_GLARE"),
        ({"brightness": 0.05}, "IMG_DARK"),
        ({"lean": 60.0}, "DOC_SKEWED"),
        ({"margin": -0.2}, "DOC_CUT_OFF"),
        ({"document_width": 100.0}, "IMG_LOW_RES"),
    ],
)
def test_a5_a_bad_picture_is_named_at_once_with_what_to_do(
    office: Office, measures: dict[str, float], code: str
) -> None:
    office.eyes = Blurring(measures=measures)
    holder = office.holder()
    id = office.begin(holder)
    evidence = show(holder, id, "document-front")
    office.work()
    found = holder.ok("GET", f"/v1/evidence/{evidence}")
    (fault,) = [finding for finding in found["findings"] if finding["outcome"] == "fail"]
    assert found["state"] == "unusable"
    assert fault["code"] == code or (code == "IMG_LOW_RES" and fault["code"] == "DOC_TOO_SMALL")
    assert fault["text"]
    assert fault["hint"], "an instruction the person can follow"


def test_a6_what_is_read_is_matched_field_by_field_and_declared_true(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    form = {"document": "cn-resident-id", "fields": {"name": "样本强"}}
    holder.ok("PUT", f"{WAY}/{id}/form", json=form)
    undeclared = holder.call("POST", f"{WAY}/{id}/submission")
    assert undeclared.json()["item"] == "declaration", "what changed must be declared true again"
    holder.ok("POST", f"{WAY}/{id}/declaration")
    holder.ok("POST", f"{WAY}/{id}/submission")
    office.work()
    found = holder.ok("GET", f"{WAY}/{id}")
    assert [reason["code"] for reason in found["decision"]["reasons"]] == ["MISMATCH_NAME"]
    assert found["decision"]["items"] == ["name"]


def test_a7_the_face_only_after_a_separate_consent_with_an_equal_way_without(office: Office) -> None:
    browser = Browser(office)
    base = begun(browser)
    browser.open(f"{base}/code")
    code = code_on(browser.text)
    browser.open(f"{base}/verify")
    browser.send(f"{base}/verify", code=code)
    browser.open(f"{base}/selfie")
    assert browser.path == f"{base}/face", "no picture of a face before the consent"
    for told in ("Purpose", "at most as long as the registration", "a person checks your registration instead"):
        assert told in browser.text
    holder = office.holder("second@example.org")
    found = office.in_review(holder, "8986001234567890138", face=False)
    reviewer = office.member("reviewer")
    case = reviewer.ok("GET", f"/v1/review/cases/{found['id']}")
    codes = {finding["code"]: finding["outcome"] for finding in case["findings"]}
    assert codes["CONSENT_DECLINED"] == "unable", "refusing leads to a person and counts against nobody"
    assert not [item for item in case["evidence"] if item["slot"] == "selfie"]


def test_a7_movements_are_decided_by_the_program_and_one_photo_by_a_person(office: Office) -> None:
    office.lively = True
    holder = office.holder()
    id = office.begin(holder)
    assert holder.call("POST", f"{WAY}/{id}/liveness-sessions").json()["code"] == "CONSENT_REQUIRED"
    office.fill(holder, id)
    holder.ok("POST", f"{WAY}/{id}/submission")
    office.work()
    found = holder.ok("GET", f"{WAY}/{id}")
    assert found["state"] == "approved"
    reviewer = office.member("reviewer")
    case = reviewer.ok("GET", f"/v1/review/cases/{id}")
    (session,) = [item for item in case["evidence"] if item["kind"] == "liveness"]
    assert [action["seen"] for action in session["liveness"]["actions"]] == [True] * 3
    assert session["further_pictures"] == 2
    for path in (f"/v1/review/evidence/{session['id']}/pictures/1", f"/v1/review/evidence/{session['id']}/picture"):
        picture = reviewer.call("GET", path)
        assert (picture.status_code, picture.headers["cache-control"]) == (200, "no-store")
    assert reviewer.call("GET", f"/v1/review/evidence/{session['id']}/pictures/3").status_code == 404
    office.lively = False
    other = office.in_review(office.holder("second@example.org"), "8986001234567890138")
    waiting = {row["id"]: row for row in reviewer.ok("GET", "/v1/review/queue")["cases"]}
    reasons = {reason["code"]: reason["text"] for reason in waiting[other["id"]]["reasons"]}
    assert reasons["LIVE_NOT_SHOWN"].startswith("You sent a photo")


def test_a9_status_at_any_moment_and_a_message_when_the_card_is_in_service(office: Office) -> None:
    holder = office.holder()
    found = office.in_review(holder)
    assert found["due_at"]
    assert "You have our answer by" in office_page(office, f"/r/{found['reference']}")
    approve(office, found["id"])
    now = holder.ok("GET", f"{WAY}/{found['id']}")
    assert (now["state"], now["card"]["state"], now["card"]["restrictions"]) == ("approved", "in-service", [])
    assert messages(office, "decision-approved")
    assert messages(office, "in-service")
    events = [entry["event"] for entry in holder.ok("GET", f"{WAY}/{found['id']}/timeline")["entries"]]
    assert events.index("submit") < events.index("approve") < events.index("in-service")


def test_a10_a_fault_is_told_with_its_cure_and_only_that_item_is_sent_again(office: Office) -> None:
    holder = office.holder()
    found = office.in_review(holder)
    reviewer = office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{found['id']}/claim")
    again = {"n": 1, "verdict": "retry", "reasons": ["IMG_GLARE"], "items": ["document-back"]}
    decision = reviewer.ok("POST", f"/v1/review/cases/{found['id']}/decisions", json=again)
    reviewer.ok("POST", f"/v1/review/decisions/{decision['id']}/release-result")
    page = office_page(office, f"/r/{found['reference']}")
    assert "A bright reflection hides part of the picture." in page
    assert "Turn away from the lamp or window" in page
    assert "Reach a person" in page
    other = holder.call(
        "POST",
        f"{WAY}/{found['id']}/evidence",
        data={"slot": "selfie", "capture_id": "capture-other"},
        files={"file": picture()},
    )
    assert other.json()["code"] == "NOT_ASKED"
    show(holder, found["id"], "document-back", take=2)
    office.work()
    holder.ok("POST", f"{WAY}/{found['id']}/submission")
    office.work()
    assert holder.ok("GET", f"{WAY}/{found['id']}")["state"] == "in-review"
