"""The administrator publishes a programme for a card that nobody foresaw, without touching code, and a holder registers it."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.web.support import PASSWORD, SECRET, Office, registration

LIBRARY = """
extends = "member-card"
title = "Library card"
card_kind = "library-card"
number_pattern = "L[0-9]{6}"
possession = ["secret"]
optional_consents = []
checks = ["complete", "card_number", "card_state", "card_not_bound"]
"""


def _desk(office: Office) -> tuple[TestClient, str]:
    office.member("admin", "chief")
    desk = office.client()
    page = desk.get("/staff/sign-in")
    token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "username": "chief", "password": PASSWORD, "next": ""}
    assert desk.post("/staff/sign-in", data=form).headers["location"] == "/admin"
    return desk, token


def test_a_card_nobody_foresaw_is_published_and_registered(office: Office) -> None:
    desk, token = _desk(office)
    form = {"csrf_token": token, "name": "library-card", "text": LIBRARY}
    wrong = desk.post("/admin/programmes/draft", data={**form, "text": LIBRARY + 'review_mode = "never"\n'})
    assert wrong.status_code == 422
    assert "review_mode" in wrong.text
    drawn = desk.post("/admin/programmes/draft", data=form)
    assert '<svg class="journey"' in drawn.text
    assert desk.post("/admin/programmes/draft", data={**form, "act": "publish"}).status_code == 303
    stock = f"number,kind,scheme,product,msisdn,secret\nL000001,library-card,pattern,library,,{SECRET}\n"
    office.service().ok("POST", "/v1/stock", json={"csv": stock})

    holder = office.holder()
    begun = holder.ok(
        "POST", "/v1/registrations", json=registration("l000001", programme="library-card", secret=SECRET, address="")
    )
    assert begun["activation_code"] is None
    path = f"/v1/registrations/{begun['id']}"
    holder.ok("PUT", f"{path}/form", json={"fields": {"name": "样本梅", "date_of_birth": "1990-03-07"}})
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "approved"


def test_a_programme_that_is_not_offered_cannot_be_begun_and_what_was_begun_goes_on(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    desk, token = _desk(office)
    sent = desk.post("/admin/programmes/carrier-5g/offer", data={"csrf_token": token, "offered": "no"})
    assert sent.status_code == 303
    assert "Not offered" in desk.get("/admin/programmes/carrier-5g").text
    other = office.holder("other@example.org")
    refused = other.call("POST", "/v1/registrations", json=registration("8986001234567890138"))
    assert refused.status_code == 422
    assert office.client().get("/start/carrier-5g").status_code == 404
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")


def test_an_administrator_adds_a_member_whose_password_is_shown_once(office: Office) -> None:
    desk, token = _desk(office)
    added = desk.post("/admin/staff", data={"csrf_token": token, "username": "wen", "role": "agent", "name": "Wen"})
    password = added.text.split('Password: <span class="num">', 1)[1].split("<", 1)[0]
    assert password not in desk.get("/admin/staff").text
    opened = office.client().post("/v1/staff/sessions", json={"username": "wen", "password": password})
    assert opened.json()["role"] == "agent"
    twice = desk.post("/admin/staff", data={"csrf_token": token, "username": "WEN", "role": "agent"})
    assert twice.status_code == 422
    assert "This user name is in use" in twice.text
    ended = desk.get("/admin/staff").text.split("/admin/staff/", 1)[1].split("/end", 1)[0]
    assert desk.post(f"/admin/staff/{ended}/end", data={"csrf_token": token}).status_code == 303
    assert office.client().post("/v1/staff/sessions", json={"username": "wen", "password": password}).status_code == 401
