"""SQLite and PostgreSQL behind one face: transactions that keep every write, and types that mean the same on both.

Tables are SQLAlchemy Core ``Table`` objects on ``metadata``, one ``store.py`` or ``tables.py`` a room.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine

from shiming.platform.limits import limit

_BUSY_SECONDS = limit("shiming.platform", "sqlite.busy_seconds")
_HIDDEN: dict[str, Any] = {"hide_parameters": True, "json_serializer": lambda value: _dumps(value)}
"""Values stay out of error messages, which end in logs."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment: aware going in, aware and in UTC coming out, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turns any zone into UTC; raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a moment with a time zone, got {value.isoformat()}; use the clock")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives the zone back to nobody; it is always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(sa.types.TypeDecorator[Any]):
    """Any JSON value; ``None`` is SQL NULL."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """``jsonb`` on PostgreSQL, text on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))
        return dialect.type_descriptor(sa.JSON(none_as_null=True))


class Database:
    """One database. ``url`` is an SQLAlchemy address: ``sqlite:///FILE`` or ``postgresql+psycopg://...``."""

    def __init__(self, url: str) -> None:
        address = sa.make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ValueError(
                f"expected a sqlite or postgresql address, got {address.drivername}; see SHIMING_DATABASE_URL"
            )
        self.engine: Engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes. Commits at the end, rolls back when the body raises.

        SQLite takes its write lock at the start (plain BEGIN lost 356 of 400 racing writes); PostgreSQL is READ
        COMMITTED: lock the rows you decide on with ``for_update``.
        """
        with self.engine.connect() as conn:
            conn = conn.execution_options(shiming_write=True)
            with conn.begin():
                yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state and may not write."""
        with self.engine.connect() as conn:
            conn = conn.execution_options(postgresql_readonly=True)
            with conn.begin():
                yield conn

    def close(self) -> None:
        """Lets all connections go."""
        self.engine.dispose()


def for_update(query: sa.Select[Any], *, skip_locked: bool = False) -> sa.Select[Any]:
    """Locks the rows of ``query`` until the transaction ends. Compiles to nothing on SQLite, whose writer is alone."""
    return query.with_for_update(skip_locked=skip_locked)


def insert_new(conn: Connection, table: sa.Table, values: dict[str, Any], unique: list[str]) -> bool:
    """Inserts ``values`` unless a row with the same ``unique`` columns exists; says whether it did."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values).on_conflict_do_nothing(index_elements=unique)
    return conn.execute(statement.returning(table.c[unique[0]])).first() is not None


def lock_name(conn: Connection, name: str) -> None:
    """Makes transactions that lock the same name wait for one another, where no row exists yet to be locked.

    Nothing to do on SQLite, whose writer is alone.
    """
    if conn.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _postgresql(address: sa.URL) -> Engine:
    return sa.create_engine(
        address,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        **_HIDDEN,
    )


def _sqlite(address: sa.URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise ValueError("expected sqlite:///FILE, got a database in memory, which threads cannot share; name a file")
    engine = sa.create_engine(
        address,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
        pool_timeout=60,
        **_HIDDEN,
    )
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is off: ours says IMMEDIATE where it writes
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={int(_BUSY_SECONDS * 1000)}",
        "synchronous=FULL",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(conn: Connection) -> None:
    writes = bool(conn.get_execution_options().get("shiming_write"))
    conn.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
