"""The issuer's look: used where people can read it, refused at start-up where they cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings, ThemeSettings
from shiming.web import theme
from tests.web.support import open_office


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"brand": "#ffcc00"}, "text on theme.brand: expected a contrast of 4.5:1"),
        ({"brand": "#ffcc00", "brand_ink": "#000000"}, "as a link on the page"),
        ({"brand": "red"}, "expected a colour as #rrggbb"),
        ({"logo": Path("missing.png")}, "expected an SVG, PNG or WebP file"),
    ],
)
def test_a_look_that_cannot_be_read_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(theme.ThemeError, match=re.escape(said)):
        theme.check(ThemeSettings.model_validate(given))


@pytest.mark.parametrize("brand", ["#0b3d91", "#7a0019", "#000000"])
def test_the_dark_look_can_be_read_too(brand: str) -> None:
    theme.check(ThemeSettings(brand=brand))
    dark = theme.style(ThemeSettings(brand=brand)).split("@media")[1]
    shown, ink = re.findall(r"--brand(?:-ink)?: (#[0-9a-f]{6})", dark)[:2]
    assert theme.contrast(shown, "#0c1315") >= 4.5
    assert theme.contrast(shown, ink) >= 4.5


def test_pages_wear_the_look(workspace: Workspace, settings: Settings, clock: FixedClock, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    worn = settings.model_copy(update={"theme": ThemeSettings(brand="#0b3d91", logo=logo)})
    with open_office(workspace, worn, clock) as office:
        client = office.client()
        page = client.get("/").text
        assert "/theme/style.css" in page
        assert 'src="/theme/logo"' in page
        assert "--brand: #0b3d91" in client.get("/theme/style.css").text
        assert client.get("/theme/logo").headers["content-type"].startswith("image/svg+xml")
