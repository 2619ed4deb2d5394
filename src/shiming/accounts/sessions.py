"""Sessions of holders and staff: a random token outside, its hash inside, ended by idleness, by age or by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.engine import Row

from shiming.accounts import devices, store
from shiming.accounts.subjects import HOLDER, Subject, new_token, setting, token_hash
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace

Kind = Literal["account", "staff"]
_LIMITS = {"account": "holder", "staff": "staff"}


def open(work: Work, kind: Kind, subject_id: str, *, contact_id: str | None = None, device: str | None = None) -> str:
    """Opens a session and returns its token, which is stored nowhere.

    ``contact_id``: the contact a holder signed in with; ``device``: the token of the device it is on.
    """
    token = new_token()
    store.delete_expired(work.conn, work.now)
    store.insert(
        work.conn,
        store.session,
        token_hash=token_hash(token),
        issuer=work.issuer,
        subject_kind=kind,
        subject_id=subject_id,
        created_at=work.now,
        last_seen=work.now,
        expires_at=work.now + timedelta(minutes=setting(f"{_LIMITS[kind]}.absolute_minutes")),
        contact_id=contact_id,
        device=devices.mark_of(device) if device else None,
    )
    return token


def resolve(work: Work, token: str) -> Subject | None:
    """Who holds this token now. A unit of work that writes also notes the use; see ``authenticate``."""
    row = store.session_by_hash(work.conn, work.issuer, token_hash(token))
    if row is None or _over(row, work.now):
        return None
    subject = _subject(work, row)
    if subject is not None and work.writable and _stale(row, work.now):
        store.touch_session(work.conn, row.token_hash, work.now)
    return subject


def authenticate(workspace: Workspace, token: str) -> Subject | None:
    """Who holds this token now, for a request: reads, and writes only when the last noted use is old."""
    with workspace.read() as work:
        subject = resolve(work, token)
        row = store.session_by_hash(work.conn, work.issuer, token_hash(token))
        stale = row is not None and _stale(row, work.now)
    if subject is None or not stale:
        return subject
    with workspace.write() as work:
        return resolve(work, token)


def close(work: Work, token: str) -> None:
    """Signs out. A token that is no session is no fault."""
    row = store.session_by_hash(work.conn, work.issuer, token_hash(token))
    if row is None:
        return
    subject = _subject(work, row)
    store.delete_session(work.conn, work.issuer, row.token_hash)
    if subject is not None:
        action = Action.ACCOUNT_SIGN_OUT if row.subject_kind == "account" else Action.STAFF_SIGN_OUT
        work.record(subject, action, row.subject_kind, row.subject_id)


def prove(work: Work, token: str) -> None:
    """The person of this session showed more than one code; the session is theirs wholly from now on."""
    row = store.session_by_hash(work.conn, work.issuer, token_hash(token))
    if row is not None and row.subject_kind == "account":
        store.raise_session(work.conn, work.issuer, row.token_hash)
        subject = Subject(HOLDER, row.subject_id, work.issuer)
        work.record(subject, Action.ACCOUNT_PROVE, "account", row.subject_id)


def close_all(work: Work, subject_id: str) -> None:
    """Ends every session of an account or staff member."""
    store.delete_sessions_of(work.conn, work.issuer, subject_id)


def _over(row: Row[Any], now: datetime) -> bool:
    idle = timedelta(minutes=setting(f"{_LIMITS[row.subject_kind]}.idle_minutes"))
    return bool(now >= row.expires_at or now - row.last_seen >= idle)


def _stale(row: Row[Any], now: datetime) -> bool:
    return bool(now - row.last_seen >= timedelta(seconds=setting("session.touch_seconds")))


def _subject(work: Work, row: Row[Any]) -> Subject | None:
    if row.subject_kind == "account":
        known = store.by_id(work.conn, store.account, work.issuer, row.subject_id)
        return _holder(work, row) if known and known.erased_at is None else None
    member = store.by_id(work.conn, store.staff, work.issuer, row.subject_id)
    return Subject(member.role, member.id, work.issuer) if member is not None and member.active else None


def _holder(work: Work, row: Row[Any]) -> Subject:
    mark = row.device or ""
    proven = row.level == "proven" or devices.trusted(work, row.subject_id, mark)
    return Subject(HOLDER, row.subject_id, work.issuer, proven=proven, device=mark, contact=row.contact_id or "")
