"""The Chinese resident identity card (居民身份证), both sides, read by its printed labels and their usual places."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Part, Recognised, Side, Text, _chinese
from shiming.reading.documents._layout import rows
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "cn-resident-id"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("name", "sex", "ethnicity", "date_of_birth", "address", "number"),
    "back": ("issuing_authority", "date_of_issue", "date_of_expiry"),
}
BARCODED = False
RATIO = _chinese.RATIO
PORTRAIT: Part | None = (0.62, 0.12, 0.95, 0.74)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """By its labels, and on the front by a number with a right check digit."""
    joined = _chinese.said(text)
    if _chinese.of_another_kind(text):
        return None
    number = _chinese.printed_number(text) is not None
    front = sum(label in joined for label in _data()["front_labels"]) + 3 * number
    back = sum(label in joined for label in _data()["back_labels"]) + bool(_chinese.PERIOD.search(joined))
    side: Side = "front" if front >= back else "back"
    hits, full = (front, 9) if side == "front" else (back, 5)
    if hits < 2:
        return None
    return Recognised(side, round(min(0.99, 0.5 + 0.5 * hits / full), 2), COUNTRY)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    if side == "front":
        found = _chinese.personal(text, _data()["front_labels"], lambda: outline(text, side), _data()["places"]["sex"])
    else:
        found = _chinese.authority_and_period(text, rows(text.lines))
    return {name: field for name, field in found.items() if field is not None}


def wanted(text: Text, quads: Sequence[Quad], side: Side) -> list[Quad]:
    """What is not beyond the card: other print lies beside it."""
    return _chinese.on_card(quads, outline(text, side))


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    return _chinese.outline(text, _data()["places"][side])
