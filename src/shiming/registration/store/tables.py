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


def _clock() -> tuple[Column[Any], ...]:
    """The next step of a timetable. Both columns of the last step tell where to go on when the timetable changes."""
    return (
        Column("next_step", String(16)),
        _at("next_step_at"),
        Column("last_step", String(16)),
        _at("last_step_due"),
        Column("timetable", String(64)),
    )


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
    Column("programme", String(64)),
    _at("used_since"),
    _at("triggered_at"),
    Column("suspended_for", String(32)),
    _at("act_since"),
    _at("act_done_at"),
    *_clock(),
    UniqueConstraint("issuer", "number_blind"),
    Index("ix_card_next_step", "issuer", "next_step_at"),
    Index("ix_card_timetable", "issuer", "programme", "timetable"),
)

card_act = Table(
    "card_act",
    metadata,
    _id(),
    Column("issuer", String(64), nullable=False),
    Column("card_id", String(36), ForeignKey("card.id"), nullable=False, index=True),
    Column("act", String(16), nullable=False),
    Column("restrictions", Json, nullable=False),
    Column("new_card_id", String(36)),
    Column("plan", String(64)),
    Column("why", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("outbox_id", String(36), nullable=False, index=True),
    Column("actor_role", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    _at("at", nullable=False),
    _at("done_at"),
    Index("ix_card_act_state", "issuer", "state", "id"),
)

party = Table(
    "party",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("kind", String(16), nullable=False),
    _at("created_at", nullable=False),
    _at("erased_at"),
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
    Column("ledger_blind", LargeBinary),
)

organisation = Table(
    "organisation",
    metadata,
    _id(),
    _issuer(),
    Column("party_id", String(36), ForeignKey("party.id"), nullable=False, index=True),
    Column("registration_id", String(36), nullable=False),
    Column("country", String(3), nullable=False),
    Column("number_blind", LargeBinary, nullable=False, index=True),
    _sealed("detail_sealed", nullable=False),
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
    Column("channel", String(16), nullable=False, server_default="online"),
    Column("person", String(16), nullable=False, server_default="adult"),
    Column("clerk_id", String(36)),
    _at("appealed_at"),
    _at("form_erased_at"),
    _at("erased_at"),
    *_clock(),
    UniqueConstraint("issuer", "reference"),
    Index("ix_registration_next_step", "issuer", "next_step_at"),
    Index("ix_registration_timetable", "issuer", "programme", "timetable"),
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
    _at("picture_erased_at"),
    _at("reading_erased_at"),
    UniqueConstraint("owner_registration_id", "capture_id"),
)

evidence_picture = Table(
    "evidence_picture",
    metadata,
    Column("evidence_id", String(36), ForeignKey("evidence.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("issuer", String(64), nullable=False),
    Column("file_id", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
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

account_consent = Table(
    "account_consent",
    metadata,
    _id(),
    _issuer(),
    Column("account_id", String(36), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("version", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("given", Boolean, nullable=False),
    _at("at", nullable=False),
)
"""Consents given or withdrawn for an account as a whole, apart from any registration."""

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
    Column("person", String(16)),
    UniqueConstraint("issuer", "scope", "subject_blind", "slot"),
)

cap_ledger = Table(
    "cap_ledger",
    metadata,
    _id(),
    Column("scope", String(64), nullable=False),
    Column("subject_blind", LargeBinary, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("issuer", String(64), nullable=False),
    Column("registration_id", String(36), nullable=False, index=True),
    _at("taken_at", nullable=False),
    Column("person", String(16), nullable=False),
    UniqueConstraint("scope", "subject_blind", "slot"),
)
"""Places counted over several issuers: the one named exception to issuer isolation. Read across issuers by ``caps`` only,
and only as a number; ``issuer`` says who may give a place back."""

party_link = Table(
    "party_link",
    metadata,
    _id(),
    _issuer(),
    Column("party_a", String(36), nullable=False, index=True),
    Column("party_b", String(36), nullable=False, index=True),
    _sealed("note_sealed", nullable=False),
    Column("linked_by", String(64), nullable=False),
    _at("linked_at", nullable=False),
    Column("unlinked_by", String(64)),
    _at("unlinked_at"),
    _sealed("unlink_note_sealed"),
)
"""Two parties that are one person. Never merged: ending a link undoes it."""

face_template = Table(
    "face_template",
    metadata,
    _id(),
    Column("issuer", String(64), nullable=False),
    _key(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("evidence_id", String(36), nullable=False),
    Column("person_blind", LargeBinary, nullable=False),
    Column("model", String(64), nullable=False),
    Column("model_sha256", String(64), nullable=False),
    _sealed("vector_sealed", nullable=False),
    _at("created_at", nullable=False),
    _at("stale_at"),
    _at("erased_at"),
    Index("ix_face_template_living", "issuer", "model_sha256", "erased_at", "id"),
    Index("ix_face_template_created", "issuer", "model_sha256", "created_at"),
    Index("ix_face_template_erased", "issuer", "erased_at"),
)
"""Faces that may be looked for among others: only of holders who agreed to that apart. ``stale_at``: made by a model that is no
longer in use, and its picture is gone."""

face_candidate = Table(
    "face_candidate",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("other_registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("model", String(64), nullable=False),
    Column("similarity", Float),
    Column("limit", Float, nullable=False),
    Column("false_match_rate", Float, nullable=False),
    Column("searched", Integer, nullable=False),
    _at("at", nullable=False),
    Column("answer", String(16)),
    Column("answered_by", String(64)),
    _at("answered_at"),
    _sealed("note_sealed"),
    Column("link_id", String(36)),
    UniqueConstraint("registration_id", "n", "other_registration_id"),
)
"""Registrations whose faces are alike, for a reviewer. ``similarity`` goes with either template; the answer stays."""

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

shop = Table(
    "shop",
    metadata,
    _id(),
    _issuer(),
    Column("name", String(120), nullable=False),
    Column("kind", String(16), nullable=False),
    _at("authorised_until"),
    Column("active", Boolean, nullable=False),
    _at("created_at", nullable=False),
)

shop_clerk = Table(
    "shop_clerk",
    metadata,
    _id(),
    _issuer(),
    _key(),
    Column("shop_id", String(36), ForeignKey("shop.id"), nullable=False, index=True),
    Column("staff_id", String(36), nullable=False, index=True),
    Column("contact_blind", LargeBinary, nullable=False, index=True),
    _sealed("contact_sealed", nullable=False),
    _at("since", nullable=False),
    _at("until"),
)

shop_visit = Table(
    "shop_visit",
    metadata,
    Column("registration_id", String(36), ForeignKey("registration.id"), primary_key=True),
    _issuer(),
    Column("shop_id", String(36), ForeignKey("shop.id"), nullable=False, index=True),
    Column("clerk_id", String(36), nullable=False, index=True),
    _sealed("contact_sealed"),
    _at("contact_proven_at"),
    Column("walk_in", Boolean, nullable=False),
    Column("pick_up_hash", LargeBinary),
    Column("pick_up_tries", Integer, nullable=False),
    _at("at", nullable=False),
)

shop_link = Table(
    "shop_link",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _sealed("token_sealed", nullable=False),
    Column("pass_hash", LargeBinary),
    _at("expires_at", nullable=False),
    _at("used_at"),
    _at("created_at", nullable=False),
)

acceptance = Table(
    "acceptance",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("method", String(16), nullable=False),
    Column("evidence_id", String(36)),
    _sealed("name_sealed"),
    _at("at", nullable=False),
)

attestation = Table(
    "attestation",
    metadata,
    _id(),
    _issuer(),
    Column("registration_id", String(36), ForeignKey("registration.id"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("clerk_id", String(36), nullable=False),
    Column("shop_id", String(36), ForeignKey("shop.id"), nullable=False),
    Column("statement", String(64), nullable=False),
    _at("at", nullable=False),
)

proof = Table(
    "proof",
    metadata,
    Column("registration_id", String(36), ForeignKey("registration.id"), primary_key=True),
    _issuer(),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("account_id", String(36), nullable=False),
    Column("target_account_id", String(36)),
    _sealed("named_sealed"),
    Column("new_card_id", String(36)),
    Column("plan", String(64)),
    Column("cooling_hours", Integer, nullable=False),
    _at("cools_until"),
    Column("stop_blind", LargeBinary, index=True),
    _at("created_at", nullable=False),
    _at("ended_at"),
)
