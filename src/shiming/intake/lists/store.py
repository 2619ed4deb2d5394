"""Lists as kept: the file in sealed parts, how far it was taken, and what was wrong by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform.db import Json, UtcDateTime, for_update, metadata
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem

TAKING, WAITING, DONE, STOPPED = "taking", "waiting", "done", "stopped"

list_file = sa.Table(
    "list_file",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("programme", sa.String(64), nullable=False),
    sa.Column("about", sa.String(36)),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("actor_role", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("taken_parts", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("good", sa.Integer, nullable=False),
    sa.Column("known", sa.Integer, nullable=False),
    sa.Column("bad", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "digest"),
    sa.Index(None, "issuer", "state"),
    sa.Index(None, "issuer", "kind", "about"),
)

list_part = sa.Table(
    "list_part",
    metadata,
    sa.Column("list_id", sa.String(36), sa.ForeignKey("list_file.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("lines_sealed", sa.LargeBinary, nullable=False),
)

list_fault = sa.Table(
    "list_fault",
    metadata,
    sa.Column("list_id", sa.String(36), sa.ForeignKey("list_file.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("column", sa.String(64)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: its number in the file (the header is line 1) and its texts by column."""

    number: int
    values: Mapping[str, str]

    def get(self, column: str) -> str:
        """A text, or the empty one."""
        return self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line: a code of ``faults.toml`` and the column it points to. No personal data."""

    line: int
    code: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: what it is for, and how far it was taken.

    ``good`` lines did something, ``known`` ones had been done before, ``bad`` ones are faulty. ``about`` is what it belongs
    to (a registration), ``options`` hold codes and yes/no only.
    """

    id: str
    key_id: str
    kind: str
    programme: str
    about: str | None
    options: Mapping[str, Any]
    actor_role: str
    actor_id: str
    state: str
    lines: int
    parts: int
    taken_parts: int
    attempts: int
    good: int
    known: int
    bad: int
    created_at: datetime
    updated_at: datetime

    @property
    def looked_at(self) -> int:
        """How many lines were looked at so far."""
        return self.good + self.known + self.bad


_COLUMNS = tuple(Sheet.__dataclass_fields__)


def _sheet(row: Row[Any]) -> Sheet:
    return Sheet(**{name: row._mapping[name] for name in _COLUMNS})


def find(work: Work, digest: bytes) -> Sheet | None:
    """The list with this content, or None."""
    f = list_file.c
    row = work.conn.execute(sa.select(list_file).where(f.issuer == work.issuer, f.digest == digest)).one_or_none()
    return None if row is None else _sheet(row)


def get(work: Work, list_id: str, kind: str | None = None) -> Sheet:
    """A list, locked where the unit of work writes. Raises ``Problem`` NOT_FOUND, also for another kind's."""
    f = list_file.c
    query = sa.select(list_file).where(f.issuer == work.issuer, f.id == list_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None or (kind is not None and row.kind != kind):
        raise Problem("NOT_FOUND")
    return _sheet(row)


def of_kind(work: Work, kind: str, limit: int = 50) -> list[Sheet]:
    """The newest lists of a kind."""
    f = list_file.c
    query = sa.select(list_file).where(f.issuer == work.issuer, f.kind == kind).order_by(f.id.desc()).limit(limit)
    return [_sheet(row) for row in work.conn.execute(query)]


def of(work: Work, kind: str, about: str) -> list[Sheet]:
    """The lists that belong to something, oldest first."""
    f = list_file.c
    query = sa.select(list_file).where(f.issuer == work.issuer, f.kind == kind, f.about == about).order_by(f.id)
    return [_sheet(row) for row in work.conn.execute(query)]


def by_actor(work: Work, kind: str, actor_id: str) -> list[Sheet]:
    """The lists that somebody handed in, newest first."""
    f = list_file.c
    query = sa.select(list_file).where(f.issuer == work.issuer, f.kind == kind, f.actor_id == actor_id)
    return [_sheet(row) for row in work.conn.execute(query.order_by(f.id.desc()))]


def in_state(work: Work, state: str, limit: int = 20) -> list[str]:
    """Ids of lists in a state, oldest first."""
    f = list_file.c
    query = sa.select(f.id).where(f.issuer == work.issuer, f.state == state).order_by(f.id).limit(limit)
    return list(work.conn.execute(query).scalars())


def add(work: Work, list_id: str, key_id: str, **values: Any) -> None:
    """A new list without lines."""
    work.conn.execute(
        sa.insert(list_file).values(
            id=list_id,
            issuer=work.issuer,
            key_id=key_id,
            state=TAKING,
            lines=0,
            parts=0,
            taken_parts=0,
            attempts=0,
            good=0,
            known=0,
            bad=0,
            created_at=work.now,
            updated_at=work.now,
            **values,
        )
    )


def change(work: Work, list_id: str, **values: Any) -> None:
    """Writes columns of a list."""
    f = list_file
    work.conn.execute(
        sa.update(f).where(f.c.issuer == work.issuer, f.c.id == list_id).values(updated_at=work.now, **values)
    )


def add_part(work: Work, list_id: str, key_id: str, place: int, lines: list[Line]) -> None:
    """Seals a part of the file."""
    value = [[line.number, dict(line.values)] for line in lines]
    sealed = work.vault.seal_json(
        work.conn,
        key_id,
        issuer=work.issuer,
        table="list_part",
        column="lines_sealed",
        row=f"{list_id}:{place}",
        value=value,
    )
    work.conn.execute(
        sa.insert(list_part).values(list_id=list_id, place=place, issuer=work.issuer, lines_sealed=sealed)
    )


def part(work: Work, sheet: Sheet, place: int) -> list[Line]:
    """Opens a part of the file."""
    p = list_part.c
    sealed = work.conn.execute(sa.select(p.lines_sealed).where(p.list_id == sheet.id, p.place == place)).scalar_one()
    value = work.vault.open_json(
        work.conn,
        sheet.key_id,
        issuer=work.issuer,
        table="list_part",
        column="lines_sealed",
        row=f"{sheet.id}:{place}",
        sealed=sealed,
    )
    return [Line(number, values) for number, values in value]


def give_up_name(work: Work, list_id: str) -> None:
    """Lets the same file be sent anew as another list, after this one came to nothing."""
    change(work, list_id, digest=work.vault.blind("list-file", f"stopped:{list_id}"))


def drop_parts(work: Work, list_id: str) -> None:
    """Removes the file of a list that was taken whole."""
    work.conn.execute(sa.delete(list_part).where(list_part.c.list_id == list_id))


def count_attempt(work: Work, list_id: str) -> int:
    """Counts a try to take the next part before it is made, and says which it is."""
    f = list_file
    statement = sa.update(f).where(f.c.id == list_id).values(attempts=f.c.attempts + 1)
    return int(work.conn.execute(statement.returning(f.c.attempts)).scalar_one())


def add_faults(work: Work, list_id: str, faults: Iterable[LineFault]) -> None:
    """Keeps what is wrong, by line."""
    rows = [
        {"list_id": list_id, "line": f.line, "issuer": work.issuer, "code": f.code, "column": f.column} for f in faults
    ]
    if rows:
        work.conn.execute(sa.insert(list_fault), rows)


def faults(work: Work, list_id: str, limit: int | None = None) -> Iterator[LineFault]:
    """What is wrong, in the order of the lines."""
    f = list_fault.c
    query = sa.select(f.line, f.code, f.column).where(f.issuer == work.issuer, f.list_id == list_id).order_by(f.line)
    for row in work.conn.execute(query if limit is None else query.limit(limit)):
        yield LineFault(row.line, row.code, row.column)


def new_id() -> str:
    """An id for a list."""
    return uuid7()
