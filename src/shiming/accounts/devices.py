"""Devices: where a person proved who they are, so that there a code is enough the next time (docs/decisions/0012).

A device is known by a random token that this program made for it; a token that somebody else made counts for nothing. It
is trusted for one account, for a while, and can be forgotten. Registrations begun on it stay open on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiming.accounts import store
from shiming.accounts.subjects import HOLDER, Subject, new_token, setting, token_hash
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7


@dataclass(frozen=True, slots=True)
class Device:
    """A device of an account. ``mark`` is the hash of its token in hex."""

    id: str
    mark: str
    since: datetime
    trusted_at: datetime | None
    trusted_by: str | None


def fresh() -> str:
    """A token for a device that is not known yet."""
    return new_token()


def mark_of(token: str) -> str:
    """What is kept of a device's token."""
    return token_hash(token).hex()


def recognise(work: Work, account_id: str, tokens: Iterable[str]) -> str | None:
    """The token among these that this account knows a device by."""
    for token in tokens:
        row = store.device_by_mark(work.conn, work.issuer, account_id, mark_of(token)) if token else None
        if row is not None and row.revoked_at is None:
            return token
    return None


def trusted(work: Work, account_id: str, mark: str) -> bool:
    """Whether identity was proven on this device, not too long ago, and it was not forgotten since."""
    row = store.device_by_mark(work.conn, work.issuer, account_id, mark) if mark else None
    if row is None or row.revoked_at is not None or row.trusted_at is None:
        return False
    return bool(row.trusted_at > work.now - timedelta(days=setting("device.days")))


def of(work: Work, account_id: str) -> list[Device]:
    """The devices an account is open on, oldest first."""
    rows = store.devices_of(work.conn, work.issuer, account_id)
    return [Device(r.id, r.mark, r.since, r.trusted_at, r.trusted_by) for r in rows if r.revoked_at is None]


def note(work: Work, account_id: str, mark: str, registration_id: str, *, submitted: bool = False) -> None:
    """Notes that a registration was begun, or handed in, on a device. Without a mark there is nothing to note."""
    if not mark:
        return
    device_id = _keep(work, account_id, mark)
    store.note_use(work.conn, work.issuer, device_id, registration_id, work.now if submitted else None)


def opened_here(work: Work, account_id: str, mark: str, registration_id: str) -> bool:
    """Whether a registration was begun or handed in on this device."""
    row = store.device_by_mark(work.conn, work.issuer, account_id, mark) if mark else None
    return (
        row is not None
        and row.revoked_at is None
        and store.device_by_use(work.conn, row.id, registration_id) is not None
    )


def trust(work: Work, account_id: str, mark: str, by: str) -> None:
    """Trusts a device from now on. ``by``: ``second-contact`` or ``identity``."""
    if not mark:
        return
    device_id = _keep(work, account_id, mark)
    store.update(work.conn, store.device, device_id, trusted_at=work.now, trusted_by=by)
    work.record(Subject(HOLDER, account_id, work.issuer), Action.DEVICE_TRUST, "device", device_id, by=by)


def trust_submitters(work: Work, account_id: str, registration_id: str) -> None:
    """Identity was proven by this registration: the device that handed it in is trusted."""
    for mark in store.marks_that_submitted(work.conn, work.issuer, account_id, registration_id):
        trust(work, account_id, mark, "identity")


def open_on_submitters(work: Work, account_id: str, registration_id: str, opened: Iterable[str]) -> None:
    """Opens registrations on the device that handed this one in, and nothing else of the account."""
    for mark in store.marks_that_submitted(work.conn, work.issuer, account_id, registration_id):
        for one in opened:
            note(work, account_id, mark, one)


def forget(work: Work, account_id: str, device_id: str) -> None:
    """Ends a device's trust and its sessions. Raises LookupError for a device of another account."""
    row = store.by_id(work.conn, store.device, work.issuer, device_id)
    if row is None or row.account_id != account_id:
        raise LookupError(f"expected device {device_id} of account {account_id}, got none")
    store.update(work.conn, store.device, device_id, revoked_at=work.now)
    store.delete_sessions_by_device(work.conn, work.issuer, account_id, row.mark)
    work.record(Subject(HOLDER, account_id, work.issuer), Action.DEVICE_FORGET, "device", device_id)


def move(work: Work, source: str, target: str) -> None:
    """What an account knew devices by, another one knows them by from now on."""
    for row in store.devices_of(work.conn, work.issuer, source):
        if store.device_by_mark(work.conn, work.issuer, target, row.mark) is None:
            store.update(work.conn, store.device, row.id, account_id=target)


def forget_all(work: Work, account_id: str) -> None:
    """Ends the trust of every device of an account."""
    for known in of(work, account_id):
        forget(work, account_id, known.id)


def _keep(work: Work, account_id: str, mark: str) -> str:
    row = store.device_by_mark(work.conn, work.issuer, account_id, mark)
    if row is not None:
        return str(row.id)
    device_id = uuid7()
    store.insert(
        work.conn, store.device, id=device_id, issuer=work.issuer, account_id=account_id, mark=mark, since=work.now
    )
    return device_id
