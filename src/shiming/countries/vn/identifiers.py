"""Viet Nam's personal identification number (căn cước công dân): twelve digits that tell place, century and sex."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Identifier, Reader

CCCD = "vn-cccd"
_HIGHEST_PROVINCE = 96
"""Provinces and cities have codes from 001 to 096 (Circular 59/2021/TT-BCA, annex I)."""


def cccd(text: str, today: date) -> Identifier:
    """Three digits of the place of birth, one for century and sex (0, 1: man, woman of the 1900s; 2, 3: 2000s), two of the year.

    Six more follow and no check digit: a wrong digit in the last six passes.
    """
    value = re.sub(r"[\s\-.]", "", text)
    if re.fullmatch(r"\d+", value) and len(value) != 12:
        return Identifier(CCCD, value, "length")
    if not re.fullmatch(r"\d{12}", value):
        return Identifier(CCCD, value, "format")
    year = 1900 + 100 * (int(value[3]) // 2) + int(value[4:6])
    details = {"year_of_birth": year, "sex": "F" if int(value[3]) % 2 else "M", "checked": "form"}
    if not 1 <= int(value[:3]) <= _HIGHEST_PROVINCE:
        return Identifier(CCCD, value, "region", details)
    return Identifier(CCCD, value, "date" if year > today.year else None, details)


KINDS: dict[str, Reader] = {CCCD: cccd}
TITLES = {CCCD: "Personal identification number (số định danh cá nhân)"}
