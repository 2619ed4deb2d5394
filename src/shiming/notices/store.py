"""Messages to people and what became of them; and the demo's sink. Recipients and texts are sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.notices.message import Message
from shiming.platform.db import UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("about", sa.String(64)),
    sa.Column("template", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String(64)),
    sa.Column("reference", sa.String(64)),
    sa.Column("recipient_sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("mark_blind", sa.LargeBinary),
    sa.CheckConstraint("state in ('pending', 'sending', 'sent', 'failed', 'uncertain')", name="state"),
    sa.Index(None, "issuer", "about"),
    sa.Index(None, "issuer", "state"),
    sa.Index(None, "mark_blind"),
)

notice_sink = sa.Table(
    "notice_sink",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("idempotency_key", sa.String(200), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("message_sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "idempotency_key"),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of one message. No personal data; ``recipient`` gives the contact by id."""

    id: str
    about: str | None
    template: str
    channel: str
    state: str
    attempts: int
    error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """One message the stand-in kept instead of sending it."""

    id: str
    channel: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime


def begin(
    work: Work, id: str, *, about: str | None, template: str, channel: str, recipient: str, mark: bytes | None = None
) -> None:
    """Records that a message is being sent; its id is the outbox row's. Counts the attempt. ``mark`` is a keyed index."""
    n = notice
    known = work.conn.execute(
        sa.update(n)
        .where(n.c.issuer == work.issuer, n.c.id == id)
        .values(state="sending", attempts=n.c.attempts + 1, updated_at=work.now)
    )
    if known.rowcount:
        return
    key_id = work.vault.new_key(work.conn, work.issuer, "notice")
    work.conn.execute(
        sa.insert(n).values(
            id=id,
            issuer=work.issuer,
            key_id=key_id,
            about=about,
            template=template,
            channel=channel,
            state="sending",
            attempts=1,
            recipient_sealed=_seal(work, key_id, "notice", "recipient_sealed", id, recipient),
            created_at=work.now,
            updated_at=work.now,
            mark_blind=mark,
        )
    )


def finish(work: Work, id: str, state: str, *, error: str | None = None, reference: str | None = None) -> None:
    """Writes what became of a message."""
    work.conn.execute(
        sa.update(notice)
        .where(notice.c.issuer == work.issuer, notice.c.id == id)
        .values(state=state, error=error, reference=reference, updated_at=work.now)
    )


def notices(work: Work, about: str) -> list[Notice]:
    """The messages about a registration, oldest first."""
    return _read(work, notice.c.about == about)


def by_mark(work: Work, indexes: list[bytes]) -> Notice | None:
    """The message with one of these keyed indexes of its mark, or None."""
    found = _read(work, notice.c.mark_blind.in_(indexes))
    return found[0] if found else None


def in_doubt(work: Work) -> list[Notice]:
    """Messages that may or may not have left; a person looks at them. Never sent again."""
    return _read(work, notice.c.state == "uncertain")


def recipient(work: Work, id: str) -> str:
    """Where a message went. Raises LookupError."""
    row = work.conn.execute(
        sa.select(notice.c.key_id, notice.c.recipient_sealed).where(notice.c.issuer == work.issuer, notice.c.id == id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"expected notice {id}, got none")
    return str(_open(work, row.key_id, "notice", "recipient_sealed", id, row.recipient_sealed))


def keep_in_sink(work: Work, channel: str, message: Message, key: str) -> str:
    """Keeps a message, once a key; returns its id."""
    s = notice_sink
    known = work.conn.execute(
        sa.select(s.c.id).where(s.c.issuer == work.issuer, s.c.idempotency_key == key)
    ).scalar_one_or_none()
    if known is not None:
        return str(known)
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "notice-sink")
    value = {"recipient": message.recipient, "subject": message.subject, "text": message.text}
    values = {
        "id": id,
        "issuer": work.issuer,
        "key_id": key_id,
        "idempotency_key": key,
        "channel": channel,
        "message_sealed": _seal(work, key_id, "notice_sink", "message_sealed", id, value),
        "at": work.now,
    }
    if not insert_new(work.conn, s, values, ["issuer", "idempotency_key"]):
        work.vault.discard_key(work.conn, key_id)
    return id


def sink(work: Work, limit: int = 100) -> list[SinkMessage]:
    """What the stand-in kept, newest first."""
    s = notice_sink
    query = sa.select(s).where(s.c.issuer == work.issuer).order_by(s.c.at.desc(), s.c.id.desc()).limit(limit)
    found = []
    for row in work.conn.execute(query):
        value = _open(work, row.key_id, "notice_sink", "message_sealed", row.id, row.message_sealed)
        found.append(SinkMessage(row.id, row.channel, value["recipient"], value["subject"], value["text"], row.at))
    return found


def _read(work: Work, condition: sa.ColumnElement[bool]) -> list[Notice]:
    n = notice.c
    columns = (n.id, n.about, n.template, n.channel, n.state, n.attempts, n.error, n.created_at, n.updated_at)
    query = sa.select(*columns).where(n.issuer == work.issuer, condition).order_by(n.id)
    return [Notice(*row) for row in work.conn.execute(query)]


def _seal(work: Work, key_id: str, table: str, column: str, row: str, value: Any) -> bytes:
    return work.vault.seal_json(work.conn, key_id, issuer=work.issuer, table=table, column=column, row=row, value=value)


def _open(work: Work, key_id: str, table: str, column: str, row: str, sealed: bytes) -> Any:
    return work.vault.open_json(
        work.conn, key_id, issuer=work.issuer, table=table, column=column, row=row, sealed=sealed
    )
