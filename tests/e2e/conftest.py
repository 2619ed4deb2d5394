"""The real program on a free port, and a headless phone with a camera that shows what a test holds before it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


def chromium() -> str:
    """Chromium's path; without it the test is left out, saying so, and in CI that is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium: on Debian, apt install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Server:
    """A running demo: its address, its folder, what it printed."""

    base: str
    data: Path
    process: subprocess.Popen[str]

    @property
    def reviewer(self) -> tuple[str, str]:
        return "reviewer", self.passwords["reviewer"]

    @property
    def passwords(self) -> dict[str, str]:
        return dict(json.loads((self.data / "demo" / "staff.json").read_text("utf-8")))

    def person(self, n: int = 1) -> dict[str, str]:
        return dict(json.loads((self.data / "demo" / str(n) / "person.json").read_text("utf-8")))

    def picture(self, name: str, n: int = 1) -> Path:
        return self.data / "demo" / str(n) / name


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`shiming serve --demo` as a person starts it."""
    data = tmp_path_factory.mktemp("demo")
    port = free_port()
    with (data / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("shiming")),
                "serve",
                "--demo",
                "--data",
                str(data),
                "--port",
                str(port),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    running = Server(f"http://127.0.0.1:{port}", data, process)
    try:
        wait_for(lambda: answers(running), seconds=240)
        yield running
    finally:
        process.terminate()
        process.wait(30)


def answers(server: Server) -> bool:
    if server.process.poll() is not None:
        pytest.fail("the server stopped: " + (server.data / "serve.log").read_text("utf-8")[-3000:])
    try:
        with urllib.request.urlopen(server.base + "/v1/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def wait_for(done: Callable[[], bool], seconds: float) -> None:
    """Asks again until it is so. Only bounds how long a broken program is waited for."""
    import time

    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            pytest.fail(f"it did not come about in {seconds} s")
        time.sleep(0.2)


@dataclass
class Phone:
    """A person with a browser; every page they see is looked at by axe, every script error is kept."""

    context: BrowserContext
    page: Page
    camera: Path
    language: str
    errors: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def show_camera(self, picture: Path) -> None:
        """Holds a picture before the camera; the next time it is opened it sees this."""
        fresh = self.camera.with_suffix(".new")
        # The fake camera takes its file for video levels (16-235) and stretches them, which would burn out the whites.
        frame = io.BytesIO()
        # One size for all: the fake camera keeps the size of the first file it saw.
        shown = ImageOps.pad(Image.open(picture), (1600, 1200), color=(150, 150, 150))
        shown.point([round(16 + v * 219 / 255) for v in range(256)] * 3).save(frame, "JPEG", quality=95)
        # A motion JPEG file is its frames, one after the other.
        fresh.write_bytes(frame.getvalue() * 30)
        fresh.replace(self.camera)

    def look(self, name: str) -> None:
        """Axe on the page as it stands, and no sideways scrolling."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        assert AXE.exists(), "axe-core is missing; `make test` installs it with the web assets"
        # The pages' own policy forbids foreign scripts; the checker comes in through the debugger instead.
        self.page.evaluate(AXE.read_text("utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))",
            tags,
        )
        assert found == [], f"{name}: {found}"
        self.looked_at.add(name)
        folder = os.environ.get("SHIMING_TEST_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(
                path=f"{folder}/{self.language}-{len(self.looked_at):02d}-{name.replace(chr(47), chr(45))}.png",
                full_page=True,
            )


@pytest.fixture(scope="session")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    camera.write_bytes(b"")
    launched = playwright.chromium.launch(
        executable_path=chromium(),
        headless=True,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
        ],
    )
    yield launched, camera
    launched.close()


@pytest.fixture
def new_phone(browser: tuple[Browser, Path]) -> Iterator[Callable[..., Phone]]:
    opened: list[BrowserContext] = []

    def make(language: str, *, small: bool = True, **more: object) -> Phone:
        options = {**(PHONE if small else {"viewport": {"width": 1280, "height": 900}}), **more}
        context = browser[0].new_context(locale=language, **options)  # type: ignore[arg-type]
        context.set_default_timeout(90_000)
        opened.append(context)
        page = context.new_page()
        phone = Phone(context, page, browser[1], language)
        page.on("pageerror", lambda error: phone.errors.append(str(error)))
        page.on("console", lambda m: phone.errors.append(m.text) if m.type == "error" else None)
        return phone

    yield make
    folder = os.environ.get("SHIMING_TEST_SCREENSHOTS")
    for n, context in enumerate(opened):
        for page in context.pages if folder else []:
            page.screenshot(path=f"{folder}/last-{context.pages[0].url.rsplit(chr(47), 1)[-1]}-{n}.png", full_page=True)
        context.close()


def latest_code(server: Server, context: BrowserContext, digits: int = 6) -> str:
    """The code in the newest text message, from the demo's outbox page, as a person would look there."""
    page = context.new_page()
    found: list[str] = []

    def look() -> bool:
        page.goto(server.base + "/demo/outbox")
        found[:] = re.findall(rf"(?<!\d)\d{{{digits}}}(?!\d)", page.inner_text("main"))
        return bool(found)

    wait_for(look, 60)
    page.close()
    return found[0]
