"""The tables of accounts, one-time codes, sessions, staff and API keys. The only SQL of this room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shiming.platform.db import UtcDateTime, for_update, insert_new, metadata

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
    sa.Column("erased_at", UtcDateTime),
    sa.UniqueConstraint("issuer", "contact_blind"),
    sa.CheckConstraint("contact_kind in ('phone', 'email')", name="contact_kind"),
)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("value_sealed", sa.LargeBinary, nullable=False),
    sa.Column("value_blind", sa.LargeBinary, nullable=False),
    sa.Column("active_blind", sa.LargeBinary),
    sa.Column("proven_at", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("ended", sa.String(16)),
    sa.UniqueConstraint("issuer", "active_blind"),
    sa.CheckConstraint("kind in ('phone', 'email')", name="kind"),
    sa.Index(None, "issuer", "value_blind"),
)

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
    sa.Column("mark", sa.String(64), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("trusted_at", UtcDateTime),
    sa.Column("trusted_by", sa.String(16)),
    sa.Column("revoked_at", UtcDateTime),
    sa.UniqueConstraint("issuer", "account_id", "mark"),
)

device_use = sa.Table(
    "device_use",
    metadata,
    sa.Column("device_id", sa.String(36), sa.ForeignKey("device.id"), primary_key=True),
    sa.Column("registration_id", sa.String(36), primary_key=True, index=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("submitted_at", UtcDateTime),
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
    sa.Column("level", sa.String(8), nullable=False, server_default="code"),
    sa.Column("contact_id", sa.String(36)),
    sa.Column("device", sa.String(64)),
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


def contacts_of(conn: Connection, issuer: str, account_id: str) -> list[Row[Any]]:
    """All contacts of an account, ended ones too, oldest first."""
    where = (contact.c.issuer == issuer, contact.c.account_id == account_id)
    return list(conn.execute(sa.select(contact).where(*where).order_by(contact.c.id)))


def active_contact(conn: Connection, issuer: str, blinds: list[bytes]) -> Row[Any] | None:
    """The contact in force with one of these blind indexes."""
    query = sa.select(contact).where(contact.c.issuer == issuer, contact.c.active_blind.in_(blinds))
    return conn.execute(query).first()


def accounts_with_contact(conn: Connection, issuer: str, blinds: list[bytes]) -> list[str]:
    """Accounts that a contact belongs to or ever did, newest first."""
    where = (contact.c.issuer == issuer, contact.c.value_blind.in_(blinds))
    query = sa.select(contact.c.account_id).where(*where).order_by(contact.c.id.desc())
    return list(dict.fromkeys(conn.execute(query).scalars()))


def device_by_mark(conn: Connection, issuer: str, account_id: str, mark: str) -> Row[Any] | None:
    """An account's device with this mark, forgotten or not."""
    where = (device.c.issuer == issuer, device.c.account_id == account_id, device.c.mark == mark)
    return conn.execute(sa.select(device).where(*where)).one_or_none()


def devices_of(conn: Connection, issuer: str, account_id: str) -> list[Row[Any]]:
    """All devices of an account, oldest first."""
    where = (device.c.issuer == issuer, device.c.account_id == account_id)
    return list(conn.execute(sa.select(device).where(*where).order_by(device.c.id)))


def device_by_use(conn: Connection, device_id: str, registration_id: str) -> Row[Any] | None:
    """That a registration was begun or handed in on a device."""
    use = device_use.c
    query = sa.select(device_use).where(use.device_id == device_id, use.registration_id == registration_id)
    return conn.execute(query).one_or_none()


def note_use(
    conn: Connection, issuer: str, device_id: str, registration_id: str, submitted_at: datetime | None
) -> None:
    """Notes that a registration was begun (or at a moment handed in) on a device."""
    use = device_use.c
    values = {"device_id": device_id, "registration_id": registration_id, "issuer": issuer}
    insert_new(conn, device_use, values, ["device_id", "registration_id"])
    if submitted_at is not None:
        mine = (use.device_id == device_id, use.registration_id == registration_id)
        conn.execute(sa.update(device_use).where(*mine).values(submitted_at=submitted_at))


def marks_that_submitted(conn: Connection, issuer: str, account_id: str, registration_id: str) -> list[str]:
    """The marks of an account's devices, not forgotten, that handed a registration in."""
    query = (
        sa.select(device.c.mark)
        .join(device_use, device_use.c.device_id == device.c.id)
        .where(
            device.c.issuer == issuer,
            device.c.account_id == account_id,
            device.c.revoked_at.is_(None),
            device_use.c.registration_id == registration_id,
            device_use.c.submitted_at.is_not(None),
        )
    )
    return list(conn.execute(query).scalars())


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


def delete_sessions_by_contact(conn: Connection, issuer: str, account_id: str, contact_id: str) -> None:
    """Ends an account's sessions that a contact opened, and those of which nobody knows what opened them."""
    s = session.c
    opened = sa.or_(s.contact_id == contact_id, s.contact_id.is_(None))
    conn.execute(sa.delete(session).where(s.issuer == issuer, s.subject_id == account_id, opened))


def delete_sessions_by_device(conn: Connection, issuer: str, account_id: str, mark: str) -> None:
    """Ends an account's sessions on one device."""
    s = session.c
    conn.execute(sa.delete(session).where(s.issuer == issuer, s.subject_id == account_id, s.device == mark))


def raise_session(conn: Connection, issuer: str, token_hash: bytes) -> None:
    """Marks a session as one of a proven person."""
    where = (session.c.token_hash == token_hash, session.c.issuer == issuer)
    conn.execute(sa.update(session).where(*where).values(level="proven"))


def delete_expired(conn: Connection, now: datetime) -> None:
    """Removes sessions past their end."""
    conn.execute(sa.delete(session).where(session.c.expires_at <= now))


def api_key_by_hash(conn: Connection, key_hash: bytes) -> Row[Any] | None:
    """The API key with this hash, revoked or not."""
    return conn.execute(sa.select(api_key).where(api_key.c.key_hash == key_hash)).one_or_none()


def api_keys(conn: Connection, issuer: str) -> list[Row[Any]]:
    """All API keys of an issuer, oldest first."""
    return list(conn.execute(sa.select(api_key).where(api_key.c.issuer == issuer).order_by(api_key.c.id)))
