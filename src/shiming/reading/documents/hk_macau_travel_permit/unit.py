"""The mainland travel permit for residents of Hong Kong and Macau (港澳居民来往内地通行证), cards since 2013.

Also the one for permanent residents who are not Chinese citizens (since July 2024: numbers HA and MA, with a nationality). The
printed front is read. Of the back: three machine-readable lines that begin with CR, of which the first is read where its check
digits are right (see :func:`shiming.reading.documents._permits.zone`), and the number of the holder's own identity card, which
is ``personal_number``. Cards of 1999 to 2013 (zone ``C<``) have all expired and are not read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Part, Recognised, Side, Text, _chinese, _permits
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "hk-macau-travel-permit"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("surname", "sex", "date_of_birth", "date_of_issue", "date_of_expiry", "issuing_authority", "number"),
    "back": (),
}
PORTRAIT: Part | None = (0.05, 0.22, 0.32, 0.75)
_NUMBER = re.compile(r"(?<![A-Z0-9])[HM](?:\d{8}|A\d{7})(?![A-Z0-9])")
_RUNS = _chinese.Runs(date(2013, 1, 2), years=(3, 5, 10))
"""Ten years, five for minors and for who is not a Chinese citizen; three for minors at first (exit and entry administration)."""
_CHINESE = _permits.Front(_NUMBER, "HMA0123456789", _RUNS)
_FOREIGN = _permits.Front(_NUMBER, "HMA0123456789", _RUNS, nationality=True)
_OWN_CARD = re.compile(r"(?<![A-Z0-9])(?:[A-Z]{1,2}\d{6}\([0-9A]\)|[1578]/?\d{6}/?\(\d\))")
_CODE = "CR"


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """The back by its machine-readable lines; the front by its title, or by labels and the form of the number."""
    if _permits.zone_line(text, _CODE) is not None:
        return Recognised("back", 0.98, COUNTRY)
    joined, found = _chinese.said(text), _permits.labels(text)
    number = _NUMBER.search(joined) is not None
    if _permits.titled(text, _data()["titles"]) and (found or number):
        return Recognised("front", round(min(0.99, 0.85 + 0.02 * found + 0.02 * number), 2), COUNTRY)
    if number and found >= 4:
        return Recognised("front", round(min(0.9, 0.5 + 0.07 * found), 2), COUNTRY)
    return None


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    if side == "front":
        foreign = any("国籍" in line.text or "非中国籍" in line.text for line in text.lines)
        found = _permits.front(text, _FOREIGN if foreign else _CHINESE)
    else:
        found = _permits.back(text, _CODE, _OWN_CARD, datetime.now(UTC).date())
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    return _chinese.outline(text, _data()["places"][side])
