"""Staff: username and password (argon2), roles, lockout. Names are sealed like everybody's."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.engine import Row

from shiming.accounts import sessions, store
from shiming.accounts.subjects import STAFF_ROLES, Subject, setting
from shiming.audit.actions import Action
from shiming.audit.work import Doer, Work, Workspace
from shiming.platform.ids import uuid7

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("a password nobody has")
"""Verified when a username is unknown, so that the answer takes as long."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff."""

    id: str
    username: str
    display_name: str
    role: str
    active: bool


def create(work: Work, actor: Doer, username: str, password: str, role: str, display_name: str) -> str:
    """Adds a member of staff and returns their id.

    Raises ValueError for a role that staff cannot have, a short password, or a username in use.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"expected a role of {', '.join(STAFF_ROLES)}, got {role}")
    if len(password) < setting("staff.password_length"):
        raise ValueError(
            f"expected a password of {setting('staff.password_length'):.0f} characters, got {len(password)}"
        )
    if store.staff_by_username(work.conn, work.issuer, _blinds(work, username)) is not None:
        raise ValueError("expected a new username, got one in use; choose another")
    member_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "staff")
    profile = {"username": _folded(username), "display_name": display_name}
    store.insert(
        work.conn,
        store.staff,
        id=member_id,
        issuer=work.issuer,
        key_id=key_id,
        username_blind=_blinds(work, username)[0],
        profile_sealed=work.vault.seal_json(
            work.conn, key_id, issuer=work.issuer, table="staff", column="profile_sealed", row=member_id, value=profile
        ),
        password_hash=_HASHER.hash(password),
        role=role,
        active=True,
        failures=0,
        created_at=work.now,
    )
    work.record(actor, Action.STAFF_CREATE, "staff", member_id, role=role)
    return member_id


def sign_in(work: Work, username: str, password: str) -> str | None:
    """Checks a password and opens a session: its token, or None for whatever reason.

    After too many wrong passwords in a row the member is locked for a while. Commit also when it is None. The unit of
    work stays open while the password is hashed (a tenth of a second); ``authenticate`` does not do that.
    """
    row = store.staff_by_username(work.conn, work.issuer, _blinds(work, username), lock=True)
    right = _verified(row.password_hash if row else _NOBODY, password)
    return _conclude(work, row, right)


def authenticate(workspace: Workspace, username: str, password: str) -> str | None:
    """``sign_in`` for a request: hashes the password between two units of work, so that nobody waits for it to write."""
    with workspace.read() as work:
        before = store.staff_by_username(work.conn, work.issuer, _blinds(work, username))
    right = _verified(before.password_hash if before else _NOBODY, password)
    with workspace.write() as work:
        row = store.staff_by_username(work.conn, work.issuer, _blinds(work, username), lock=True)
        same = row is not None and before is not None and row.password_hash == before.password_hash
        return _conclude(work, row, right and same)


def get(work: Work, member_id: str) -> Member | None:
    """One member of staff."""
    row = store.by_id(work.conn, store.staff, work.issuer, member_id)
    return _member(work, row) if row is not None else None


def find(work: Work, username: str) -> Member | None:
    """The member of staff with this username."""
    row = store.staff_by_username(work.conn, work.issuer, _blinds(work, username))
    return _member(work, row) if row is not None else None


def all_of(work: Work) -> list[Member]:
    """Everybody who works for the issuer, oldest first."""
    return [_member(work, row) for row in store.staff_members(work.conn, work.issuer)]


def deactivate(work: Work, actor: Doer, member_id: str) -> None:
    """Takes a member's access away at once."""
    store.update(work.conn, store.staff, member_id, active=False)
    sessions.close_all(work, member_id)
    work.record(actor, Action.STAFF_DEACTIVATE, "staff", member_id)


def _conclude(work: Work, row: Row[Any] | None, right: bool) -> str | None:
    if row is None or not row.active:
        return None
    subject = Subject(row.role, row.id, work.issuer)
    if row.locked_until is not None and work.now < row.locked_until:
        work.record(subject, Action.STAFF_SIGN_IN_REFUSE, "staff", row.id, cause="locked")
        return None
    if not right:
        _count_failure(work, row, subject)
        return None
    store.update(work.conn, store.staff, row.id, failures=0, locked_until=None)
    work.record(subject, Action.STAFF_SIGN_IN, "staff", row.id)
    return sessions.open(work, "staff", row.id)


def _count_failure(work: Work, row: Row[Any], subject: Subject) -> None:
    failures = row.failures + 1
    work.record(subject, Action.STAFF_SIGN_IN_REFUSE, "staff", row.id, cause="password")
    if failures < setting("staff.attempts"):
        store.update(work.conn, store.staff, row.id, failures=failures)
        return
    until = work.now + timedelta(minutes=setting("staff.lock_minutes"))
    store.update(work.conn, store.staff, row.id, failures=0, locked_until=until)
    work.record(subject, Action.STAFF_LOCK, "staff", row.id)


def _verified(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _member(work: Work, row: Row[Any]) -> Member:
    profile = work.vault.open_json(
        work.conn,
        row.key_id,
        issuer=work.issuer,
        table="staff",
        column="profile_sealed",
        row=row.id,
        sealed=row.profile_sealed,
    )
    return Member(row.id, profile["username"], profile["display_name"], row.role, row.active)


def _blinds(work: Work, username: str) -> list[bytes]:
    return work.vault.blind_all(f"{work.issuer}:staff:username", _folded(username))


def _folded(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()
