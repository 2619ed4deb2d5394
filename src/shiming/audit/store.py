"""The audit tables: append-only entries, and one chain head an issuer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shiming.platform.db import Json, UtcDateTime, for_update, insert_new, metadata

GENESIS = bytes(32)
"""What the first entry of a chain follows."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor_role", sa.String(32), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("object_kind", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(64), nullable=False),
    sa.Column("extra", Json, nullable=False),
    sa.Column("prev_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
    sa.Index(None, "issuer", "object_kind", "object_id"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
)


def lock_head(conn: Connection, issuer: str) -> tuple[int, bytes]:
    """The newest number and hash of a chain, locked until the transaction ends."""
    insert_new(conn, audit_head, {"issuer": issuer, "seq": 0, "hash": GENESIS}, ["issuer"])
    query = sa.select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.issuer == issuer)
    row = conn.execute(for_update(query)).one()
    return row.seq, bytes(row.hash)


def head(conn: Connection, issuer: str) -> tuple[int, bytes]:
    """The newest number and hash of a chain; (0, zeros) before its first entry."""
    query = sa.select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.issuer == issuer)
    row = conn.execute(query).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, bytes(row.hash))


def append(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Adds entries and moves the head to the last of them."""
    conn.execute(sa.insert(audit), rows)
    last = rows[-1]
    statement = sa.update(audit_head).where(audit_head.c.issuer == last["issuer"])
    conn.execute(statement.values(seq=last["seq"], hash=last["hash"]))


def entries(conn: Connection, issuer: str) -> Iterator[Row[Any]]:
    """All entries of a chain in order, streamed."""
    query = sa.select(audit).where(audit.c.issuer == issuer).order_by(audit.c.seq)
    yield from conn.execution_options(yield_per=1000).execute(query)


def about(conn: Connection, issuer: str, kind: str, id: str) -> list[Row[Any]]:
    """The entries about one object, in order."""
    where = (audit.c.issuer == issuer, audit.c.object_kind == kind, audit.c.object_id == id)
    return list(conn.execute(sa.select(audit).where(*where).order_by(audit.c.seq)))
