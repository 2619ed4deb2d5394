"""Parties read: who was proven, and with which documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import IdentityDocument, PartyDetail, Registration
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json


def identity(work: Work, registration: Registration) -> tuple[str, str, str] | None:
    """(document type, country, normalised number) as read, else as declared; None when neither is there."""
    fields: dict[str, str | None] = dict(store.form(work, registration))
    # Only an import says the country in the form; what is read counts more.
    country = fields.get("document_country") or ""
    for item in store.evidence(work, registration.id):
        read = store.reading(work, item.id)
        if item.slot == "document-front" and read is not None and read.document is not None:
            country = read.document.country or ""
            if "number" in read.fields:
                fields["number"] = read.fields["number"].value
    number = (fields.get("number") or "").upper().replace(" ", "")
    if not number or registration.document is None:
        return None
    return registration.document, country, number


def party_key(work: Work, party_id: str) -> str:
    """The data key of a party."""
    return str(_party(work, party_id).key_id)


def _party(work: Work, party_id: str) -> Row[Any]:
    query = select(t.party).where(t.party.c.issuer == work.issuer, t.party.c.id == party_id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return row


def erased_at(work: Work, party_id: str) -> datetime | None:
    """When the data of a party were erased; None while they are there."""
    found: datetime | None = _party(work, party_id).erased_at
    return found


def party_history(work: Work, party_id: str) -> list[PartyDetail]:
    """What a party declared, oldest first; nothing is overwritten. Empty once it was erased."""
    if erased_at(work, party_id) is not None:
        return []
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
    """The documents of a party, oldest first. Empty once they were erased."""
    if erased_at(work, party_id) is not None:
        return []
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


def party_by_document(work: Work, blind: bytes, *, erased: bool = False) -> str | None:
    """The party proven with this document number, or None. ``erased``: also one whose data are gone, of which only the
    keyed index is left, so that its caps still count."""
    query = (
        select(t.identity_document.c.party_id)
        .join(t.party, t.party.c.id == t.identity_document.c.party_id)
        .where(t.identity_document.c.issuer == work.issuer, t.identity_document.c.number_blind == blind)
        .order_by(t.party.c.erased_at.is_not(None), t.identity_document.c.id)
    )
    if not erased:
        query = query.where(t.party.c.erased_at.is_(None))
    return work.conn.execute(query.limit(1)).scalar()


def document_blind(work: Work, document: str, country: str, number: str) -> bytes:
    """The keyed index of an identity document: type, country and normalised number."""
    return work.vault.blind("identity-document", f"{document}:{country}:{number}")
