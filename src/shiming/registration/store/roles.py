"""Parties written: a person as proven by a registration, and the role in which they are bound to its card.

Beside the holder a second person may stand: a guardian, a representative. Their evidence lies in slots that begin with the
role (``guardian-document-front``), and what was declared of them in fields that do (``guardian_name``).
"""

from __future__ import annotations

from sqlalchemy import insert, update

from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.records import Registration
from shiming.registration.store import caps, parties
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import STANDING_BY

Known = tuple[str, str, str]
"""Document type, country, normalised number."""
UNREAD = "unread"
"""The document type of a second person whose document no machine could tell."""


def new_party(work: Work, kind: str = "person") -> str:
    """A new party, with a data key of its own; its id."""
    party_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "party")
    work.conn.execute(
        insert(t.party).values(id=party_id, issuer=work.issuer, key_id=key_id, kind=kind, created_at=work.now)
    )
    return party_id


def read_fields(work: Work, registration: Registration, prefix: str) -> dict[str, str | None]:
    """What was read from the evidence in slots that begin with ``prefix``."""
    fields: dict[str, str | None] = {}
    for item in store.evidence(work, registration.id):
        read = store.reading(work, item.id)
        if read is not None and item.slot.startswith(prefix):
            fields.update({name: field.value for name, field in read.fields.items()})
    return fields


def keep_document(
    work: Work, registration: Registration, party_id: str, known: Known, fields: dict[str, str | None]
) -> None:
    """Keeps a document as it was proven; an earlier one of its kind ends."""
    document_id = uuid7()
    d = t.identity_document
    work.conn.execute(
        update(d).where(d.c.party_id == party_id, d.c.type == known[0], d.c.until.is_(None)).values(until=work.now)
    )
    work.conn.execute(
        insert(d).values(
            id=document_id,
            issuer=work.issuer,
            party_id=party_id,
            registration_id=registration.id,
            type=known[0],
            country=known[1],
            number_blind=parties.document_blind(work, *known),
            ledger_blind=caps.ledger_index(work, *known),
            fields_sealed=seal_json(
                work, parties.party_key(work, party_id), "identity_document", "fields_sealed", document_id, fields
            ),
            since=work.now,
        )
    )


def keep_detail(work: Work, registration: Registration, party_id: str, detail: dict[str, str]) -> None:
    """Keeps what a party declared; what they declared before ends."""
    p = t.party_detail
    work.conn.execute(update(p).where(p.c.party_id == party_id, p.c.until.is_(None)).values(until=work.now))
    detail_id = uuid7()
    work.conn.execute(
        insert(p).values(
            id=detail_id,
            issuer=work.issuer,
            party_id=party_id,
            registration_id=registration.id,
            detail_sealed=seal_json(
                work, parties.party_key(work, party_id), "party_detail", "detail_sealed", detail_id, detail
            ),
            since=work.now,
        )
    )


def bind(work: Work, registration: Registration, party_id: str, role: str) -> None:
    """Opens the binding of a party to the registration's card."""
    work.conn.execute(
        insert(t.binding).values(
            id=uuid7(),
            issuer=work.issuer,
            party_id=party_id,
            card_id=registration.card_id,
            role=role,
            registration_id=registration.id,
            since=work.now,
        )
    )


def second_identity(work: Work, registration: Registration, role: str) -> Known | None:
    """The document of the person in a role, as read, else as declared; None when its number is not known."""
    number = store.form(work, registration).get(f"{role}_number", "")
    kind, country = UNREAD, ""
    for item in store.evidence(work, registration.id):
        read = store.reading(work, item.id) if item.slot == f"{role}-document-front" else None
        if read is not None and read.document is not None:
            kind, country = read.document.type, read.document.country or ""
            if "number" in read.fields:
                number = read.fields["number"].value or number
    number = number.upper().replace(" ", "")
    return (kind, country, number) if number else None


def bind_second(work: Work, registration: Registration) -> None:
    """The guardian or representative of the holder becomes a party of their own and is bound to the card in that role."""
    role = STANDING_BY.get(registration.person)
    known = second_identity(work, registration, role) if role else None
    if role is None or known is None:
        return
    party_id = parties.party_by_document(work, parties.document_blind(work, *known))
    name = store.form(work, registration).get(f"{role}_name", "")
    if party_id is None:
        party_id = new_party(work)
        keep_detail(work, registration, party_id, {"name": name} if name else {})
    keep_document(work, registration, party_id, known, read_fields(work, registration, f"{role}-document-"))
    bind(work, registration, party_id, role)
