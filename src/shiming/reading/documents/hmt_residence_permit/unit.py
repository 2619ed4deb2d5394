"""The residence permit for Hong Kong, Macau and Taiwan residents (港澳居民居住证, 台湾居民居住证), both sides.

Measures of the State Council office (2018): numbered like the resident identity card with the regions 810000, 820000 and 830000.
The back names the mainland travel permit that it was issued on: ``personal_number`` here. 签发次数, how often, is not read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Part, Recognised, Side, Text, _chinese
from shiming.reading.documents._layout import Row, rows
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "hmt-residence-permit"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("name", "sex", "date_of_birth", "address", "number"),
    "back": ("issuing_authority", "date_of_issue", "date_of_expiry"),
}
PORTRAIT: Part | None = (0.62, 0.12, 0.95, 0.74)
_TRAVEL_PERMIT = re.compile(r"号码?\W*([HM](?:\d{8}|A\d{7})|\d{8})(?!\d)")

_RUNS = _chinese.Runs(date(2018, 9, 1), years=(5,))
"""Measures for the residence permit, article 7; in force since September 2018."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """The front by its number, whose first six digits no other document has; the back by its title and labels."""
    joined = _chinese.said(text)
    number = _chinese.printed_number(text)
    if number is not None and number.startswith(tuple(_data()["regions"])):
        hits = sum(label in joined for label in _data()["front_labels"])
        return Recognised("front", round(0.89 + 0.02 * hits, 2), COUNTRY)
    hits = sum(label in joined for label in _data()["back_labels"])
    return Recognised("back", round(min(0.99, 0.5 + 0.12 * hits), 2), COUNTRY) if hits >= 2 and _own(joined) else None


def _own(joined: str) -> bool:
    """Whether what the resident identity card has too is joined by what only this back has."""
    return "居民居住证" in joined or "通行证号码" in joined or "签发次数" in joined


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    if side == "front":
        found = _chinese.personal(text, _data()["front_labels"], lambda: outline(text, side), _data()["places"]["sex"])
        found.pop("ethnicity", None)
    else:
        table = rows(text.lines)
        found = _chinese.authority_and_period(text, table, _RUNS) | {"personal_number": _travel_permit(text, table)}
    return {name: field for name, field in found.items() if field is not None}


def _travel_permit(text: Text, table: Sequence[Row]) -> Field | None:
    for row in table:
        match = _TRAVEL_PERMIT.search(row.text)
        if match:
            return _chinese.field(text, match.group(1), row.characters[match.start(1) : match.end(1)])
    return None


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    return _chinese.outline(text, _data()["places"][side])
