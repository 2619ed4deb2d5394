"""The foreigner's permanent residence card (外国人永久居留身份证): of December 2023 (five stars) and of 2017.

Told by its number: 18 digits that begin with 9 and a right check digit, or before 2023 three letters of the country and twelve
digits, the last a check digit by the weights 7 3 1. ``name`` is the one in Latin letters; a Chinese name, where the card has one,
is not a field. The front of 2017 names the issuer, that of 2023 does not. No specification of a zone on the back is public, and
no specimen shows one: a zone that is there is read as that of a card of size TD1.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Part, Recognised, Side, Text, _chinese, _chinese_number, _permits
from shiming.reading.vision import mrz
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "foreign-permanent-residence"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("name", "sex", "date_of_birth", "nationality", "date_of_issue", "date_of_expiry", "number"),
    "back": (),
}
PORTRAIT: Part | None = (0.62, 0.08, 0.98, 0.75)
_NUMBER = re.compile(r"(?<![A-Z0-9])(?:9\d{16}[\dX]|[A-Z]{3}\d{12})(?![A-Z0-9])")
_RUNS = _chinese.Runs(date(2004, 8, 15), years=(5, 10))
"""Five years for minors, else ten (Measures for permanent residence of foreigners, 2004, article 18)."""
_ASKED = _permits.Front(_NUMBER, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", _RUNS, nationality=True, latin_name=True)
_LEAST_LABELS = 3


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """The front by its number, the back by its title."""
    joined = _chinese.said(text)
    found = _permits.labels(text)
    texts = [joined, *(line.text.replace(" ", "") for line in text.lines)]
    numbers = [number for said in texts for number in _NUMBER.findall(said) if _adds_up(number)]
    # Eighteen digits that add up and begin with 9 are nobody else's; fifteen with one check digit may be chance.
    if found >= (1 if any(len(number) == 18 for number in numbers) else _LEAST_LABELS) and numbers:
        return Recognised("front", round(min(0.99, 0.85 + 0.03 * found), 2), COUNTRY)
    if "国籍" in joined and "证件号码" in joined and found >= _LEAST_LABELS:
        return Recognised("front", round(min(0.9, 0.5 + 0.07 * found), 2), COUNTRY)
    return Recognised("back", 0.97, COUNTRY) if _permits.titled(text, _data()["titles"]) else None


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    if side == "front":
        found = _permits.front(text, _ASKED)
        found["number"] = _weighed(found.get("number"))
        if _is_new(found["number"]):
            found = _chinese.agreed(found)
        found.pop("surname", None)
        found.pop("given_names", None)
    else:
        found = {"issuing_authority": _permits.authority(text)}
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    if side == "back":
        return _chinese.outline(text, _data()["places"]["back"])
    issuer = any("签发机关" in line.text for line in text.lines)
    return _chinese.outline(text, _data()["places"]["front_2017" if issuer else "front_2023"])


def _is_new(number: Field | None) -> bool:
    """Whether it is the number of a card of 2023, which has birth and sex where a resident identity number has them."""
    return number is not None and number.value is not None and len(number.value) == 18


def _adds_up(number: str) -> bool:
    if len(number) == 18:
        return _chinese_number.adds_up(number)
    return mrz.check_digit(number[:14]) == number[14]


def _weighed(number: Field | None) -> Field | None:
    """A number whose check digit is right is sure, one whose is wrong is not."""
    if number is None or number.value is None:
        return number
    right = _adds_up(number.value)
    return replace(number, confidence=max(0.99, number.confidence) if right else min(0.5, number.confidence))
