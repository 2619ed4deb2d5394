"""Policies of this installation: facts that an officer supplied, versions that were in force, and who confirmed them.

What is written in the package and what officers supplied make the *proposed* version. It comes into force when an officer
confirms it; until then the last confirmed one holds. Nothing is ever changed or removed here: the newest row counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries.policy import Policy, names, parse_content, policy
from shiming.countries.vocabulary import VOCABULARY, rows
from shiming.platform.db import Json, UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role

policy_fact = sa.Table(
    "policy_fact",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("value", Json, nullable=False),
    sa.Column("certainty", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(500), nullable=False),
    sa.Column("note", sa.String(1000), nullable=False),
    sa.Column("dated", sa.Date, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_policy_fact_country", "issuer", "country"),
)
policy_version = sa.Table(
    "policy_version",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "country", "version"),
)
policy_confirmation = sa.Table(
    "policy_confirmation",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("immediate", sa.Boolean, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_policy_confirmation_country", "issuer", "country"),
)
_REFERENCE, _NOTE = 500, 1000


@dataclass(frozen=True, slots=True)
class SuppliedFact:
    """A fact as an officer supplied it. ``actor_id`` is who; ``dated`` the day of the source."""

    key: str
    value: Any
    certainty: str
    reference: str
    note: str
    dated: date
    actor_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An officer answers for a version. ``immediate``: it holds for open registrations too."""

    version: str
    immediate: bool
    actor_id: str
    at: datetime


_parsed = lru_cache(maxsize=256)(parse_content)


def supplied(work: Work, country: str) -> list[SuppliedFact]:
    """Every fact ever supplied for a country, oldest first."""
    f = policy_fact.c
    query = sa.select(policy_fact).where(f.issuer == work.issuer, f.country == country).order_by(f.at, f.id)
    return [
        SuppliedFact(r.key, r.value, r.certainty, r.reference, r.note, r.dated, r.actor_id, r.at)
        for r in work.conn.execute(query)
    ]


def proposed(work: Work, country: str) -> Policy:
    """The policy with everything known today. Raises ``KeyError`` for an unknown country."""
    shipped = policy(country)
    newest = {fact.key: fact for fact in supplied(work, country)}
    if not newest:
        return shipped
    data: dict[str, Any] = json.loads(shipped.content)
    for key, fact in newest.items():
        source = f"officer:{key}"
        data["sources"][source] = {"reference": fact.reference, "kind": "officer"}
        data["facts"][key] = {
            "value": fact.value,
            "certainty": fact.certainty,
            "source": [source],
            "note": fact.note,
            "supplied": {"by": fact.actor_id, "on": fact.dated.isoformat()},
        }
    return _parsed(json.dumps(data, ensure_ascii=False))


def confirmations(work: Work, country: str) -> list[Confirmation]:
    """Every confirmation of a country, oldest first."""
    c = policy_confirmation.c
    query = sa.select(policy_confirmation).where(c.issuer == work.issuer, c.country == country).order_by(c.at, c.id)
    return [Confirmation(r.version, r.immediate, r.actor_id, r.at) for r in work.conn.execute(query)]


def confirmation(work: Work, country: str) -> Confirmation | None:
    """The confirmation that holds now; None where nobody ever confirmed the country."""
    c = policy_confirmation.c
    query = sa.select(policy_confirmation).where(c.issuer == work.issuer, c.country == country)
    row = work.conn.execute(query.order_by(c.at.desc(), c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Confirmation(row.version, row.immediate, row.actor_id, row.at)


def in_force(work: Work, country: str) -> Policy:
    """The policy that holds now: the last one confirmed, else the proposed one. Raises ``KeyError``."""
    last = confirmation(work, country)
    found = None if last is None else at_version(work, country, last.version)
    return found or proposed(work, country)


def at_version(work: Work, country: str, version: str) -> Policy | None:
    """A version that was kept; None when there is none such."""
    v = policy_version.c
    query = sa.select(v.content).where(v.issuer == work.issuer, v.country == country, v.version == version)
    content = work.conn.execute(query).scalar_one_or_none()
    return None if content is None else _parsed(content)


def immediate_since(work: Work, country: str, moment: datetime) -> Policy | None:
    """The newest version confirmed after a moment that holds for open registrations too; None without one."""
    c = policy_confirmation.c
    query = sa.select(c.version).where(c.issuer == work.issuer, c.country == country, c.immediate, c.at > moment)
    version = work.conn.execute(query.order_by(c.at.desc(), c.id.desc()).limit(1)).scalar_one_or_none()
    return None if version is None else at_version(work, country, version)


def keep(work: Work, kept: Policy) -> None:
    """Keeps the content of a version, so that it can be seen for ever. Twice is once."""
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "country": kept.country,
        "version": kept.version,
        "content": kept.content,
        "at": work.now,
    }
    insert_new(work.conn, policy_version, values, ["issuer", "country", "version"])


def supply(
    work: Work,
    actor: Actor,
    country: str,
    key: str,
    value: Any,
    *,
    reference: str,
    dated: date | None,
    note: str = "",
    certainty: str = "high",
) -> Policy:
    """An officer supplies a fact with its source and the source's day; the proposed version that comes of it.

    Raises ``Problem``: NOT_ALLOWED, NOT_FOUND (no such country), INVALID_FORM naming the field.
    """
    _officer(actor, country)
    right = {
        "key": key in VOCABULARY,
        "value": key not in VOCABULARY or _says_something(key, value),
        "reference": bool(reference.strip()) and len(reference) <= _REFERENCE,
        "dated": dated is not None and dated <= work.now.date(),
        "certainty": certainty in ("high", "medium"),
        "note": len(note) <= _NOTE,
    }
    faults = {field: "INVALID_FORM" for field, holds in right.items() if not holds}
    if faults:
        raise Problem("INVALID_FORM", fields=faults)
    id = uuid7()
    work.conn.execute(
        policy_fact.insert().values(
            id=id,
            issuer=work.issuer,
            country=country,
            key=key,
            value=value,
            certainty=certainty,
            reference=reference.strip(),
            note=note.strip(),
            dated=dated,
            actor_id=actor.id,
            at=work.now,
        )
    )
    made = proposed(work, country)
    work.record(actor, Action.POLICY_FACT_SUPPLIED, "policy", country, key=key, fact=id, version=made.version)
    return made


def _says_something(key: str, value: Any) -> bool:
    try:
        return bool(rows(key, value))
    except ValidationError:
        return False


def confirm(work: Work, actor: Actor, country: str, version: str, *, immediate: bool = False) -> Policy:
    """An officer answers for the proposed version, which comes into force. ``version`` is the one they saw.

    ``immediate`` has it hold for open registrations too. Raises ``Problem``: NOT_ALLOWED, NOT_FOUND, WRONG_STATE when
    something was supplied meanwhile.
    """
    _officer(actor, country)
    made = proposed(work, country)
    if made.version != version:
        raise Problem("WRONG_STATE")
    keep(work, made)
    work.conn.execute(
        policy_confirmation.insert().values(
            id=uuid7(),
            issuer=work.issuer,
            country=country,
            version=version,
            immediate=immediate,
            actor_id=actor.id,
            at=work.now,
        )
    )
    work.record(actor, Action.POLICY_CONFIRMED, "policy", country, version=version, immediate=immediate)
    return made


def _officer(actor: Actor, country: str) -> None:
    if actor.role is not Role.OFFICER:
        raise Problem("NOT_ALLOWED")
    if country not in names():
        raise Problem("NOT_FOUND")
