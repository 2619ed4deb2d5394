"""F5, E7, B10, B4, F9: what people may do about what is kept of them, and who else may ask."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from shiming.audit import store as audit
from shiming.custody import erasure, retention
from shiming.custody.store import holding, lawful, retaining
from shiming.custody.store.tables import lawful_request
from shiming.notices import store as notices
from shiming.pipeline import doubts
from shiming.platform import outbox
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import RetentionRule
from tests.custody.conftest import Desk, desk
from tests.web.support import FIRST, PRINTED, SECOND, SECRET, Office, Person, picture, registration

__all__ = ["desk"]


def token(page: str) -> dict[str, str]:
    """The hidden field that a form of this page brings back."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page) or re.search(r'data-csrf="([0-9a-f]+)"', page)
    assert found, page
    return {"csrf_token": found.group(1)}


def browser(office: Office, person: Person | None = None, *, staff: bool = False, lang: str = "en") -> TestClient:
    """A browser, of somebody who is signed in already where named."""
    client = office.client()
    client.cookies.set("lang", lang)
    if person is not None:
        client.cookies.set("shiming_staff" if staff else "shiming", person.headers["Authorization"].split()[1])
    return client


def send(client: TestClient, path: str, page: str | None = None, **data: Any) -> Any:
    """Submits the form of a page."""
    files = data.pop("files", None)
    at = client.get(page or path)
    assert at.status_code == 200, at.text
    return client.post(path, data={**token(at.text), **data}, files=files)


def delivered(office: Office) -> list[str]:
    """Sends what waits, and gives the texts that went out, oldest first."""
    with office.workspace.read() as work:
        rows = [row.id for row in outbox.due(work.conn, work.now, 500) if row.topic == "notice"]
    for id in rows:
        office.house.engine._notices.deliver(id)
    with office.workspace.read() as work:
        return [message.text for message in reversed(notices.sink(work, 500))]


def audited(office: Office, kind: str, id: str) -> list[str]:
    with office.workspace.read() as work:
        return [row.action for row in audit.about(work.conn, work.issuer, kind, id)]


# F5


def test_f5_holder_sees_every_card_in_their_name_over_all_accounts(desk: Desk) -> None:
    publish_cap(desk, 2)
    holder, second = desk.holder(), desk.holder("second@example.org")
    assert holder.ok("GET", "/v1/cards") == {"cards": []}, "an account alone proves nobody"
    desk.decided(holder)
    desk.decided(second, number=SECOND)
    rows = holder.ok("GET", "/v1/cards")["cards"]
    assert {row["number_end"] for row in rows} == {FIRST[-4:], SECOND[-4:]}
    assert {row["registration"] is None for row in rows} == {True, False}, "the other account's reference is not told"
    assert all(FIRST not in json.dumps(row) for row in rows)


def publish_cap(desk: Desk, limit: int) -> None:
    desk.change(caps=[{"limit": limit, "scope": "programme", "origin": "test"}])


def test_f5_export_holds_everything_and_is_short_lived(desk: Desk) -> None:
    holder, other = desk.holder(), desk.holder("other@example.org")
    id = desk.decided(holder)
    made = holder.ok("POST", "/v1/exports")
    answer = holder.call("GET", f"/v1/exports/{made['id']}/file")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    assert data["format"] == "shiming-export-1"
    assert data["account"]["contact"] == "holder@example.org"
    kept = data["registrations"][0]
    assert kept["form"]["name"] == PRINTED["name"]
    assert {c["kind"] for c in kept["consents"]} == {"privacy", "terms", "face"}
    assert kept["findings"]
    assert kept["decisions"][-1]["verdict"] == "approve"
    assert data["person"][0]["documents"][0]["fields"]["number"] == PRINTED["number"]
    assert data["cards"][0]["number_end"] == FIRST[-4:]
    names = [item["picture"] for item in kept["evidence"]]
    assert all(archive.read(name)[:2] == b"\xff\xd8" for name in names)
    assert "note" not in json.dumps(kept["decisions"])
    assert id not in answer.headers["content-disposition"]

    assert other.call("GET", f"/v1/exports/{made['id']}/file").status_code == 404
    desk.office.clock.advance(timedelta(hours=25))
    later = desk.holder()
    assert later.call("GET", f"/v1/exports/{made['id']}/file").status_code == 410
    retention.sweep(desk.workspace)
    assert later.ok("GET", "/v1/exports")["exports"][0]["available"] is False


def test_f5_erasure_lets_go_what_the_law_lets_go_and_names_the_rest(desk: Desk) -> None:
    desk.keep(
        selfie=RetentionRule("end", 100),
        document_picture=RetentionRule("end", 100),
        reading=RetentionRule("end", 100, law=True),
        form=RetentionRule("end", 100, law=True),
        registration=RetentionRule("end", 731),
    )
    holder = desk.holder()
    id = desk.decided(holder)
    outlook = {row["artefact"]: row for row in holder.ok("GET", "/v1/erasure")["stays"]}
    assert set(outlook) == {"reading", "form", "registration"}
    assert outlook["form"]["until"] is None
    done = holder.ok("POST", "/v1/erasure", json={"confirm": True})
    assert (done["account"], {row["artefact"] for row in done["stays"]}) == (False, {"reading", "form", "registration"})
    assert done["erased"] >= 3

    # Status, data and the reviewer's page live on, and say that it was erased.
    reference = holder.ok("GET", f"/v1/registrations/{id}")["reference"]
    client = browser(desk.office, holder)
    assert client.get(f"/r/{reference}").status_code == 200
    reviewer = browser(desk.office, desk.office.member("reviewer"), staff=True)
    page = reviewer.get(f"/review/{reference}")
    assert page.status_code == 200
    assert "was erased" in page.text
    with desk.workspace.read() as work:
        front = next(item for item in store.evidence(work, id) if item.slot == "document-front")
        with pytest.raises(Problem, match="ERASED"):
            store.picture(work, front.id)
    assert reviewer.get(f"/review/evidence/{front.id}/picture").status_code == 410
    assert client.get(f"/r/{reference}/evidence/{front.id}/picture").status_code in (404, 410)

    desk.office.clock.advance(timedelta(hours=2))
    desk.end_binding(id)
    until = {row["until"] for row in desk.holder().ok("GET", "/v1/erasure")["stays"]}
    assert None not in until
    desk.office.clock.advance(timedelta(days=732))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.get(work, id).erased_at is not None
    last = desk.holder()
    gone = last.ok("POST", "/v1/erasure", json={"confirm": True})
    assert gone == {"erased": gone["erased"], "stays": [], "account": True}
    assert last.call("GET", "/v1/cards").status_code == 401, "its sessions ended"
    assert (
        browser(desk.office, desk.office.member("reviewer"), staff=True).get(f"/review/{reference}").status_code == 200
    )


def test_f5_erasure_of_an_unfinished_registration_frees_its_card(desk: Desk) -> None:
    holder = desk.holder()
    id = desk.office.begin(holder)
    done = holder.ok("POST", "/v1/erasure", json={"confirm": True})
    assert done["account"] is True
    with desk.workspace.read() as work:
        gone = store.get(work, id)
        assert gone.erased_at is not None
        assert store.card(work, gone.card_id).state == "in-stock"


def test_f5_a_restore_replays_the_log_of_erasures(desk: Desk) -> None:
    desk.keep(draft=RetentionRule("start", 1))
    first = desk.office.begin(desk.holder())
    desk.office.clock.advance(timedelta(days=2))
    retention.sweep(desk.workspace)
    entries = list(erasure.log(desk.workspace))
    assert {entry["object_id"] for entry in entries} >= {first}
    second = desk.office.begin(desk.holder("second@example.org"))
    # A backup from before: what the log names is there again, under another id here, since nothing shredded comes back.
    restored = [{**entry, "id": f"{n:036d}", "object_id": second} for n, entry in enumerate(entries)]
    again = [entry for entry in restored if entry["kind"] in ("form", "registration")]
    assert erasure.replay(desk.workspace, again) == 1 + (len(again) > 1)
    assert erasure.replay(desk.workspace, again) == 0
    with desk.workspace.read() as work:
        assert store.get(work, second).erased_at is not None
        assert len(list(retaining.deletions(work, second))) == len(again)


def test_f5_disputes_a_card_from_the_account(desk: Desk) -> None:
    holder, agent = desk.holder(), desk.office.member("agent")
    id = desk.decided(holder)
    card = holder.ok("GET", "/v1/cards")["cards"][0]
    filed = holder.ok("POST", "/v1/disputes", json={"card": card["id"], "statement": "I never bought this card."})
    assert filed["state"] == "open"
    assert filed["due_at"].startswith("2026-11-27"), "five working days from Saturday the 21st"
    again = holder.ok("POST", "/v1/disputes", json={"card": card["id"], "statement": "Once more."})
    assert again["reference"] == filed["reference"]
    with desk.workspace.read() as work:
        assert store.card_is_bound(work, store.get(work, id).card_id), "nothing is suspended by itself"
    stranger = desk.holder("stranger@example.org")
    assert stranger.call("POST", "/v1/disputes", json={"card": card["id"], "statement": "mine"}).status_code == 404

    queue = agent.ok("GET", "/v1/agent/disputes")["disputes"]
    assert [row["reference"] for row in queue] == [filed["reference"]]
    case = agent.ok("GET", f"/v1/agent/disputes/{filed['reference']}")
    assert case["same_document"] is True
    decision = {"verdict": "upheld", "reason": "not-the-holder", "message": "You were right."}
    path = f"/v1/agent/disputes/{filed['reference']}/decision"
    agent.ok("POST", path, json=decision)
    assert agent.call("POST", path, json=decision).status_code == 409
    with desk.workspace.read() as work:
        assert not store.card_is_bound(work, store.get(work, id).card_id)
    assert holder.ok("GET", "/v1/cards") == {"cards": []}
    assert holder.ok("GET", "/v1/disputes")["disputes"][0]["answer"] == "You were right."
    assert any(
        (filed["reference"] in text and "no longer" in text) or "不再" in text for text in delivered(desk.office)
    )


def test_f5_disputes_a_card_without_an_account(desk: Desk) -> None:
    """Somebody used the person's document: the person finds out, and says so without any account here."""
    thief = desk.holder("thief@example.org")
    id = desk.decided(thief)
    reference = thief.ok("GET", f"/v1/registrations/{id}")["reference"]
    delivered(desk.office)
    client = browser(desk.office)
    assert client.get("/disputes/mine").headers["location"] == "/disputes/new"
    sent = send(client, "/disputes/new", contact="victim@example.org")
    assert sent.headers["location"] == "/disputes/code"
    code = desk.office.last_code()
    wrong = send(client, "/disputes/code", code="000000" if code != "000000" else "111111")
    assert wrong.status_code == 422
    assert send(client, "/disputes/code", code=code).headers["location"] == "/disputes/mine"

    blank = send(client, "/disputes/mine", number="138 0013 8000", statement="I never bought a card here.")
    assert blank.status_code == 422
    assert "Add a picture of the front" in blank.text, "a contact alone proves nobody"
    files = {"front": ("id.jpg", picture("front"), "image/jpeg")}
    filed = send(client, "/disputes/mine", number="138 0013 8000", statement="I never bought a card here.", files=files)
    assert filed.headers["location"] == "/disputes/mine"
    waiting = client.get("/disputes/mine").text
    assert "Friday, 27 November 2026" in waiting
    assert thief.ok("GET", f"/v1/registrations/{id}")["card"]["state"] == "activating", "nothing is stopped by itself"

    agent = browser(desk.office, desk.office.member("agent"), staff=True)
    queue = agent.get("/agent/disputes").text
    found = re.search(r"/agent/disputes/([0-9A-Z-]+)", queue)
    assert found
    case = agent.get(f"/agent/disputes/{found.group(1)}").text
    assert "registered with this person" in case
    assert PRINTED["name"] in case
    assert agent.get(f"/agent/disputes/{found.group(1)}/pictures/front").content[:2] == b"\xff\xd8"
    path = f"/agent/disputes/{found.group(1)}"
    assert send(agent, path, verdict="upheld", reason="other").status_code == 422
    assert send(agent, path, verdict="upheld", reason="not-the-holder", note="matches").status_code == 303

    with desk.workspace.read() as work:
        assert not store.card_is_bound(work, store.get(work, id).card_id)
    texts = delivered(desk.office)
    assert any("you were right" in text for text in texts)
    assert any(reference in text and ("was disputed" in text or "异议" in text) for text in texts)
    answer = client.get("/disputes/mine").text
    assert "no longer registered to you" in answer
    assert "thief" not in answer
    assert reference not in answer


def test_f5_a_dispute_of_a_card_that_is_not_there_is_answered_alike(desk: Desk) -> None:
    client = browser(desk.office)
    send(client, "/disputes/new", contact="someone@example.org")
    send(client, "/disputes/code", code=desk.office.last_code())
    files = {"front": ("id.jpg", picture("front"), "image/jpeg")}
    filed = send(client, "/disputes/mine", number="8986009999999999999", statement="Not mine.", files=files)
    assert filed.headers["location"] == "/disputes/mine"
    assert "You have our answer by" in client.get("/disputes/mine").text
    agent = desk.office.member("agent")
    reference = agent.ok("GET", "/v1/agent/disputes")["disputes"][0]["reference"]
    case = agent.ok("GET", f"/v1/agent/disputes/{reference}")
    assert (case["card_state"], case["same_document"]) == (None, None)
    path = f"/v1/agent/disputes/{reference}/decision"
    assert agent.call("POST", path, json={"verdict": "upheld", "reason": "not-the-holder"}).status_code == 409
    silent = {"verdict": "refused", "reason": "no-such-card"}
    assert agent.call("POST", path, json=silent).status_code == 422, "a refusal says why"
    agent.ok("POST", path, json={**silent, "message": "We could not find what you describe."})
    assert "could not find" in client.get("/disputes/mine").text
    assert send(client, "/disputes/mine/another", page="/disputes/mine").headers["location"] == "/disputes/mine"
    assert "Send the dispute" in client.get("/disputes/mine").text, "a settled one is no bar to the next"


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_f5_and_b10_pages_of_the_account(desk: Desk, lang: str) -> None:
    holder = desk.holder()
    id = desk.decided(holder)
    client = browser(desk.office, holder, lang=lang)
    listed = client.get("/cards").text
    assert FIRST[-4:] in listed
    found = re.search(r"/cards/([0-9a-f-]{36})/dispute", listed)
    assert found
    path = f"/cards/{found.group(1)}/dispute"
    assert send(client, path, statement=" ").status_code == 422
    assert send(client, path, statement="I gave it back.").headers["location"] == "/cards"
    filed = re.search(r"/cards/disputes/([0-9A-Z-]+)/withdraw", client.get("/cards").text)
    assert filed
    assert send(client, filed.group(0), page="/cards").status_code == 303

    assert send(client, "/account/consents", offers="on").status_code == 303
    assert "privacy-1" in client.get("/account/consents").text
    face = re.search(r"/account/consents/face/[0-9a-f-]{36}", client.get("/account/consents").text)
    assert face
    assert send(client, face.group(0), page="/account/consents").status_code == 303
    assert "/account/consents/face/" not in client.get("/account/consents").text

    assert send(client, "/account/export").headers["location"] == "/account/export"
    download = re.search(r"/account/export/[0-9a-f-]{36}", client.get("/account/export").text)
    assert download
    assert client.get(download.group(0)).content[:2] == b"PK"

    assert send(client, "/account/erasure").status_code == 422, "nothing is erased without the tick"
    done = send(client, "/account/erasure", confirm="1")
    assert done.status_code == 200
    with desk.workspace.read() as work:
        assert store.get(work, id).erased_at is None, "the card is in use"
    assert client.get("/account").status_code == 200


# E7


def test_e7_who_held_the_number_then_over_recycling(desk: Desk) -> None:
    officer = desk.office.member("officer")
    holder = desk.holder()
    id = desk.decided(holder)
    then = desk.office.clock.now() + timedelta(minutes=1)
    desk.office.clock.advance(timedelta(days=10))
    desk.end_binding(id)
    between = desk.office.clock.now() + timedelta(minutes=1)
    desk.office.clock.advance(timedelta(days=10))
    officer = desk.office.member("officer")

    def ask(moment: Any, number: str = "138 0013 8000", kind: str = "msisdn") -> dict[str, Any]:
        body = {
            "authority": "District court",
            "basis": "Code of procedure, article 54",
            "case_number": "2026-1",
            "number_kind": kind,
            "number": number,
            "moment": moment.isoformat(),
        }
        request = officer.ok("POST", "/v1/lawful-requests", json=body)["id"]
        answer: dict[str, Any] = officer.ok("GET", f"/v1/lawful-requests/{request}/answer")
        return {**answer, "id": request}

    found = ask(then)
    assert found["holders"][0]["details"]["name"] == PRINTED["name"]
    assert found["holders"][0]["documents"][0]["fields"]["number"] == PRINTED["number"]
    assert found["watermark"]["request"] in found["watermark"]["text"]
    assert ask(between)["holders"] == []
    assert ask(then, FIRST, "card")["holders"][0]["registration"]
    assert audited(desk.office, "lawful-request", found["id"]) == [
        "staff:lawful-request:ask",
        "staff:lawful-request:answer",
    ]
    listed = officer.ok("GET", "/v1/lawful-requests")["requests"]
    assert [row["case_number"] for row in listed] == ["2026-1"] * 3
    colleague = desk.office.member("officer", "another-officer")
    assert colleague.call("GET", f"/v1/lawful-requests/{found['id']}/answer").status_code == 404
    with pytest.raises(Exception, match="append-only"), desk.workspace.write() as work:
        work.conn.execute(lawful_request.delete())


def test_e7_the_entry_stays_when_the_answer_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = desk.office.member("officer")
    body = {
        "authority": "District court",
        "basis": "Article 54",
        "case_number": "7",
        "number_kind": "card",
        "number": FIRST,
        "moment": desk.office.clock.now().isoformat(),
    }
    blank = officer.call("POST", "/v1/lawful-requests", json={**body, "basis": " "})
    assert blank.status_code == 422, "without a legal basis nothing is asked"
    request = officer.ok("POST", "/v1/lawful-requests", json=body)["id"]

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(holding, "cards_by_number", fail)
        with pytest.raises(RuntimeError):
            officer.call("GET", f"/v1/lawful-requests/{request}/answer")
    assert audited(desk.office, "lawful-request", request) == [
        "staff:lawful-request:ask",
        "staff:lawful-request:answer",
    ]
    with desk.workspace.read() as work:
        assert lawful.get(work, request).officer_id


def test_e7_on_the_officers_pages_with_a_watermark(desk: Desk) -> None:
    desk.decided(desk.holder())
    desk.office.clock.advance(timedelta(minutes=2))
    person = desk.office.member("officer")
    client = browser(desk.office, person, staff=True)
    form = {"authority": "District court", "case_number": "2026-1", "number_kind": "msisdn", "number": "13800138000"}
    path = "/officer/lawful-requests/new"
    refused = send(client, path, **form, basis="", moment="2026-11-21T09:01")
    assert refused.status_code == 422
    assert "Without one there is no answer" in refused.text
    future = send(client, path, **form, basis="Article 54", moment="2027-11-21T09:01")
    assert future.status_code == 422
    asked = send(client, path, **form, basis="Article 54", moment="2026-11-21T09:01")
    page = client.get(asked.headers["location"]).text
    assert PRINTED["name"] in page
    assert page.count("Officer (") >= 3, "the watermark names the officer"
    saved = client.get(f"{asked.headers['location']}/answer.json")
    assert saved.json()["watermark"]["text"].startswith("Officer (")
    assert "District court" in client.get("/officer/lawful-requests").text
    for other in ("reviewer", "agent", "admin", "clerk"):
        assert (
            browser(desk.office, desk.office.member(other), staff=True).get(asked.headers["location"]).status_code
            == 403
        )


# B10, B4, F9


def test_b10_the_offers_box_is_separate_and_unticked(office: Office) -> None:
    holder = office.holder()
    client = browser(office, holder)
    page = client.get("/register?programme=carrier-prepaid").text
    box = re.search(r'<input type="checkbox" id="offers"[^>]*>', page)
    assert box
    assert "checked" not in box.group(0)
    form = {
        "programme": "carrier-prepaid",
        "number": FIRST,
        "proof": "secret",
        "secret": SECRET,
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "terms": "1",
        "privacy": "1",
    }
    assert send(client, "/register", page="/register?programme=carrier-prepaid", **form).status_code == 303
    words = {w["kind"] for w in holder.ok("GET", "/v1/account/consents")["consents"]}
    assert words == {"terms", "privacy"}, "off by default, and nothing is written for no word"
    other = office.holder("other@example.org")
    client = browser(office, other)
    ticked = send(
        client, "/register", page="/register?programme=carrier-prepaid", **{**form, "number": SECOND, "offers": "1"}
    )
    assert ticked.status_code == 303
    words = {w["kind"]: w["given"] for w in other.ok("GET", "/v1/account/consents")["consents"]}
    assert words["offers"] is True


def test_b10_offer_from_the_administrators_page(office: Office) -> None:
    holder = office.holder()
    holder.ok("PUT", "/v1/account/consents/offers", json={"given": True})
    client = browser(office, office.member("admin"), staff=True)
    assert send(client, "/admin/offers", text_zh_CN="流量半价。").status_code == 422
    done = send(client, "/admin/offers", text_zh_CN="流量半价。", text_en="Half the price.")
    assert "To 1 account" in done.text
    assert sum("/account/consents" in text for text in delivered(office)) == 1


def test_b10_offers_are_off_by_default_revocable_and_honoured(desk: Desk) -> None:
    holder, other = desk.holder(), desk.holder("other@example.org")
    admin = desk.office.member("admin")
    offer = {"zh_CN": "流量半价。", "en": "Half the price for data."}
    assert admin.ok("POST", "/v1/offers", json=offer)["recipients"] == 0
    for person in (holder, other):
        person.ok("PUT", "/v1/account/consents/offers", json={"given": True})
    assert admin.ok("POST", "/v1/offers", json=offer)["recipients"] == 2
    # Withdrawn between queueing and sending: not sent, and nobody is asked to look at it.
    other.ok("PUT", "/v1/account/consents/offers", json={"given": False})
    assert sum("半价" in text for text in delivered(desk.office)) == 1
    assert desk.office.member("reviewer").call("GET", "/v1/review/queue").status_code == 200
    with desk.workspace.read() as work:
        assert doubts.of_all(work) == []
    words = other.ok("GET", "/v1/account/consents")["consents"]
    assert [(w["kind"], w["given"], w["version"]) for w in words] == [("offers", False, "offers-1")]


def test_b10_face_consent_withdrawn_later_erases_the_face_at_once(desk: Desk) -> None:
    holder = desk.holder()
    id = desk.office.in_review(holder)["id"]
    done = holder.ok("POST", f"/v1/registrations/{id}/consents/face/withdrawal")
    assert done["erased"] == 2
    with desk.workspace.read() as work:
        assert not store.consents(work, id)["face"].given
        assert all(item.slot != "selfie" for item in store.evidence(work, id))
    words = {w["kind"]: w for w in holder.ok("GET", "/v1/account/consents")["consents"]}
    assert words["face"]["given"] is False
    assert words["privacy"]["version"] == "privacy-1"
    assert holder.call("POST", f"/v1/registrations/{id}/consents/face/withdrawal").status_code == 409


def test_b4_nothing_goes_on_without_the_terms_whose_version_and_time_are_kept(office: Office) -> None:
    holder = office.holder()
    refused = holder.call("POST", "/v1/registrations", json=registration(consents={"privacy": True, "terms": False}))
    assert (refused.status_code, refused.json()["code"]) == (403, "CONSENT_REQUIRED")
    id = office.begin(holder)
    words = {w["kind"]: w for w in holder.ok("GET", "/v1/account/consents")["consents"]}
    assert words["terms"]["version"] == "terms-1"
    assert words["terms"]["at"].startswith("2026-11-21T01:00:00")
    assert words["terms"]["registration"]
    with office.workspace.read() as work:
        assert store.consents(work, id)["terms"].given


def test_f9_privacy_notice_before_anything_and_who_receives_the_data(office: Office) -> None:
    for lang, words in {"en": "Who receives your data", "zh_CN": "谁会收到您的资料"}.items():
        page = browser(office, lang=lang).get("/privacy")
        assert page.status_code == 200
        assert words in page.text
    holder = office.holder()
    refused = holder.call("POST", "/v1/registrations", json=registration(consents={"privacy": False, "terms": True}))
    assert refused.status_code == 403
