"""The intake's SQL: stock lines, activation codes, consents, uploads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, insert, select, union, update

from shiming.audit.work import Work
from shiming.platform.db import UtcDateTime, for_update, metadata
from shiming.platform.ids import uuid7
from shiming.registration import numbers, store
from shiming.registration.problems import Problem
from shiming.registration.records import Consent, Registration
from shiming.registration.states import CardState
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, open_text, seal_json

transfer_offer = Table(
    "transfer_offer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("issuer", String(64), nullable=False),
    Column("card_id", String(36), ForeignKey("card.id"), nullable=False, index=True),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("code_sealed", LargeBinary, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("taken_by", String(36)),
    Column("taken_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An activation code as kept."""

    id: str
    code: str
    attempts_left: int
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A resumable upload: how much has arrived, and the evidence it became."""

    id: str
    registration_id: str
    slot: str
    capture_id: str
    media_type: str
    size: int
    offset: int
    evidence_id: str | None


def kept_number(work: Work, scheme: str, number: str) -> str:
    """What is stored of a card number (``registration.numbers.kept``)."""
    return numbers.kept(scheme, number, store.card_blind(work, scheme, number).hex()[:32])


def add_card(
    work: Work,
    *,
    kind: str,
    scheme: str,
    product: str,
    number: str,
    msisdn: str,
    secret: str,
    restrictions: tuple[str, ...],
) -> bool:
    """Adds a card to the stock; False when it is there already."""
    if store.card_by_number(work, scheme, number) is not None:
        return False
    card_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "card")

    def sealed(column: str, text: str) -> bytes | None:
        return seal_json(work, key_id, "card", column, card_id, text) if text else None

    work.conn.execute(
        insert(t.card).values(
            id=card_id,
            issuer=work.issuer,
            key_id=key_id,
            kind=kind,
            scheme=scheme,
            product=product,
            number_blind=store.card_blind(work, scheme, number),
            number_sealed=sealed("number_sealed", kept_number(work, scheme, number)),
            msisdn_sealed=sealed("msisdn_sealed", msisdn),
            secret_sealed=sealed("secret_sealed", secret),
            state=str(CardState.IN_STOCK),
            version=1,
            restrictions=list(restrictions),
            created_at=work.now,
            updated_at=work.now,
        )
    )
    return True


def card_secret(work: Work, card_id: str) -> str:
    """The secret printed with a card; the empty text when the stock has none."""
    row = work.conn.execute(select(t.card).where(t.card.c.issuer == work.issuer, t.card.c.id == card_id)).one()
    return open_text(work, row.key_id, "card", "secret_sealed", card_id, row.secret_sealed)


def add_code(work: Work, registration: Registration, code: str, attempts: int, expires_at: datetime) -> None:
    """Keeps a new activation code; earlier ones of the registration stop working."""
    a = t.activation_code
    work.conn.execute(
        update(a)
        .where(a.c.registration_id == registration.id, a.c.used_at.is_(None), a.c.replaced_at.is_(None))
        .values(replaced_at=work.now)
    )
    code_id = uuid7()
    sealed = seal_json(work, registration.key_id, "activation_code", "code_sealed", code_id, code)
    work.conn.execute(
        insert(a).values(
            id=code_id,
            issuer=work.issuer,
            registration_id=registration.id,
            card_id=registration.card_id,
            account_id=registration.account_id,
            code_sealed=sealed,
            attempts_left=attempts,
            expires_at=expires_at,
            created_at=work.now,
        )
    )


def current_code(work: Work, registration: Registration) -> StoredCode | None:
    """The activation code that counts now, or None."""
    a = t.activation_code
    query = select(a).where(
        a.c.issuer == work.issuer, a.c.registration_id == registration.id, a.c.replaced_at.is_(None)
    )
    row = work.conn.execute(query).one_or_none()
    if row is None:
        return None
    code = open_json(work, registration.key_id, "activation_code", "code_sealed", row.id, row.code_sealed)
    return StoredCode(row.id, code, row.attempts_left, row.expires_at, row.used_at)


def count_wrong_code(work: Work, code_id: str) -> None:
    """Takes one try away."""
    a = t.activation_code
    work.conn.execute(update(a).where(a.c.id == code_id).values(attempts_left=a.c.attempts_left - 1))


def use_code(work: Work, code_id: str) -> None:
    """Marks a code as used."""
    work.conn.execute(update(t.activation_code).where(t.activation_code.c.id == code_id).values(used_at=work.now))


def add_consent(work: Work, registration: Registration, kind: str, version: str, language: str, given: bool) -> None:
    """Keeps a consent or its refusal; earlier ones stay."""
    work.conn.execute(
        insert(t.consent).values(
            id=uuid7(),
            issuer=work.issuer,
            registration_id=registration.id,
            account_id=registration.account_id,
            kind=kind,
            version=version,
            language=language,
            given=given,
            at=work.now,
        )
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A holder's offer to pass a card on. ``taken_by`` is the registration of who took it up."""

    id: str
    card_id: str
    registration_id: str
    code: str = field(repr=False)
    attempts_left: int
    expires_at: datetime
    taken_by: str | None
    taken_at: datetime | None


def add_offer(work: Work, registration: Registration, code: str, attempts: int, expires_at: datetime) -> str:
    """Keeps an offer in place of earlier ones of the card; returns its id."""
    end_offers(work, registration.card_id)
    id = uuid7()
    work.conn.execute(
        insert(transfer_offer).values(
            id=id,
            issuer=work.issuer,
            card_id=registration.card_id,
            registration_id=registration.id,
            code_sealed=seal_json(work, registration.key_id, "transfer_offer", "code_sealed", id, code),
            attempts_left=attempts,
            expires_at=expires_at,
            created_at=work.now,
        )
    )
    return id


def standing_offer(work: Work, card_id: str) -> Offer | None:
    """The offer of a card that was not ended, expired or not."""
    o = transfer_offer.c
    query = select(transfer_offer).where(o.issuer == work.issuer, o.card_id == card_id, o.ended_at.is_(None))
    row = work.conn.execute(for_update(query.order_by(o.id.desc()).limit(1)) if work.writable else query).first()
    if row is None:
        return None
    key_id = store.get(work, row.registration_id).key_id
    code = str(open_json(work, key_id, "transfer_offer", "code_sealed", row.id, row.code_sealed))
    return Offer(
        row.id, row.card_id, row.registration_id, code, row.attempts_left, row.expires_at, row.taken_by, row.taken_at
    )


def count_wrong_transfer(work: Work, offer_id: str) -> None:
    """A wrong transfer code costs a try."""
    o = transfer_offer
    work.conn.execute(update(o).where(o.c.id == offer_id).values(attempts_left=o.c.attempts_left - 1))


def take_offer(work: Work, offer_id: str, registration_id: str) -> None:
    """Notes who took an offer up."""
    values = {"taken_by": registration_id, "taken_at": work.now}
    work.conn.execute(update(transfer_offer).where(transfer_offer.c.id == offer_id).values(**values))


def end_offers(work: Work, card_id: str) -> None:
    """Ends every offer of a card."""
    o = transfer_offer.c
    mine = (o.issuer == work.issuer, o.card_id == card_id, o.ended_at.is_(None))
    work.conn.execute(update(transfer_offer).where(*mine).values(ended_at=work.now))


def add_account_consent(work: Work, account_id: str, kind: str, version: str, language: str, given: bool) -> None:
    """Keeps a consent given or withdrawn for the whole account; earlier ones stay."""
    work.conn.execute(
        insert(t.account_consent).values(
            id=uuid7(),
            issuer=work.issuer,
            account_id=account_id,
            kind=kind,
            version=version,
            language=language,
            given=given,
            at=work.now,
        )
    )


def latest_consent(work: Work, account_id: str, kind: str) -> Consent | None:
    """The newest word of an account on a kind of consent, whether at a registration or for the account; None without one."""
    found: list[Any] = []
    for table in (t.consent, t.account_consent):
        c = table.c
        query = (
            select(c.kind, c.given, c.version, c.language, c.at, c.id)
            .where(c.issuer == work.issuer, c.account_id == account_id, c.kind == kind)
            .order_by(c.at.desc(), c.id.desc())
            .limit(1)
        )
        found += work.conn.execute(query).all()
    if not found:
        return None
    newest = max(found, key=lambda row: (row.at, row.id))
    return Consent(newest.kind, newest.given, newest.version, newest.language, newest.at)


def accounts_that_agreed(work: Work, kind: str, after: str, size: int) -> list[str]:
    """Accounts that ever gave a kind of consent, by id, those after ``after``; whether it stands says ``latest_consent``."""
    queries = [
        select(c.account_id).where(c.issuer == work.issuer, c.kind == kind, c.given, c.account_id > after)
        for c in (t.consent.c, t.account_consent.c)
    ]
    both = union(*queries).subquery()
    return list(work.conn.execute(select(both.c.account_id).order_by(both.c.account_id).limit(size)).scalars())


def _upload(row: Any) -> Upload:
    return Upload(
        row.id, row.registration_id, row.slot, row.capture_id, row.media_type, row.size, row.offset, row.evidence_id
    )


def upload_by_capture(work: Work, registration_id: str, capture_id: str) -> Upload | None:
    """The upload of a capture, or None."""
    u = t.upload.c
    query = select(t.upload).where(u.registration_id == registration_id, u.capture_id == capture_id)
    row = work.conn.execute(query).one_or_none()
    return None if row is None else _upload(row)


def upload_by_id(work: Work, upload_id: str) -> Upload:
    """An upload, locked where the unit of work writes. Raises ``Problem`` NOT_FOUND."""
    query = select(t.upload).where(t.upload.c.issuer == work.issuer, t.upload.c.id == upload_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _upload(row)


def add_upload(
    work: Work, registration: Registration, *, slot: str, capture_id: str, media_type: str, size: int
) -> Upload:
    """Begins an upload."""
    upload_id = uuid7()
    work.conn.execute(
        insert(t.upload).values(
            id=upload_id,
            issuer=work.issuer,
            key_id=work.vault.new_key(work.conn, work.issuer, "upload"),
            registration_id=registration.id,
            slot=slot,
            capture_id=capture_id,
            media_type=media_type,
            size=size,
            offset=0,
            created_at=work.now,
        )
    )
    return upload_by_id(work, upload_id)


def add_part(work: Work, upload: Upload, chunk: bytes) -> Upload:
    """Appends a part, encrypted."""
    key_id = _upload_key(work, upload)
    row = f"{upload.id}:{upload.offset}"
    sealed = work.vault.seal(
        work.conn, key_id, issuer=work.issuer, table="upload_part", column="part_sealed", row=row, value=chunk
    )
    work.conn.execute(
        insert(t.upload_part).values(upload_id=upload.id, offset=upload.offset, issuer=work.issuer, part_sealed=sealed)
    )
    work.conn.execute(update(t.upload).where(t.upload.c.id == upload.id).values(offset=upload.offset + len(chunk)))
    return upload_by_id(work, upload.id)


def _upload_key(work: Work, upload: Upload) -> str:
    return str(work.conn.execute(select(t.upload.c.key_id).where(t.upload.c.id == upload.id)).scalar_one())


def upload_bytes(work: Work, upload: Upload) -> bytes:
    """All parts in order."""
    key_id = _upload_key(work, upload)
    p = t.upload_part
    rows = work.conn.execute(select(p).where(p.c.upload_id == upload.id).order_by(p.c.offset))
    return b"".join(
        work.vault.open_sealed(
            work.conn,
            key_id,
            issuer=work.issuer,
            table="upload_part",
            column="part_sealed",
            row=f"{upload.id}:{row.offset}",
            sealed=row.part_sealed,
        )
        for row in rows
    )


def finish_upload(work: Work, upload: Upload, evidence_id: str) -> Upload:
    """The upload became evidence; its parts are dropped and their key shredded."""
    key_id = _upload_key(work, upload)
    work.conn.execute(t.upload_part.delete().where(t.upload_part.c.upload_id == upload.id))
    work.conn.execute(update(t.upload).where(t.upload.c.id == upload.id).values(evidence_id=evidence_id))
    work.vault.shred(work.conn, key_id)
    return upload_by_id(work, upload.id)


def drop_upload(work: Work, upload: Upload) -> None:
    """Forgets an upload whose content was refused, so that the same capture may be sent anew."""
    work.conn.execute(t.upload_part.delete().where(t.upload_part.c.upload_id == upload.id))
    work.conn.execute(t.upload.delete().where(t.upload.c.id == upload.id))
