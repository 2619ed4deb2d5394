"""The timetables' SQL: which steps are due, by an index range, and dates worked out for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, or_, select, tuple_, update

from shiming.audit.work import Work
from shiming.registration.states import RegistrationState
from shiming.registration.store import moves
from shiming.registration.store import tables as t

_TABLES: dict[str, Table] = {"card": t.card, "registration": t.registration}


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose step is due. Nothing sealed is read for it."""

    id: str
    version: int
    programme: str
    programme_version: str | None
    state: str
    start: datetime | None
    triggered_at: datetime | None
    step: str
    at: datetime
    last_step: str | None
    last_step_due: datetime | None


@dataclass(frozen=True, slots=True)
class Dates:
    """The next step worked out for a row; None: no step comes."""

    id: str
    version: int
    timetable: str
    step: str | None
    at: datetime | None


def _columns(of: str) -> tuple[Any, ...]:
    c = _TABLES[of].c
    own = (c.used_since, c.triggered_at) if of == "card" else (c.created_at, c.code_redeemed_at)
    pinned = c.timetable if of == "card" else c.programme_version
    return (
        c.id,
        c.version,
        c.programme,
        pinned,
        c.state,
        *own,
        c.next_step,
        c.next_step_at,
        c.last_step,
        c.last_step_due,
    )


def due(work: Work, of: str, limit: int, after: Due | None = None) -> list[Due]:
    """Rows of ``card`` or ``registration`` whose step is due, the longest due first; those that come after ``after``."""
    c = _TABLES[of].c
    query = select(*_columns(of)).where(c.issuer == work.issuer, c.next_step_at <= work.now)
    if after is not None:
        query = query.where(c.next_step_at >= after.at, tuple_(c.next_step_at, c.id) > (after.at, after.id))
    query = query.order_by(c.next_step_at, c.id).limit(limit)
    return [Due(*row) for row in work.conn.execute(query)]


def write_dates(work: Work, of: str, dates: Iterable[Dates]) -> None:
    """Keeps what was worked out, unless the row changed meanwhile. The version stays: nobody else is held up by it."""
    table = _TABLES[of]
    statement = (
        update(table)
        .where(
            table.c.id == bindparam("row"),
            table.c.version == bindparam("seen"),
            table.c.next_step == bindparam("armed"),
        )
        .values(next_step=bindparam("step"), next_step_at=bindparam("at"), timetable=bindparam("kept"))
    )
    rows = [
        {"row": d.id, "seen": d.version, "armed": moves.ARM, "step": d.step, "at": d.at, "kept": d.timetable}
        for d in dates
    ]
    if rows:
        work.conn.execute(statement, rows)


def stale(work: Work, of: str, programme: str, version: str, limit: int) -> list[str]:
    """Rows with a date that was worked out from another version of their programme; at most ``limit``."""
    c = _TABLES[of].c
    query = select(c.id).where(
        c.issuer == work.issuer,
        c.programme == programme,
        or_(c.timetable < version, c.timetable > version),
        c.next_step.is_not(None),
        c.next_step != moves.ARM,
    )
    return list(work.conn.execute(query.limit(limit)).scalars())


def rearm(work: Work, of: str, ids: list[str]) -> None:
    """Has the dates of these rows worked out again."""
    c = _TABLES[of].c
    running = (c.id.in_(ids), c.next_step.is_not(None))
    work.conn.execute(update(_TABLES[of]).where(*running).values(next_step=moves.ARM, next_step_at=work.now))


_WITH_US = (
    RegistrationState.SUBMITTED,
    RegistrationState.CHECKING,
    RegistrationState.IN_REVIEW,
    RegistrationState.APPROVED,
)


def open_registrations(work: Work, card_id: str) -> tuple[list[str], bool]:
    """The registrations of a card that wait for the person, and whether one is with us: nobody is punished for our time."""
    r = t.registration.c
    query = select(r.id, r.state).where(r.issuer == work.issuer, r.card_id == card_id, r.purpose == "register")
    rows = work.conn.execute(query).all()
    waiting = [row.id for row in rows if row.state in (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)]
    return waiting, any(row.state in _WITH_US for row in rows)
