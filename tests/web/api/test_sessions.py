"""Signing in and out, and what keeps strangers from trying too often."""

from __future__ import annotations

from datetime import timedelta

from tests.web.support import PASSWORD, Office, registration


def test_a_code_opens_one_session(office: Office) -> None:
    client = office.client()
    client.post("/v1/codes", json={"contact": "holder@example.org"})
    body = {"contact": "holder@example.org", "code": office.last_code()}
    assert client.post("/v1/sessions", json=body).status_code == 201
    again = client.post("/v1/sessions", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "CODE_WRONG")


def test_guesses_run_out(office: Office) -> None:
    client = office.client()
    client.post("/v1/codes", json={"contact": "holder@example.org"})
    right = office.last_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert client.post("/v1/sessions", json={"contact": "holder@example.org", "code": wrong}).status_code == 422
    assert client.post("/v1/sessions", json={"contact": "holder@example.org", "code": right}).status_code == 422


def test_a_contact_gets_one_code_a_minute_and_is_told_when_the_next_may_go(office: Office) -> None:
    client = office.client()
    assert client.post("/v1/codes", json={"contact": "13800138000"}).status_code == 202
    refused = client.post("/v1/codes", json={"contact": "+86 138 0013 8000"})
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    office.clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert client.post("/v1/codes", json={"contact": "13800138000"}).status_code == 202


def test_an_address_gets_few_codes_an_hour(office: Office) -> None:
    client = office.client()
    statuses = [client.post("/v1/codes", json={"contact": f"h{n}@example.org"}).status_code for n in range(31)]
    assert statuses == [202] * 30 + [429]
    office.clock.advance(timedelta(hours=1, seconds=1))
    assert client.post("/v1/codes", json={"contact": "later@example.org"}).status_code == 202


def test_an_account_tries_few_cards_an_hour(office: Office) -> None:
    holder = office.holder()
    wrong = registration(secret="0000-0000")
    statuses = [holder.call("POST", "/v1/registrations", json=wrong).status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(office: Office) -> None:
    office.member("reviewer")
    client = office.client()
    wrong = client.post("/v1/staff/sessions", json={"username": "a-reviewer", "password": "wrong"})
    unknown = client.post("/v1/staff/sessions", json={"username": "nobody", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_signing_out_ends_the_session(office: Office) -> None:
    holder = office.holder()
    assert holder.ok("GET", "/v1/sessions/current")["role"] == "holder"
    assert holder.call("DELETE", "/v1/sessions/current").status_code == 204
    gone = holder.call("GET", "/v1/sessions/current")
    assert (gone.status_code, gone.json()["code"]) == (401, "SIGN_IN_REQUIRED")
    assert gone.headers["WWW-Authenticate"] == "Bearer"


def test_a_browsers_cookie_needs_the_pages_token_for_changes(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    token = holder.headers["Authorization"].removeprefix("Bearer ")
    browser = office.client()
    browser.cookies.set("shiming", token)
    path = f"/v1/registrations/{id}"
    assert browser.get(path).status_code == 200
    assert browser.put(f"{path}/consents/face", json={"given": True}).status_code == 403
    page = browser.get("/")
    csrf = page.text.split('data-csrf="', 1)[1].split('"', 1)[0]
    headers = {"X-CSRF-Token": csrf}
    assert browser.put(f"{path}/consents/face", json={"given": True}, headers=headers).status_code == 204
    elsewhere = {**headers, "Origin": "https://elsewhere.example"}
    assert browser.put(f"{path}/consents/face", json={"given": True}, headers=elsewhere).status_code == 403
