"""Fixtures for every room: a database of each kind, a workspace on it, a clock that stands still."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from playwright.sync_api import Playwright, sync_playwright

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.db import Database
from shiming.platform.migrate import upgrade
from shiming.platform.settings import Settings
from shiming.vault import Vault

_DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"

# A deadline is wall time, which on a shared machine says nothing of the code.
settings.register_profile("shiming", settings(), deadline=None)
settings.load_profile("shiming")


def pytest_configure() -> None:
    """Elsewhere a test whose specimens are absent is left out, saying so; in CI that would hide what is not tested."""
    absent = [name for name in ("SHIMING_TESTDATA", "SHIMING_MODELS") if not os.environ.get(name)]
    if os.environ.get("CI") == "true" and absent:
        raise pytest.UsageError(f"in CI the specimens must be there; expected {' and '.join(absent)} to be set")


def postgres_server() -> sa.URL | None:
    """The server to test on: ``SHIMING_TEST_POSTGRES``, else a local one that lets user postgres in; None without one."""
    url = sa.make_url(os.environ.get("SHIMING_TEST_POSTGRES", _DEFAULT_POSTGRES)).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return url
    except sa.exc.OperationalError:
        return None
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> sa.URL:
    """A PostgreSQL server, or a skip that says so; in CI its absence is a failure."""
    url = postgres_server()
    if url is None:
        reason = "no PostgreSQL server: set SHIMING_TEST_POSTGRES or start one at 127.0.0.1:5432 with user postgres"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return url


@contextmanager
def _postgres_database(server: sa.URL) -> Iterator[Database]:
    name = f"shiming_test_{uuid.uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    db = Database(server.set(database=name).render_as_string(hide_password=False))
    try:
        yield db
    finally:
        db.close()
        with admin.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy: migrating takes most of a second."""
    path = tmp_path_factory.mktemp("migrated") / "migrated.sqlite"
    db = Database(f"sqlite:///{path}")
    upgrade(db)
    db.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: sa.URL) -> Iterator[Database]:
    """A migrated PostgreSQL database that tests use one after another: making one takes a second."""
    with _postgres_database(postgres) as db:
        upgrade(db)
        yield db


def _emptied(db: Database) -> None:
    """Deletes every row, past foreign keys and the audit triggers, which need a superuser to be put aside."""
    with db.write() as conn:
        conn.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tables = set(sa.inspect(conn).get_table_names()) - {"alembic_version"}
        conn.exec_driver_sql("; ".join(f'DELETE FROM "{table}"' for table in sorted(tables)))


_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=_BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database without tables, once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        with _postgres_database(request.getfixturevalue("postgres")) as db:
            yield db
        return
    db = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield db
    db.close()


@pytest.fixture(params=_BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database without rows, once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        shared: Database = request.getfixturevalue("migrated_postgres")
        db = Database(shared.engine.url.render_as_string(hide_password=False))
        yield db
        db.close()
        _emptied(shared)
        return
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "test.sqlite")
    db = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield db
    db.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 2026-11-21 01:00 UTC, 09:00 in Shanghai, until it is advanced."""
    return FixedClock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose data folder is the test's own."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def workspace(database: Database, settings: Settings, clock: FixedClock) -> Workspace:
    """A workspace of issuer ``default`` on a fresh database of each kind, with keys of its own."""
    return Workspace(database, Vault.open(settings, clock), clock, "default")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one driver of browsers in a test process; a second one beside it refuses to start."""
    with sync_playwright() as driver:
        yield driver
