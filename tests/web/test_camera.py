"""The camera as a holder uses it: shutter, freeze, confirm; failures each with their way on; the card's barcode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Playwright, expect

from tests.web.screen import Camera, Screen, Served, browser, screen, serve
from tests.web.support import FIRST

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

FROZEN = "dialog.cam .two .btn:not(.alt)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("camera"), migrated_sqlite) as running:
        yield running


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[tuple[Any, Camera]]:
    with browser(tmp_path_factory.mktemp("fake") / "camera.mjpeg", playwright) as opened:
        yield opened


@pytest.fixture
def phone(chrome: tuple[Any, Camera], served: Served) -> Iterator[Screen]:
    with screen(chrome[0], language="en", width=360) as shown:
        shown.context.grant_permissions(["camera"], origin=served.base)
        yield shown


@pytest.fixture(scope="module")
def base(served: Served) -> tuple[str, dict[str, str]]:
    """A registration that wants its pictures: its address and the holder's cookie."""
    return served.wants_pictures()[1:]


def at(phone: Screen, base: tuple[str, dict[str, str]], step: str) -> None:
    phone.context.add_cookies([base[1]])
    phone.page.goto(f"{base[0]}/{step}")


def scene() -> Image.Image:
    """Something to photograph that is no document."""
    image = Image.new("RGB", (1280, 960), (120, 150, 160))
    ImageDraw.Draw(image).ellipse((440, 180, 840, 760), fill=(224, 180, 150))
    return image


@pytest.mark.parametrize("step", ["selfie", "photo/document-front"])
def test_the_shutter_freezes_the_picture_and_it_can_be_used(
    phone: Screen, chrome: tuple[Any, Camera], served: Served, base: tuple[str, dict[str, str]], step: str
) -> None:
    chrome[1].show(scene())
    at(phone, base, step)
    phone.page.click("#camera button.btn")
    if step != "selfie":
        phone.page.click("dialog.cam button[aria-pressed=true]")
    phone.page.click("dialog.cam .shutter:enabled")
    expect(phone.page.locator(FROZEN)).to_be_visible()
    phone.keep(f"camera-frozen-{step.replace('/', '-')}")
    phone.page.click("dialog.cam .two .btn.alt")
    expect(phone.page.locator("dialog.cam .shutter:enabled")).to_be_visible()
    phone.keep(f"camera-live-{step.replace('/', '-')}")
    phone.page.click("dialog.cam .shutter")
    phone.page.click(FROZEN)
    expect(phone.page.locator("main")).to_contain_text("We are looking at your picture")
    served.office.work()
    expect(phone.page.locator("img.shot")).to_be_visible()
    assert phone.errors == []


def broken_camera(phone: Screen, how: str) -> None:
    """A camera that fails until ``mend`` is called; ``how`` is the body of what stands in for asking for it."""
    phone.page.add_init_script(
        "window.mend = (real => () => { navigator.mediaDevices.getUserMedia = real })"
        "(navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices));"
        f"navigator.mediaDevices.getUserMedia = () => {how};"
    )


def recovers(phone: Screen) -> None:
    """Tried again, the camera opens, and nothing is said of a failure any more."""
    assert phone.violations() == []
    expect(phone.page.locator("#picture")).to_be_visible()
    phone.page.evaluate("window.mend()")
    phone.page.get_by_role("button", name="Try the camera again").click()
    expect(phone.page.locator("dialog.cam .shutter:enabled")).to_be_visible()
    expect(phone.page.locator("#camera .note")).to_have_count(0)
    assert phone.errors == []


def test_a_camera_that_was_refused_says_so_and_opens_once_it_is_allowed(
    phone: Screen, base: tuple[str, dict[str, str]]
) -> None:
    broken_camera(phone, "Promise.reject(new DOMException('no', 'NotAllowedError'))")
    at(phone, base, "selfie?again=1")
    phone.page.get_by_role("button", name="Open the camera").click()
    expect(phone.page.locator("#camera .note")).to_contain_text("said no to the camera")
    phone.keep("camera-denied")
    recovers(phone)


def test_a_camera_that_never_answers_is_given_up_after_ten_seconds(
    phone: Screen, base: tuple[str, dict[str, str]]
) -> None:
    broken_camera(phone, "new Promise(() => undefined)")
    at(phone, base, "selfie?again=1")
    phone.page.get_by_role("button", name="Open the camera").click()
    expect(phone.page.locator("dialog.cam")).to_be_visible()
    expect(phone.page.locator("#camera .note")).to_contain_text("did not answer", timeout=20_000)
    expect(phone.page.locator("dialog.cam")).to_be_hidden()
    recovers(phone)


def code_128(digits: str) -> Image.Image:
    """An even number of digits as a Code 128 in set C (ISO/IEC 15417), by its table of bar and space widths."""
    values = [105, *(int(digits[i : i + 2]) for i in range(0, len(digits), 2))]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    widths = "".join(WIDTHS[6 * value : 6 * value + 6] for value in (*values, check)) + "2331112"
    image = Image.new("RGB", (1280, 960), (235, 235, 230))
    pen, x = ImageDraw.Draw(image), 190
    for place, width in enumerate(widths):
        wide = int(width) * 6
        if place % 2 == 0:
            pen.rectangle((x, 380, x + wide - 1, 600), fill=(20, 20, 20))
        x += wide
    return image


WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122"
    "123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323"
    "131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131"
    "213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122"
    "141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112"
    "124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141"
    "411131211412211214211232"
)
"""Six widths for each value, 0 to 105."""


def test_the_barcode_on_a_card_is_scanned_into_the_field(
    phone: Screen, chrome: tuple[Any, Camera], served: Served, base: tuple[str, dict[str, str]]
) -> None:
    number = FIRST[:18]
    chrome[1].show(code_128(number))
    phone.context.add_cookies([base[1]])
    fetched = []
    phone.page.on("response", lambda answer: fetched.append((answer.url, answer.headers.get("content-type"))))
    phone.page.goto(f"{served.base}/register")
    assert not any(url.endswith(".wasm") for url, _ in fetched), "the reader comes only when somebody scans"
    phone.page.click(".with button")
    expect(phone.page.locator("#number")).to_have_value(number)
    expect(phone.page.locator("dialog.scan")).to_have_count(0)
    expect(phone.page.locator("#number")).to_be_focused()
    ours = [kind for url, kind in fetched if url.startswith(f"{served.base}/static/") and url.endswith(".wasm")]
    assert ours == ["application/wasm"]
    assert phone.errors == []
