"""Every page of the role matrix in a browser, as somebody who may see it: no violation axe can see, no sideways scrolling,
no script error. What there is to look at is what ``access.toml`` names, so that no new page is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.web.screen import Camera, Screen, Served, browser, screen, serve
from tests.web.test_access import ACCESS, Scene, address, allowed, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("pages")]

NO_PAGES = (
    "/account/export/",
    "/v1/",
    "/theme/",
    "/demo",
    "/picture",
    "/face",
    "/errors",
    ".json",
    "/pictures/",
    "/static/",
)
SEEN_AS = ("owner", "reviewer", "clerk", "agent", "officer", "admin", "anonymous")
LOOKS = (("zh-CN", True, 320), ("en", False, 1440))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("every"), migrated_sqlite) as running:
        yield running


@pytest.fixture(scope="module")
def everybody(served: Served) -> Scene:
    return scene(served.office)


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[tuple[Any, Camera]]:
    with browser(tmp_path_factory.mktemp("fake") / "camera.mjpeg", playwright) as opened:
        yield opened


def pages(here: Scene) -> dict[str, list[str]]:
    """The pages to look at, by who looks."""
    found: dict[str, list[str]] = {}
    for route, who in ACCESS.items():
        path = route.split(" ", 1)[1]
        role = next((role for role in SEEN_AS if role in allowed(who)), None)
        if (
            not route.startswith("GET ")
            or role is None
            or (any(part in path for part in NO_PAGES) and path != "/r/{reference}/face")
        ):
            continue
        found.setdefault(role, []).append(address(route, here.ids))
    return found


def cookies(here: Scene, served: Served, role: str) -> list[dict[str, str]]:
    client = here.client(role)
    return [{"name": cookie.name, "value": cookie.value or "", "url": served.base} for cookie in client.cookies.jar]


def faults(shown: Screen, served: Served, path: str, look: str) -> list[str]:
    shown.errors.clear()
    answer = shown.page.goto(served.base + path)
    shown.keep(f"{look}/{path.strip('/').replace('/', '_').replace('?', '_') or 'home'}")
    errors = [error for error in shown.errors if "Failed to load resource" not in error]
    if answer is not None and answer.status >= 500:
        errors.append(f"status {answer.status}")
    return [f"{path}: {fault}" for fault in (*shown.violations(), *shown.overflow(), *errors)]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{'dark' if look[1] else 'light'}-{look[2]}")
def test_every_page_of_the_matrix_can_be_used_by_everybody(
    chrome: tuple[Any, Camera], served: Served, everybody: Scene, look: tuple[str, bool, int]
) -> None:
    language, dark, width = look
    found = []
    for role, paths in pages(everybody).items():
        with screen(chrome[0], language=language, width=width, dark=dark) as shown:
            shown.context.add_cookies(cookies(everybody, served, role))  # type: ignore[arg-type]
            name = f"{language}-{'dark' if dark else 'light'}-{width}"
            found += [fault for path in paths for fault in faults(shown, served, path, name)]
    assert not found, "\n".join(found)
