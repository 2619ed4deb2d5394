"""Card numbers: their normal form and their check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import luhn

_SEPARATORS = re.compile(r"[\s\-]")


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A card number looked at. ``value`` is normalised; ``luhn`` is None where the scheme has no firm check digit."""

    value: str
    well_formed: bool
    luhn: bool | None


def iccid(text: str) -> CardNumber:
    """An ICCID (ITU-T E.118): ``89``, 18 to 20 digits, a padding ``F`` dropped.

    19 digits end in a Luhn digit. In 20-digit numbers some issuers use the last place otherwise (GSM field of 10 octets), so
    there a wrong one is no proof of a mistake.
    """
    value = _SEPARATORS.sub("", text).upper().rstrip("F")
    well_formed = re.fullmatch(r"89\d{16,18}", value) is not None
    return CardNumber(value, well_formed, luhn.is_valid(value) if well_formed else None)


def certainly_wrong(number: CardNumber) -> bool:
    """Whether the number cannot be a real one: malformed, or a 19-digit one whose check digit is wrong."""
    return not number.well_formed or (len(number.value) == 19 and number.luhn is False)
