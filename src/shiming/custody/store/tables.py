"""Custody's tables. ``*_sealed`` columns are ciphertext, ``*_blind`` keyed indexes; nothing personal stands in clear."""

from __future__ import annotations

import sqlalchemy as sa

from shiming.platform.db import Json, UtcDateTime, metadata

deletion = sa.Table(
    "deletion",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(36), nullable=False),
    sa.Column("artefact", sa.String(32), nullable=False),
    sa.Column("cause", sa.String(32), nullable=False),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("key_digest", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index(None, "issuer", "object_id"),
    sa.Index(None, "issuer", "at"),
)
"""What was erased, by which rule and when: the proof, and the log that a restore replays. Append-only in the database."""

retention_plan = sa.Table(
    "retention_plan",
    metadata,
    sa.Column("registration_id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("planned_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime),
    sa.Index(None, "issuer", "next_at"),
    sa.Index(None, "issuer", "planned_at"),
)
"""When a registration is next due for erasure, so that the sweep need not look at all. It can be dropped and comes back."""

export = sa.Table(
    "export",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("file_id", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("erased_at", UtcDateTime),
    sa.Index(None, "issuer", "account_id"),
    sa.Index(None, "issuer", "expires_at"),
)

dispute = sa.Table(
    "dispute",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("reference", sa.String(24), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("proof", sa.String(16), nullable=False),
    sa.Column("account_id", sa.String(36)),
    sa.Column("party_id", sa.String(36)),
    sa.Column("card_id", sa.String(36)),
    sa.Column("binding_id", sa.String(36)),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("token_hash", sa.LargeBinary(32)),
    sa.Column("contact_blind", sa.LargeBinary),
    sa.Column("contact_sealed", sa.LargeBinary),
    sa.Column("number_sealed", sa.LargeBinary),
    sa.Column("statement_sealed", sa.LargeBinary),
    sa.Column("note_sealed", sa.LargeBinary),
    sa.Column("message_sealed", sa.LargeBinary),
    sa.Column("reason", sa.String(32)),
    sa.Column("decided_by", sa.String(36)),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("filed_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("erased_at", UtcDateTime),
    sa.UniqueConstraint("issuer", "reference"),
    sa.CheckConstraint("state in ('draft', 'open', 'upheld', 'refused', 'withdrawn')", name="state"),
    sa.CheckConstraint("proof in ('pictures', 'party')", name="proof"),
    sa.Index(None, "issuer", "state", "due_at"),
    sa.Index(None, "issuer", "card_id"),
    sa.Index(None, "issuer", "contact_blind"),
    sa.Index(None, "issuer", "account_id"),
)

dispute_picture = sa.Table(
    "dispute_picture",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("dispute_id", sa.String(36), sa.ForeignKey("dispute.id"), nullable=False, index=True),
    sa.Column("side", sa.String(8), nullable=False),
    sa.Column("file_id", sa.String(64), nullable=False),
    sa.Column("fields_sealed", sa.LargeBinary, nullable=False),
    sa.Column("number_blind", sa.LargeBinary),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("dispute_id", "side"),
    sa.CheckConstraint("side in ('front', 'back')", name="side"),
)

lawful_request = sa.Table(
    "lawful_request",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(36), sa.ForeignKey("data_key.id"), nullable=False),
    sa.Column("reference", sa.String(24), nullable=False),
    sa.Column("officer_id", sa.String(36), nullable=False),
    sa.Column("number_kind", sa.String(8), nullable=False),
    sa.Column("number_blind", sa.LargeBinary, nullable=False),
    sa.Column("asked_sealed", sa.LargeBinary, nullable=False),
    sa.Column("moment", UtcDateTime, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "reference"),
    sa.Index(None, "issuer", "at"),
)
"""What authorities asked. Append-only in the database itself."""

offer = sa.Table(
    "offer",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("texts", Json, nullable=False),
    sa.Column("actor_role", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
