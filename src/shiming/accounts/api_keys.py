"""API keys of issuers' systems. A key is shown once; only its hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shiming.accounts import store
from shiming.accounts.subjects import SERVICE, Subject, new_token, token_hash
from shiming.audit.actions import Action
from shiming.audit.work import Doer, Work
from shiming.platform.ids import uuid7

PREFIX = "shm_"
"""Lets scanners of leaked secrets recognise a key."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key once it was shown."""

    id: str
    name: str
    role: str
    created_at: datetime
    revoked_at: datetime | None


def create(work: Work, actor: Doer, name: str) -> tuple[str, str]:
    """Makes a key for a system called ``name``: (id, key)."""
    key_id, key = uuid7(), PREFIX + new_token()
    store.insert(
        work.conn,
        store.api_key,
        id=key_id,
        issuer=work.issuer,
        key_hash=token_hash(key),
        role=SERVICE,
        name=name,
        created_at=work.now,
    )
    work.record(actor, Action.API_KEY_CREATE, "api-key", key_id)
    return key_id, key


def resolve(work: Work, key: str) -> Subject | None:
    """Whose key this is; None for an unknown, a revoked or another issuer's key."""
    row = store.api_key_by_hash(work.conn, token_hash(key))
    if row is None or row.revoked_at is not None or row.issuer != work.issuer:
        return None
    return Subject(row.role, row.id, work.issuer)


def revoke(work: Work, actor: Doer, key_id: str) -> None:
    """Ends a key at once. Raises LookupError for an unknown one; revoking twice is once."""
    row = store.by_id(work.conn, store.api_key, work.issuer, key_id)
    if row is None:
        raise LookupError(f"expected API key {key_id} of issuer {work.issuer}, got none")
    if row.revoked_at is None:
        store.update(work.conn, store.api_key, key_id, revoked_at=work.now)
        work.record(actor, Action.API_KEY_REVOKE, "api-key", key_id)


def all_of(work: Work) -> list[ApiKey]:
    """The issuer's keys, oldest first."""
    rows = store.api_keys(work.conn, work.issuer)
    return [ApiKey(row.id, row.name, row.role, row.created_at, row.revoked_at) for row in rows]
