"""What is due to be erased, and the proof that it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shiming.accounts import store as accounts
from shiming.audit.work import Work
from shiming.custody.store.tables import deletion, dispute, dispute_picture, export, retention_plan
from shiming.notices.store import notice, notice_sink
from shiming.platform.db import for_update, insert_new
from shiming.platform.ids import uuid7
from shiming.platform.limits import limit
from shiming.platform.outbox import outbox
from shiming.registration.records import Evidence, Registration
from shiming.registration.store import evidence_by_id
from shiming.registration.store import tables as t


def to_plan(work: Work, after: str, again_before: datetime, size: int) -> list[str]:
    """Registrations that were never planned, or changed since: moved, decided, their card's binding ended. By id."""
    r, p, d, b = t.registration.c, retention_plan.c, t.decision.c, t.binding.c
    decided = exists().where(d.registration_id == r.id, d.effect_at > p.planned_at)
    ended = exists().where(b.card_id == r.card_id, b.until > p.planned_at)
    query = (
        select(r.id)
        .join_from(t.registration, retention_plan, p.registration_id == r.id, isouter=True)
        .where(
            r.issuer == work.issuer,
            r.erased_at.is_(None),
            r.id > after,
            or_(p.planned_at.is_(None), p.planned_at < r.updated_at, p.planned_at < again_before, decided, ended),
        )
        .order_by(r.id)
        .limit(size)
    )
    return list(work.conn.execute(query).scalars())


def due(work: Work, size: int) -> list[str]:
    """Registrations of which something is due now, the longest overdue first."""
    p = retention_plan.c
    query = (
        select(p.registration_id)
        .where(p.issuer == work.issuer, p.next_at <= work.now)
        .order_by(p.next_at, p.registration_id)
        .limit(size)
    )
    return list(work.conn.execute(query).scalars())


def lock(work: Work, registration_id: str) -> None:
    """Makes whoever else would erase of this registration wait until the transaction ends."""
    work.conn.execute(for_update(select(t.registration.c.id).where(t.registration.c.id == registration_id)))


def plan(work: Work, registration_id: str, next_at: datetime | None) -> None:
    """Keeps when a registration is to be looked at next."""
    # What was written by a transaction that began before this one and ends after it is noticed at the next sweep.
    planned_at = work.now - timedelta(minutes=limit("shiming.custody", "sweep.overlap_minutes"))
    values = {"registration_id": registration_id, "issuer": work.issuer, "planned_at": planned_at, "next_at": next_at}
    dialect = sqlite if work.conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(retention_plan).values(**values)
    work.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["registration_id"], set_={"planned_at": planned_at, "next_at": next_at}
        )
    )


def bindings(work: Work, card_id: str, party_id: str | None) -> list[Row[Any]]:
    """The bindings of a card to a party: ``id``, ``since``, ``until``."""
    b = t.binding.c
    query = select(b.id, b.since, b.until).where(b.issuer == work.issuer, b.card_id == card_id, b.party_id == party_id)
    return list(work.conn.execute(query.order_by(b.id)))


def evidence_of(work: Work, registration_id: str) -> list[Evidence]:
    """Everything handed in for a registration or used by it, oldest first, whatever its state."""
    e, u = t.evidence.c, t.evidence_use.c
    used = select(u.evidence_id).where(u.registration_id == registration_id)
    query = select(e.id).where(e.issuer == work.issuer, or_(e.owner_registration_id == registration_id, e.id.in_(used)))
    return [evidence_by_id(work, id) for id in work.conn.execute(query.order_by(e.id)).scalars()]


def users_of(work: Work, item: Evidence) -> set[str]:
    """The registrations that a piece of evidence belongs to or is used by."""
    u = t.evidence_use.c
    query = select(u.registration_id).where(u.issuer == work.issuer, u.evidence_id == item.id)
    return {item.owner_registration_id, *work.conn.execute(query).scalars()}


def disputed(work: Work, card_id: str) -> bool:
    """Whether somebody disputes the card and has no answer yet."""
    d = dispute.c
    query = select(d.id).where(d.issuer == work.issuer, d.card_id == card_id, d.state == "open")
    return work.conn.execute(query.limit(1)).first() is not None


def of_party(work: Work, party_id: str) -> list[str]:
    """The registrations of a party that still hold something, oldest first."""
    r = t.registration.c
    query = select(r.id).where(r.issuer == work.issuer, r.party_id == party_id, r.erased_at.is_(None))
    return list(work.conn.execute(query.order_by(r.id)).scalars())


def bound(work: Work, party_id: str) -> bool:
    """Whether a party holds any card now."""
    b = t.binding.c
    query = select(b.id).where(b.issuer == work.issuer, b.party_id == party_id, b.until.is_(None))
    return work.conn.execute(query.limit(1)).first() is not None


def prove(
    work: Work, *, kind: str, object_id: str, artefact: str, cause: str, after: str, days: int, key_id: str
) -> None:
    """Adds a row to the log of deletions."""
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "kind": kind,
        "object_id": object_id,
        "artefact": artefact,
        "cause": cause,
        "after": after,
        "days": days,
        "key_digest": hashlib.sha256(key_id.encode()).hexdigest(),
        "at": work.now,
    }
    work.conn.execute(insert(deletion).values(**values))


def deletions(work: Work, object_id: str | None = None) -> Iterator[Row[Any]]:
    """The log of deletions, oldest first, streamed; of one object only where named."""
    query = select(deletion).where(deletion.c.issuer == work.issuer).order_by(deletion.c.at, deletion.c.id)
    if object_id is not None:
        query = query.where(deletion.c.object_id == object_id)
    yield from work.conn.execution_options(yield_per=1000).execute(query)


def keep_entry(work: Work, entry: dict[str, Any]) -> bool:
    """Takes an entry of a log kept elsewhere; says whether it was not there yet."""
    return insert_new(work.conn, deletion, {**entry, "issuer": work.issuer}, ["id"])


def old_messages(work: Work, before: datetime, size: int) -> list[str]:
    """Messages sent or given up before a moment whose content is still there."""
    o = outbox.c
    settled = or_(o.state == "sent", and_(o.state == "failed", o.last_error.is_not(None)))
    query = (
        select(o.id)
        .where(o.issuer == work.issuer, settled, o.updated_at < before, o.payload != b"")
        .order_by(o.id)
        .limit(size)
    )
    return list(work.conn.execute(query).scalars())


def messages_about(work: Work, ids: list[str]) -> list[str]:
    """Messages about these objects that left and whose content is still there."""
    o = outbox.c
    query = select(o.id).where(o.issuer == work.issuer, o.about.in_(ids), o.state == "sent", o.payload != b"")
    return list(work.conn.execute(query).scalars())


def erase_message(work: Work, message_id: str) -> str | None:
    """Erases the content and the recipient of a message; what became of it stays."""
    o, n, s = outbox, notice, notice_sink
    row = work.conn.execute(
        select(o.c.id, o.c.payload, o.c.idempotency_key).where(o.c.issuer == work.issuer, o.c.id == message_id)
    ).one_or_none()
    if row is None or row.payload == b"":
        return None
    work.conn.execute(update(o).where(o.c.id == message_id).values(payload=b""))
    work.vault.shred(work.conn, message_id)
    sent = select(n.c.key_id).where(n.c.issuer == work.issuer, n.c.id == message_id)
    for key_id in work.conn.execute(sent).scalars().all():
        work.conn.execute(update(n).where(n.c.id == message_id).values(recipient_sealed=b""))
        work.vault.shred(work.conn, key_id)
    kept = select(s.c.id, s.c.key_id).where(s.c.issuer == work.issuer, s.c.idempotency_key == row.idempotency_key)
    for sunk in work.conn.execute(kept).all():
        work.conn.execute(s.delete().where(s.c.id == sunk.id))
        work.vault.shred(work.conn, sunk.key_id)
    return message_id


def idle_accounts(work: Work, before: datetime, size: int) -> list[str]:
    """Accounts older than a moment without a session and without a registration that still holds something."""
    a, r, s = accounts.account.c, t.registration.c, accounts.session.c
    living = exists().where(r.account_id == a.id, or_(r.erased_at.is_(None), r.erased_at > before))
    signed_in = exists().where(s.subject_id == a.id, s.expires_at > work.now)
    query = (
        select(a.id)
        .where(a.issuer == work.issuer, a.erased_at.is_(None), a.created_at < before, ~living, ~signed_in)
        .order_by(a.id)
        .limit(size)
    )
    return list(work.conn.execute(query).scalars())


def spent_indexes(work: Work) -> int:
    """Blots out the keyed indexes of erased parties' documents that no cap counts any more; gives how many."""
    d, p, c, wide = t.identity_document, t.party.c, t.cap_place.c, t.cap_ledger.c
    counted = or_(
        exists().where(c.issuer == d.c.issuer, c.subject_blind == d.c.number_blind),
        exists().where(wide.subject_blind == d.c.ledger_blind),
    )
    query = (
        select(d.c.id)
        .join(t.party, p.id == d.c.party_id)
        .where(d.c.issuer == work.issuer, p.erased_at.is_not(None), d.c.number_blind != b"", ~counted)
    )
    ids = list(work.conn.execute(query.limit(1000)).scalars())
    for id in ids:
        work.conn.execute(update(d).where(d.c.id == id).values(number_blind=b"", ledger_blind=None))
    return len(ids)


def files_named(work: Work, file_ids: list[str]) -> set[str]:
    """Which of these files custody names, whosever they are."""
    found: set[str] = set()
    for table in (export, dispute_picture):
        found |= set(work.conn.execute(select(table.c.file_id).where(table.c.file_id.in_(file_ids))).scalars())
    return found


def decisions(work: Work, item: Registration) -> list[Row[Any]]:
    """The decisions of a registration that stand, oldest first: ``verdict``, ``effect_at``."""
    d = t.decision.c
    query = select(d.verdict, d.effect_at).where(
        d.issuer == work.issuer, d.registration_id == item.id, d.taken_back_at.is_(None)
    )
    return list(work.conn.execute(query.order_by(d.id)))
