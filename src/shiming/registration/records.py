"""The core's rows as plain frozen records, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shiming.registration.states import CardState, EvidenceState, RegistrationState


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the issuer's stock. ``restrictions`` are the services barred on it now."""

    id: str
    key_id: str
    kind: str
    scheme: str
    product: str
    number: str
    msisdn: str | None
    state: CardState
    version: int
    account_id: str | None
    """Who has reserved or registered it."""
    restrictions: tuple[str, ...]
    programme: str | None = None
    """The programme whose restrictions and timetable hold for it while nobody is registered."""
    used_since: datetime | None = None
    """When it came into use without being registered; None for a card out of the stock."""
    triggered_at: datetime | None = None
    """When something happened that makes registration due after all (row D3)."""
    suspended_for: str | None = None
    act_since: datetime | None = None
    """Since when the second act is waited for (row B6)."""
    act_done_at: datetime | None = None
    next_step: str | None = None
    next_step_at: datetime | None = None
    last_step: str | None = None
    last_step_due: datetime | None = None
    timetable: str | None = None
    """The version of the programme that the dates were computed from."""


@dataclass(frozen=True, slots=True)
class CardAct:
    """One act ordered of the operator: ``open``, ``lift``, ``restrict``, ``suspend``, ``resume``, ``cancel``,
    ``update-holder``, ``swap`` or ``change-plan``; ``state`` is ``ordered``, ``done`` or ``dropped``."""

    id: str
    card_id: str
    act: str
    restrictions: tuple[str, ...]
    new_card_id: str | None
    why: str
    state: str
    outbox_id: str
    at: datetime
    done_at: datetime | None
    actor_role: str = "engine"
    actor_id: str = "engine"
    """Who ordered it."""
    plan: str | None = None
    """The issuer's code of the plan that a ``change-plan`` asks for."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One attempt to bind one card to one party under one programme.

    ``n`` numbers submissions from 1; 0 before the first. ``items`` are asked for again while action is required.
    ``purpose`` is ``register``, ``update`` (changed data of a proven person, with proof), ``reverify`` (who holds it, again),
    ``transfer``, ``recovery`` (fresh proof for a lost account or an unknown device) or ``authorise`` (for another SIM card
    or plan).
    """

    id: str
    issuer: str
    key_id: str
    reference: str
    purpose: str
    programme: str
    programme_version: str | None
    policy_version: str | None
    account_id: str
    card_id: str
    party_id: str | None
    state: RegistrationState
    version: int
    n: int
    attempts_used: int
    work_attempts: int
    document: str | None
    items: tuple[str, ...]
    language: str
    code_redeemed_at: datetime | None
    declared_at: datetime | None
    submitted_at: datetime | None
    due_at: datetime | None
    due_unpublished_year: bool
    escalated_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    created_at: datetime
    updated_at: datetime
    channel: str = "online"
    person: str = "adult"
    clerk_id: str | None = None
    """The clerk who serves the customer (channel ``shop``)."""
    appealed_at: datetime | None = None
    """When its refusal was appealed; what another person then decides is final."""
    form_erased_at: datetime | None = None
    erased_at: datetime | None = None
    """When what it held of a person was erased; the row stays, as a tombstone."""
    next_step: str | None = None
    next_step_at: datetime | None = None
    """When it is reminded of or expires, while it waits for the person (row C6)."""
    last_step: str | None = None
    last_step_due: datetime | None = None
    timetable: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing handed in. ``retakes`` counts captures of this slot refused for quality before this one."""

    id: str
    key_id: str
    owner_registration_id: str
    slot: str
    kind: str
    capture_id: str
    n: int
    state: EvidenceState
    retakes: int
    work_attempts: int
    media_type: str
    size: int
    file_id: str
    refused_code: str | None
    created_at: datetime
    replaced_at: datetime | None
    picture_erased_at: datetime | None = None
    reading_erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as kept: who, when, why, and when it takes effect."""

    id: str
    registration_id: str
    n: int
    verdict: str
    proposal: str | None
    reasons: tuple[str, ...]
    items: tuple[str, ...]
    explanation: tuple[str, ...]
    actor_role: str
    actor_id: str
    note: str
    message: str
    at: datetime
    effective_at: datetime
    taken_back_at: datetime | None
    effect_at: datetime | None


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent given or refused: which text, in which language, when."""

    kind: str
    given: bool
    version: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event of a registration. ``details`` holds codes and ids only."""

    at: datetime
    actor_role: str
    actor_id: str
    event: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PartyDetail:
    """Name, address and what else a party declared, valid since - until. ``registration_id`` proved it."""

    detail: Mapping[str, str]
    registration_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """One document of a person as it was proven."""

    id: str
    type: str
    country: str
    fields: Mapping[str, str | None]
    registration_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PartyLink:
    """Two parties that a reviewer found to be one person, and why."""

    id: str
    party_a: str
    party_b: str
    note: str
    linked_by: str
    linked_at: datetime
