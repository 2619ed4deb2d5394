"""Singapore's NRIC and FIN: a letter for who and when, seven digits, a check letter."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Identifier, Reader

NRIC, FIN = "sg-nric", "sg-fin"
_FORM = re.compile(r"[STFGM]\d{7}[A-Z]")
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_SHIFT = {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}
_LETTERS = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
_HOLDERS = {"S": "citizen or permanent resident", "T": "citizen or permanent resident"}


def nric(text: str, today: date) -> Identifier:
    """An NRIC (S, T), or a FIN (F, G, M since 2022) as it stands on a pass, which is written alike."""
    return _looked(NRIC, text)


def fin(text: str, today: date) -> Identifier:
    """A FIN alone: a number of a citizen or permanent resident is of another kind."""
    looked = _looked(FIN, text)
    return Identifier(FIN, looked.value, "format") if looked.value[:1] in _HOLDERS else looked


def _looked(kind: str, text: str) -> Identifier:
    value = re.sub(r"[\s\-]", "", text).upper()
    if re.fullmatch(r"[STFGM]\d*[A-Z]?", value) and len(value) != 9:
        return Identifier(kind, value, "length")
    if not _FORM.fullmatch(value):
        return Identifier(kind, value, "format")
    expected = check_letter(value[:8])
    if value[8] != expected:
        return Identifier(kind, value, "checksum", {"expected": expected})
    return Identifier(kind, value, None, {"holder": _HOLDERS.get(value[0], "foreigner")})


def check_letter(number: str) -> str:
    """The check letter of a first letter and seven digits (weights 2 7 6 5 4 3 2, modulus 11)."""
    total = _SHIFT[number[0]] + sum(int(d) * weight for d, weight in zip(number[1:], _WEIGHTS, strict=True))
    return _LETTERS[number[0]][total % 11]


KINDS: dict[str, Reader] = {NRIC: nric, FIN: fin}
TITLES = {NRIC: "NRIC number", FIN: "FIN (Foreign Identification Number)"}
