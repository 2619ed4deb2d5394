"""Imported registrations as written, and the issuer's own key of each line, by which nothing is imported twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, metadata
from shiming.platform.ids import reference, uuid7
from shiming.registration import store
from shiming.registration.records import Card, Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import caps, parties, roles
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import IMPORTED, Rules

import_key = sa.Table(
    "import_key",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_blind", sa.LargeBinary, nullable=False),
    sa.Column("content_blind", sa.LargeBinary, nullable=False),
    sa.Column("registration_id", sa.String(36), nullable=False, index=True),
    sa.Column("list_id", sa.String(36), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "key_blind"),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a line says, checked. ``since`` is when the card was registered elsewhere."""

    key: str
    source: str
    document: str
    country: str
    number: str
    name: str
    address: str
    date_of_birth: str
    since: datetime

    @property
    def known(self) -> tuple[str, str, str]:
        """Document type, country and number, as parties are found by."""
        return (self.document, self.country, self.number)


def key_blind(work: Work, source: str, key: str) -> bytes:
    """The keyed index of the issuer's own key in one source system."""
    return work.vault.blind("import-key", f"{source}:{key}")


def known_content(work: Work, key: bytes) -> bytes | None:
    """The index of what was imported under a key, or None."""
    k = import_key.c
    query = sa.select(k.content_blind).where(k.issuer == work.issuer, k.key_blind == key)
    found = work.conn.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def keep_key(work: Work, key: bytes, content: bytes, registration_id: str, list_id: str, line: int) -> None:
    """Notes that a key was imported."""
    work.conn.execute(
        sa.insert(import_key).values(
            id=uuid7(),
            issuer=work.issuer,
            key_blind=key,
            content_blind=content,
            registration_id=registration_id,
            list_id=list_id,
            line=line,
            at=work.now,
        )
    )


def party(work: Work, line: Imported) -> str:
    """The party of a line's document, added when there is none."""
    return parties.party_by_document(work, parties.document_blind(work, *line.known)) or roles.new_party(work)


def add_registration(
    work: Work, rules: Rules, card: Card, party_id: str, line: Imported, account_id: str, language: str
) -> Registration:
    """A registration that was approved elsewhere: what was proven then stands in its sealed form."""
    registration_id, key_id = uuid7(), work.vault.new_key(work.conn, work.issuer, "registration")
    form = {
        "name": line.name,
        "address": line.address,
        "number": line.number,
        "date_of_birth": line.date_of_birth,
        "document_country": line.country,
    }
    work.conn.execute(
        sa.insert(t.registration).values(
            id=registration_id,
            issuer=work.issuer,
            key_id=key_id,
            reference=reference(),
            purpose="register",
            programme=rules.programme,
            account_id=account_id,
            card_id=card.id,
            party_id=party_id,
            state=str(RegistrationState.APPROVED),
            version=1,
            n=0,
            attempts_used=0,
            work_attempts=0,
            document=line.document,
            items=[],
            language=language,
            form_sealed=seal_json(
                work,
                key_id,
                "registration",
                "form_sealed",
                registration_id,
                {name: text for name, text in form.items() if text},
            ),
            submitted_at=line.since,
            due_unpublished_year=False,
            created_at=work.now,
            updated_at=work.now,
            channel=IMPORTED,
            person="adult",
        )
    )
    return store.get(work, registration_id)


def keep_proof(work: Work, registration: Registration, party_id: str, line: Imported) -> None:
    """The document and the details, unless the party is known with this document already."""
    blind = parties.document_blind(work, *line.known)
    if parties.party_by_document(work, blind) is not None:
        return
    fields: dict[str, str | None] = {"name": line.name, "number": line.number}
    if line.date_of_birth:
        fields["date_of_birth"] = line.date_of_birth
    roles.keep_document(work, registration, party_id, line.known, fields)
    detail = {name: text for name, text in (("name", line.name), ("address", line.address)) if text}
    roles.keep_detail(work, registration, party_id, detail)


def bind(work: Work, registration: Registration, card: Card, party_id: str, since: datetime) -> None:
    """The party holds the card, and the card has its number, since then."""
    work.conn.execute(
        sa.insert(t.binding).values(
            id=uuid7(),
            issuer=work.issuer,
            party_id=party_id,
            card_id=card.id,
            role="holder",
            registration_id=registration.id,
            since=since,
        )
    )
    if card.msisdn:
        assignment_id = uuid7()
        work.conn.execute(
            sa.insert(t.assignment).values(
                id=assignment_id,
                issuer=work.issuer,
                card_id=card.id,
                number_blind=work.vault.blind("msisdn", card.msisdn),
                number_sealed=seal_json(work, card.key_id, "assignment", "number_sealed", assignment_id, card.msisdn),
                since=since,
            )
        )


def is_over(work: Work, registration: Registration, rules: Rules) -> bool:
    """Whether the person now holds more cards than a cap allows."""
    person = caps.subject(work, registration)
    if person is None:
        return False
    return any(
        cap.taken is not None and cap.taken >= cap.limit for cap in caps.counted(work, registration, rules, person)
    )
