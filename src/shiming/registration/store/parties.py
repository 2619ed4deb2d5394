"""Parties read: who was proven, with which documents, and the places they hold under a cap."""

from __future__ import annotations

from sqlalchemy import select

from shiming.audit.work import Work
from shiming.registration.problems import Problem
from shiming.registration.records import IdentityDocument, PartyDetail
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json


def party_key(work: Work, party_id: str) -> str:
    """The data key of a party."""
    query = select(t.party).where(t.party.c.issuer == work.issuer, t.party.c.id == party_id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return str(row.key_id)


def party_history(work: Work, party_id: str) -> list[PartyDetail]:
    """What a party declared, oldest first; nothing is overwritten."""
    key_id = party_key(work, party_id)
    query = select(t.party_detail).where(t.party_detail.c.party_id == party_id).order_by(t.party_detail.c.id)
    return [
        PartyDetail(
            open_json(work, key_id, "party_detail", "detail_sealed", r.id, r.detail_sealed),
            r.registration_id,
            r.since,
            r.until,
        )
        for r in work.conn.execute(query)
    ]


def identity_documents(work: Work, party_id: str) -> list[IdentityDocument]:
    """The documents of a party, oldest first."""
    key_id = party_key(work, party_id)
    query = (
        select(t.identity_document).where(t.identity_document.c.party_id == party_id).order_by(t.identity_document.c.id)
    )
    return [
        IdentityDocument(
            r.id,
            r.type,
            r.country,
            open_json(work, key_id, "identity_document", "fields_sealed", r.id, r.fields_sealed),
            r.registration_id,
            r.since,
            r.until,
        )
        for r in work.conn.execute(query)
    ]


def party_by_document(work: Work, blind: bytes) -> str | None:
    """The party proven with this document number, or None."""
    query = select(t.identity_document.c.party_id).where(
        t.identity_document.c.issuer == work.issuer, t.identity_document.c.number_blind == blind
    )
    return work.conn.execute(query.limit(1)).scalar()


def document_blind(work: Work, document: str, country: str, number: str) -> bytes:
    """The keyed index of an identity document: type, country and normalised number."""
    return work.vault.blind("identity-document", f"{document}:{country}:{number}")


def cap_taken(work: Work, scope: str, subject: bytes) -> int:
    """How many places of a cap the person holds."""
    query = select(t.cap_place.c.id).where(
        t.cap_place.c.issuer == work.issuer, t.cap_place.c.scope == scope, t.cap_place.c.subject_blind == subject
    )
    return len(work.conn.execute(query).all())
