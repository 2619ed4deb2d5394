"""The liveness session as a holder goes through it: instructions, frames sent, the answer; and every way round it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Playwright, Route, expect

from shiming.pipeline.vision import VisionPool
from shiming.platform.settings import VisionSettings
from shiming.registration import store
from tests.web.screen import Camera, Screen, Served, browser, screen, serve

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

STEPS = 8
PERSON = """
(() => {
  const films = FILMS, words = WORDS;
  const pictures = {};
  const ready = Promise.all(Object.entries(films).map(async ([name, frames]) => {
    pictures[name] = await Promise.all(frames.map((text) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    }));
  }));
  let told = "", since = 0;
  // Does what it is told: a third of a second to understand, out and back within two seconds.
  function look(context) {
    const text = document.querySelector("dialog.cam .cam-hint span")?.textContent ?? "";
    if (text !== told) { told = text; since = performance.now(); }
    const film = pictures[words[told]] ?? pictures.still;
    const t = (performance.now() - since - 350) / 1000;
    const share = t < 0 ? 0 : t < 0.9 ? t / 0.9 : t < 1.2 ? 1 : t < 2.1 ? (2.1 - t) / 0.9 : 0;
    const frame = film[Math.round((0.5 - 0.5 * Math.cos(Math.PI * share)) * (film.length - 1))];
    // A hand that holds a phone is never quite still, and no light quite steady.
    const now = performance.now() / 1000;
    const sway = (a, b) => 4 * Math.sin(now * a) + 2 * Math.sin(now * b) + Math.random() - 0.5;
    context.filter = `brightness(${1 + 0.02 * Math.sin(now * 0.7) + 0.01 * Math.random()})`;
    context.drawImage(frame, sway(0.9, 2.3) - 6, sway(1.1, 1.9) - 6, 492, 652);
  }
  navigator.mediaDevices.getUserMedia = async () => {
    await ready;
    const canvas = document.createElement("canvas");
    canvas.width = 480; canvas.height = 640;
    const context = canvas.getContext("2d");
    look(context);
    window.setInterval(() => look(context), 50);
    return canvas.captureStream(20);
  };
})();
"""
WORDS = {
    "Turn your head slowly to your left, then back": "turn-left",
    "Turn your head slowly to your right, then back": "turn-right",
    "Nod slowly, down and up": "nod",
    "Come a little closer, then go back": "closer",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("liveness"), migrated_sqlite) as running:
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
def case(served: Served) -> tuple[str, str, dict[str, str]]:
    """A registration that wants its pictures: its id, its address and the holder's cookie."""
    return served.wants_pictures()


def at(phone: Screen, case: tuple[str, str, dict[str, str]], step: str = "liveness?again=1") -> None:
    phone.context.add_cookies([case[2]])
    phone.page.goto(f"{case[1]}/{step}")


def films() -> dict[str, list[str]]:
    """One person's movements, warped from a still of Labeled Faces in the Wild."""
    data = os.environ.get("SHIMING_TESTDATA")
    faces = Path(data or "-") / "faces" / "lfw"
    if not data or not faces.is_dir():
        pytest.skip("no faces: SHIMING_TESTDATA names no folder with faces/lfw")
    from bench.attacks_pictures import Pose, head, posed

    stills = (cv2.imread(str(path)) for path in sorted(faces.rglob("*.jpg")))
    one = next(found for found in (head(still) for still in stills if still is not None) if found is not None)
    ends = {
        "still": {"yaw": 0.0},
        "turn-left": {"yaw": 32.0},
        "turn-right": {"yaw": -32.0},
        "nod": {"pitch": 18.0},
        "closer": {"scale": 1.36},
    }
    made = {}
    for name, end in ends.items():
        start = {"scale": 1.0} if "scale" in end else dict.fromkeys(end, 0.0)
        shares = [step / (STEPS - 1) for step in range(STEPS)] if name != "still" else [0.0]
        poses = [Pose(**{key: start[key] + (to - start[key]) * share for key, to in end.items()}) for share in shares]
        made[name] = [
            base64.b64encode(
                cv2.imencode(".jpg", posed(one, pose), [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
            ).decode()
            for pose in poses
        ]
    return made


@pytest.mark.slow
def test_somebody_who_does_what_the_page_says_is_read_as_living(
    phone: Screen, served: Served, case: tuple[str, str, dict[str, str]]
) -> None:
    phone.page.add_init_script(PERSON.replace("FILMS", json.dumps(films())).replace("WORDS", json.dumps(WORDS)))

    def passes(route: Route) -> None:
        # The office's clock stands still; the person's does not.
        served.office.clock.advance(timedelta(seconds=20))
        route.continue_()

    phone.page.route("**/completion", passes)
    at(phone, case)
    phone.keep("liveness-before")
    assert phone.violations() == []
    phone.page.get_by_role("button", name="Open the camera").click()
    start = phone.page.locator("dialog.cam .live .btn")
    expect(start).to_be_focused()
    phone.keep("liveness-ready")
    phone.page.keyboard.press("Enter")
    told = phone.page.locator("dialog.cam .cam-hint [role=status], dialog.cam .cam-hint")
    expect(told).to_contain_text("Look straight ahead", timeout=20_000)
    expect(phone.page.locator("dialog.cam .arrow")).to_be_visible(timeout=20_000)
    phone.keep("liveness-moving")
    expect(phone.page.locator("main")).to_contain_text("We are looking at what you showed", timeout=120_000)
    with VisionPool(VisionSettings(processes=1, seconds=120)) as pool:
        served.office.eyes = pool  # type: ignore[assignment]
        served.office.work()
    expect(phone.page.locator("img.shot")).to_be_visible(timeout=30_000)
    phone.keep("liveness-seen")
    with served.office.workspace.read() as work:
        item = store.evidence(work, case[0], current=False)[-1]
        read = store.reading(work, item.id)
        findings = store.evidence_findings(work, item.id)
    assert (item.kind, item.state) == ("liveness", "read"), [
        (f.code, f.measure) for f in findings if f.outcome == "fail"
    ]
    assert read is not None
    assert read.liveness is not None
    assert all(action.seen for action in read.liveness.actions), read.liveness
    assert phone.errors == []


def test_it_can_be_cancelled_and_started_again(phone: Screen, case: tuple[str, str, dict[str, str]]) -> None:
    at(phone, case)
    phone.page.get_by_role("button", name="Open the camera").click()
    expect(phone.page.locator("dialog.cam .live .btn:enabled")).to_be_visible()
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator("dialog.cam")).to_be_hidden()
    phone.page.get_by_role("button", name="Open the camera").click()
    expect(phone.page.locator("dialog.cam .live .btn:enabled")).to_be_visible()
    assert phone.errors == []


def test_every_failure_of_the_camera_offers_the_other_ways(
    phone: Screen, case: tuple[str, str, dict[str, str]]
) -> None:
    phone.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    )
    at(phone, case)
    phone.page.get_by_role("button", name="Open the camera").click()
    expect(phone.page.locator("#camera .note")).to_contain_text("said no to the camera")
    expect(phone.page.locator("#camera .note")).to_contain_text("one photo instead")
    phone.keep("liveness-denied")
    assert phone.violations() == []
    assert phone.page.locator("main a[href$='/elsewhere']").count() == 1
    phone.page.locator("main a[href$='/selfie']").click()
    expect(phone.page.locator("main")).to_contain_text("a person looks at your registration")
    expect(phone.page.locator("#picture")).to_be_visible()


def test_a_session_that_ended_meanwhile_is_said_in_words(
    phone: Screen, served: Served, case: tuple[str, str, dict[str, str]]
) -> None:
    answer = {"code": "TOO_MANY_REQUESTS", "title": "That was too many tries.", "hint": "Wait a little."}

    def refuse(route: Route) -> None:
        route.fulfill(status=429, content_type="application/problem+json", body=json.dumps(answer))

    phone.page.route("**/liveness-sessions", refuse)
    at(phone, case)
    phone.page.get_by_role("button", name="Open the camera").click()
    phone.page.locator("dialog.cam .live .btn:enabled").click()
    expect(phone.page.locator("#camera .note")).to_contain_text("That was too many tries. Wait a little.")
    expect(phone.page.get_by_role("button", name="Try again")).to_be_visible()
