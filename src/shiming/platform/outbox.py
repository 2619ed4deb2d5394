"""Messages to the outside, written in the transaction that causes them and sent after it.

States: ``pending -> sending -> sent | failed | uncertain``, and back to ``pending`` to try again. What to do with a
message left in ``sending`` by a crash is the caller's policy: try again where the other side honours the idempotency
key, else mark it ``uncertain`` for a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shiming.platform.db import UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7

STATES = ("pending", "sending", "sent", "failed", "uncertain")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("idempotency_key", sa.String(200), nullable=False),
    sa.Column("about", sa.String(64)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("last_error", sa.String(64)),
    sa.UniqueConstraint("issuer", "idempotency_key"),
    sa.CheckConstraint("state in ('pending', 'sending', 'sent', 'failed', 'uncertain')", name="state"),
    sa.Index(None, "state", "not_before"),
    sa.Index(None, "issuer", "about"),
)


def find(conn: Connection, issuer: str, key: str) -> str | None:
    """The id of the message with this idempotency key."""
    query = sa.select(outbox.c.id).where(outbox.c.issuer == issuer, outbox.c.idempotency_key == key)
    return conn.execute(query).scalar_one_or_none()


def put(
    conn: Connection,
    *,
    issuer: str,
    topic: str,
    payload: bytes,
    key: str,
    at: datetime,
    about: str | None = None,
    not_before: datetime | None = None,
    id: str | None = None,
) -> str:
    """Puts a sealed message in the box and returns its id; with a key already used, the id of that earlier message.

    ``about`` is an id such as a registration's. ``not_before`` delays the first attempt.
    """
    values = {
        "id": id or uuid7(),
        "issuer": issuer,
        "topic": topic,
        "payload": payload,
        "idempotency_key": key,
        "about": about,
        "state": "pending",
        "attempts": 0,
        "not_before": not_before or at,
        "created_at": at,
        "updated_at": at,
    }
    if insert_new(conn, outbox, values, ["issuer", "idempotency_key"]):
        return str(values["id"])
    existing = find(conn, issuer, key)
    if existing is None:
        raise LookupError(
            f"expected the earlier message of a used idempotency key, got none (topic {topic}); try again"
        )
    return existing


def due(conn: Connection, now: datetime, limit: int) -> list[Row[Any]]:
    """Pending messages whose time has come, oldest first."""
    query = (
        sa.select(outbox)
        .where(outbox.c.state == "pending", outbox.c.not_before <= now)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    return list(conn.execute(query))


def claim(conn: Connection, id: str, now: datetime, owner: str | None = None) -> Row[Any] | None:
    """Takes one pending message for sending, counting the attempt before it is made; None when another has it."""
    statement = (
        sa.update(outbox)
        .where(outbox.c.id == id, outbox.c.state == "pending", outbox.c.not_before <= now)
        .values(state="sending", attempts=outbox.c.attempts + 1, updated_at=now, owner=owner)
        .returning(*outbox.c)
    )
    return conn.execute(statement).one_or_none()


def mark(
    conn: Connection,
    id: str,
    state: str,
    error: str | None = None,
    not_before: datetime | None = None,
    at: datetime | None = None,
) -> None:
    """Writes what became of a message. ``error`` is a code, never text from the other side."""
    if state not in STATES:
        raise ValueError(f"expected one of {', '.join(STATES)}, got {state}")
    values: dict[str, Any] = {"state": state, "last_error": error, "owner": None}
    if not_before is not None:
        values["not_before"] = not_before
    if at is not None:
        values["updated_at"] = at
    if conn.execute(sa.update(outbox).where(outbox.c.id == id).values(**values)).rowcount != 1:
        raise LookupError(f"expected outbox message {id}, got none")


def stuck(conn: Connection, before: datetime) -> list[Row[Any]]:
    """Messages taken for sending before ``before`` and never marked: their sender died."""
    query = sa.select(outbox).where(outbox.c.state == "sending", outbox.c.updated_at < before).order_by(outbox.c.id)
    return list(conn.execute(query))
