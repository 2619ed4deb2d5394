"""The Chinese resident identity number (GB 11643): region, date of birth, sequence, check digit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stdnum import numdb
from stdnum.cn import ric

from shiming.countries.identifiers import Identifier, Reader

RESIDENT_ID = "cn-resident-id"
_PERMITS = {"81": "香港", "82": "澳门", "83": "台湾"}
"""First digits of residence permits for people of Hong Kong, Macau and Taiwan (2018), numbered by the same standard."""
_SPACES = re.compile(r"[\s\-]")
_EARLIEST = date(1850, 1, 1)
"""No holder of a number was born before: numbers exist since 1984."""


def normalise(text: str) -> str:
    """The number without spaces, with a capital X; full-width digits become plain ones."""
    wide = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
    return _SPACES.sub("", text.translate(wide)).upper()


def resident_id(text: str, today: date) -> Identifier:
    """A resident identity number of 18 places, or of a residence permit for Hong Kong, Macau and Taiwan.

    The old form of 15 places, out of use since 2013, is not valid. A region counts when its code was in force in the year of
    birth or later: numbers were given out from 1984 on, to people born long before.
    """
    value = normalise(text)
    if len(value) != 18:
        old = re.fullmatch(r"\d{15}", value) is not None
        return Identifier(RESIDENT_ID, value, "length", {"old_form": True} if old else {})
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", value):
        return Identifier(RESIDENT_ID, value, "format")
    if ric.calc_check_digit(value) != value[-1]:
        return Identifier(RESIDENT_ID, value, "checksum", {"expected": ric.calc_check_digit(value)})
    born = birth(value)
    if born is None or not _EARLIEST <= born <= today:
        return Identifier(RESIDENT_ID, value, "date")
    place = region(value[:6], born.year)
    if place is None:
        return Identifier(RESIDENT_ID, value, "region")
    details = {
        "date_of_birth": born.isoformat(),
        "sex": sex(value),
        "region": place.name,
        "region_in_force_at_birth": place.at_birth,
        "issued_as": "residence-permit" if value[:2] in _PERMITS else "resident-id",
    }
    return Identifier(RESIDENT_ID, value, None, details)


def birth(number: str) -> date | None:
    """The date of birth in a number of 18 places; None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> str:
    """``M`` or ``F`` of a number of 18 places: the last place of the sequence is odd for men."""
    return "M" if int(number[16]) % 2 else "F"


@dataclass(frozen=True, slots=True)
class Region:
    """A county by its code: province and county as written, and whether the code was in force in the year of birth."""

    province: str
    county: str
    at_birth: bool

    @property
    def name(self) -> str:
        """Province and county in one."""
        return self.province + self.county


def region(code: str, year_of_birth: int) -> Region | None:
    """The county of a code of six digits; None when no county had it in the year of birth or after."""
    if code[:2] in _PERMITS:
        return Region(_PERMITS[code[:2]], "", True) if code[2:] == "0000" else None
    found: Mapping[str, Any] = {key: text for _, row in numdb.get("cn/loc").info(code) for key, text in row.items()}
    if "county" not in found:
        return None
    periods = [_period(text) for text in found["county"].split(",")]
    for start, end, county in periods:
        if start <= year_of_birth <= end:
            return Region(found["province"], county, True)
    for start, _, county in periods:
        if start > year_of_birth:
            return Region(found["province"], county, False)
    return None


def _period(text: str) -> tuple[int, int, str]:
    match = re.fullmatch(r"(?:\[(\d*)-(\d*)\])?(.+)", text)
    if match is None:
        return 0, 0, text
    start, end, county = match.groups()
    return int(start or 0), int(end or 9999), county


KINDS: dict[str, Reader] = {RESIDENT_ID: resident_id}
