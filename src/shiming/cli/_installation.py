"""Opens the database of an installation that exists, and makes none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shiming.platform.db import Database
    from shiming.platform.settings import Settings


class NoInstallationError(Exception):
    """There is nothing to open; the message says how to make it."""


def open_database(settings: Settings) -> Database:
    """The installation's database, reachable and of this program's schema. Raises NoInstallationError."""
    import sqlalchemy as sa

    from shiming.platform.db import Database
    from shiming.platform.migrate import is_current

    url = sa.make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise NoInstallationError(
            f"expected an installation in {settings.data}, got no database; set SHIMING_DATA or run: shiming serve"
        )
    db = Database(settings.database)
    try:
        with db.read() as conn:
            current = is_current(conn)
    except sa.exc.SQLAlchemyError as failure:
        db.close()
        cause = type(failure.__cause__ or failure).__name__
        raise NoInstallationError(
            f"expected a reachable database, got {cause}; check SHIMING_DATABASE_URL"
        ) from failure
    if not current:
        db.close()
        raise NoInstallationError("expected a database of this version, got another schema; run: shiming serve")
    return db
