"""The reviewer's pages by plain forms, as without scripts."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.web.support import PASSWORD, PRINTED, Office


def signed_in(office: Office) -> TestClient:
    office.member("reviewer")
    browser = office.client()
    page = browser.get("/staff/sign-in?lang=en")
    form = {"csrf_token": token(page.text), "username": "a-reviewer", "password": PASSWORD, "next": "/review"}
    answer = browser.post("/staff/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    return browser


def token(page: str) -> str:
    return re.findall(r'data-csrf="([^"]+)"', page)[0]


def test_a_case_is_claimed_confirmed_decided_and_taken_back(office: Office) -> None:
    reference = office.in_review(office.holder())["reference"]
    browser = signed_in(office)
    queue = browser.get("/review")
    assert reference in queue.text
    form = {"csrf_token": token(queue.text)}
    assert browser.post(f"/review/{reference}/claim", data=form).status_code == 303
    case = browser.get(f"/review/{reference}").text
    assert PRINTED["number"] in case
    choice = {**form, "n": "1", "verdict": "retry", "again:document-front": "IMG_GLARE", "message": "<b>again</b>"}
    preview = browser.post(f"/review/{reference}/decide", data=choice)
    assert preview.status_code == 200
    assert "&lt;b&gt;again" in preview.text
    assert browser.post(f"/review/{reference}/confirm", data=choice).status_code == 303
    after = browser.get(f"/review/{reference}").text
    (back,) = re.findall(r'action="(/review/decisions/[^"]+/take-back)"', after)
    assert browser.post(back, data=form).status_code == 303
    assert "Claim this case" in browser.get(f"/review/{reference}").text


def test_a_form_without_our_token_is_refused(office: Office) -> None:
    reference = office.in_review(office.holder())["reference"]
    browser = signed_in(office)
    assert browser.post(f"/review/{reference}/claim", data={}).status_code == 403


def test_a_rejection_without_a_reason_comes_back_with_the_fault(office: Office) -> None:
    reference = office.in_review(office.holder())["reference"]
    browser = signed_in(office)
    form = {"csrf_token": token(browser.get("/review").text)}
    browser.post(f"/review/{reference}/claim", data=form)
    answer = browser.post(f"/review/{reference}/decide", data={**form, "n": "1", "verdict": "reject"})
    assert answer.status_code == 422
    assert "Choose at least one reason." in answer.text


def test_sign_in_never_leads_elsewhere(office: Office) -> None:
    page = office.client().get("/staff/sign-in?next=https://elsewhere.example/review")
    assert 'name="next" value="/staff/sign-in"' in page.text


def test_a_finding_of_disagreement_shows_both_values_and_where_they_stand(office: Office) -> None:
    office.eyes.front["sex"] = "M"
    reference = office.in_review(office.holder())["reference"]
    case = signed_in(office).get(f"/review/{reference}").text
    row = next(row for row in case.split("<tr") if "MISMATCH_DOC_SEX" in row)
    assert "The sex is not the same in two places of the document, as we read it." in row
    assert re.findall(r"<li><b>(.)</b>", row) == ["M", "F"]
    assert "told by the number itself" in row
