"""Further pictures of a piece of evidence: those a reviewer looks at beside the one that stands for it, erased with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from shiming.audit.work import Work
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence
from shiming.registration.store import tables as t


def keep(work: Work, key_id: str, evidence_id: str, pictures: Sequence[bytes]) -> None:
    """Keeps pictures under the key of their evidence, numbered from 1."""
    for n, data in enumerate(pictures, start=1):
        file_id = work.vault.put_file(work.conn, key_id, issuer=work.issuer, row=_row(evidence_id, n), data=data)
        work.conn.execute(
            insert(t.evidence_picture).values(
                evidence_id=evidence_id, n=n, issuer=work.issuer, file_id=file_id, size=len(data)
            )
        )


def _row(evidence_id: str, n: int) -> str:
    return f"{evidence_id}:{n}"


def count(work: Work, evidence_id: str) -> int:
    """How many there are."""
    return len(_files(work, evidence_id))


def _files(work: Work, evidence_id: str) -> dict[int, str]:
    p = t.evidence_picture.c
    query = select(p.n, p.file_id).where(p.issuer == work.issuer, p.evidence_id == evidence_id).order_by(p.n)
    return {row.n: row.file_id for row in work.conn.execute(query)}


def picture(work: Work, item: Evidence, n: int) -> bytes:
    """One of them. Raises ``Problem`` NOT_FOUND, ERASED."""
    if item.picture_erased_at is not None:
        raise Problem("ERASED")
    file_id = _files(work, item.id).get(n)
    if file_id is None:
        raise Problem("NOT_FOUND")
    return work.vault.get_file(work.conn, item.key_id, issuer=work.issuer, row=_row(item.id, n), file_id=file_id)


def drop(work: Work, evidence_id: str) -> None:
    """Removes all of them; what shreds their key is the evidence's own erasure."""
    p = t.evidence_picture
    for file_id in _files(work, evidence_id).values():
        work.after_commit(lambda gone=file_id: work.vault.delete_file(gone))  # type: ignore[misc]
    work.conn.execute(delete(p).where(p.c.issuer == work.issuer, p.c.evidence_id == evidence_id))


def seal_anew(work: Work, item: Evidence, key_id: str) -> None:
    """Puts all of them under another key of their evidence."""
    data = [picture(work, item, n) for n in range(1, count(work, item.id) + 1)]
    drop(work, item.id)
    keep(work, key_id, item.id, data)
