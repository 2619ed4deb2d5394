"""An installation served on a free port of this machine, and headless Chromium before it."""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from PIL import Image, ImageOps
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from shiming.accounts import sessions
from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.db import Database
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.vault import Vault
from shiming.web import deps
from tests.web.support import PRINTED, Office, Person, open_office

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CAMERA_SIZE = (1280, 960)
"""One size for all pictures: the fake camera keeps the size of the first file it saw."""


def _left_out(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def chromium() -> str:
    """Chromium's path; without it the test is left out, saying so, and in CI that is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        _left_out("no Chromium: on Debian, apt install chromium fonts-noto-cjk")
    return str(found)


class _Server(uvicorn.Server):
    """A server that says when it listens, and whose signals stay the test runner's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    def install_signal_handlers(self) -> None:
        """None: it runs in a thread."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Starts, and says so."""
        await super().startup(sockets)  # type: ignore[arg-type]
        self.listens.set()


@dataclass
class Served:
    """An office with an address."""

    office: Office
    base: str

    def session(self, person: Person) -> dict[str, str]:
        """The cookie of somebody's session, as a browser keeps it."""
        token = person.headers["Authorization"].removeprefix("Bearer ")
        with self.office.workspace.read() as work:
            subject = sessions.resolve(work, token)
        assert subject is not None
        name = deps.SESSION_COOKIE if subject.role == "holder" else deps.STAFF_COOKIE
        return {"name": name, "value": token, "url": self.base}

    def wants_pictures(self) -> tuple[str, str, dict[str, str]]:
        """A registration that has come to its pictures: its id, its address and the holder's cookie."""
        holder = self.office.holder()
        id = self.office.begin(holder)
        form = {"document": "cn-resident-id", "fields": {"name": PRINTED["name"], "address": PRINTED["address"]}}
        holder.ok("PUT", f"/v1/registrations/{id}/form", json=form)
        holder.ok("PUT", f"/v1/registrations/{id}/consents/face", json={"given": True})
        with self.office.workspace.read() as work:
            return id, f"{self.base}/r/{store.get(work, id).reference}", self.session(holder)


@contextmanager
def serve(folder: Path, migrated: Path, *, demo: bool = False) -> Iterator[Served]:
    """Serves an office on SQLite whose engine stands still."""
    clock = FixedClock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
    settings = Settings(data=folder / "data", demo=demo)
    shutil.copyfile(migrated, folder / "test.sqlite")
    db = Database(f"sqlite:///{folder / 'test.sqlite'}")
    workspace = Workspace(db, Vault.open(settings, clock), clock, "default")
    with open_office(workspace, settings, clock) as office:
        server = _Server(uvicorn.Config(office.app, port=0, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert server.listens.wait(30), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield Served(office, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(30)
    db.close()


@dataclass
class Camera:
    """The fake camera: a file of motion JPEG."""

    file: Path

    def show(self, picture: Image.Image) -> None:
        """Holds a picture before the camera; the next time it is opened it sees this."""
        frame = io.BytesIO()
        # The fake camera takes its file for video levels (16-235) and stretches them, which would burn out the whites.
        shown = ImageOps.pad(picture.convert("RGB"), CAMERA_SIZE, color=(150, 150, 150))
        shown.point([round(16 + v * 219 / 255) for v in range(256)] * 3).save(frame, "JPEG", quality=95)
        fresh = self.file.with_suffix(".new")
        fresh.write_bytes(frame.getvalue() * 30)
        fresh.replace(self.file)


@contextmanager
def browser(camera: Path, playwright: Playwright) -> Iterator[tuple[Browser, Camera]]:
    """Headless Chromium with a fake camera."""
    path = chromium()
    seen = Camera(camera)
    seen.show(Image.new("RGB", CAMERA_SIZE, (150, 150, 150)))
    args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    args += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    launched = playwright.chromium.launch(executable_path=path, headless=True, args=args)
    yield launched, seen
    launched.close()


@dataclass
class Screen:
    """One open page; script errors are kept."""

    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What axe finds. The pages' own policy forbids foreign scripts; the checker comes in through the debugger."""
        if not AXE.exists():
            _left_out("no axe-core: run npm ci in web/")
        self.page.evaluate(AXE.read_text("utf-8"))
        found: list[str] = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))",
            TAGS,
        )
        return found

    def overflow(self) -> list[str]:
        """Elements that make the page scroll sideways."""
        wide: list[str] = self.page.evaluate(
            "() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
            ".concat('the page scrolls sideways')"
        )
        return wide

    def keep(self, name: str) -> None:
        """Keeps a picture of the page where ``SHIMING_TEST_SCREENSHOTS`` names a folder."""
        folder = os.environ.get("SHIMING_TEST_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@contextmanager
def screen(chrome: Browser, *, language: str, width: int, dark: bool = False, height: int = 800) -> Iterator[Screen]:
    """A fresh browser window."""
    context = chrome.new_context(
        locale=language,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    shown = Screen(context, context.new_page())
    shown.page.on("pageerror", lambda error: shown.errors.append(str(error)))
    shown.page.on("console", lambda m: shown.errors.append(m.text) if m.type == "error" else None)
    yield shown
    context.close()
