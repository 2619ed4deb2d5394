"""German numbers: of the identity card and passport (nine places and the zone's check digit), and of the driving licence."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Fault, Identifier, Reader

ID_CARD = "de-personalausweis"
LICENCE = "de-driving-licence"
_LETTERS = "CFGHJKLMNPRTVWXYZ"
"""Since 2010 only these letters: no vowels, and none that look like others."""
_WEIGHTS = (7, 3, 1)


def id_card(text: str, today: date) -> Identifier:
    """A number of nine places as on the front, or of ten with its check digit (weights 7 3 1) as on the back."""
    value = re.sub(r"[\s\-<]", "", text).upper()
    value = value.removesuffix("D") if len(value) == 11 else value
    if re.fullmatch(rf"[0-9{_LETTERS}]+", value) and len(value) not in (9, 10):
        return Identifier(ID_CARD, value, "length")
    if not re.fullmatch(rf"[{_LETTERS}][0-9{_LETTERS}]{{8}}\d?", value):
        return Identifier(ID_CARD, value, "format")
    expected = str(sum(int(c, 36) * _WEIGHTS[i % 3] for i, c in enumerate(value[:9])) % 10)
    if len(value) == 10 and value[9] != expected:
        return Identifier(ID_CARD, value, "checksum", {"expected": expected})
    return Identifier(
        ID_CARD, value, None, {"check_digit": expected, "checked": "check-digit" if value[9:] else "form"}
    )


def licence(text: str, today: date) -> Identifier:
    """A number of eleven places: authority, serial, check digit, issue.

    The check digit is the sum of the nine places before it, weighted 9 to 1 with A = 10, modulo 11; 10 is written X. (Tried on
    the specimen of the Federal Printing Office, B072RRE2I55.)
    """
    value = re.sub(r"[\s\-]", "", text).upper()
    if not re.fullmatch(r"[A-Z0-9]*", value):
        return Identifier(LICENCE, value, "format")
    if len(value) != 11:
        return Identifier(LICENCE, value, "length" if value else "format")
    if not re.fullmatch(r"[A-Z]\d{2}[A-Z0-9]{6}[0-9X][A-Z0-9]", value):
        return Identifier(LICENCE, value, "format")
    expected = licence_digit(value[:9])
    fault: Fault | None = None if value[9] == expected else "checksum"
    return Identifier(LICENCE, value, fault, {"expected": expected} if fault else {})


def licence_digit(nine: str) -> str:
    """The check digit of a licence's first nine places."""
    total = sum(int(c, 36) * (9 - i) for i, c in enumerate(nine))
    return "0123456789X"[total % 11]


KINDS: dict[str, Reader] = {ID_CARD: id_card, LICENCE: licence}
TITLES = {ID_CARD: "Personalausweis or passport number", LICENCE: "Führerschein number"}
