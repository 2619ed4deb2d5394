"""Pages and interface spend the same tries; a refused page says how long to wait, and how many tries are left is one count."""

from __future__ import annotations

from datetime import timedelta

from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PASSWORD, SECRET, Office, registration

FORM = {"number": FIRST, "secret": "0000", "name": "样本梅", "address": "样本路1号", "terms": "1", "privacy": "1"}


def test_cards_tried_on_the_page_and_over_the_interface_are_one_count(office: Office) -> None:
    holder = office.holder()
    for _ in range(10):
        assert holder.call("POST", "/v1/registrations", json=registration(secret="0000-0000")).status_code == 422
    browser = Browser(office)
    browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    browser.open("/register")
    answers = [browser.send("/register", **FORM).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert browser.page.headers["Retry-After"] == "3600"
    assert "Please try again in 60 minutes." in browser.text
    office.clock.advance(timedelta(hours=1))
    browser.sign_in()
    browser.open("/register")
    assert browser.send("/register", **{**FORM, "secret": SECRET}).status_code == 200


def test_sign_in_codes_by_page_are_limited_with_the_time_to_wait(office: Office) -> None:
    browser = Browser(office)
    browser.open("/sign-in")
    browser.send("/sign-in", contact="holder@example.org")
    browser.open("/sign-in")
    page = browser.send("/sign-in", contact="holder@example.org")
    assert page.status_code == 429
    assert f"Please try again in {page.headers['Retry-After']} seconds." in browser.text
    assert 0 < int(page.headers["Retry-After"]) <= 61


def test_a_code_to_the_card_tells_nothing_of_the_card(office: Office) -> None:
    browser = Browser(office)
    browser.sign_in()
    browser.open("/register")
    pages = []
    for number in (FIRST, FIRST, "8986001234567890146", "8986001234567890146"):
        page = browser.send("/register", number=number, send_code="1", proof="code")
        assert page.status_code == 200
        pages.append(page.text.replace(number, "NUMBER"))
        assert "a code is on its way" in browser.text
    assert len(set(pages)) == 1


def test_wrong_passwords_on_the_page_and_over_the_interface_lock_together(office: Office) -> None:
    office.member("reviewer")
    client = office.client()
    for _ in range(3):
        client.post("/v1/staff/sessions", json={"username": "a-reviewer", "password": "wrong"})
    browser = Browser(office)
    browser.open("/staff/sign-in")
    for _ in range(2):
        assert browser.send("/staff/sign-in", username="a-reviewer", password="wrong").status_code == 401
    assert browser.send("/staff/sign-in", username="a-reviewer", password=PASSWORD).status_code == 401
