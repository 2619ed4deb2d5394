"""Card numbers: their normal form, their check digit, and what of them is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stdnum import luhn

_SEPARATORS = re.compile(r"[\s\-]")
_PLAIN = re.compile(r"[A-Z0-9]{1,64}")
_EID_DIGITS = 32
_SHOWN_OF_PAN = 4


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A card number looked at. ``value`` is normalised; ``luhn`` is None where the scheme has no firm check digit."""

    value: str
    well_formed: bool
    luhn: bool | None


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def iccid(text: str) -> CardNumber:
    """An ICCID (ITU-T E.118): ``89``, 18 to 20 digits, a padding ``F`` dropped.

    19 digits end in a Luhn digit. In 20-digit numbers some issuers use the last place otherwise (GSM field of 10 octets), so
    there a wrong one is no proof of a mistake.
    """
    value = _bare(text).rstrip("F")
    well_formed = re.fullmatch(r"89\d{16,18}", value) is not None
    return CardNumber(value, well_formed, luhn.is_valid(value) if well_formed else None)


def pan(text: str) -> CardNumber:
    """A payment card's number (ISO/IEC 7812): 12 to 19 digits, the last a Luhn digit."""
    value = _bare(text)
    well_formed = re.fullmatch(r"\d{12,19}", value) is not None
    return CardNumber(value, well_formed and luhn.is_valid(value), None)


def eid(text: str) -> CardNumber:
    """The EID of an embedded chip (GSMA SGP.29): 32 digits that leave 1 when divided by 97."""
    value = _bare(text)
    well_formed = re.fullmatch(r"89\d{30}", value) is not None and int(value) % 97 == 1
    return CardNumber(value, well_formed, None)


def plain(text: str, pattern: str | None = None) -> CardNumber:
    """Any other number: letters and digits, held against the programme's own ``pattern`` where it has one."""
    value = _bare(text)
    return CardNumber(value, re.fullmatch(pattern or _PLAIN, value) is not None, None)


SCHEMES: Mapping[str, Callable[[str], CardNumber]] = {"iccid": iccid, "pan": pan, "eid": eid, "pattern": plain}
"""Every scheme by name."""


def look(scheme: str, text: str, pattern: str | None = None) -> CardNumber:
    """A number under a scheme. Raises ``KeyError`` for a scheme there is not."""
    return plain(text, pattern) if scheme == "pattern" else SCHEMES[scheme](text)


def certainly_wrong(number: CardNumber) -> bool:
    """Whether the number cannot be a real one: malformed, or a 19-digit ICCID whose check digit is wrong."""
    return not number.well_formed or (len(number.value) == 19 and number.luhn is False)


def shown(value: str) -> str:
    """A kept number as its holder sees it: in groups of four; of a payment card the last four digits."""
    if value.startswith("tok_"):
        return f"•••• {value[-_SHOWN_OF_PAN:]}"
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


def kept(scheme: str, value: str, token: str) -> str:
    """What is stored of a number. A payment card's is never stored whole: a keyed token, then its last four digits."""
    return f"tok_{token}_{value[-_SHOWN_OF_PAN:]}" if scheme == "pan" else value
