"""The contacts of an account, each proven by a code: several at once, ended and never overwritten.

One of them is the main contact, which gets the messages. A contact belongs to one account at a time; one that ended (the
number was recycled, ported, moved to another SIM) opens nothing any more, and whoever holds it next is a stranger.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.engine import Row

from shiming.accounts import store
from shiming.accounts.addresses import Contact
from shiming.accounts.subjects import HOLDER, Subject
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7

Cause = Literal["removed", "recycled", "ported", "sim-changed", "moved", "recovered", "erased"]
"""Why a contact ended. ``moved``: it belongs to another account of the same person now."""


class NoContactError(LookupError):
    """An account that nobody can be reached by any more."""


class ContactTakenError(Exception):
    """The contact belongs to another account. Tell it only to somebody who proved that they hold the contact."""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact of an account with its time. ``ended`` says why it ended."""

    id: str
    account_id: str
    contact: Contact = field(repr=False)
    proven_at: datetime
    until: datetime | None
    ended: str | None
    main: bool


def of(work: Work, account_id: str, *, history: bool = False) -> list[KnownContact]:
    """An account's contacts, oldest first; with ``history`` also those that ended. Raises LookupError."""
    account = _account(work, account_id)
    rows = store.contacts_of(work.conn, work.issuer, account_id)
    if not rows:
        return [_first(work, account)]
    return [_known(work, account, row) for row in rows if history or row.until is None]


def contact_of(work: Work, account_id: str) -> tuple[Contact, str]:
    """An account's main contact and language. Raises LookupError (NoContactError), KeyShreddedError."""
    known = of(work, account_id)
    main = next((one for one in known if one.main), known[0] if known else None)
    if main is None:
        raise NoContactError(f"expected a contact of account {account_id}, got none that is in force")
    return main.contact, language_of(work, account_id)


def language_of(work: Work, account_id: str) -> str:
    """The language an account is written to in. Raises LookupError."""
    return str(_account(work, account_id).language)


def account_of(work: Work, contact: Contact) -> str | None:
    """The account that this contact belongs to now."""
    blinds = _blinds(work, contact)
    row = store.active_contact(work.conn, work.issuer, blinds)
    if row is not None:
        return str(row.account_id)
    account = store.account_by_contact(work.conn, work.issuer, blinds)
    return None if account is None else str(account.id)


def accounts_ever(work: Work, contact: Contact) -> list[str]:
    """Every account that this contact belongs to or ever did, newest first."""
    blinds = _blinds(work, contact)
    account = store.account_by_contact(work.conn, work.issuer, blinds)
    found = store.accounts_with_contact(work.conn, work.issuer, blinds)
    return list(dict.fromkeys([*found, *([account.id] if account is not None else [])]))


def id_of(work: Work, account_id: str, contact: Contact) -> str:
    """The id of an account's contact that is in force; an account from before contacts had rows gets its first one."""
    _adopt(work, account_id)
    row = store.active_contact(work.conn, work.issuer, _blinds(work, contact))
    if row is None or row.account_id != account_id:
        raise LookupError(f"expected a contact of account {account_id}, got one of nobody or of another")
    return str(row.id)


def add(work: Work, account_id: str, contact: Contact) -> str:
    """Adds a contact that was proven just now and returns its id; one that is there already stays.

    Raises ContactTakenError when it belongs to another account.
    """
    holder = account_of(work, contact)
    _adopt(work, account_id)
    row = store.active_contact(work.conn, work.issuer, _blinds(work, contact))
    if row is not None and row.account_id == account_id:
        return str(row.id)
    if holder not in (None, account_id):
        raise ContactTakenError
    contact_id = _insert(work, _account(work, account_id), contact, work.now)
    if not _has_main(work, account_id):
        make_main(work, account_id, contact_id)
    work.record(_holder(work, account_id), Action.CONTACT_ADD, "contact", contact_id, of=contact.kind)
    return contact_id


def end(work: Work, account_id: str, contact_id: str, cause: Cause) -> None:
    """Ends a contact with every session that was opened by it. The oldest other one becomes the main contact."""
    _adopt(work, account_id)
    row = store.by_id(work.conn, store.contact, work.issuer, contact_id)
    if row is None or row.account_id != account_id or row.until is not None:
        return
    was_main = _is_main(_account(work, account_id), row)
    store.update(work.conn, store.contact, contact_id, until=work.now, ended=cause, active_blind=None)
    store.delete_sessions_by_contact(work.conn, work.issuer, account_id, contact_id)
    rest = [other for other in store.contacts_of(work.conn, work.issuer, account_id) if other.until is None]
    if was_main and rest:
        make_main(work, account_id, rest[0].id)
    elif was_main:
        # The next holder of the contact must not find this account by it.
        store.update(work.conn, store.account, account_id, contact_blind=secrets.token_bytes(32))
    work.record(_holder(work, account_id), Action.CONTACT_END, "contact", contact_id, cause=cause)


def make_main(work: Work, account_id: str, contact_id: str) -> None:
    """Has messages sent to this contact. Raises LookupError unless it is one of the account and in force."""
    account = _account(work, account_id)
    row = store.by_id(work.conn, store.contact, work.issuer, contact_id)
    if row is None or row.account_id != account_id or row.until is not None:
        raise LookupError(f"expected contact {contact_id} of account {account_id} in force, got none")
    contact = _known(work, account, row).contact
    store.update(work.conn, store.account, account_id, **sealed_main(work, account_id, account.key_id, contact))


def erase(work: Work, account_id: str) -> None:
    """Empties every contact of an account that is being erased; that there were some stays known."""
    for row in store.contacts_of(work.conn, work.issuer, account_id):
        gone = {"value_sealed": b"", "value_blind": row.id.encode(), "active_blind": None}
        store.update(work.conn, store.contact, row.id, until=row.until or work.now, ended=row.ended or "erased", **gone)


def sealed_main(work: Work, account_id: str, key_id: str, contact: Contact) -> dict[str, Any]:
    """The account's own columns for its main contact."""
    sealed = work.vault.seal(
        work.conn,
        key_id,
        issuer=work.issuer,
        table="account",
        column="contact_sealed",
        row=account_id,
        value=contact.value.encode(),
    )
    return {"contact_kind": contact.kind, "contact_sealed": sealed, "contact_blind": _blind(work, contact)}


def _account(work: Work, account_id: str) -> Row[Any]:
    row = store.by_id(work.conn, store.account, work.issuer, account_id)
    if row is None:
        raise LookupError(f"expected account {account_id} of issuer {work.issuer}, got none")
    return row


def _first(work: Work, account: Row[Any]) -> KnownContact:
    """The contact of an account from before contacts had rows; its id is the account's."""
    value = work.vault.open_sealed(
        work.conn,
        account.key_id,
        issuer=work.issuer,
        table="account",
        column="contact_sealed",
        row=account.id,
        sealed=account.contact_sealed,
    )
    contact = Contact(account.contact_kind, value.decode())
    return KnownContact(account.id, account.id, contact, account.created_at, None, None, main=True)


def _known(work: Work, account: Row[Any], row: Row[Any]) -> KnownContact:
    value = work.vault.open_sealed(
        work.conn,
        account.key_id,
        issuer=work.issuer,
        table="contact",
        column="value_sealed",
        row=row.id,
        sealed=row.value_sealed,
    )
    contact = Contact(row.kind, value.decode())
    main = row.until is None and _is_main(account, row)
    return KnownContact(row.id, row.account_id, contact, row.proven_at, row.until, row.ended, main)


def _is_main(account: Row[Any], row: Row[Any]) -> bool:
    return bytes(account.contact_blind) == bytes(row.value_blind)


def _has_main(work: Work, account_id: str) -> bool:
    return any(one.main for one in of(work, account_id))


def _adopt(work: Work, account_id: str) -> None:
    if not store.contacts_of(work.conn, work.issuer, account_id):
        account = _account(work, account_id)
        first = _first(work, account)
        _insert(work, account, first.contact, first.proven_at, blind=bytes(account.contact_blind))


def _insert(work: Work, account: Row[Any], contact: Contact, proven_at: datetime, *, blind: bytes | None = None) -> str:
    contact_id = uuid7()
    index = blind or _blind(work, contact)
    sealed = work.vault.seal(
        work.conn,
        account.key_id,
        issuer=work.issuer,
        table="contact",
        column="value_sealed",
        row=contact_id,
        value=contact.value.encode(),
    )
    store.insert(
        work.conn,
        store.contact,
        id=contact_id,
        issuer=work.issuer,
        account_id=account.id,
        kind=contact.kind,
        value_sealed=sealed,
        value_blind=index,
        active_blind=index,
        proven_at=proven_at,
    )
    return contact_id


def _holder(work: Work, account_id: str) -> Subject:
    return Subject(HOLDER, account_id, work.issuer)


def _scope(work: Work) -> str:
    return f"{work.issuer}:account:contact"


def _blind(work: Work, contact: Contact) -> bytes:
    return work.vault.blind(_scope(work), contact.value)


def _blinds(work: Work, contact: Contact) -> list[bytes]:
    return work.vault.blind_all(_scope(work), contact.value)
