"""The SQL of liveness sessions: sessions, the frames that wait, and marks of frames that were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.intake.liveness import marks
from shiming.platform.db import Json, UtcDateTime, for_update, metadata
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.records import Registration

liveness_session = sa.Table(
    "liveness_session",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("registration_id", sa.String(36), sa.ForeignKey("registration.id"), nullable=False, index=True),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("nonce_hash", sa.LargeBinary, nullable=False),
    sa.Column("challenge", Json, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("replaced_at", UtcDateTime),
    sa.Column("committed_at", UtcDateTime),
    sa.Column("committed", Json),
    sa.Column("signals", Json),
    sa.Column("attested", sa.Boolean),
    sa.Column("evidence_id", sa.String(36), index=True),
    sa.Column("replayed", sa.Float),
    sa.Column("dropped_at", UtcDateTime),
    sa.Index(None, "issuer", "dropped_at", "expires_at"),
)

liveness_frame = sa.Table(
    "liveness_frame",
    metadata,
    sa.Column("session_id", sa.String(36), sa.ForeignKey("liveness_session.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("frame_sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

liveness_mark = sa.Table(
    "liveness_mark",
    metadata,
    sa.Column("evidence_id", sa.String(36), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_version", sa.Integer, nullable=False),
    sa.Column("mark", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index(None, "issuer", "at"),
)

liveness_band = sa.Table(
    "liveness_band",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("evidence_id", sa.String(36), primary_key=True, index=True),
    sa.Column("registration_id", sa.String(36), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as kept. ``committed``: number, capture time (ms) and SHA-256 of every frame, once they are fixed."""

    id: str
    key_id: str
    registration_id: str
    account_id: str
    device: str = field(repr=False)
    nonce_hash: bytes = field(repr=False)
    challenge: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    replaced_at: datetime | None
    committed_at: datetime | None
    committed: list[list[Any]] | None
    signals: dict[str, Any] | None
    attested: bool | None
    evidence_id: str | None
    replayed: float | None
    dropped_at: datetime | None


def _session(row: Any) -> Session:
    return Session(**{name: row._mapping[name] for name in Session.__dataclass_fields__})


def add(
    work: Work, registration: Registration, *, device: str, nonce_hash: bytes, challenge: Any, expires_at: datetime
) -> Session:
    """Keeps a new session in place of the ones before it that are not done."""
    s = liveness_session
    for old in work.conn.execute(
        _of(work, registration.id).where(s.c.replaced_at.is_(None), s.c.evidence_id.is_(None))
    ):
        drop_frames(work, _session(old))
        work.conn.execute(sa.update(s).where(s.c.id == old.id).values(replaced_at=work.now))
    session_id = uuid7()
    work.conn.execute(
        sa.insert(s).values(
            id=session_id,
            issuer=work.issuer,
            key_id=work.vault.new_key(work.conn, work.issuer, "liveness"),
            registration_id=registration.id,
            account_id=registration.account_id,
            device=device,
            nonce_hash=nonce_hash,
            challenge=challenge,
            created_at=work.now,
            expires_at=expires_at,
        )
    )
    return by_id(work, session_id)


def _of(work: Work, registration_id: str) -> Any:
    s = liveness_session.c
    return sa.select(liveness_session).where(s.issuer == work.issuer, s.registration_id == registration_id)


def latest(work: Work, registration_id: str) -> Session | None:
    """The newest session of a registration, whatever became of it."""
    row = work.conn.execute(_of(work, registration_id).order_by(liveness_session.c.id.desc()).limit(1)).first()
    return None if row is None else _session(row)


def since(work: Work, registration_id: str, moment: datetime) -> int:
    """How many sessions a registration began after a moment."""
    return len(work.conn.execute(_of(work, registration_id).where(liveness_session.c.created_at > moment)).all())


def by_id(work: Work, session_id: str) -> Session:
    """A session, locked where the unit of work writes. Raises ``Problem`` NOT_FOUND."""
    s = liveness_session.c
    query = sa.select(liveness_session).where(s.issuer == work.issuer, s.id == session_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _session(row)


def of_evidence(work: Work, evidence_id: str) -> Session | None:
    """The session that became this evidence."""
    s = liveness_session.c
    query = sa.select(liveness_session).where(s.issuer == work.issuer, s.evidence_id == evidence_id)
    row = work.conn.execute(query).one_or_none()
    return None if row is None else _session(row)


def change(work: Work, session_id: str, **values: Any) -> Session:
    """Changes a session and gives it as it is now."""
    work.conn.execute(sa.update(liveness_session).where(liveness_session.c.id == session_id).values(**values))
    return by_id(work, session_id)


def digests(work: Work, session_id: str) -> dict[int, str]:
    """The SHA-256 of the frames that are there, by number."""
    f = liveness_frame.c
    query = sa.select(f.n, f.sha256).where(f.session_id == session_id).order_by(f.n)
    return {row.n: row.sha256 for row in work.conn.execute(query)}


def add_frame(work: Work, session: Session, n: int, sha256: str, data: bytes) -> None:
    """Keeps a frame, encrypted."""
    sealed = work.vault.seal(
        work.conn,
        session.key_id,
        issuer=work.issuer,
        table="liveness_frame",
        column="frame_sealed",
        row=f"{session.id}:{n}",
        value=data,
    )
    work.conn.execute(
        sa.insert(liveness_frame).values(
            session_id=session.id, n=n, issuer=work.issuer, sha256=sha256, frame_sealed=sealed, at=work.now
        )
    )


def frames(work: Work, session: Session) -> list[bytes]:
    """All frames in order."""
    f = liveness_frame
    rows = work.conn.execute(sa.select(f.c.n, f.c.frame_sealed).where(f.c.session_id == session.id).order_by(f.c.n))
    return [
        work.vault.open_sealed(
            work.conn,
            session.key_id,
            issuer=work.issuer,
            table="liveness_frame",
            column="frame_sealed",
            row=f"{session.id}:{row.n}",
            sealed=row.frame_sealed,
        )
        for row in rows
    ]


def drop_frames(work: Work, session: Session) -> str | None:
    """Removes a session's frames and shreds their key; gives the key's id, None when it was done before."""
    if session.dropped_at is not None:
        return None
    work.conn.execute(sa.delete(liveness_frame).where(liveness_frame.c.session_id == session.id))
    work.conn.execute(
        sa.update(liveness_session).where(liveness_session.c.id == session.id).values(dropped_at=work.now)
    )
    work.vault.shred(work.conn, session.key_id)
    return session.key_id


def drop_of(work: Work, registration_id: str) -> list[str]:
    """Drops what waits of all sessions of a registration; gives the keys that were shredded."""
    found = [_session(row) for row in work.conn.execute(_of(work, registration_id)).all()]
    return [key for key in (drop_frames(work, session) for session in found) if key is not None]


def spent(work: Work, before: datetime, size: int) -> list[str]:
    """Sessions whose frames still wait although their time is over."""
    s = liveness_session.c
    query = sa.select(s.id).where(s.issuer == work.issuer, s.dropped_at.is_(None), s.expires_at < before)
    return list(work.conn.execute(query.order_by(s.expires_at).limit(size)).scalars())


def add_marks(work: Work, registration_id: str, evidence_id: str, key_version: int, masked: Sequence[int]) -> None:
    """Keeps the marks of a session's frames in their order, and their pieces, by which they are found."""
    of = {"issuer": work.issuer, "evidence_id": evidence_id}
    rows = [
        {**of, "n": n, "key_version": key_version, "mark": mark.to_bytes(marks.BYTES, "big"), "at": work.now}
        for n, mark in enumerate(masked)
    ]
    if rows:
        work.conn.execute(sa.insert(liveness_mark), rows)
        pieces = sorted({band for mark in masked for band in marks.bands(mark)})
        found = [{**of, "band": band, "registration_id": registration_id} for band in pieces]
        work.conn.execute(sa.insert(liveness_band), found)


def sessions_with(work: Work, registration_id: str, bands: Sequence[int], most: int) -> list[str]:
    """The sessions of other registrations that have most of these pieces, by their evidence."""
    b = liveness_band.c
    query = sa.select(b.evidence_id).where(
        b.issuer == work.issuer, b.band.in_(bands), b.registration_id != registration_id
    )
    ranked = query.group_by(b.evidence_id).order_by(sa.func.count().desc(), b.evidence_id.desc()).limit(most)
    return list(work.conn.execute(ranked).scalars())


def marks_of(work: Work, evidence_ids: Sequence[str]) -> list[list[tuple[int, int]]]:
    """For each session its marks in order, each with the version of the key it is under."""
    m = liveness_mark.c
    query = sa.select(m.evidence_id, m.key_version, m.mark).where(m.evidence_id.in_(evidence_ids))
    found: dict[str, list[tuple[int, int]]] = {}
    for row in work.conn.execute(query.order_by(m.evidence_id, m.n)):
        found.setdefault(row.evidence_id, []).append((row.key_version, int.from_bytes(row.mark, "big")))
    return list(found.values())


def digests_before(work: Work, session: Session) -> set[str]:
    """The SHA-256 of every frame of earlier finished sessions of the same registration."""
    s = liveness_session.c
    query = _of(work, session.registration_id).where(s.id < session.id, s.evidence_id.is_not(None))
    return {digest for row in work.conn.execute(query) for _, _, digest in row.committed or []}


def drop_marks(work: Work, *evidence_ids: str) -> None:
    """Forgets the marks of pieces of evidence."""
    for table in (liveness_mark, liveness_band):
        work.conn.execute(sa.delete(table).where(table.c.evidence_id.in_(evidence_ids)))


def old_marks(work: Work, before: datetime, size: int) -> int:
    """Forgets the marks of sessions of before a moment; gives of how many."""
    m = liveness_mark.c
    query = sa.select(m.evidence_id).where(m.issuer == work.issuer, m.at < before, m.n == 0)
    ids = list(work.conn.execute(query.order_by(m.at).limit(size)).scalars())
    if ids:
        drop_marks(work, *ids)
    return len(ids)
