"""The mainland travel permit for residents of Taiwan (台湾居民来往大陆通行证), cards since 2015.

The printed front is read. Of the back: three machine-readable lines that begin with CT, of which the first is read where its
check digits are right (see :func:`shiming.reading.documents._permits.zone`), and the number of the holder's own identity card,
which is ``personal_number``. The booklets issued until 2015 have expired and are not read.
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

TYPE = "taiwan-travel-permit"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("surname", "sex", "date_of_birth", "date_of_issue", "date_of_expiry", "issuing_authority", "number"),
    "back": (),
}
PORTRAIT: Part | None = (0.05, 0.22, 0.32, 0.75)
_NUMBER = re.compile(r"(?<![A-Z0-9.])\d{8}(?![A-Z0-9.])")
_RUNS = _chinese.Runs(date(2015, 7, 6), years=(5,))
"""Five years; as cards since July 2015 (exit and entry administration)."""
_ASKED = _permits.Front(_NUMBER, "0123456789", _RUNS)
_OWN_CARD = re.compile(r"(?<![A-Z0-9])[A-Z][1289]\d{8}(?![A-Z0-9])")
_CODE = "CT"


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """The back by its machine-readable lines; the front by its title: eight digits are no mark."""
    if _permits.zone_line(text, _CODE) is not None:
        return Recognised("back", 0.98, COUNTRY)
    found = _permits.labels(text)
    if _permits.titled(text, _data()["titles"]) and found:
        return Recognised("front", round(min(0.99, 0.85 + 0.02 * found), 2), COUNTRY)
    return None


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    today = datetime.now(UTC).date()
    found = _permits.front(text, _ASKED) if side == "front" else _permits.back(text, _CODE, _OWN_CARD, today)
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    return _chinese.outline(text, _data()["places"][side])
