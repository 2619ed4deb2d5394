"""The Chinese temporary resident identity card (临时居民身份证), valid three months from the day of issue.

The front is the side with the portrait: it bears all nine entries, those of validity and issuer too. The back has the title and a
picture of the Great Wall only. (Measures for temporary resident identity cards, Ministry of Public Security, 2005, articles 4, 5
and 7. The Measures call the sides the other way round.)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Part, Recognised, Side, Text, _chinese
from shiming.reading.documents._layout import rows
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "temporary-resident-id"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": (
        "name",
        "sex",
        "ethnicity",
        "date_of_birth",
        "address",
        "number",
        "issuing_authority",
        "date_of_issue",
        "date_of_expiry",
    ),
    "back": (),
}
PORTRAIT: Part | None = (0.62, 0.08, 0.95, 0.68)

_RUNS = _chinese.Runs(date(2005, 10, 1), months=3)
"""Measures for temporary resident identity cards, article 7; in force since October 2005."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """The front by validity and issuer on one side with the person; the back by its title."""
    joined = _chinese.said(text)
    if "临时居民身份证" in joined:
        return Recognised("back", 0.97, COUNTRY)
    if not _chinese.is_temporary(text):
        return None
    hits = sum(label in joined for label in _data()["front_labels"])
    number = _chinese.printed_number(text) is not None
    return Recognised("front", round(min(0.99, 0.55 + 0.04 * (hits + 3 * number)), 2), COUNTRY)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side: nothing on the back."""
    if side == "back":
        return {}
    _, number_line = _chinese.number(text)
    found = _chinese.personal(text, _data()["front_labels"], lambda: outline(text, side), _data()["places"]["sex"])
    below = _chinese.below(text.lines, number_line) if number_line is not None else text.lines
    found |= _chinese.authority_and_period(text, rows(below), _RUNS)
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    return _chinese.outline(text, _data()["places"][side])
