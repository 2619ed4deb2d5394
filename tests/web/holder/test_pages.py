"""The holder's way through the pages without scripts, and what guards it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from stdnum import luhn

from shiming.registration import store
from shiming.registration.store import approval
from shiming.web.middleware import SECURITY_HEADERS
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PRINTED, SECRET, Office, picture


@pytest.fixture
def browser(office: Office) -> Browser:
    return Browser(office)


def _claim(browser: Browser, **changes: str) -> str:
    browser.open("/register")
    given = {"number": FIRST, "secret": SECRET, "name": PRINTED["name"], "address": PRINTED["address"]}
    browser.send("/register", **{**given, "terms": "1", "privacy": "1", **changes})
    found = re.search(r"/r/([A-Z0-9-]+)/", browser.path)
    return found[1] if found else ""


def _begin(browser: Browser) -> str:
    reference = _claim(browser)
    code = re.search(r'<p class="num big">([^<]+)', browser.page.text)
    assert code is not None
    browser.open(f"/r/{reference}/verify")
    browser.send(f"/r/{reference}/verify", code=code[1])
    assert browser.path == f"/r/{reference}/document"
    browser.send(f"/r/{reference}/document", document="cn-resident-id")
    return reference


def _shoot(browser: Browser, address: str, shade: int) -> None:
    browser.open(address)
    browser.send(address, files={"picture": ("a.jpg", picture(address, shade), "image/jpeg")})
    assert "We are looking at your picture" in browser.text
    browser.office.work()
    browser.open(address)
    assert "The picture is good" in browser.text


def _hand_in(browser: Browser, *, face: str = "yes") -> str:
    reference = _begin(browser)
    _shoot(browser, f"/r/{reference}/photo/document-front", 90)
    _shoot(browser, f"/r/{reference}/photo/document-back", 100)
    browser.open(f"/r/{reference}/details")
    assert PRINTED["number"] in browser.page.text, "what was read is filled in"
    browser.send(f"/r/{reference}/details", declaration="1")
    assert browser.path == f"/r/{reference}/face"
    browser.send(f"/r/{reference}/face", choice=face)
    if face == "yes":
        _shoot(browser, f"/r/{reference}/selfie", 110)
    browser.open(f"/r/{reference}/check")
    browser.send(f"/r/{reference}/check")
    assert browser.path == f"/r/{reference}"
    return reference


def _decide(office: Office, reference: str, verdict: str, **more: object) -> str:
    reviewer = office.member("reviewer")
    with office.workspace.read() as work:
        registration = store.by_reference(work, reference)
    reviewer.ok("POST", f"/v1/review/cases/{registration.id}/claim")
    body = {"n": registration.n, "verdict": verdict, "reasons": [], **more}
    taken = reviewer.ok("POST", f"/v1/review/cases/{registration.id}/decisions", json=body)
    return str(taken["id"])


def test_the_whole_way_without_scripts(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _hand_in(browser)
    assert "You have our answer by" in browser.text
    office.work()
    browser.open(f"/r/{reference}")
    assert "A person is checking it" in browser.text
    assert "sending text messages" in browser.text, "the restrictions in force are told"


def test_refusing_the_face_comparison_leads_to_a_person(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _hand_in(browser, face="no")
    office.work()
    with office.workspace.read() as work:
        registration = store.by_reference(work, reference)
        assert registration.state == "in-review"
        assert all(item.slot != "selfie" for item in store.evidence(work, registration.id))


def test_a_decision_is_told_only_when_it_can_no_longer_be_taken_back(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _hand_in(browser)
    office.work()
    _decide(office, reference, "retry", reasons=["IMG_GLARE"], items=["document-front"])
    browser.open(f"/r/{reference}")
    assert "A person is checking it" in browser.text
    assert "Fix this" not in browser.text
    office.clock.advance(timedelta(minutes=11))
    browser.open(f"/r/{reference}")
    assert "Please send this again" in browser.text
    assert "A bright reflection hides part of the picture." in browser.text
    assert f'href="/r/{reference}/photo/document-front"' in browser.page.text, "straight to the wrong step"


def test_changed_data_are_given_with_proof_and_history_is_kept(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _hand_in(browser)
    office.work()
    decision = _decide(office, reference, "approve")
    office.clock.advance(timedelta(minutes=11))
    with office.workspace.write() as work:
        approval.take_effect(work, decision)
    assert "Your registration is approved" in browser.open(f"/r/{reference}").text
    browser.open(f"/r/{reference}/data")
    assert PRINTED["address"] in browser.text
    browser.send(f"/r/{reference}/data")
    update = browser.path.removeprefix("/r/").removesuffix("/consent")
    assert update != reference
    browser.open(f"/r/{update}/consent")
    browser.send(f"/r/{update}/consent", terms="1", privacy="1")
    assert browser.path == f"/r/{update}/photo/document-front", "proof is asked for"
    assert reference in browser.open("/account").text
    assert "Change of your data" in browser.text


def test_a_refused_form_says_what_is_wrong_where(browser: Browser) -> None:
    browser.sign_in()
    assert _claim(browser, number="123", name="") == ""
    assert browser.page.status_code == 422
    assert "<title>Error:" in browser.page.text
    assert 'href="#number"' in browser.page.text
    assert 'id="name-wrong"' in browser.page.text


def test_unknown_card_and_wrong_secret_are_answered_alike(browser: Browser) -> None:
    browser.sign_in()
    _claim(browser, secret="0000-0000")
    wrong_secret = browser.text.replace(FIRST, "")
    body = "898600999999999999"
    unknown = body + str(luhn.calc_check_digit(body))
    _claim(browser, number=unknown, secret="0000-0000")
    assert browser.text.replace(unknown, "") == wrong_secret


def test_a_form_without_our_token_changes_nothing(office: Office, browser: Browser) -> None:
    browser.sign_in()
    answer = browser.client.post("/register", data={"number": FIRST})
    assert answer.status_code == 403
    assert "load the page again" in answer.text
    crossed = browser.client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    browser.open("/account")
    assert browser.page.status_code == 200
    assert browser.path == "/account", "still signed in"


def test_another_holders_registration_is_not_there(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _begin(browser)
    other = Browser(office)
    other.sign_in("other@example.org")
    for page in ("", "/code", "/verify", "/document", "/photo/document-front", "/details", "/check", "/data"):
        assert other.open(f"/r/{reference}{page}").status_code == 404, page


def test_an_unfinished_registration_is_found_again(office: Office, browser: Browser) -> None:
    browser.sign_in()
    reference = _begin(browser)
    later = Browser(office)
    office.clock.advance(timedelta(minutes=2))
    later.sign_in()
    later.open("/")
    assert f'href="/r/{reference}/photo/document-front"' in later.page.text


def test_pages_ask_to_sign_in_and_come_back(browser: Browser) -> None:
    browser.open("/account")
    assert browser.path == "/sign-in?next=/account"
    browser.open("/sign-in?next=https://example.org/")
    assert 'name="next" value="/account"' in browser.page.text, "never leads elsewhere"


def test_every_page_is_guarded_by_headers_and_kept_nowhere(browser: Browser) -> None:
    for path in ("/", "/privacy", "/help", "/messages", "/sign-in", "/nothing-here"):
        answer = browser.open(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["cache-control"] == "no-store"
        assert "<script>" not in answer.text
        assert "style=" not in answer.text


def test_pages_speak_chinese(office: Office) -> None:
    browser = Browser(office, "zh-CN,zh;q=0.9,en;q=0.5")
    assert "您要登记哪种卡" in browser.open("/").text
    assert "准备好以下物品" in browser.open("/start/carrier-5g").text
    assert 'lang="zh-CN"' in browser.page.text
    assert "Which card" in browser.open("/?lang=en").text
    assert "Which card" in browser.open("/").text, "the choice is kept"


def test_a_body_over_the_limit_is_refused(browser: Browser) -> None:
    browser.sign_in()
    reference = _begin(browser)
    address = f"/r/{reference}/photo/document-front"
    browser.open(address)
    browser.send(address, files={"picture": ("a.jpg", b"\xff" * 22_000_000, "image/jpeg")})
    assert browser.page.status_code == 413
    assert "20 MB" in browser.text


def test_the_demo_pages_exist_only_in_a_demo(browser: Browser) -> None:
    for path in ("/demo", "/demo/outbox", "/demo/pictures/1/front.jpg"):
        assert browser.open(path).status_code == 404
