"""The core's rows, read. The only part of the core that touches the basement; the writing moves are in ``moves``.

Every function takes the unit of work, and sees its issuer's rows only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, and_, func, or_, select

from shiming.audit.work import Work
from shiming.registration.problems import Problem
from shiming.registration.records import (
    Card,
    Consent,
    DecisionRow,
    Evidence,
    Registration,
    TimelineEntry,
)
from shiming.registration.serial import reading_from_json
from shiming.registration.states import CardState, EvidenceState, RegistrationState
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, open_text
from shiming.registration.values import Finding, Outcome, Reading, Role

_SECRET_COLUMNS = {"form_sealed"}
_LIFE_COLUMNS = (
    "programme",
    "used_since",
    "triggered_at",
    "suspended_for",
    "act_since",
    "act_done_at",
    "next_step",
    "next_step_at",
    "last_step",
    "last_step_due",
    "timetable",
)


def _one(work: Work, table: Table, **where: Any) -> Row[Any] | None:
    query = select(table).where(table.c.issuer == work.issuer)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    return work.conn.execute(query).one_or_none()


def _registration(row: Row[Any]) -> Registration:
    values = {k: v for k, v in row._mapping.items() if k not in _SECRET_COLUMNS}
    values["state"] = RegistrationState(values["state"])
    values["items"] = tuple(values["items"])
    return Registration(**values)


def get(work: Work, registration_id: str) -> Registration:
    """A registration by id. Raises ``Problem`` NOT_FOUND."""
    row = _one(work, t.registration, id=registration_id)
    if row is None:
        raise Problem("NOT_FOUND")
    return _registration(row)


def by_reference(work: Work, reference: str) -> Registration:
    """A registration by its short reference. Raises ``Problem`` NOT_FOUND. The reference is no authority."""
    row = _one(work, t.registration, reference=reference)
    if row is None:
        raise Problem("NOT_FOUND")
    return _registration(row)


def for_account(work: Work, account_id: str) -> list[Registration]:
    """An account's registrations, newest first."""
    query = (
        select(t.registration)
        .where(t.registration.c.issuer == work.issuer, t.registration.c.account_id == account_id)
        .order_by(t.registration.c.id.desc())
    )
    return [_registration(row) for row in work.conn.execute(query)]


def account_is_proven(work: Work, account_id: str) -> bool:
    """Whether a person was proven in this account: a registration of it was approved and took effect."""
    c = t.registration.c
    query = select(c.id).where(
        c.issuer == work.issuer,
        c.account_id == account_id,
        c.state == str(RegistrationState.APPROVED),
        c.party_id.is_not(None),
        c.purpose != "recovery",
    )
    return work.conn.execute(query.limit(1)).first() is not None


def parties_of_account(work: Work, account_id: str) -> set[str]:
    """The persons proven in this account."""
    c = t.registration.c
    query = select(c.party_id).where(
        c.issuer == work.issuer,
        c.account_id == account_id,
        c.state == str(RegistrationState.APPROVED),
        c.party_id.is_not(None),
        c.purpose != "recovery",
    )
    return set(work.conn.execute(query.distinct()).scalars())


def in_states(
    work: Work,
    states: Iterable[RegistrationState],
    limit: int = 500,
    *,
    after: Registration | None = None,
    besides: Select[Any] | None = None,
) -> list[Registration]:
    """Registrations in any of the states, by due time (none last), then age; those that come after ``after``, and whose ids
    ``besides`` does not find."""
    c = t.registration.c
    query = (
        select(t.registration)
        .where(c.issuer == work.issuer, c.state.in_([str(s) for s in states]))
        .order_by(c.due_at.is_(None), c.due_at, c.id)
        .limit(limit)
    )
    if besides is not None:
        query = query.where(c.id.not_in(besides))
    if after is not None and after.due_at is None:
        query = query.where(c.due_at.is_(None), c.id > after.id)
    elif after is not None:
        later = or_(c.due_at > after.due_at, and_(c.due_at == after.due_at, c.id > after.id), c.due_at.is_(None))
        query = query.where(later)
    return [_registration(row) for row in work.conn.execute(query)]


def count_in(work: Work, state: RegistrationState) -> int:
    """How many registrations are in a state."""
    c = t.registration.c
    query = select(func.count()).where(c.issuer == work.issuer, c.state == str(state))
    return int(work.conn.execute(query).scalar_one())


def references(work: Work, ids: Iterable[str]) -> dict[str, str]:
    """The short references of registrations, by id. Ids that are no registration's are left out."""
    c = t.registration.c
    query = select(c.id, c.reference).where(c.issuer == work.issuer, c.id.in_(list(ids)))
    return {row.id: row.reference for row in work.conn.execute(query)}


def proposals(work: Work, state: RegistrationState) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """What the engine proposed, and why, for the current submission of each registration in a state, by its id."""
    r, d = t.registration.c, t.decision.c
    query = (
        select(d.registration_id, d.proposal, d.reasons)
        .join(t.registration, and_(r.id == d.registration_id, r.n == d.n))
        .where(d.issuer == work.issuer, r.issuer == work.issuer, r.state == str(state), d.actor_role == Role.ENGINE)
        .order_by(d.id)
    )
    return {row.registration_id: (row.proposal, tuple(row.reasons)) for row in work.conn.execute(query)}


def form(work: Work, registration: Registration) -> dict[str, str]:
    """What the person declared, by field name."""
    row = _one(work, t.registration, id=registration.id)
    if row is None or row.form_sealed is None:
        return {}
    value = open_json(work, registration.key_id, "registration", "form_sealed", registration.id, row.form_sealed)
    return dict(value)


def timeline(work: Work, registration_id: str) -> list[TimelineEntry]:
    """Everything that happened, oldest first."""
    query = (
        select(t.timeline)
        .where(t.timeline.c.issuer == work.issuer, t.timeline.c.registration_id == registration_id)
        .order_by(t.timeline.c.id)
    )
    return [TimelineEntry(r.at, r.actor_role, r.actor_id, r.event, r.details) for r in work.conn.execute(query)]


def _evidence(row: Row[Any]) -> Evidence:
    names = Evidence.__dataclass_fields__
    values = {k: v for k, v in row._mapping.items() if k in names}
    values["state"] = EvidenceState(values["state"])
    return Evidence(**values)


def evidence(work: Work, registration_id: str, *, current: bool = True) -> list[Evidence]:
    """Evidence of a registration, oldest first; ``current`` leaves out what was replaced or unusable.

    What an earlier registration handed in and this one goes on using counts as handed in before its first submission.
    """
    e, u = t.evidence.c, t.evidence_use.c
    shared = select(u.evidence_id).where(u.registration_id == registration_id, u.n == 0)
    query = (
        select(t.evidence)
        .where(e.issuer == work.issuer, or_(e.owner_registration_id == registration_id, e.id.in_(shared)))
        .order_by(e.id)
    )
    if current:
        query = query.where(e.replaced_at.is_(None), e.state != EvidenceState.UNUSABLE)
    found = [_evidence(row) for row in work.conn.execute(query)]
    return [item if item.owner_registration_id == registration_id else replace(item, n=0) for item in found]


def evidence_by_id(work: Work, evidence_id: str) -> Evidence:
    """One piece of evidence. Raises ``Problem`` NOT_FOUND."""
    row = _one(work, t.evidence, id=evidence_id)
    if row is None:
        raise Problem("NOT_FOUND")
    return _evidence(row)


def unread_evidence(work: Work, limit: int = 200) -> list[Evidence]:
    """Evidence received and not read yet, oldest first."""
    query = (
        select(t.evidence)
        .where(
            t.evidence.c.issuer == work.issuer,
            t.evidence.c.state == EvidenceState.RECEIVED,
            t.evidence.c.picture_erased_at.is_(None),
        )
        .order_by(t.evidence.c.id)
        .limit(limit)
    )
    return [_evidence(row) for row in work.conn.execute(query)]


def reading(work: Work, evidence_id: str) -> Reading | None:
    """What was read from a piece of evidence, or None when it was not read yet."""
    row = _one(work, t.evidence, id=evidence_id)
    if row is None or row.reading_sealed is None:
        return None
    return reading_from_json(open_json(work, row.key_id, "evidence", "reading_sealed", evidence_id, row.reading_sealed))


def picture(work: Work, evidence_id: str) -> bytes:
    """The picture's bytes as kept (before it was read: as handed in). Raises ``Problem`` ERASED."""
    item = evidence_by_id(work, evidence_id)
    if item.picture_erased_at is not None:
        raise Problem("ERASED")
    return work.vault.get_file(work.conn, item.key_id, issuer=work.issuer, row=item.id, file_id=item.file_id)


def _finding(work: Work, key_id: str, row: Row[Any]) -> Finding:
    details = open_json(work, key_id, "finding", "details_sealed", row.id, row.details_sealed)
    return Finding(
        row.check,
        row.version,
        Outcome(row.outcome),
        row.code,
        row.item,
        row.measure,
        row.limit,
        row.unit,
        tuple(row.evidence),
        details or {},
    )


def findings(work: Work, registration_id: str, n: int) -> list[Finding]:
    """The findings of submission ``n``, in the order of the checks."""
    key_id = get(work, registration_id).key_id
    query = (
        select(t.finding)
        .where(
            t.finding.c.issuer == work.issuer,
            t.finding.c.registration_id == registration_id,
            t.finding.c.n == n,
            t.finding.c.evidence_id.is_(None),
        )
        .order_by(t.finding.c.place)
    )
    return [_finding(work, key_id, row) for row in work.conn.execute(query)]


def evidence_findings(work: Work, evidence_id: str) -> list[Finding]:
    """The findings made right after a piece of evidence was read."""
    item = evidence_by_id(work, evidence_id)
    key_id = get(work, item.owner_registration_id).key_id
    query = (
        select(t.finding)
        .where(t.finding.c.issuer == work.issuer, t.finding.c.evidence_id == evidence_id)
        .order_by(t.finding.c.place)
    )
    return [_finding(work, key_id, row) for row in work.conn.execute(query)]


def _decision(work: Work, key_id: str, row: Row[Any]) -> DecisionRow:
    return DecisionRow(
        row.id,
        row.registration_id,
        row.n,
        row.verdict,
        row.proposal,
        tuple(row.reasons),
        tuple(row.items),
        tuple(row.explanation),
        row.actor_role,
        row.actor_id,
        open_text(work, key_id, "decision", "note_sealed", row.id, row.note_sealed),
        open_text(work, key_id, "decision", "message_sealed", row.id, row.message_sealed),
        row.at,
        row.effective_at,
        row.taken_back_at,
        row.effect_at,
    )


def decisions(work: Work, registration_id: str) -> list[DecisionRow]:
    """All decisions on a registration, oldest first."""
    key_id = get(work, registration_id).key_id
    query = (
        select(t.decision)
        .where(t.decision.c.issuer == work.issuer, t.decision.c.registration_id == registration_id)
        .order_by(t.decision.c.id)
    )
    return [_decision(work, key_id, row) for row in work.conn.execute(query)]


def decision_by_id(work: Work, decision_id: str) -> DecisionRow:
    """One decision. Raises ``Problem`` NOT_FOUND."""
    row = _one(work, t.decision, id=decision_id)
    if row is None:
        raise Problem("NOT_FOUND")
    return _decision(work, get(work, row.registration_id).key_id, row)


def decisions_to_effect(work: Work, limit: int = 200) -> list[str]:
    """Ids of decisions whose time has come and whose effects have not left yet."""
    d = t.decision.c
    query = (
        select(d.id)
        .where(d.issuer == work.issuer, d.effect_at.is_(None), d.taken_back_at.is_(None), d.effective_at <= work.now)
        .order_by(d.effective_at)
        .limit(limit)
    )
    return list(work.conn.execute(query).scalars())


def consents(work: Work, registration_id: str) -> dict[str, Consent]:
    """The latest consent of each kind."""
    query = (
        select(t.consent)
        .where(t.consent.c.issuer == work.issuer, t.consent.c.registration_id == registration_id)
        .order_by(t.consent.c.id)
    )
    return {r.kind: Consent(r.kind, r.given, r.version, r.language, r.at) for r in work.conn.execute(query)}


def _card(work: Work, row: Row[Any]) -> Card:
    number = open_text(work, row.key_id, "card", "number_sealed", row.id, row.number_sealed)
    msisdn = open_text(work, row.key_id, "card", "msisdn_sealed", row.id, row.msisdn_sealed)
    return Card(
        row.id,
        row.key_id,
        row.kind,
        row.scheme,
        row.product,
        number,
        msisdn or None,
        CardState(row.state),
        row.version,
        row.account_id,
        tuple(row.restrictions),
        **{name: getattr(row, name) for name in _LIFE_COLUMNS},
    )


def card(work: Work, card_id: str) -> Card:
    """A card by id. Raises ``Problem`` NOT_FOUND."""
    row = _one(work, t.card, id=card_id)
    if row is None:
        raise Problem("NOT_FOUND")
    return _card(work, row)


def card_changed_at(work: Work, card_id: str) -> datetime:
    """When a card last changed. Raises ``Problem`` NOT_FOUND."""
    row = _one(work, t.card, id=card_id)
    if row is None:
        raise Problem("NOT_FOUND")
    changed: datetime = row.updated_at
    return changed


def card_of(work: Work, registration: Registration) -> Card:
    """The registration's card; after a change of SIM card, the one that its line moved to."""
    b = t.binding.c
    query = select(b.card_id).where(b.issuer == work.issuer, b.registration_id == registration.id, b.until.is_(None))
    return card(work, work.conn.execute(query.limit(1)).scalar() or registration.card_id)


def card_blind(work: Work, scheme: str, number: str) -> bytes:
    """The keyed index of a card number."""
    return work.vault.blind("card", f"{work.issuer}:{scheme}:{number}")


def card_by_number(work: Work, scheme: str, number: str) -> Card | None:
    """A card of the stock by its number, or None."""
    row = _one(work, t.card, number_blind=card_blind(work, scheme, number))
    return None if row is None else _card(work, row)


def cards_in_state(work: Work, state: CardState, limit: int = 200, *, after: str = "") -> list[Card]:
    """Cards in a state, oldest first; those that come after the id ``after``."""
    c = t.card.c
    query = select(t.card).where(c.issuer == work.issuer, c.state == state, c.id > after).order_by(c.id).limit(limit)
    return [_card(work, row) for row in work.conn.execute(query)]


def card_is_bound(work: Work, card_id: str) -> bool:
    """Whether somebody holds the card now."""
    query = select(t.binding.c.id).where(
        t.binding.c.issuer == work.issuer, t.binding.c.card_id == card_id, t.binding.c.until.is_(None)
    )
    return work.conn.execute(query.limit(1)).first() is not None


def card_holders(work: Work, card_id: str) -> dict[str, str]:
    """Who holds the card now: role -> party."""
    b = t.binding.c
    query = select(b.role, b.party_id).where(b.issuer == work.issuer, b.card_id == card_id, b.until.is_(None))
    return {row.role: row.party_id for row in work.conn.execute(query.order_by(b.id))}


def card_has_other_registration(work: Work, card_id: str, registration_id: str | None = None) -> bool:
    """Whether an open or approved registration of this card exists besides the given one."""
    open_states = [s for s in RegistrationState if s not in ("rejected", "withdrawn", "expired")]
    query = select(t.registration.c.id).where(
        t.registration.c.issuer == work.issuer,
        t.registration.c.card_id == card_id,
        t.registration.c.purpose == "register",
        t.registration.c.state.in_([str(s) for s in open_states]),
    )
    return any(found != registration_id for found in work.conn.execute(query).scalars())
