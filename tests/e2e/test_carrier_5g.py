"""The whole of `carrier-5g` as two people do it: a holder on a phone, a reviewer at a desk (rows A1-A12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from shiming.countries.calendar import due

from .conftest import Phone, Server, latest_code, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e")]


class NewPhone(Protocol):
    def __call__(self, language: str, *, small: bool = True) -> Phone: ...


def a_card(phone: Phone, server: Server) -> tuple[str, str]:
    """An unused card of the demo's stock: its number and the secret printed with it."""
    page = phone.context.new_page()
    page.goto(server.base + "/demo")
    found = re.findall(r"(89\d{17})\s+\S+\s+(\d{8})\s*·\s*(?:Not registered|未登记)", page.inner_text("main"))
    page.close()
    assert found, "the demo shows no unused sample card"
    return found[0][0], found[0][1]


def sign_in(phone: Phone, server: Server, number: str) -> None:
    page = phone.page
    page.goto(server.base + "/sign-in")
    phone.look("sign-in")
    page.fill("#contact", number)
    page.click("main form button.btn")
    page.wait_for_url("**/sign-in/code**")
    phone.look("sign-in-code")
    page.fill("#code", latest_code(server, phone.context))
    page.keyboard.press("Enter")
    page.wait_for_url(server.base + "/")
    phone.look("choose-card")


def register_card(phone: Phone, server: Server, person: dict[str, str]) -> str:
    """Row A3. Returns the registration's address."""
    page = phone.page
    number, secret = a_card(phone, server)
    page.goto(server.base + "/register")
    phone.look("register")
    page.fill("#number", number)
    page.fill("#secret", secret)
    page.fill("#name", person["name"])
    page.fill("#address", person["address"])
    page.check("#terms")
    page.check("#privacy")
    page.click("main .foot button")
    page.wait_for_url("**/code")
    phone.look("activation-code")
    code = page.inner_text("main .num >> nth=0").strip()
    assert re.fullmatch(r"[A-Z2-9]{5}-[A-Z2-9]{5}", code)
    base = page.url.removesuffix("/code")
    page.goto(base + "/verify")
    phone.look("verify")
    page.fill("#code", code)
    page.click("main .foot button")
    page.wait_for_url("**/document")
    return base


def photograph(phone: Phone, slot: str) -> None:
    """Opens the camera, presses the shutter, uses the picture, waits for the answer and goes on."""
    page = phone.page
    page.wait_for_url(f"**/{slot}*")
    phone.look(slot)
    page.click("#camera button.btn")
    page.wait_for_selector("dialog.cam video")
    # Asked from outside: the page's own policy forbids evaluating strings inside it.
    wait_for(lambda: page.evaluate("document.querySelector('dialog.cam video')?.videoWidth > 0"), 30)
    use = page.locator("dialog.cam .two .btn:not(.alt)")

    def taken() -> bool:
        # The camera may still be starting, or may have taken the picture by itself.
        if not use.is_visible():
            page.evaluate("document.querySelector('dialog.cam .shutter')?.click()")
        return use.is_visible()

    wait_for(taken, 30)
    use.click()
    page.wait_for_selector("img.shot")
    phone.look(f"{slot}-seen")
    assert page.locator(".tag.bad").count() == 0, page.inner_text("main")
    page.click("main .foot a.btn")


def review(
    new_phone: NewPhone, server: Server, reference: str, decide: Callable[[Phone], None], *, language: str = "zh-CN"
) -> Phone:
    """A reviewer opens the case, claims it and decides."""
    desk = new_phone(language, small=False)
    page = desk.page
    page.goto(server.base + "/staff/sign-in")
    username, password = server.reviewer
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("main form button")
    page.wait_for_url("**/review")
    wait_for(lambda: (page.goto(server.base + "/review"), reference in page.inner_text("main"))[1], 60)
    desk.look("queue")
    page.goto(f"{server.base}/review/{reference}")
    page.click("form[action$='/claim'] button")
    page.wait_for_selector("form[action$='/decide']")
    desk.look("case")
    decide(desk)
    page.click("form[action$='/decide'] button.btn")
    page.wait_for_url("**/decide")
    desk.look("confirm")
    page.click("form[action$='/confirm'] button")
    page.wait_for_url(f"**/review/{reference}")
    desk.look("decided")
    # Nothing has left yet: until now it could be taken back. The reviewer lets it go.
    page.click("form[action$='/release-result'] button")
    page.wait_for_url(f"**/review/{reference}")
    assert desk.errors == []
    return desk


def approve(desk: Phone) -> None:
    desk.page.check("input[name=verdict][value=approve]")


def status_shows(phone: Phone, base: str, *words: str) -> None:
    def look() -> bool:
        phone.page.goto(base)
        return all(word in phone.page.inner_text("main") for word in words)

    wait_for(look, 60)


def send_file(phone: Phone, server: Server, slot: str, name: str, person: int) -> None:
    """Without the camera: a file, as the picker gives it."""
    page = phone.page
    page.wait_for_url(f"**/photo/{slot}")
    page.set_input_files("#picture", server.picture(name, person))
    if page.locator("form.files button").is_visible():
        page.locator("form.files button").click()
    page.wait_for_selector("img.shot")
    assert page.locator(".tag.bad").count() == 0, page.inner_text("main")


def change_address(phone: Phone, new_phone: NewPhone, server: Server, base: str, person: dict[str, str]) -> None:
    """Row A12: a new address, with proof and another decision; the old one stays in the history."""
    page = phone.page
    page.goto(base + "/data")
    phone.look("data")
    page.click("main .foot button")
    page.wait_for_url("**/consent")
    update = page.url.removesuffix("/consent")
    phone.look("update-consent")
    for kind in ("privacy", "terms"):
        page.check(f"#{kind}")
    page.click("main .foot button")
    for slot, name in (("document-front", "front.jpg"), ("document-back", "back.jpg")):
        send_file(phone, server, slot, name, 1)
        page.click("main .foot a.btn")
    page.wait_for_selector("#declaration")
    page.fill("#address", person["address"] + "2")
    page.check("#declaration")
    page.click("main .foot button")
    page.wait_for_url("**/face")
    page.click("button[name=choice][value=no]")
    page.wait_for_url("**/check")
    page.click("main .foot button")
    page.wait_for_url(update)
    review(new_phone, server, update.rsplit("/", 1)[1], approve)
    status_shows(phone, base + "/data", person["address"] + "2")
    phone.look("data-changed")
    shown = page.inner_text("main")
    assert shown.index(person["address"] + "2") < shown.rindex(person["address"])


def test_in_chinese_on_a_phone_with_its_camera(new_phone: NewPhone, server: Server) -> None:
    phone = new_phone("zh-CN")
    person = server.person()
    page = phone.page
    page.goto(server.base + "/")
    phone.look("home")
    page.goto(server.base + "/privacy")
    phone.look("privacy")
    sign_in(phone, server, "13800138000")
    base = register_card(phone, server, person)
    reference = base.rsplit("/", 1)[1]

    phone.look("document")
    page.check("#document-cn-resident-id")
    page.click("main .foot button")
    phone.show_camera(server.picture("front.jpg"))
    page.wait_for_url("**/photo/document-front")

    # The connection drops and the tab is gone: the registration is found again where it stopped.
    page.goto(server.base + "/account")
    phone.look("account")
    page.click(f"a[href^='/r/{reference}']")
    page.goto(base)
    page.click("main a.btn >> nth=0")

    photograph(phone, "photo/document-front")
    phone.show_camera(server.picture("back.jpg"))
    photograph(phone, "photo/document-back")

    page.wait_for_selector("#declaration")
    phone.look("details")
    assert page.input_value("#name") == person["name"]
    assert page.input_value("#number") == person["number"]
    page.check("#declaration")
    page.click("main .foot button")

    page.wait_for_url("**/face")
    phone.look("face-consent")
    page.click("button[name=choice][value=yes]")
    page.wait_for_url("**/liveness")
    phone.look("liveness")
    phone.show_camera(server.picture("selfie.jpg"))
    # The test's person holds still: one photo instead, the equal way.
    page.click("main a[href$='/selfie']")
    photograph(phone, "selfie")

    page.wait_for_url("**/check")
    phone.look("check")
    page.click("main .foot button")
    page.wait_for_url(f"**/r/{reference}")
    phone.look("submitted")
    promised = due(datetime.now(UTC), 3, "CN", "Asia/Shanghai").at.astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{promised.year}年{promised.month}月{promised.day}日" in page.inner_text("main")

    review(new_phone, server, reference, approve)
    status_shows(phone, base, "已开通")
    phone.look("in-service")
    page.goto(server.base + "/demo/outbox")
    phone.look("outbox")
    messages = page.inner_text("main")
    assert reference in messages

    change_address(phone, new_phone, server, base, person)
    assert phone.errors == []


def test_in_english_with_the_keyboard_only(new_phone: NewPhone, server: Server) -> None:
    """No pointer: focus moves by Tab, choices by arrows and space, buttons by Enter. Files go in as the picker gives them."""
    phone = new_phone("en", small=False)
    page = phone.page
    person = server.person(2)

    def tab_to(selector: str) -> None:
        for _ in range(80):
            if page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{selector} cannot be reached with Tab on {page.url}")

    def type_into(selector: str, text: str) -> None:
        tab_to(selector)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)

    def press(selector: str, key: str = "Enter") -> None:
        tab_to(selector)
        page.keyboard.press(key)

    page.goto(server.base + "/sign-in")
    type_into("#contact", "mei.li@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code**")
    type_into("#code", latest_code(server, phone.context))
    page.keyboard.press("Enter")
    page.wait_for_url(server.base + "/")
    number, secret = a_card(phone, server)
    page.goto(server.base + "/register")
    type_into("#number", number)
    type_into("#secret", secret)
    type_into("#name", person["name"])
    type_into("#address", person["address"])
    press("#terms", "Space")
    press("#privacy", "Space")
    press("main .foot button")
    page.wait_for_url("**/code")
    code = page.inner_text("main .num >> nth=0").strip()
    base = page.url.removesuffix("/code")
    reference = base.rsplit("/", 1)[1]
    press("main .foot a.btn, main a.btn")
    page.wait_for_url("**/verify")
    type_into("#code", code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/document")
    tab_to("input[name=document]")
    press("main .foot button")
    for slot, picture in (("document-front", "front.jpg"), ("document-back", "back.jpg")):
        page.wait_for_url(f"**/photo/{slot}")
        page.set_input_files("#picture", server.picture(picture, 2))
        if page.locator("form.files button").is_visible():
            press("form.files button")
        page.wait_for_selector("img.shot")
        assert page.locator(".tag.bad").count() == 0, page.inner_text("main")
        press("main .foot a.btn")
    page.wait_for_selector("#declaration")
    press("#declaration", "Space")
    press("main .foot button")
    page.wait_for_url("**/face")
    # The other way: no comparison by machine. A person checks instead.
    press("button[name=choice][value=no]")
    page.wait_for_url("**/check")
    phone.look("check-keyboard")
    press("main .foot button")
    page.wait_for_url(f"**/r/{reference}")
    assert "answer by" in page.inner_text("main")

    def ask_again(desk: Phone) -> None:
        desk.page.check("input[name=verdict][value=retry]")
        desk.page.select_option("#items select >> nth=0", index=1)

    review(new_phone, server, reference, ask_again, language="en")
    status_shows(phone, base, "Please send this again")
    phone.look("action-required")
    press("main .list a.btn")
    page.wait_for_url("**/photo/document-front*")
    assert phone.errors == []
