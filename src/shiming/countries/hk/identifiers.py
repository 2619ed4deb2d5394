"""The Hong Kong identity card number: one or two letters, six digits, a check digit in brackets."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Identifier, Reader

HK_ID = "hk-id"
_WIDE = str.maketrans("０１２３４５６７８９（）", "0123456789()")
_FORM = re.compile(r"([A-Z]{1,2})(\d{6})\(?([0-9A])\)?")


def hk_id(text: str, today: date) -> Identifier:
    """A number such as ``A123456(3)``; the brackets may be left out. ``value`` is written with them.

    Check digit: weights 9 to 1, letters from A = 10, an absent first letter 36, a sum that 11 divides (10 is written ``A``).
    """
    bare = re.sub(r"[\s\-]", "", text.translate(_WIDE)).upper()
    match = _FORM.fullmatch(bare)
    if match is None:
        short = re.fullmatch(r"[A-Z]{1,2}\d*", bare) is not None
        return Identifier(HK_ID, bare, "length" if short else "format")
    letters, digits, check = match.groups()
    value = f"{letters}{digits}({check})"
    expected = check_digit(letters + digits)
    if check != expected:
        return Identifier(HK_ID, value, "checksum", {"expected": expected})
    return Identifier(HK_ID, value, None)


def check_digit(number: str) -> str:
    """The check digit of letters and six digits: ``0``-``9`` or ``A``."""
    values = [36] * (8 - len(number)) + [int(c, 36) for c in number]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return "0123456789A"[-total % 11]


KINDS: dict[str, Reader] = {HK_ID: hk_id}
TITLES = {HK_ID: "Hong Kong identity card number (香港身份證號碼)"}
