"""Disputes: "this card is not mine". Contact, statement, proof and texts are sealed under the dispute's own key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from shiming.audit.work import Work
from shiming.custody.store.tables import dispute, dispute_picture
from shiming.platform.ids import reference, uuid7
from shiming.registration.problems import Problem
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, open_text, seal_json


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute without its sealed parts. ``proof`` is ``pictures`` of a document, or ``party``: a session of a proven one."""

    id: str
    key_id: str
    reference: str
    state: str
    version: int
    proof: str
    account_id: str | None
    party_id: str | None
    card_id: str | None
    binding_id: str | None
    language: str
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    filed_at: datetime | None
    due_at: datetime | None
    created_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Texts:
    """What a dispute holds of people. Empty where nothing was said, or once it was erased."""

    contact: str = ""
    number: str = ""
    statement: str = ""
    note: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A side of the document that the person proved themselves with, and what was read from it."""

    id: str
    side: str
    file_id: str
    fields: dict[str, str]
    number_blind: bytes | None


_COLUMNS = tuple(dispute.c[name] for name in Dispute.__dataclass_fields__)
_TEXTS = tuple(Texts.__dataclass_fields__)


def add(work: Work, **values: Any) -> str:
    """Adds a dispute; texts among ``values`` are sealed. Gives its id."""
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "dispute")
    row = {"id": id, "issuer": work.issuer, "key_id": key_id, "reference": reference(), "version": 1}
    times = {"created_at": work.now, "updated_at": work.now}
    work.conn.execute(insert(dispute).values(**row, **times, **_sealed(work, id, key_id, values)))
    return id


def _sealed(work: Work, id: str, key_id: str, values: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        column = f"{name}_sealed"
        if name in _TEXTS:
            found[column] = seal_json(work, key_id, "dispute", column, id, value) if value else None
        else:
            found[name] = value
    return found


def change(work: Work, item: Dispute, **values: Any) -> Dispute:
    """Changes a dispute by version. Raises ``Problem`` CONFLICT."""
    done = work.conn.execute(
        update(dispute)
        .where(dispute.c.issuer == work.issuer, dispute.c.id == item.id, dispute.c.version == item.version)
        .values(version=item.version + 1, updated_at=work.now, **_sealed(work, item.id, item.key_id, values))
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")
    return get(work, item.id)


def _one(work: Work, *where: ColumnElement[bool]) -> Dispute | None:
    query = select(*_COLUMNS).where(dispute.c.issuer == work.issuer, *where).order_by(dispute.c.id.desc()).limit(1)
    row = work.conn.execute(query).one_or_none()
    return None if row is None else Dispute(*row)


def _needed(found: Dispute | None) -> Dispute:
    if found is None:
        raise Problem("NOT_FOUND")
    return found


def get(work: Work, id: str) -> Dispute:
    """A dispute by id. Raises ``Problem`` NOT_FOUND."""
    return _needed(_one(work, dispute.c.id == id))


def by_reference(work: Work, text: str) -> Dispute:
    """A dispute by its short reference, which is no authority. Raises ``Problem`` NOT_FOUND."""
    return _needed(_one(work, dispute.c.reference == text))


def by_token(work: Work, token_hash: bytes) -> Dispute | None:
    """The dispute that somebody without an account works on."""
    return _one(work, dispute.c.token_hash == token_hash)


def newest_of_contact(work: Work, blinds: list[bytes]) -> Dispute | None:
    """The newest dispute of a proven contact, answered or not, that is still there."""
    return _one(work, dispute.c.contact_blind.in_(blinds), dispute.c.erased_at.is_(None))


def open_on(work: Work, card_id: str, account_id: str | None) -> Dispute | None:
    """The account's own open dispute of a card."""
    return _one(work, dispute.c.card_id == card_id, dispute.c.account_id == account_id, dispute.c.state == "open")


def _many(work: Work, *where: ColumnElement[bool]) -> list[Dispute]:
    c = dispute.c
    query = select(*_COLUMNS).where(c.issuer == work.issuer, *where).order_by(c.due_at, c.id)
    return [Dispute(*row) for row in work.conn.execute(query)]


def waiting(work: Work, size: int = 200) -> list[Dispute]:
    """Disputes without an answer, the most urgent first."""
    return _many(work, dispute.c.state == "open")[:size]


def of_account(work: Work, account_id: str) -> list[Dispute]:
    """An account's disputes."""
    return _many(work, dispute.c.account_id == account_id)


def settled_of(work: Work, account_id: str) -> list[str]:
    """The account's disputes that are answered or taken back and still hold something."""
    settled = dispute.c.state.in_(("draft", "upheld", "refused", "withdrawn"))
    return [row.id for row in _many(work, dispute.c.account_id == account_id, settled, dispute.c.erased_at.is_(None))]


def over(work: Work, settled_before: datetime, drafts_before: datetime, size: int) -> list[str]:
    """Disputes whose time is over: settled before a moment, or begun before another and never filed."""
    c = dispute.c
    settled = c.state.in_(("upheld", "refused", "withdrawn")) & (c.updated_at < settled_before)
    drafts = (c.state == "draft") & (c.updated_at < drafts_before)
    query = select(c.id).where(c.issuer == work.issuer, c.erased_at.is_(None), or_(settled, drafts))
    return list(work.conn.execute(query.order_by(c.id).limit(size)).scalars())


def texts(work: Work, item: Dispute) -> Texts:
    """The sealed parts, opened."""
    if item.erased_at is not None:
        return Texts()
    row: Row[Any] = work.conn.execute(select(dispute).where(dispute.c.id == item.id)).one()
    values = row._mapping
    opened = {
        name: open_text(work, item.key_id, "dispute", f"{name}_sealed", item.id, values[f"{name}_sealed"])
        for name in _TEXTS
    }
    return Texts(**opened)


def keep_picture(
    work: Work, item: Dispute, side: str, data: bytes, fields: dict[str, str], number_blind: bytes | None
) -> None:
    """Keeps a side of the document in place of an earlier picture of it."""
    p = dispute_picture
    for old in pictures(work, item):
        if old.side == side:
            work.conn.execute(delete(p).where(p.c.id == old.id))
            work.after_commit(lambda gone=old.file_id: work.vault.delete_file(gone))  # type: ignore[misc]
    id = uuid7()
    values = {
        "id": id,
        "issuer": work.issuer,
        "dispute_id": item.id,
        "side": side,
        "file_id": work.vault.put_file(work.conn, item.key_id, issuer=work.issuer, row=id, data=data),
        "fields_sealed": seal_json(work, item.key_id, "dispute_picture", "fields_sealed", id, fields),
        "number_blind": number_blind,
        "created_at": work.now,
    }
    work.conn.execute(insert(p).values(**values))


def pictures(work: Work, item: Dispute) -> list[Picture]:
    """The sides of the document, front first."""
    p = dispute_picture
    query = select(p).where(p.c.issuer == work.issuer, p.c.dispute_id == item.id).order_by(p.c.side.desc())
    return [
        Picture(
            row.id,
            row.side,
            row.file_id,
            open_json(work, item.key_id, "dispute_picture", "fields_sealed", row.id, row.fields_sealed),
            None if row.number_blind is None else bytes(row.number_blind),
        )
        for row in work.conn.execute(query).all()
    ]


def picture(work: Work, item: Dispute, side: str) -> bytes:
    """A side's picture as it is kept. Raises ``Problem`` NOT_FOUND."""
    found = next((row for row in pictures(work, item) if row.side == side), None)
    if found is None:
        raise Problem("NOT_FOUND")
    return work.vault.get_file(work.conn, item.key_id, issuer=work.issuer, row=found.id, file_id=found.file_id)


def erase(work: Work, id: str) -> str | None:
    """Erases all that a dispute holds of people; gives the key that was shredded."""
    item = _one(work, dispute.c.id == id)
    if item is None or item.erased_at is not None:
        return None
    files = [row.file_id for row in pictures(work, item)]
    work.conn.execute(delete(dispute_picture).where(dispute_picture.c.dispute_id == id))
    blank: dict[str, Any] = dict.fromkeys((*(f"{name}_sealed" for name in _TEXTS), "contact_blind", "token_hash"))
    stopped = "withdrawn" if item.state == "draft" else item.state
    work.conn.execute(update(dispute).where(dispute.c.id == id).values(erased_at=work.now, state=stopped, **blank))
    work.vault.shred(work.conn, item.key_id)
    for file_id in files:
        work.after_commit(lambda gone=file_id: work.vault.delete_file(gone))  # type: ignore[misc]
    return item.key_id


def documents_of(work: Work, party_id: str) -> set[bytes]:
    """The keyed indexes of the documents a party was proven with."""
    d = t.identity_document.c
    query = select(d.number_blind).where(d.issuer == work.issuer, d.party_id == party_id)
    return {bytes(blind) for blind in work.conn.execute(query).scalars()}
