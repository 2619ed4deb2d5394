"""The tables of accounts, one-time codes, sessions, staff and API keys. The only SQL of this room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shiming.platform.db import UtcDateTime, for_update, metadata

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("contact_kind", sa.String(8), nullable=False),
    sa.Column("contact_sealed", sa.LargeBinary, nullable=False),
    sa.Column("contact_blind", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "contact_blind"),
    sa.CheckConstraint("contact_kind in ('phone', 'email')", name="contact_kind"),
)

one_time_code = sa.Table(
    "one_time_code",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("attempts_left", sa.Integer, nullable=False),
    sa.Column("used_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index(None, "issuer", "subject", "created_at"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("subject_kind", sa.String(8), nullable=False),
    sa.Column("subject_id", sa.String(36), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("subject_kind in ('account', 'staff')", name="subject_kind"),
    sa.Index(None, "expires_at"),
    sa.Index(None, "issuer", "subject_id"),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("username_blind", sa.LargeBinary, nullable=False),
    sa.Column("profile_sealed", sa.LargeBinary, nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "username_blind"),
)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)


def insert(conn: Connection, table: sa.Table, **values: Any) -> None:
    """Adds a row."""
    conn.execute(sa.insert(table).values(**values))


def update(conn: Connection, table: sa.Table, id: str, **values: Any) -> None:
    """Changes the row with this id."""
    conn.execute(sa.update(table).where(table.c.id == id).values(**values))


def by_id(conn: Connection, table: sa.Table, issuer: str, id: str) -> Row[Any] | None:
    """The issuer's row with this id."""
    return conn.execute(sa.select(table).where(table.c.issuer == issuer, table.c.id == id)).one_or_none()


def account_by_contact(conn: Connection, issuer: str, blinds: list[bytes]) -> Row[Any] | None:
    """The account whose contact has one of these blind indexes."""
    query = sa.select(account).where(account.c.issuer == issuer, account.c.contact_blind.in_(blinds))
    return conn.execute(query).first()


def staff_by_username(conn: Connection, issuer: str, blinds: list[bytes], *, lock: bool = False) -> Row[Any] | None:
    """The staff member whose username has one of these blind indexes."""
    query = sa.select(staff).where(staff.c.issuer == issuer, staff.c.username_blind.in_(blinds))
    return conn.execute(for_update(query) if lock else query).first()


def staff_members(conn: Connection, issuer: str) -> list[Row[Any]]:
    """All staff of an issuer, oldest first."""
    return list(conn.execute(sa.select(staff).where(staff.c.issuer == issuer).order_by(staff.c.id)))


def codes_since(conn: Connection, issuer: str, subjects: list[bytes], since: datetime) -> list[datetime]:
    """When codes went to a contact since a moment, newest first, for whatever purpose."""
    where = (
        one_time_code.c.issuer == issuer,
        one_time_code.c.subject.in_(subjects),
        one_time_code.c.created_at > since,
    )
    query = sa.select(one_time_code.c.created_at).where(*where).order_by(one_time_code.c.created_at.desc())
    return list(conn.execute(query).scalars())


def newest_code(conn: Connection, issuer: str, purpose: str, subjects: list[bytes]) -> Row[Any] | None:
    """The latest code of a purpose for a contact, locked: older ones are void."""
    where = (
        one_time_code.c.issuer == issuer,
        one_time_code.c.purpose == purpose,
        one_time_code.c.subject.in_(subjects),
    )
    query = (
        sa.select(one_time_code).where(*where).order_by(one_time_code.c.created_at.desc(), one_time_code.c.id.desc())
    )
    return conn.execute(for_update(query.limit(1))).one_or_none()


def session_by_hash(conn: Connection, issuer: str, token_hash: bytes) -> Row[Any] | None:
    """The session with this token hash."""
    query = sa.select(session).where(session.c.token_hash == token_hash, session.c.issuer == issuer)
    return conn.execute(query).one_or_none()


def touch_session(conn: Connection, token_hash: bytes, at: datetime) -> None:
    """Notes that a session was used."""
    conn.execute(sa.update(session).where(session.c.token_hash == token_hash).values(last_seen=at))


def delete_session(conn: Connection, issuer: str, token_hash: bytes) -> bool:
    """Ends a session; says whether there was one."""
    where = (session.c.token_hash == token_hash, session.c.issuer == issuer)
    return conn.execute(sa.delete(session).where(*where)).rowcount == 1


def delete_sessions_of(conn: Connection, issuer: str, subject_id: str) -> None:
    """Ends all sessions of an account or staff member."""
    conn.execute(sa.delete(session).where(session.c.issuer == issuer, session.c.subject_id == subject_id))


def delete_expired(conn: Connection, now: datetime) -> None:
    """Removes sessions past their end."""
    conn.execute(sa.delete(session).where(session.c.expires_at <= now))


def api_key_by_hash(conn: Connection, key_hash: bytes) -> Row[Any] | None:
    """The API key with this hash, revoked or not."""
    return conn.execute(sa.select(api_key).where(api_key.c.key_hash == key_hash)).one_or_none()


def api_keys(conn: Connection, issuer: str) -> list[Row[Any]]:
    """All API keys of an issuer, oldest first."""
    return list(conn.execute(sa.select(api_key).where(api_key.c.issuer == issuer).order_by(api_key.c.id)))
