"""Erases what rows of the core hold of a person. The rows stay as tombstones: ids, states and times, nothing personal.

A data key that sealed what goes is shredded; what stays beside it is sealed anew first. Each function gives the id of the
key it shredded, or None when there was nothing (any more) to erase: doing it twice is doing it once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, delete, select, update

from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.records import Evidence, Registration
from shiming.registration.serial import reading_to_json
from shiming.registration.store import further_pictures, parties, shops
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, seal_json

Texts = tuple[Table, ...]
"""Tables of floors above whose ``*_sealed`` columns are under a registration's key and go with it, as decisions' texts do."""


def picture(work: Work, item: Evidence) -> str | None:
    """Erases the picture of a piece of evidence; what was read from it stays, under a new key."""
    if item.picture_erased_at is not None:
        return None
    changes: dict[str, Any] = {"picture_erased_at": work.now, "file_id": "", "size": 0}
    read = store.reading(work, item.id)
    if read is not None:
        changes["key_id"] = work.vault.new_key(work.conn, work.issuer, "evidence")
        changes["reading_sealed"] = seal_json(
            work, changes["key_id"], "evidence", "reading_sealed", item.id, reading_to_json(read)
        )
    further_pictures.drop(work, item.id)
    _evidence(work, item, **changes)
    work.vault.shred(work.conn, item.key_id)
    work.after_commit(lambda: work.vault.delete_file(item.file_id))
    return item.key_id


def reading(work: Work, item: Evidence) -> str | None:
    """Erases what was read from a piece of evidence; its picture, while there is one, stays, under a new key."""
    if item.reading_erased_at is not None:
        return None
    changes: dict[str, Any] = {"reading_erased_at": work.now, "reading_sealed": None}
    if item.picture_erased_at is None:
        data = store.picture(work, item.id)
        changes["key_id"] = work.vault.new_key(work.conn, work.issuer, "evidence")
        changes["file_id"] = work.vault.put_file(
            work.conn, changes["key_id"], issuer=work.issuer, row=item.id, data=data
        )
        further_pictures.seal_anew(work, item, changes["key_id"])
        work.after_commit(lambda: work.vault.delete_file(item.file_id))
    _evidence(work, item, **changes)
    work.vault.shred(work.conn, item.key_id)
    return item.key_id


def set_aside(work: Work, item: Evidence) -> None:
    """Takes a piece of evidence out of what a registration rests on."""
    if item.replaced_at is None:
        _evidence(work, item, replaced_at=work.now)


def _evidence(work: Work, item: Evidence, **changes: Any) -> None:
    e = t.evidence
    work.conn.execute(update(e).where(e.c.issuer == work.issuer, e.c.id == item.id).values(**changes))


def form(work: Work, registration: Registration, texts: Texts = ()) -> str | None:
    """Erases what the person declared: the form, the differences found in it, codes, links, contacts at the counter.

    What was said in decisions, and in ``texts``, stays, under a new key.
    """
    if registration.form_erased_at is not None:
        return None
    key_id = work.vault.new_key(work.conn, work.issuer, "registration")
    for table in (t.decision, *texts):
        _seal_anew(work, table, registration, key_id)
    _drop_form(work, registration, key_id=key_id, form_erased_at=work.now)
    return registration.key_id


def _sealed_columns(table: Table) -> list[str]:
    return [column.name for column in table.c if column.name.endswith("_sealed")]


def _seal_anew(work: Work, table: Table, registration: Registration, key_id: str) -> None:
    for row in work.conn.execute(select(table).where(table.c.registration_id == registration.id)).all():
        sealed = {name: row._mapping[name] for name in _sealed_columns(table) if row._mapping[name] is not None}
        anew = {
            name: seal_json(
                work,
                key_id,
                table.name,
                name,
                row.id,
                open_json(work, registration.key_id, table.name, name, row.id, value),
            )
            for name, value in sealed.items()
        }
        if anew:
            work.conn.execute(update(table).where(table.c.id == row.id).values(**anew))


def registration(work: Work, row: Registration, texts: Texts = ()) -> str | None:
    """Erases all that a registration itself holds of a person, ``texts`` too; evidence and party are erased apart."""
    if row.erased_at is not None:
        return None
    for table in (t.decision, *texts):
        blank = dict.fromkeys(_sealed_columns(table))
        work.conn.execute(update(table).where(table.c.registration_id == row.id).values(blank))
    _drop_form(work, row, form_erased_at=row.form_erased_at or work.now, erased_at=work.now)
    return row.key_id


def _drop_form(work: Work, registration: Registration, **changes: Any) -> None:
    r, f, a = t.registration, t.finding, t.activation_code
    work.conn.execute(update(f).where(f.c.registration_id == registration.id).values(details_sealed=None))
    work.conn.execute(delete(a).where(a.c.registration_id == registration.id))
    shops.forget(work, registration.id)
    # Neither version nor `updated_at` changes: nothing moved, and retention counts from the last move.
    work.conn.execute(
        update(r).where(r.c.issuer == work.issuer, r.c.id == registration.id).values(form_sealed=None, **changes)
    )
    work.vault.shred(work.conn, registration.key_id)


def uploads(work: Work, registration_id: str) -> list[str]:
    """Drops uploads that became no evidence; gives the keys that were shredded."""
    u, p = t.upload, t.upload_part
    rows = work.conn.execute(select(u.c.id, u.c.key_id).where(u.c.registration_id == registration_id)).all()
    for row in rows:
        work.conn.execute(delete(p).where(p.c.upload_id == row.id))
        work.conn.execute(delete(u).where(u.c.id == row.id))
        work.vault.shred(work.conn, row.key_id)
    return [row.key_id for row in rows]


def party(work: Work, party_id: str) -> str | None:
    """Erases name, address and documents of a party. The keyed indexes of its documents stay while a cap counts them."""
    if parties.erased_at(work, party_id) is not None:
        return None
    key_id = parties.party_key(work, party_id)
    p, detail, document = t.party, t.party_detail, t.identity_document
    work.conn.execute(update(detail).where(detail.c.party_id == party_id).values(detail_sealed=b""))
    work.conn.execute(update(document).where(document.c.party_id == party_id).values(fields_sealed=b""))
    o, link = t.organisation, t.party_link
    work.conn.execute(update(o).where(o.c.party_id == party_id).values(detail_sealed=b"", number_blind=b""))
    work.conn.execute(update(link).where(link.c.party_a == party_id).values(note_sealed=b"", unlink_note_sealed=None))
    work.conn.execute(update(p).where(p.c.issuer == work.issuer, p.c.id == party_id).values(erased_at=work.now))
    work.vault.shred(work.conn, key_id)
    return key_id
