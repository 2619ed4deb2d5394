"""Programmes as published: the issuer's own, and every version that a registration was ever pinned to.

A published version is never changed. What a registration is held to is decided here: the version pinned at its first
submission, else the current one; a version published as immediate holds for open cases too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries import Policy
from shiming.countries import store as countries
from shiming.countries.policy import parse_content
from shiming.platform.db import UtcDateTime, insert_new, metadata
from shiming.platform.ids import uuid7
from shiming.programmes import keeping, resolving
from shiming.programmes.model import Programme, ProgrammeError
from shiming.registration.faults import Fault
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.values import Actor, Role, Rules

programme_version = sa.Table(
    "programme_version",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("issuer", sa.String(64), nullable=False),
    sa.Column("programme", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Column("immediate", sa.Boolean, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "programme", "version"),
)
programme_offer = sa.Table(
    "programme_offer",
    metadata,
    sa.Column("issuer", sa.String(64), primary_key=True),
    sa.Column("programme", sa.String(64), primary_key=True),
    sa.Column("offered", sa.Boolean, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
_CLOSED = (
    RegistrationState.APPROVED,
    RegistrationState.REJECTED,
    RegistrationState.WITHDRAWN,
    RegistrationState.EXPIRED,
)


def _latest(work: Work, name: str) -> Row[Any] | None:
    v = programme_version.c
    query = (
        sa.select(programme_version)
        .where(v.issuer == work.issuer, v.programme == name, v.published)
        .order_by(v.at.desc(), v.id.desc())
        .limit(1)
    )
    return work.conn.execute(query).one_or_none()


_parsed = lru_cache(maxsize=256)(Programme.model_validate_json)


@lru_cache(maxsize=256)
def _rules(name: str, content: str, policy_content: str) -> Rules:
    return resolving.rules(name, _parsed(content), parse_content(policy_content))


def _content(work: Work, name: str) -> str:
    """The content of a programme as it is now: the issuer's own, else the shipped one. Raises NOT_FOUND."""
    row = _latest(work, name)
    if row is not None:
        return str(row.content)
    try:
        return _shipped(name)
    except KeyError:
        raise Problem("NOT_FOUND") from None


@cache
def _shipped(name: str) -> str:
    return resolving.load(name).model_dump_json(exclude_defaults=True)


def _contents(work: Work) -> dict[str, str]:
    """The content of every programme as it is now, by name in alphabetical order: one question to the database for all."""
    v = programme_version.c
    query = sa.select(v.programme, v.content).where(v.issuer == work.issuer, v.published).order_by(v.at, v.id)
    own = {row.programme: str(row.content) for row in work.conn.execute(query)}
    return {name: own.get(name) or _shipped(name) for name in sorted({*resolving.names(), *own})}


def programme(work: Work, name: str) -> Programme:
    """A programme as it is now. Raises ``Problem`` NOT_FOUND."""
    return _parsed(_content(work, name))


def current(work: Work, name: str) -> Rules:
    """The rules in force now for new registrations. Raises ``Problem`` NOT_FOUND for a programme there is not."""
    content = _content(work, name)
    country = _parsed(content).country
    return _rules(name, content, countries.in_force(work, country).content)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a programme stands towards its country's policy."""

    confirmed: bool
    """Whether an officer confirmed the country."""
    faults: tuple[Fault, ...]
    """What contradicts a known fact."""
    missing: tuple[str, ...]
    """The facts it rests on that are not known."""

    @property
    def may_run(self) -> bool:
        """Whether people may be registered by it. A demonstration may, as long as nothing contradicts."""
        return self.confirmed and not self.faults and not self.missing


def standing(work: Work, name: str) -> Standing:
    """How a programme stands towards the policy in force. Raises ``Problem`` NOT_FOUND."""
    found = programme(work, name)
    kept = countries.in_force(work, found.country)
    return Standing(
        countries.confirmation(work, found.country) is not None,
        keeping.contradictions(found, kept, on=work.now.date()),
        keeping.unknowns(found, kept, on=work.now.date()),
    )


def in_service(work: Work, name: str, *, demo: bool = False) -> Rules:
    """The same as ``current``, to begin a registration by.

    Raises ``Problem`` POLICY_OPEN where the country is not confirmed or does not allow it; in a demonstration only the latter.
    """
    stands = standing(work, name)
    if stands.faults or not (stands.may_run or demo or work.demo):
        raise Problem("POLICY_OPEN")
    return current(work, name)


def offered(work: Work, *, demo: bool) -> tuple[str, ...]:
    """The programmes people may choose, shipped or the issuer's own, in alphabetical order."""
    withdrawn = _withdrawn(work)
    chosen = {name: content for name, content in _contents(work).items() if name not in withdrawn}
    return tuple(name for name, content in chosen.items() if demo or not _parsed(content).demo)


def offers(work: Work, *, demo: bool) -> tuple[Rules, ...]:
    """The same as ``offered``, as the rules in force; each country's policy is looked up once."""
    contents = _contents(work)
    chosen = {name: contents[name] for name in offered(work, demo=demo)}
    countries_of = {name: _parsed(content).country for name, content in chosen.items()}
    kept = {country: countries.in_force(work, country).content for country in set(countries_of.values())}
    return tuple(_rules(name, content, kept[countries_of[name]]) for name, content in chosen.items())


def known(work: Work) -> tuple[str, ...]:
    """Every programme, shipped or the issuer's own, offered or not, in alphabetical order."""
    return tuple(_contents(work))


def _withdrawn(work: Work) -> set[str]:
    o = programme_offer.c
    return set(work.conn.execute(sa.select(o.programme).where(o.issuer == work.issuer, ~o.offered)).scalars())


def offer(work: Work, actor: Actor, name: str, *, offered: bool) -> None:
    """Offers a programme to people, or no longer; what was begun goes on. Raises NOT_ALLOWED, NOT_FOUND."""
    if actor.role is not Role.ADMIN:
        raise Problem("NOT_ALLOWED")
    current(work, name)
    o = programme_offer
    values = {"offered": offered, "actor_id": actor.id, "at": work.now}
    if not insert_new(work.conn, o, {"issuer": work.issuer, "programme": name, **values}, ["issuer", "programme"]):
        work.conn.execute(sa.update(o).where(o.c.issuer == work.issuer, o.c.programme == name).values(**values))
    work.record(actor, Action.PROGRAMME_OFFERED, "programme", name, offered=offered)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a programme that was published here or pinned by a registration."""

    version: str
    published: bool
    immediate: bool
    at: datetime


def versions(work: Work, name: str) -> list[Version]:
    """The versions kept of a programme, newest first."""
    v = programme_version.c
    query = (
        sa.select(v.version, v.published, v.immediate, v.at)
        .where(v.issuer == work.issuer, v.programme == name)
        .order_by(v.at.desc(), v.id.desc())
    )
    return [Version(*row) for row in work.conn.execute(query)]


def rules_of(work: Work, registration: Registration) -> Rules:
    """The rules a registration is held to: what was pinned at its first submission, or replaced it for open cases."""
    content = content_of(work, registration)
    country = _parsed(content).country
    return _rules(registration.programme, content, policy_of(work, registration, country).content)


def content_of(work: Work, registration: Registration) -> str:
    """The content of the programme a registration is held to."""
    now = _content(work, registration.programme)
    latest = _latest(work, registration.programme)
    if registration.programme_version is None:
        return now
    if latest is not None and latest.immediate and registration.state not in _CLOSED:
        return now
    v = programme_version.c
    query = sa.select(v.content).where(
        v.issuer == work.issuer,
        v.programme == registration.programme,
        v.version == registration.programme_version,
    )
    content = work.conn.execute(query).scalar_one_or_none()
    return now if content is None else str(content)


def policy_of(work: Work, registration: Registration, country: str) -> Policy:
    """The policy a registration is held to."""
    if registration.policy_version is None:
        return countries.in_force(work, country)
    found = None
    if registration.state not in _CLOSED and registration.submitted_at is not None:
        found = countries.immediate_since(work, country, registration.submitted_at)
    found = found or countries.at_version(work, country, registration.policy_version)
    return found or countries.in_force(work, country)


def pin(work: Work, rules: Rules) -> None:
    """Keeps the content of the versions a registration is about to be pinned to."""
    kept = countries.in_force(work, rules.country)
    if kept.version == rules.policy_version:
        countries.keep(work, kept)
    row = _latest(work, rules.programme)
    if row is not None and row.version == rules.programme_version:
        return
    _keep(work, rules.programme, resolving.load(rules.programme), "engine", published=False, immediate=False)


def publish(
    work: Work, actor: Actor, name: str, programme: Programme, *, immediate: bool = False, text: str = ""
) -> Rules:
    """Makes a version the one in force. The same content again changes nothing. ``text`` is its file, for the lines.

    Raises ``Problem`` NOT_ALLOWED; ``ProgrammeError`` with everything that contradicts the policy in force, and, outside a
    demonstration, with every fact it rests on that is not known.
    """
    if actor.role not in (Role.ADMIN, Role.OFFICER):
        raise Problem("NOT_ALLOWED")
    refuse_contradictions(work, name, programme, text)
    _keep(work, name, programme, actor.id, published=True, immediate=immediate)
    work.record(actor, Action.PROGRAMME_PUBLISHED, "programme", name, version=resolving.version(programme))
    return current(work, name)


def refuse_contradictions(work: Work, name: str, programme: Programme, text: str = "") -> None:
    """Raises ``ProgrammeError`` as ``publish`` does, and publishes nothing."""
    kept, today = countries.in_force(work, programme.country), work.now.date()
    faults = keeping.contradictions(programme, kept, text, today)
    if not (work.demo or programme.demo):
        faults += keeping.blocking(programme, kept, today)
    if faults:
        raise ProgrammeError(name, faults)


def _keep(work: Work, name: str, programme: Programme, actor: str, *, published: bool, immediate: bool) -> None:
    version = resolving.version(programme)
    values = {
        "id": uuid7(),
        "issuer": work.issuer,
        "programme": name,
        "version": version,
        "content": programme.model_dump_json(exclude_defaults=True),
        "published": published,
        "immediate": immediate,
        "actor_id": actor,
        "at": work.now,
    }
    if insert_new(work.conn, programme_version, values, ["issuer", "programme", "version"]) or not published:
        return
    v = programme_version
    work.conn.execute(
        sa.update(v)
        .where(v.c.issuer == work.issuer, v.c.programme == name, v.c.version == version)
        .values(published=True, immediate=immediate, actor_id=actor, at=work.now)
    )
