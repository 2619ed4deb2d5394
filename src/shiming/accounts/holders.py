"""Holder accounts: a telephone number or e-mail address proven by a code. An account is not yet a proven person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shiming.accounts import codes, contacts, devices, sessions, store
from shiming.accounts.addresses import Contact, ContactError, normalise_contact
from shiming.accounts.contacts import contact_of
from shiming.accounts.subjects import HOLDER, Subject
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7

__all__ = [
    "SIGN_IN",
    "Contact",
    "ContactError",
    "SignedIn",
    "account_for",
    "contact_of",
    "find",
    "normalise_contact",
    "set_language",
]

SIGN_IN = "sign-in"
"""The purpose of the codes that sign a holder in."""


class SignedIn(NamedTuple):
    """Who signed in, the session's token, and the token that lets this device be known again."""

    account: str
    token: str
    device: str


def sign_in(
    work: Work, contact: Contact, code: str, language: str = "zh_CN", devices_known: Iterable[str] = ()
) -> SignedIn | None:
    """Checks a sign-in code; opens a session and, the first time, the account. None when the code is wrong.

    ``devices_known`` are the device tokens the asker brings. Commit the unit of work also when it is None: the attempt
    counts.
    """
    if not codes.check(work, SIGN_IN, contact.value, code):
        return None
    account_id = account_for(work, contact, language)
    subject = Subject(HOLDER, account_id, work.issuer)
    device = devices.recognise(work, account_id, devices_known) or devices.fresh()
    contact_id = contacts.id_of(work, account_id, contact)
    token = sessions.open(work, "account", account_id, contact_id=contact_id, device=device)
    work.record(subject, Action.ACCOUNT_SIGN_IN, "account", account_id)
    return SignedIn(account_id, token, device)


def find(work: Work, contact: Contact) -> str | None:
    """The account with this contact."""
    return contacts.account_of(work, contact)


def account_for(work: Work, contact: Contact, language: str = "zh_CN") -> str:
    """The account with this contact, opened now if there is none. Only once somebody has proven the contact."""
    return find(work, contact) or _create(work, contact, language)


def set_language(work: Work, account_id: str, language: str) -> None:
    """Notes the language an account is written to in."""
    store.update(work.conn, store.account, account_id, language=language)


def erase(work: Work, account_id: str) -> str | None:
    """Erases an account's contact and ends its sessions; the row stays, as a tombstone that nobody can sign in to.

    Gives the id of the key that was shredded; None when there was nothing to erase.
    """
    row = store.by_id(work.conn, store.account, work.issuer, account_id)
    if row is None or row.erased_at is not None:
        return None
    sessions.close_all(work, account_id)
    contacts.erase(work, account_id)
    devices.forget_all(work, account_id)
    gone = {"contact_sealed": b"", "contact_blind": account_id.encode(), "erased_at": work.now}
    store.update(work.conn, store.account, account_id, **gone)
    work.vault.shred(work.conn, row.key_id)
    return str(row.key_id)


def _create(work: Work, contact: Contact, language: str) -> str:
    account_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "account")
    store.insert(
        work.conn,
        store.account,
        id=account_id,
        issuer=work.issuer,
        key_id=key_id,
        language=language,
        created_at=work.now,
        **contacts.sealed_main(work, account_id, key_id, contact),
    )
    contacts.add(work, account_id, contact)
    work.record(Subject(HOLDER, account_id, work.issuer), Action.ACCOUNT_CREATE, "account", account_id)
    return account_id
