"""The kinds of number that ``shiming number`` knows: what is wrong with a number, and what it tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Looked:
    """A number looked at: its normal form, what is wrong (``length format checksum date region component``), details.

    ``reason`` is None where the number is valid.
    """

    value: str
    reason: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


def iccid(text: str, country: str | None) -> Looked:
    """An ICCID. In one of 20 digits a wrong check digit is told but no fault: some issuers use that place otherwise."""
    from shiming.registration import numbers

    number = numbers.iccid(text)
    if not number.well_formed:
        digits = re.fullmatch(r"89\d*", number.value) is not None
        return Looked(number.value, "length" if digits else "format")
    details = {"digits": len(number.value), "check_digit": number.luhn, "issued_in": _issued_in(number.value)}
    return Looked(number.value, "checksum" if numbers.certainly_wrong(number) else None, details)


def _issued_in(iccid: str) -> str | None:
    """Country (ISO 3166-1 alpha-2) or ``001`` for a worldwide issuer, by the calling code after ``89`` (ITU-T E.118)."""
    import phonenumbers

    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(iccid[2 : 2 + length]))
        if regions:
            return str(regions[0])
    return None


def eid(text: str, country: str | None) -> Looked:
    """The EID of an embedded chip (GSMA SGP.29): 32 digits; the last two make the whole leave 1 when divided by 97."""
    value = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]+", value):
        return Looked(value, "format")
    if len(value) != 32:
        return Looked(value, "length")
    expected = f"{98 - int(value[:30] + '00') % 97:02d}"
    if int(value) % 97 != 1:
        return Looked(value, "checksum", {"expected": expected})
    # Until SGP.29 every EID began with 89; numbers of other assigning bodies begin otherwise.
    details = {"country_code": value[2:5], "issuer": value[5:8]} if value.startswith("89") else {}
    return Looked(value, None, {**details, "check_digits": value[30:]})


def pan(text: str, country: str | None) -> Looked:
    """A payment card's number (ISO/IEC 7812): 12 to 19 digits, the last a Luhn digit."""
    from stdnum import luhn

    value = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]+", value):
        return Looked(value, "format")
    if not 12 <= len(value) <= 19:
        return Looked(value, "length")
    if not luhn.is_valid(value) or not value.strip("0"):
        return Looked(value, "checksum")
    return Looked(value, None, {"issuer": value[:8], "industry": value[0]})


_HOST = re.compile(r"(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}(?::\d{1,5})?")
_MATCHING = re.compile(r"[0-9A-Za-z-]*")
_OID = re.compile(r"[0-2](?:\.\d+)+")


def lpa(text: str, country: str | None) -> Looked:
    """An eSIM activation code (GSMA SGP.22, 4.1): ``LPA:1$host$matching-id[$oid][$1]``; typed by hand it begins ``1$``."""
    value = text.strip()
    parts = re.sub(r"^LPA:", "", value, flags=re.IGNORECASE).split("$")
    if parts[0] != "1" or not 3 <= len(parts) <= 5:
        return Looked(value, "format")
    host, matching = parts[1], parts[2]
    oid, confirmation = parts[3] if len(parts) > 3 else "", parts[4] if len(parts) > 4 else ""
    sound = _HOST.fullmatch(host) and _MATCHING.fullmatch(matching) and (not oid or _OID.fullmatch(oid))
    if not sound or confirmation not in ("", "1"):
        return Looked(value, "format")
    details: dict[str, Any] = {"smdp": host, "matching_id": matching or None, "oid": oid or None}
    return Looked(value, None, {**details, "confirmation_code_required": confirmation == "1"})


def imei(text: str, country: str | None) -> Looked:
    """An IMEI of 15 digits, one of 14 without its check digit, or an IMEISV of 16."""
    from stdnum import luhn

    value = re.sub(r"[\s\-/.]", "", text)
    if not re.fullmatch(r"[0-9]+", value):
        return Looked(value, "format")
    if len(value) not in (14, 15, 16):
        return Looked(value, "length")
    kind = "IMEISV" if len(value) == 16 else "IMEI"
    details: dict[str, Any] = {"type": kind, "tac": value[:8], "serial": value[8:14]}
    if len(value) == 14:
        details["check_digit"] = luhn.calc_check_digit(value)
    if len(value) == 15 and not luhn.is_valid(value):
        return Looked(value, "checksum", details)
    return Looked(value, None, details)


def msisdn(text: str, country: str | None) -> Looked:
    """A telephone number with its country code, or a national one of ``country``."""
    import phonenumbers

    value = re.sub(r"[\s\-().]", "", text)
    if not re.fullmatch(r"\+?[0-9]+", value):
        return Looked(value, "format")
    international = value if value.startswith("+") or country else f"+{value}"
    try:
        number = phonenumbers.parse(international, country)
    except phonenumbers.NumberParseException:
        return Looked(value, "format")
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    details = {
        "country": phonenumbers.region_code_for_number(number),
        "type": phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number)).lower(),
    }
    if not phonenumbers.is_possible_number(number):
        return Looked(normal, "length", details)
    return Looked(normal, None if phonenumbers.is_valid_number(number) else "format", details)


def _national(kind: str) -> Callable[[str, str | None], Looked]:
    def look(text: str, country: str | None) -> Looked:
        from shiming.countries.identifiers import identify

        found = identify(kind, text, date.today())
        return Looked(found.value, found.fault, found.details)

    return look


CARDS: Mapping[str, tuple[Callable[[str, str | None], Looked], str]] = {
    "iccid": (iccid, "Number of a SIM (ITU-T E.118)"),
    "imei": (imei, "Number of a device, IMEI or IMEISV (3GPP TS 23.003)"),
    "eid": (eid, "Number of an embedded SIM chip (GSMA SGP.29)"),
    "msisdn": (msisdn, "Telephone number (ITU-T E.164)"),
    "pan": (pan, "Number of a payment card (ISO/IEC 7812)"),
    "lpa": (lpa, "eSIM activation code (GSMA SGP.22)"),
}
"""The kinds that belong to no country, and what they are called."""


def kinds() -> Mapping[str, Callable[[str, str | None], Looked]]:
    """Every kind by name: those of cards, devices and lines, then the national ones."""
    from shiming.countries.identifiers import kinds as national

    return {**{kind: look for kind, (look, _) in CARDS.items()}, **{kind: _national(kind) for kind in national()}}


def listed() -> Iterator[dict[str, str | None]]:
    """Every kind with the country it belongs to (ISO 3166-1 alpha-2, None for none) and its name in the field."""
    from shiming.countries.identifiers import catalogue

    for kind, (_, title) in CARDS.items():
        yield {"kind": kind, "country": None, "title": title}
    for found in catalogue().values():
        yield {"kind": found.name, "country": found.country, "title": found.title}
