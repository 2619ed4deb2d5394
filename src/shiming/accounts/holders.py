"""Holder accounts: a telephone number or e-mail address proven by a code. An account is not yet a proven person."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from shiming.accounts import codes, sessions, store
from shiming.accounts.subjects import HOLDER, Subject
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7

SIGN_IN = "sign-in"
"""The purpose of the codes that sign a holder in."""
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


def sign_in(work: Work, contact: Contact, code: str, language: str = "zh_CN") -> tuple[str, str] | None:
    """Checks a sign-in code; opens a session and, the first time, the account: (account id, token), or None.

    Commit the unit of work also when it is None: the attempt counts.
    """
    if not codes.check(work, SIGN_IN, contact.value, code):
        return None
    row = store.account_by_contact(work.conn, work.issuer, work.vault.blind_all(_scope(work.issuer), contact.value))
    account_id = row.id if row else _create(work, contact, language)
    subject = Subject(HOLDER, account_id, work.issuer)
    token = sessions.open(work, "account", account_id)
    work.record(subject, Action.ACCOUNT_SIGN_IN, "account", account_id)
    return account_id, token


def find(work: Work, contact: Contact) -> str | None:
    """The account with this contact."""
    row = store.account_by_contact(work.conn, work.issuer, work.vault.blind_all(_scope(work.issuer), contact.value))
    return row.id if row else None


def contact_of(work: Work, account_id: str) -> tuple[Contact, str]:
    """An account's contact and language. Raises LookupError, KeyShreddedError."""
    row = store.by_id(work.conn, store.account, work.issuer, account_id)
    if row is None:
        raise LookupError(f"expected account {account_id} of issuer {work.issuer}, got none")
    value = work.vault.open_sealed(
        work.conn,
        row.key_id,
        issuer=work.issuer,
        table="account",
        column="contact_sealed",
        row=row.id,
        sealed=row.contact_sealed,
    )
    return Contact(row.contact_kind, value.decode()), row.language


def set_language(work: Work, account_id: str, language: str) -> None:
    """Notes the language an account is written to in."""
    store.update(work.conn, store.account, account_id, language=language)


def _create(work: Work, contact: Contact, language: str) -> str:
    account_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "account")
    sealed = work.vault.seal(
        work.conn,
        key_id,
        issuer=work.issuer,
        table="account",
        column="contact_sealed",
        row=account_id,
        value=contact.value.encode(),
    )
    store.insert(
        work.conn,
        store.account,
        id=account_id,
        issuer=work.issuer,
        key_id=key_id,
        contact_kind=contact.kind,
        contact_sealed=sealed,
        contact_blind=work.vault.blind(_scope(work.issuer), contact.value),
        language=language,
        created_at=work.now,
    )
    work.record(Subject(HOLDER, account_id, work.issuer), Action.ACCOUNT_CREATE, "account", account_id)
    return account_id


def _scope(issuer: str) -> str:
    return f"{issuer}:account:contact"


def _email(text: str) -> str:
    local, _, domain = text.lower().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise ContactError("email") from None
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise ContactError("email")
    return address
