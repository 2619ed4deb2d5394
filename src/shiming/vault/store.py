"""Wrapped data keys. The only SQL of the vault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shiming.platform.db import UtcDateTime, for_update, metadata

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("master_version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("shredded_at", UtcDateTime),
)


def insert(conn: Connection, **values: Any) -> None:
    """Adds a wrapped key."""
    conn.execute(sa.insert(data_key).values(**values))


def get(conn: Connection, key_id: str) -> Row[Any] | None:
    """One key's row."""
    return conn.execute(sa.select(data_key).where(data_key.c.id == key_id)).one_or_none()


def wrapped(conn: Connection, issuer: str, key_ids: list[str]) -> dict[str, bytes]:
    """The wrapping of each living key among these of one issuer."""
    k = data_key.c
    query = sa.select(k.id, k.wrapped).where(k.issuer == issuer, k.id.in_(key_ids), k.wrapped.is_not(None))
    return {row.id: bytes(row.wrapped) for row in conn.execute(query)}


def shred(conn: Connection, key_id: str, at: datetime) -> None:
    """Forgets a wrapped key, keeping the fact that it was there. Shredding twice is once."""
    statement = sa.update(data_key).where(data_key.c.id == key_id, data_key.c.shredded_at.is_(None))
    conn.execute(statement.values(wrapped=None, shredded_at=at))


def delete(conn: Connection, key_id: str) -> None:
    """Removes a key that never sealed anything that was kept."""
    conn.execute(sa.delete(data_key).where(data_key.c.id == key_id))


def not_wrapped_by(conn: Connection, version: int, limit: int) -> list[Row[Any]]:
    """Living keys that another master version wrapped, locked."""
    query = sa.select(data_key).where(data_key.c.wrapped.is_not(None), data_key.c.master_version != version)
    return list(conn.execute(for_update(query.order_by(data_key.c.id).limit(limit))))


def rewrap(conn: Connection, key_id: str, wrapped: bytes, version: int) -> None:
    """Replaces the wrapping of a key."""
    conn.execute(sa.update(data_key).where(data_key.c.id == key_id).values(wrapped=wrapped, master_version=version))


def newest(conn: Connection) -> Row[Any] | None:
    """The latest living key."""
    query = sa.select(data_key).where(data_key.c.wrapped.is_not(None)).order_by(data_key.c.id.desc()).limit(1)
    return conn.execute(query).one_or_none()
