"""Exports that people asked for: one encrypted file each, for a short time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from shiming.audit.work import Work
from shiming.custody.store.tables import export
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem


@dataclass(frozen=True, slots=True)
class Export:
    """One export. ``erased_at`` is set once its time was over."""

    id: str
    key_id: str
    account_id: str
    file_id: str
    size: int
    created_at: datetime
    expires_at: datetime
    erased_at: datetime | None


def keep(work: Work, account_id: str, data: bytes, hours: float) -> Export:
    """Keeps a packed export, encrypted under a key of its own."""
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "export")
    values = {
        "id": id,
        "issuer": work.issuer,
        "key_id": key_id,
        "account_id": account_id,
        "file_id": work.vault.put_file(work.conn, key_id, issuer=work.issuer, row=id, data=data),
        "size": len(data),
        "created_at": work.now,
        "expires_at": work.now + timedelta(hours=hours),
    }
    work.conn.execute(insert(export).values(**values))
    return get(work, id, account_id)


def get(work: Work, id: str, account_id: str) -> Export:
    """An account's own export. Raises ``Problem`` NOT_FOUND."""
    row = _row(work, id)
    if row is None or row.account_id != account_id:
        raise Problem("NOT_FOUND")
    return row


def of_account(work: Work, account_id: str) -> list[Export]:
    """An account's exports, newest first."""
    query = select(*_COLUMNS).where(export.c.issuer == work.issuer, export.c.account_id == account_id)
    return [Export(*row) for row in work.conn.execute(query.order_by(export.c.id.desc()))]


def content(work: Work, item: Export) -> bytes:
    """The packed file. Raises ``Problem`` ERASED once its time is over."""
    if item.erased_at is not None or item.expires_at <= work.now:
        raise Problem("ERASED")
    return work.vault.get_file(work.conn, item.key_id, issuer=work.issuer, row=item.id, file_id=item.file_id)


def expired(work: Work, limit: int) -> list[str]:
    """Exports whose time is over and that are still there."""
    e = export.c
    query = select(e.id).where(e.issuer == work.issuer, e.erased_at.is_(None), e.expires_at <= work.now)
    return list(work.conn.execute(query.order_by(e.id).limit(limit)).scalars())


def erase(work: Work, id: str) -> str | None:
    """Erases an export; gives the key that was shredded."""
    row = _row(work, id)
    if row is None or row.erased_at is not None:
        return None
    work.conn.execute(update(export).where(export.c.id == id).values(erased_at=work.now, file_id="", size=0))
    work.vault.shred(work.conn, row.key_id)
    work.after_commit(lambda: work.vault.delete_file(row.file_id))
    return row.key_id


_COLUMNS = tuple(export.c[name] for name in Export.__dataclass_fields__)


def _row(work: Work, id: str) -> Export | None:
    row = work.conn.execute(select(*_COLUMNS).where(export.c.issuer == work.issuer, export.c.id == id)).one_or_none()
    return None if row is None else Export(*row)
