"""The kinds of number that ``shiming number`` knows: what is wrong with a number, and what it tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Looked:
    """A number looked at: its normal form, what is wrong (``length format checksum date region``; None = valid), details."""

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
    details = {"digits": len(number.value), "check_digit": number.luhn}
    return Looked(number.value, "checksum" if numbers.certainly_wrong(number) else None, details)


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


def kinds() -> Mapping[str, Callable[[str, str | None], Looked]]:
    """Every kind by name: the telecom ones, then the national ones of every country that is installed."""
    from shiming.countries.identifiers import kinds as national

    return {"iccid": iccid, "imei": imei, "msisdn": msisdn, **{kind: _national(kind) for kind in sorted(national())}}
