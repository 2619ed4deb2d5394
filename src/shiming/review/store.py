"""The agents' inbox: threads and their messages. What people write is sealed; ids, kinds and times stand in clear."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform.db import Json, UtcDateTime, metadata
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store.sealing import open_json, open_text, seal_json

ThreadState = Literal["open", "answered", "closed"]

thread = sa.Table(
    "thread",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("reference", sa.String(24), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("topic", sa.String(64)),
    sa.Column("registration_id", sa.String(36)),
    sa.Column("card_id", sa.String(36)),
    sa.Column("account_id", sa.String(36)),
    sa.Column("contact_sealed", sa.LargeBinary),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("assigned_to", sa.String(36)),
    sa.Column("barred", Json, nullable=False),
    sa.Column("outcome", sa.String(16)),
    sa.Column("due_at", UtcDateTime),
    sa.Column("due_unpublished_year", sa.Boolean, nullable=False),
    sa.Column("escalated_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("erased_at", UtcDateTime),
    sa.UniqueConstraint("issuer", "reference"),
    sa.Index("ix_thread_queue", "issuer", "state", "due_at"),
    sa.Index("ix_thread_account", "issuer", "account_id"),
    sa.Index("ix_thread_registration", "issuer", "registration_id"),
)

thread_message = sa.Table(
    "thread_message",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("thread_id", sa.String(36), sa.ForeignKey("thread.id"), nullable=False, index=True),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("text_sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)


correction_request = sa.Table(
    "correction_request",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("thread_id", sa.String(36), sa.ForeignKey("thread.id"), nullable=False, unique=True),
    sa.Column("registration_id", sa.String(36), nullable=False),
    sa.Column("party_id", sa.String(36), nullable=False),
    sa.Column("field", sa.String(32), nullable=False),
    sa.Column("asked_sealed", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("decided_by", sa.String(36)),
    sa.Column("decided_at", UtcDateTime),
    sa.CheckConstraint("state in ('open', 'accepted', 'refused')", name="state"),
)

second_look = sa.Table(
    "second_look",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("registration_id", sa.String(36), sa.ForeignKey("registration.id"), nullable=False, index=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("reasons", Json, nullable=False),
    sa.Column("note_sealed", sa.LargeBinary),
    sa.Column("message_sealed", sa.LargeBinary),
    sa.Column("first_id", sa.String(36), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("second_id", sa.String(36)),
    sa.Column("second_note_sealed", sa.LargeBinary),
    sa.Column("second_at", UtcDateTime),
    sa.CheckConstraint("state in ('waiting', 'agreed', 'sent-back')", name="state"),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a holder asks to be corrected. ``changed``: it was right once. ``state``: open, accepted, refused."""

    id: str
    registration_id: str
    party_id: str
    field: str
    was: str = dataclass_field(repr=False)
    should: str = dataclass_field(repr=False)
    changed: bool
    state: str
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A first reviewer's decision that takes effect only when a second agrees. ``state``: waiting, agreed, sent-back."""

    id: str
    registration_id: str
    n: int
    verdict: str
    reasons: tuple[str, ...]
    note: str = dataclass_field(repr=False)
    message: str = dataclass_field(repr=False)
    first_id: str
    at: datetime
    state: str
    second_id: str | None
    second_note: str = dataclass_field(repr=False)
    second_at: datetime | None


@dataclass(frozen=True, slots=True)
class Thread:
    """One matter somebody wrote about. No personal data; what was written is in its messages.

    ``topic`` names a help answer or a field; ``outcome`` says how an appeal, a correction or a dispute ended.
    ``barred`` are staff who may not answer it, because they decided what it is about.
    """

    id: str
    key_id: str
    reference: str
    kind: str
    topic: str | None
    registration_id: str | None
    card_id: str | None
    account_id: str | None
    language: str
    country: str
    zone: str
    state: ThreadState
    version: int
    assigned_to: str | None
    barred: tuple[str, ...]
    outcome: str | None
    due_at: datetime | None
    due_unpublished_year: bool
    escalated_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of a thread. ``by``: ``holder``, ``staff``, or ``note``, which only staff see."""

    id: str
    by: str
    actor_id: str
    text: str = dataclass_field(repr=False)
    at: datetime


_COLUMNS = tuple(Thread.__dataclass_fields__)


def add_thread(work: Work, *, contact: str | None, **values: Any) -> str:
    """A new thread; returns its id. ``contact`` is where answers go when there is no account."""
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "thread")
    sealed = seal_json(work, key_id, "thread", "contact_sealed", id, contact) if contact else None
    work.conn.execute(
        sa.insert(thread).values(
            id=id,
            issuer=work.issuer,
            key_id=key_id,
            contact_sealed=sealed,
            version=1,
            created_at=work.now,
            updated_at=work.now,
            **values,
        )
    )
    return id


def add_message(work: Work, found: Thread, by: str, actor_id: str, text: str) -> str:
    """Adds a message; returns its id."""
    id = uuid7()
    work.conn.execute(
        sa.insert(thread_message).values(
            id=id,
            issuer=work.issuer,
            thread_id=found.id,
            by=by,
            actor_id=actor_id,
            text_sealed=seal_json(work, found.key_id, "thread_message", "text_sealed", id, text),
            at=work.now,
        )
    )
    return id


def change(work: Work, found: Thread, **changes: Any) -> Thread:
    """Changes a thread by its version. Raises ``Problem`` CONFLICT when somebody else changed it."""
    done = work.conn.execute(
        sa.update(thread)
        .where(thread.c.issuer == work.issuer, thread.c.id == found.id, thread.c.version == found.version)
        .values(version=found.version + 1, updated_at=work.now, **changes)
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")
    return get(work, found.id)


def get(work: Work, thread_id: str) -> Thread:
    """A thread by its id. Raises ``Problem`` NOT_FOUND."""
    return _first(work, thread.c.id == thread_id)


def by_reference(work: Work, reference: str) -> Thread:
    """A thread by its short reference. Raises ``Problem`` NOT_FOUND. The reference is no authority."""
    return _first(work, thread.c.reference == reference)


def contact(work: Work, found: Thread) -> str | None:
    """Where answers go when there is no account."""
    query = sa.select(thread.c.contact_sealed).where(thread.c.issuer == work.issuer, thread.c.id == found.id)
    sealed = work.conn.execute(query).scalar_one()
    return open_text(work, found.key_id, "thread", "contact_sealed", found.id, sealed) or None


def messages(work: Work, found: Thread) -> list[ThreadMessage]:
    """What was written, oldest first, notes for colleagues among it."""
    m = thread_message.c
    query = sa.select(thread_message).where(m.issuer == work.issuer, m.thread_id == found.id).order_by(m.id)
    return [
        ThreadMessage(
            row.id,
            row.by,
            row.actor_id,
            str(open_json(work, found.key_id, "thread_message", "text_sealed", row.id, row.text_sealed)),
            row.at,
        )
        for row in work.conn.execute(query)
    ]


def waiting(work: Work, *, kinds: tuple[str, ...] | None = None, limit: int = 500) -> list[Thread]:
    """Threads that wait for an answer, the most urgent first."""
    t = thread.c
    query = sa.select(thread).where(t.issuer == work.issuer, t.state == "open").order_by(t.due_at, t.id).limit(limit)
    if kinds is not None:
        query = query.where(t.kind.in_(kinds))
    return [_thread(row) for row in work.conn.execute(query)]


def of_account(work: Work, account_id: str) -> list[Thread]:
    """An account's threads, newest first."""
    query = sa.select(thread).where(thread.c.issuer == work.issuer, thread.c.account_id == account_id)
    return [_thread(row) for row in work.conn.execute(query.order_by(thread.c.id.desc()))]


def of_registration(work: Work, registration_id: str) -> list[Thread]:
    """The threads about a registration, newest first."""
    query = sa.select(thread).where(thread.c.issuer == work.issuer, thread.c.registration_id == registration_id)
    return [_thread(row) for row in work.conn.execute(query.order_by(thread.c.id.desc()))]


def _first(work: Work, condition: sa.ColumnElement[bool]) -> Thread:
    row = work.conn.execute(sa.select(thread).where(thread.c.issuer == work.issuer, condition)).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _thread(row)


def _thread(row: Row[Any]) -> Thread:
    values = {name: row._mapping[name] for name in _COLUMNS}
    values["barred"] = tuple(values["barred"])
    return Thread(**values)


def add_look(
    work: Work, registration: Registration, first_id: str, *, verdict: str, reasons: list[str], note: str, message: str
) -> str:
    """Keeps a first decision that waits for a second reviewer; returns its id."""
    id = uuid7()

    def sealed(column: str, text: str) -> bytes | None:
        return seal_json(work, registration.key_id, "second_look", column, id, text) if text else None

    work.conn.execute(
        sa.insert(second_look).values(
            id=id,
            issuer=work.issuer,
            registration_id=registration.id,
            n=registration.n,
            verdict=verdict,
            reasons=reasons,
            note_sealed=sealed("note_sealed", note),
            message_sealed=sealed("message_sealed", message),
            first_id=first_id,
            at=work.now,
            state="waiting",
        )
    )
    return id


def settle_look(
    work: Work, registration: Registration, look: SecondLook, state: str, second_id: str, note: str
) -> None:
    """Writes what the second reviewer said, once. Raises ``Problem`` CONFLICT when it was said before."""
    c = second_look.c
    sealed = seal_json(work, registration.key_id, "second_look", "second_note_sealed", look.id, note) if note else None
    done = work.conn.execute(
        sa.update(second_look)
        .where(c.issuer == work.issuer, c.id == look.id, c.state == "waiting")
        .values(state=state, second_id=second_id, second_note_sealed=sealed, second_at=work.now)
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")


def looks(work: Work, registration: Registration) -> list[SecondLook]:
    """Every first decision of a registration and what became of it, oldest first."""
    c = second_look.c
    query = sa.select(second_look).where(c.issuer == work.issuer, c.registration_id == registration.id).order_by(c.id)

    # What was erased with the registration reads as empty; when only its form went, custody sealed these texts anew.
    gone = registration.erased_at is not None

    def opened(row: Row[Any], column: str) -> str:
        if gone:
            return ""
        return open_text(work, registration.key_id, "second_look", column, row.id, row._mapping[column])

    return [
        SecondLook(
            row.id,
            row.registration_id,
            row.n,
            row.verdict,
            tuple(row.reasons),
            opened(row, "note_sealed"),
            opened(row, "message_sealed"),
            row.first_id,
            row.at,
            row.state,
            row.second_id,
            opened(row, "second_note_sealed"),
            row.second_at,
        )
        for row in work.conn.execute(query)
    ]


def waiting_looks(work: Work) -> dict[str, tuple[int, str]]:
    """For each registration whose first decision waits for a second reviewer: the submission, and who decided first."""
    c = second_look.c
    query = sa.select(c.registration_id, c.n, c.first_id).where(c.issuer == work.issuer, c.state == "waiting")
    return {row.registration_id: (row.n, row.first_id) for row in work.conn.execute(query)}


def add_correction(
    work: Work, found: Thread, registration_id: str, party_id: str, field: str, asked: dict[str, Any]
) -> str:
    """Keeps what a thread asks to be corrected; returns its id."""
    id = uuid7()
    work.conn.execute(
        sa.insert(correction_request).values(
            id=id,
            issuer=work.issuer,
            thread_id=found.id,
            registration_id=registration_id,
            party_id=party_id,
            field=field,
            asked_sealed=seal_json(work, found.key_id, "correction_request", "asked_sealed", id, asked),
            state="open",
        )
    )
    return id


def correction(work: Work, found: Thread) -> Correction | None:
    """What a thread asks to be corrected, or None."""
    c = correction_request.c
    query = sa.select(correction_request).where(c.issuer == work.issuer, c.thread_id == found.id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        return None
    asked = open_json(work, found.key_id, "correction_request", "asked_sealed", row.id, row.asked_sealed)
    return Correction(
        row.id,
        row.registration_id,
        row.party_id,
        row.field,
        asked["was"],
        asked["should"],
        asked["changed"],
        row.state,
        row.decided_by,
        row.decided_at,
    )


def settle_correction(work: Work, found: Correction, state: str, staff_id: str) -> None:
    """Writes how a correction was decided, once. Raises ``Problem`` CONFLICT when it was decided before."""
    c = correction_request.c
    done = work.conn.execute(
        sa.update(correction_request)
        .where(c.issuer == work.issuer, c.id == found.id, c.state == "open")
        .values(state=state, decided_by=staff_id, decided_at=work.now)
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")


def erase(work: Work, thread_id: str) -> str | None:
    """Erases what was written in a thread and shreds its key, whose id it gives; None when it was gone. The row stays."""
    t = thread
    query = sa.select(t.c.key_id).where(t.c.issuer == work.issuer, t.c.id == thread_id, t.c.erased_at.is_(None))
    key_id = work.conn.execute(query).scalar()
    if key_id is None:
        return None
    for table in (thread_message, correction_request):
        work.conn.execute(sa.delete(table).where(table.c.thread_id == thread_id))
    work.conn.execute(
        sa.update(t)
        .where(t.c.id == thread_id)
        .values(
            version=t.c.version + 1,
            state="closed",
            account_id=None,
            contact_sealed=None,
            due_at=None,
            erased_at=work.now,
        )
    )
    work.vault.shred(work.conn, key_id)
    return str(key_id)


def quiet(work: Work, before: datetime, size: int) -> list[str]:
    """Threads not waiting for an answer in which nothing was written since ``before``, and not erased yet; by id."""
    t = thread.c
    query = sa.select(t.id).where(
        t.issuer == work.issuer, t.erased_at.is_(None), t.state != "open", t.updated_at < before
    )
    return list(work.conn.execute(query.order_by(t.id).limit(size)).scalars())
