"""The core's tables. ``*_sealed`` columns are ciphertext, ``*_blind`` keyed indexes; nothing personal stands in clear."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from shiming.platform.db import Json, UtcDateTime, metadata


def _id() -> Column[Any]:
    return Column("id", String(36), primary_key=True)


def _issuer() -> Column[Any]:
    return Column("issuer", String(64), nullable=False, index=True)


def _at(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


def _sealed(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, LargeBinary, nullable=nullable)


def _key() -> Column[Any]:
    return Column("key_id", String(36), ForeignKey("data_key.id"), nullable=False)


card = Table(
    "card",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("kind", String(32), nullable=False),
    Column("scheme", String(16), nullable=False),
    Column("product", String(64), nullable=False),
    Column("number_blind", LargeBinary, nullable=False),
    _sealed("number_sealed", nullable=False),
    _sealed("msisdn_sealed"),
    _sealed("secret_sealed"),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("account_id", String(36)),
    Column("restrictions", Json, nullable=False),
    _at("created_at", nullable=False),
    _at("updated_at", nullable=False),
    UniqueConstraint("issuer", "number_blind"),
)

party = Table(
    "party",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("kind", String(16), nullable=False),
    _at("created_at", nullable=False),
)

party_detail = Table(
    "party_detail",
    metadata,
    _id(),
    _issuer(),
    Column("party_id", String(36), ForeignKey("party.id"), nullable=False, index=True),
    Column("registration_id", String(36), nullable=False),
    _sealed("detail_sealed", nullable=False),
    _at("since", nullable=False),
    _at("until"),
)

identity_document = Table(
    "identity_document",
    metadata,
    _id(),
    _issuer(),
    Column("party_id", String(36), ForeignKey("party.id"), nullable=False, index=True),
    Column("registration_id", String(36), nullable=False),
    Column("type", String(64), nullable=False),
    Column("country", String(3), nullable=False),
    Column("number_blind", LargeBinary, nullable=False, index=True),
    _sealed("fields_sealed", nullable=False),
    _at("since", nullable=False),
    _at("until"),
)

registration = Table(
    "registration",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("reference", String(24), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("programme", String(64), nullable=False),
    Column("programme_version", String(64)),
    Column("policy_version", String(64)),
    Column("account_id", String(36), nullable=False, index=True),
    Column("card_id", String(36), ForeignKey("card.id"), nullable=False, index=True),
    Column("party_id", String(36), ForeignKey("party.id")),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("attempts_used", Integer, nullable=False),
    Column("work_attempts", Integer, nullable=False),
    Column("document", String(64)),
    Column("items", Json, nullable=False),
    Column("language", String(16), nullable=False),
    _sealed("form_sealed"),
    _at("code_redeemed_at"),
    _at("declared_at"),
    _at("submitted_at"),
    _at("due_at"),
    Column("due_unpublished_year", Boolean, nullable=False),
    _at("escalated_at"),
    Column("claimed_by", String(36)),
    _at("claimed_until"),
    _at("created_at", nullable=False),
    _at("updated_at", nullable=False),
    UniqueConstraint("issuer", "reference"),
    Index("ix_registration_queue", "issuer", "state", "due_at"),
)

binding = Table(
    "binding",
    metadata,
    _id(),
    _issuer(),
    Column("party_id", String(36), ForeignKey("party.id"), nullable=False, index=True),
    Column("card_id", String(36), ForeignKey("card.id"), nullable=False, index=True),
    Column("role", String(32), nullable=False),
    Column("registration_id", String(36), nullable=False),
    _at("since", nullable=False),
    _at("until"),
)

assignment = Table(
    "assignment",
    metadata,
    _id(),
    _issuer(),
    Column("card_id", String(36), ForeignKey("card.id"), nullable=False, index=True),
    Column("number_blind", LargeBinary, nullable=False, index=True),
    _sealed("number_sealed", nullable=False),
    _at("since", nullable=False),
    _at("until"),
)

activation_code = Table(
    "activation_code",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("card_id", String(36), nullable=False),
    Column("account_id", String(36), nullable=False),
    _sealed("code_sealed", nullable=False),
    Column("attempts_left", Integer, nullable=False),
    _at("expires_at", nullable=False),
    _at("used_at"),
    _at("replaced_at"),
    _at("created_at", nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("slot", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("capture_id", String(64), nullable=False),
    Column("owner_registration_id", String(36), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("retakes", Integer, nullable=False),
    Column("work_attempts", Integer, nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("file_id", String(64), nullable=False),
    Column("refused_code", String(64)),
    _sealed("reading_sealed"),
    _at("created_at", nullable=False),
    _at("read_at"),
    _at("replaced_at"),
    UniqueConstraint("owner_registration_id", "capture_id"),
)

evidence_use = Table(
    "evidence_use",
    metadata,
    Column("evidence_id", String(36), ForeignKey("evidence.id"), primary_key=True),
    Column("registration_id", String(36), ForeignKey("registration.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    _issuer(),
)

upload = Table(
    "upload",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False),
    Column("slot", String(32), nullable=False),
    Column("capture_id", String(64), nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("evidence_id", String(36)),
    _at("created_at", nullable=False),
    UniqueConstraint("registration_id", "capture_id"),
)

upload_part = Table(
    "upload_part",
    metadata,
    Column("upload_id", String(36), ForeignKey("upload.id"), primary_key=True),
    Column("offset", Integer, primary_key=True),
    _issuer(),
    _sealed("part_sealed", nullable=False),
)

consent = Table(
    "consent",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("account_id", String(36), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("version", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("given", Boolean, nullable=False),
    _at("at", nullable=False),
)

finding = Table(
    "finding",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("evidence_id", String(36)),
    Column("check", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("item", String(64)),
    Column("measure", Float),
    Column("limit", Float),
    Column("unit", String(100)),
    Column("evidence", Json, nullable=False),
    _sealed("details_sealed"),
)

decision = Table(
    "decision",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("proposal", String(16)),
    Column("reasons", Json, nullable=False),
    Column("items", Json, nullable=False),
    Column("explanation", Json, nullable=False),
    Column("actor_role", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    _sealed("note_sealed"),
    _sealed("message_sealed"),
    _at("at", nullable=False),
    _at("effective_at", nullable=False),
    _at("taken_back_at"),
    _at("effect_at"),
)

cap_place = Table(
    "cap_place",
    metadata,
    _id(),
    _issuer(),
    Column("scope", String(64), nullable=False),
    Column("subject_blind", LargeBinary, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("registration_id", String(36), nullable=False),
    _at("taken_at", nullable=False),
    UniqueConstraint("issuer", "scope", "subject_blind", "slot"),
)

timeline = Table(
    "timeline",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    _at("at", nullable=False),
    Column("actor_role", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("event", String(64), nullable=False),
    Column("details", Json, nullable=False),
)
