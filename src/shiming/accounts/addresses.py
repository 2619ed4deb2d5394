"""Where somebody can be reached: telephone numbers and e-mail addresses, read and written in one way."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import phonenumbers

_EMAIL = re.compile(
    r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class ContactError(ValueError):
    """Not a telephone number or e-mail address. ``kind`` is what it was taken for."""

    def __init__(self, kind: Literal["phone", "email"]) -> None:
        super().__init__(f"expected a valid {kind} contact, got something else; check it and enter it again")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody can be reached: an E.164 number or a lower-case address."""

    kind: Literal["phone", "email"]
    value: str


def normalise_contact(text: str, country: str = "CN") -> Contact:
    """Reads a telephone number (of ``country`` unless it begins with +) or an e-mail address. Raises ContactError."""
    text = unicodedata.normalize("NFKC", text).strip()
    if "@" in text:
        return Contact("email", _email(text))
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise ContactError("phone") from None
    if not phonenumbers.is_valid_number(number):
        raise ContactError("phone")
    return Contact("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(text: str) -> str:
    local, _, domain = text.lower().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise ContactError("email") from None
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise ContactError("email")
    return address
