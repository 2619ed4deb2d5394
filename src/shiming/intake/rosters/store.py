"""Roster entries as kept: sealed, found by the keyed index of their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, metadata
from shiming.platform.ids import uuid7
from shiming.registration.store.sealing import open_json, seal_json

roster_entry = sa.Table(
    "roster_entry",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("programme", sa.String(64), nullable=False),
    sa.Column("number_blind", sa.LargeBinary, nullable=False),
    sa.Column("entry_sealed", sa.LargeBinary, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("list_id", sa.String(36)),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "programme", "number_blind"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a roster: the card's or member's number, whose it is, and where that is known from.

    ``date_of_birth`` and ``document_number`` are None where the roster does not tell.
    """

    programme: str
    number: str
    name: str
    date_of_birth: str | None
    document_number: str | None
    source: str
    """``list`` (uploaded) or ``service`` (the issuer's roster service said so)."""


def _blind(work: Work, programme: str, number: str) -> bytes:
    return work.vault.blind("roster", f"{work.issuer}:{programme}:{number}")


def _entry(work: Work, row: Row[Any]) -> Entry:
    value = open_json(work, row.key_id, "roster_entry", "entry_sealed", row.id, row.entry_sealed)
    return Entry(
        row.programme, value["number"], value["name"], value.get("birth"), value.get("document"), source=row.source
    )


def find(work: Work, programme: str, number: str) -> Entry | None:
    """The entry of a number, or None."""
    e = roster_entry.c
    query = sa.select(roster_entry).where(
        e.issuer == work.issuer, e.programme == programme, e.number_blind == _blind(work, programme, number)
    )
    row = work.conn.execute(query).one_or_none()
    return None if row is None else _entry(work, row)


def put(work: Work, entry: Entry, list_id: str | None = None) -> bool:
    """Keeps an entry in place of an earlier one of the number; says whether there was none."""
    known = remove(work, entry.programme, entry.number)
    entry_id, key_id = uuid7(), work.vault.new_key(work.conn, work.issuer, "roster")
    value = {
        "number": entry.number,
        "name": entry.name,
        "birth": entry.date_of_birth,
        "document": entry.document_number,
    }
    work.conn.execute(
        sa.insert(roster_entry).values(
            id=entry_id,
            issuer=work.issuer,
            key_id=key_id,
            programme=entry.programme,
            number_blind=_blind(work, entry.programme, entry.number),
            entry_sealed=seal_json(work, key_id, "roster_entry", "entry_sealed", entry_id, value),
            source=entry.source,
            list_id=list_id,
            at=work.now,
        )
    )
    return not known


def remove(work: Work, programme: str, number: str) -> bool:
    """Removes the entry of a number and shreds its key; says whether there was one."""
    e = roster_entry
    statement = sa.delete(e).where(
        e.c.issuer == work.issuer, e.c.programme == programme, e.c.number_blind == _blind(work, programme, number)
    )
    key_id = work.conn.execute(statement.returning(e.c.key_id)).scalar_one_or_none()
    if key_id is not None:
        work.vault.shred(work.conn, key_id)
    return key_id is not None


def listed_by(work: Work, programme: str, number: str) -> str | None:
    """The list an entry came with."""
    e = roster_entry.c
    query = sa.select(e.list_id).where(
        e.issuer == work.issuer, e.programme == programme, e.number_blind == _blind(work, programme, number)
    )
    return work.conn.execute(query).scalar_one_or_none()


def remove_others(work: Work, programme: str, list_id: str, limit: int) -> int:
    """Removes entries of earlier lists, at most so many at once; returns how many."""
    e = roster_entry
    query = sa.select(e.c.id, e.c.key_id).where(
        e.c.issuer == work.issuer, e.c.programme == programme, e.c.source == "list", e.c.list_id != list_id
    )
    rows = work.conn.execute(query.limit(limit)).all()
    work.conn.execute(sa.delete(e).where(e.c.id.in_([row.id for row in rows])))
    for row in rows:
        work.vault.shred(work.conn, row.key_id)
    return len(rows)


def count(work: Work, programme: str) -> int:
    """How many entries a programme's roster has here."""
    e = roster_entry.c
    query = sa.select(sa.func.count()).where(e.issuer == work.issuer, e.programme == programme)
    return int(work.conn.execute(query).scalar_one())
