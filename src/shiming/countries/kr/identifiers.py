"""The Korean resident registration number, whose last six digits are drawn by lot since October 2020."""

from __future__ import annotations

from datetime import date

from shiming.countries import standard_numbers
from shiming.countries.identifiers import Identifier, Reader

RRN = "kr-rrn"
_BY_LOT_FROM = date(2020, 10, 1)
"""Enforcement rules of the Resident Registration Act, in force 2020-10-05: no region and no check digit in new numbers."""
_FOREIGNER = "5678"
_CENTURY = {
    "0": 1800,
    "9": 1800,
    "1": 1900,
    "2": 1900,
    "5": 1900,
    "6": 1900,
    "3": 2000,
    "4": 2000,
    "7": 2000,
    "8": 2000,
}
_STANDARD = standard_numbers.Standard(RRN, "KR", "stdnum.kr.rrn")


def rrn(text: str, today: date) -> Identifier:
    """A number of thirteen digits. A wrong check digit is a fault only where the number must be from before October 2020.

    Citizens born before keep the number they had; foreigners get theirs when they register, so any may be a new one.
    """
    looked = _STANDARD.read(text, today)
    sex = {"sex": "M" if looked.value[6:7] in "13579" else "F"} if len(looked.value) == 13 else {}
    if looked.fault is None:
        return Identifier(RRN, looked.value, None, {**looked.details, **sex})
    born = _born(looked.value) if looked.fault == "checksum" else None
    if born is None or born > today:
        return looked
    if looked.value[6] not in _FOREIGNER and born < _BY_LOT_FROM:
        return looked
    return Identifier(RRN, looked.value, None, {"date_of_birth": born.isoformat(), **sex, "check_digit": False})


def _born(value: str) -> date | None:
    try:
        return date(_CENTURY[value[6]] + int(value[:2]), int(value[2:4]), int(value[4:6]))
    except ValueError:
        return None


KINDS: dict[str, Reader] = {RRN: rrn}
TITLES = {RRN: "Resident registration number (주민등록번호)"}
