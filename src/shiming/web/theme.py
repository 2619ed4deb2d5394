"""The issuer's own look: a brand colour, the text on it, a logo. Refused at start-up where people could not read it."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response

from shiming.platform.limits import limit
from shiming.platform.settings import ThemeSettings
from shiming.registration.problems import Problem
from shiming.web.deps import house

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LIGHT, _DARK = "#f5f7f6", "#0c1315"
"""The grounds of the pages, light and dark (``--bg`` in tokens.css)."""
_KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_STEPS = 20


class ThemeError(ValueError):
    """A look that cannot be used; says what was expected, what came, what to do."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (``#rrggbb``), 1 to 21, by WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def check(theme: ThemeSettings) -> None:
    """Raises ``ThemeError`` for a colour that is none, text that cannot be read, a logo that cannot be shown."""
    if theme.logo is not None and (theme.logo.suffix.lower() not in _KINDS or not theme.logo.is_file()):
        raise ThemeError(f"theme.logo: expected an SVG, PNG or WebP file, got {theme.logo}; name another file")
    if theme.brand is None:
        return
    for name, colour in (("brand", theme.brand), ("brand_ink", theme.brand_ink)):
        if not _HEX.fullmatch(colour):
            raise ThemeError(f"theme.{name}: expected a colour as #rrggbb, got {colour!r}; correct it")
    least = limit("shiming.web", "theme.contrast")
    for what, ground in (("text on theme.brand", theme.brand_ink), ("theme.brand as a link on the page", _LIGHT)):
        found = contrast(theme.brand, ground)
        if found < least:
            raise ThemeError(f"{what}: expected a contrast of {least:g}:1, got {found:.2f}:1; choose a darker brand")


def style(theme: ThemeSettings) -> str:
    """The style sheet of a look that was checked. In the dark the brand is lightened until it can be read."""
    if theme.brand is None:
        return ""
    least = limit("shiming.web", "theme.contrast")
    steps = (_mixed(theme.brand, "#ffffff", step / _STEPS) for step in range(_STEPS + 1))
    dark = next(colour for colour in steps if contrast(colour, _DARK) >= least + 1)
    ink = max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, dark))
    light = _rule(theme.brand, theme.brand_ink, _mixed(theme.brand, "#ffffff", 0.9))
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {_rule(dark, ink, _mixed(dark, _DARK, 0.85))} }}\n"


def _rule(brand: str, ink: str, soft: str) -> str:
    return f":root {{ --brand: {brand}; --brand-ink: {ink}; --brand-soft: {soft}; }}"


router = APIRouter(prefix="/theme")


@router.get("/style.css")
def sheet(request: Request) -> Response:
    """The issuer's colours; empty where none are set."""
    return Response(style(house(request).settings.theme), media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get("/logo")
def logo(request: Request) -> Response:
    """The issuer's logo."""
    file: Path | None = house(request).settings.theme.logo
    if file is None:
        raise Problem("NOT_FOUND")
    return Response(file.read_bytes(), media_type=_KINDS[file.suffix.lower()], headers={"Cache-Control": "no-cache"})
