"""Every page in a browser: no violation axe can see, no sideways scrolling, no script error; both languages, light and
dark, the narrowest phone and a wide desk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from shiming.platform import outbox
from shiming.registration import store
from shiming.web import demo
from tests.web.screen import Camera, Screen, Served, browser, screen, serve
from tests.web.support import SECOND

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

PUBLIC = ("/", "/privacy", "/help", "/messages", "/sign-in", "/staff/sign-in", "/nowhere", "/demo", "/demo/outbox")
LOOKS = list(product(("zh-CN", "en"), (False, True), (320, 1440)))


def _name(look: tuple[str, bool, int]) -> str:
    return f"{look[0]}-{'dark' if look[1] else 'light'}-{look[2]}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("pages"), migrated_sqlite, demo=True) as running:
        demo.fill(running.office.house, lambda _text: None)
        yield running


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[tuple[Any, Camera]]:
    with browser(tmp_path_factory.mktemp("fake") / "camera.mjpeg", playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def signed_in(served: Served) -> tuple[list[dict[str, str]], list[str]]:
    """A holder with a registration in review and one begun, a reviewer; their cookies and pages."""
    office = served.office
    holder, reviewer = office.holder(), office.member("reviewer")
    case = office.in_review(holder)["reference"]
    begun = office.begin(holder, SECOND)
    form = {
        "document": "cn-resident-id",
        "fields": {"name": "阿卜杜热合曼·买买提依明·样本长姓名", "address": "样" * 60},
    }
    holder.ok("PUT", f"/v1/registrations/{begun}/form", json=form)
    reviewer.ok("POST", f"/v1/review/cases/{_id(served, case)}/claim")
    with office.workspace.write() as work:
        for row in outbox.due(work.conn, work.now, 3):
            outbox.mark(work.conn, row.id, "uncertain", error="NO_ANSWER", at=work.now)
        open_one = f"/r/{store.get(work, begun).reference}"
    steps = ("", "/code", "/document", "/photo/document-front", "/details", "/face", "/selfie", "/withdraw")
    pages = ["/account", "/register", "/register?programme=carrier-5g-auto", f"/r/{case}", f"/r/{case}/data"]
    pages += [open_one + step for step in steps]
    pages += ["/review", "/review/doubts", f"/review/{case}", "/review?proposal=reject", "/review/NOWHERE"]
    return [served.session(holder), served.session(reviewer)], pages


def _id(served: Served, reference: str) -> str:
    with served.office.workspace.read() as work:
        return store.by_reference(work, reference).id


def _faults(shown: Screen, served: Served, path: str, look: str) -> list[str]:
    shown.errors.clear()
    shown.page.goto(served.base + path)
    shown.keep(f"{look}/{path.strip('/').replace('/', '_').replace('?', '_') or 'home'}")
    # A page that is not there is a failed load to the browser's console, and nothing else.
    errors = [error for error in shown.errors if "Failed to load resource" not in error]
    return [f"{path}: {fault}" for fault in (*shown.violations(), *shown.overflow(), *errors)]


@pytest.mark.parametrize("look", LOOKS, ids=_name)
def test_every_page_can_be_used_by_everybody(
    chrome: tuple[Any, Camera],
    served: Served,
    signed_in: tuple[list[dict[str, str]], list[str]],
    look: tuple[str, bool, int],
) -> None:
    language, dark, width = look
    cookies, pages = signed_in
    with screen(chrome[0], language=language, width=width, dark=dark) as shown:
        found = [fault for path in PUBLIC for fault in _faults(shown, served, path, _name(look))]
        shown.context.add_cookies(cookies)  # type: ignore[arg-type]
        found += [fault for path in pages for fault in _faults(shown, served, path, _name(look))]
    assert found == []
