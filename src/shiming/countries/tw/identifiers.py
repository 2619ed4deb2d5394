"""The number of Taiwan's identity cards and of its resident certificates: a letter for the place, nine digits."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Identifier, Reader

TW_ID = "tw-national-id"
_PLACES = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their numbers, from A = 10."""
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_SEX = {"1": "M", "2": "F", "8": "M", "9": "F", "A": "M", "B": "F", "C": "M", "D": "F"}


def national_id(text: str, today: date) -> Identifier:
    """A citizen's number (second place 1, 2), a resident's since 2021 (8, 9) or until then (A to D)."""
    value = re.sub(r"[\s\-]", "", text).upper()
    if re.fullmatch(r"[A-Z][0-9A-D]\d*", value) and len(value) != 10:
        return Identifier(TW_ID, value, "length")
    if not re.fullmatch(r"[A-Z][1289A-D]\d{8}", value):
        return Identifier(TW_ID, value, "format")
    if not _adds_up(value):
        return Identifier(TW_ID, value, "checksum")
    holder = "citizen" if value[1] in "12" else "resident"
    return Identifier(TW_ID, value, None, {"sex": _SEX[value[1]], "holder": holder})


def _adds_up(value: str) -> bool:
    place = _PLACES.index(value[0]) + 10
    # The letter in the second place of old certificates counts as the last digit of its own number.
    second = int(value[1]) if value[1].isdigit() else _PLACES.index(value[1]) % 10
    digits = (place // 10, place % 10, second, *(int(d) for d in value[2:]))
    return sum(d * weight for d, weight in zip(digits, _WEIGHTS, strict=True)) % 10 == 0


KINDS: dict[str, Reader] = {TW_ID: national_id}
TITLES = {TW_ID: "National identification number (身分證字號)"}
