"""The number of the Polish identity card (dowód osobisty): three letters, a check digit, five digits."""

from __future__ import annotations

import re
from datetime import date

from shiming.countries.identifiers import Identifier, Reader

DOWOD = "pl-dowod-osobisty"
_WEIGHTS = (7, 3, 1, 9, 7, 3, 1, 7, 3)


def dowod(text: str, today: date) -> Identifier:
    """A card's number such as ``ABA 300000``: weights 7 3 1 9 7 3 1 7 3, letters from A = 10, a sum that 10 divides."""
    value = re.sub(r"[\s\-]", "", text).upper()
    if re.fullmatch(r"[A-Z]{3}\d*", value) and len(value) != 9:
        return Identifier(DOWOD, value, "length")
    if not re.fullmatch(r"[A-Z]{3}\d{6}", value):
        return Identifier(DOWOD, value, "format")
    total = sum(int(c, 36) * weight for c, weight in zip(value, _WEIGHTS, strict=True))
    return Identifier(DOWOD, value, "checksum" if total % 10 else None)


KINDS: dict[str, Reader] = {DOWOD: dowod}
TITLES = {DOWOD: "Identity card number (seria i numer dowodu osobistego)"}
