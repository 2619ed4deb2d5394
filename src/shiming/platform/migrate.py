"""Schema migrations. They travel inside the package; ``upgrade(db)`` brings a database to the newest revision.

``python -m shiming.platform.migrate revision`` writes the first revision anew from the tables as they are (only while
it is unreleased).
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

import shiming
from shiming.platform.db import Database, Json, UtcDateTime, metadata

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_406_461_013
"""An arbitrary number that every process of this program locks on PostgreSQL while it migrates."""
_HEADER = '''"""All tables, and the triggers that keep the audit record append-only. Written by ``platform.migrate``."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shiming.platform.db import Json, UtcDateTime
from shiming.platform.migrations.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
'''


def load_tables() -> sa.MetaData:
    """Imports every module that defines tables: the outbox, and ``store`` or ``tables`` of each room."""
    importlib.import_module("shiming.platform.outbox")
    for room in sorted(Path(shiming.__path__[0]).iterdir()):
        for module in pkgutil.iter_modules([str(room)]):
            if module.name in {"store", "tables"}:
                importlib.import_module(f"shiming.{room.name}.{module.name}")
    return metadata


def upgrade(db: Database) -> None:
    """Brings ``db`` to the newest revision. Safe to run from several processes at once, and again."""
    config = Config()
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells every step it takes
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with db.write() as conn:
        if db.dialect == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def is_current(conn: Connection) -> bool:
    """Whether the database behind ``conn`` has the newest revision."""
    script = ScriptDirectory(str(FOLDER))
    return MigrationContext.configure(conn).get_current_heads() == tuple(script.get_heads())


def context_options(conn: Connection) -> dict[str, Any]:
    """What Alembic must know to migrate and to compare."""
    return {"connection": conn, "target_metadata": metadata, "compare_type": True, "render_item": _render}


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime | Json):
        return f"{type(item).__name__}()"
    return False


def write_first_revision() -> Path:
    """Writes ``0001`` from the tables as they are now and returns its file."""
    load_tables()
    with sa.create_engine("sqlite://").connect() as conn:
        context = MigrationContext.configure(conn, opts=context_options(conn))
        operations = produce_migrations(context, metadata).upgrade_ops
        if operations is None:
            raise RuntimeError("expected table definitions, got none")
        body = render_python_code(operations, render_item=_render)
    target = FOLDER / "versions" / "0001_all_tables.py"
    target.write_text(f'{_HEADER}    {body}\n    protect("audit")\n', encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(target)], check=True)  # noqa: S603 - fixed words
    return target


if __name__ == "__main__":
    if sys.argv[1:] != ["revision"]:
        sys.exit("usage: python -m shiming.platform.migrate revision")
    sys.stdout.write(f"wrote {write_first_revision()}\n")
