"""Two parties that are one person: linked, never merged, so that ending the link undoes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration.records import PartyLink
from shiming.registration.store import parties
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_text, seal_json


def add(work: Work, actor_id: str, party_a: str, party_b: str, note: str) -> str:
    """Links two parties and returns the link's id. ``note`` says why; it is sealed with the first party's key."""
    link_id = uuid7()
    work.conn.execute(
        insert(t.party_link).values(
            id=link_id,
            issuer=work.issuer,
            party_a=party_a,
            party_b=party_b,
            note_sealed=seal_json(work, parties.party_key(work, party_a), "party_link", "note_sealed", link_id, note),
            linked_by=actor_id,
            linked_at=work.now,
        )
    )
    return link_id


def end(work: Work, actor_id: str, link_id: str, note: str) -> bool:
    """Ends a link, saying why; False when there is none in force."""
    link = t.party_link
    mine = (link.c.issuer == work.issuer, link.c.id == link_id, link.c.unlinked_at.is_(None))
    party_a = work.conn.execute(select(link.c.party_a).where(*mine)).scalar_one_or_none()
    if party_a is None:
        return False
    key_id = parties.party_key(work, party_a)
    sealed = seal_json(work, key_id, "party_link", "unlink_note_sealed", link_id, note)
    done = work.conn.execute(
        update(link).where(*mine).values(unlinked_by=actor_id, unlinked_at=work.now, unlink_note_sealed=sealed)
    )
    return done.rowcount == 1


def linked(work: Work, party_id: str) -> tuple[str, ...]:
    """The parties that are one person with this one, itself first."""
    link = t.party_link.c
    found, fresh = [party_id], [party_id]
    while fresh:
        query = select(link.party_a, link.party_b).where(
            link.issuer == work.issuer,
            link.unlinked_at.is_(None),
            or_(link.party_a.in_(fresh), link.party_b.in_(fresh)),
        )
        near = {party for row in work.conn.execute(query) for party in row}
        fresh = sorted(near - set(found))
        found += fresh
    return tuple(found)


def in_force(work: Work, limit: int = 200) -> list[PartyLink]:
    """Links in force, newest first."""
    link = t.party_link
    query = (
        select(link)
        .where(link.c.issuer == work.issuer, link.c.unlinked_at.is_(None))
        .order_by(link.c.id.desc())
        .limit(limit)
    )
    return [_link(work, row) for row in work.conn.execute(query)]


def _link(work: Work, row: Row[Any]) -> PartyLink:
    note = open_text(
        work, parties.party_key(work, row.party_a), "party_link", "note_sealed", row.id, row.note_sealed or None
    )
    return PartyLink(row.id, row.party_a, row.party_b, note, row.linked_by, row.linked_at)


def references(work: Work, party_id: str) -> list[str]:
    """The references of the registrations that proved a party, oldest first."""
    r = t.registration.c
    query = select(r.reference).where(r.issuer == work.issuer, r.party_id == party_id).order_by(r.id)
    return list(work.conn.execute(query).scalars())
