"""Schema migrations. They travel inside the package; ``upgrade(db)`` brings a database to the newest revision.

``python -m shiming.platform.migrate revision`` writes the newest revision anew from the tables as they are (only while it
is unreleased). A new column on an older table is nullable or has a server default, and no foreign key: SQLite can add no other.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import subprocess
import sys
import tempfile
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
UNRELEASED = "0002"
"""The revision that is written anew from the tables until it is released; the ones before it are never edited."""
APPEND_ONLY = ("deletion", "lawful_request")
"""Tables of the unreleased revision whose rows the database itself refuses to change or delete."""
_HEADER = '''"""Programmes, policy and the life of a card. Written by ``platform.migrate``."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shiming.platform.db import Json, UtcDateTime
from shiming.platform.migrations.append_only import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
'''


def load_tables() -> sa.MetaData:
    """Imports every module that defines tables: the outbox, and ``store`` or ``tables`` of each room and its own rooms."""
    importlib.import_module("shiming.platform.outbox")
    root = Path(shiming.__path__[0])
    for room in sorted(path for path in (*root.iterdir(), *root.glob("*/*")) if path.is_dir()):
        for module in pkgutil.iter_modules([str(room)]):
            if module.name in {"store", "tables"}:
                importlib.import_module(".".join(("shiming", *room.relative_to(root).parts, module.name)))
    return metadata


def upgrade(db: Database, to: str = "head") -> None:
    """Brings ``db`` to the newest revision. Safe to run from several processes at once, and again."""
    config = Config()
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells every step it takes
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with db.write() as conn:
        if db.dialect == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = conn
        command.upgrade(config, to)


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


def write_revision() -> Path:
    """Writes the unreleased revision from what the tables have that the revisions before it do not, and returns its file."""
    tables = load_tables()
    target = FOLDER / "versions" / f"{UNRELEASED}_programmes_and_life.py"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/before.sqlite")
        upgrade(db)
        with db.read() as conn:
            context = MigrationContext.configure(conn, opts=context_options(conn))
            operations = produce_migrations(context, tables).upgrade_ops
            if operations is None:
                raise RuntimeError("expected table definitions, got none")
            body = render_python_code(operations, render_item=_render)
        db.close()
    guards = "".join(f'    protect("{table}")\n' for table in APPEND_ONLY)
    target.write_text(f"{_HEADER}    {body}\n{guards}", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(target)], check=True)  # noqa: S603 - fixed words
    return target


if __name__ == "__main__":
    if sys.argv[1:] != ["revision"]:
        sys.exit("usage: python -m shiming.platform.migrate revision")
    sys.stdout.write(f"wrote {write_revision()}\n")
