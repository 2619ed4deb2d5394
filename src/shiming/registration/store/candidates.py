"""Registrations whose faces are alike: kept for a reviewer, with the answer. Of one issuer always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, func, or_, select, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import insert_new
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import links, parties
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_text, seal_json
from shiming.registration.values import Actor, Lookalikes, Role

Answer = Literal["same", "other", "unknown"]
"""What a reviewer says: the same person, another person, cannot be told."""
_T = t.face_candidate
_C = _T.c


@dataclass(frozen=True, slots=True)
class Candidate:
    """One other registration whose face is alike. ``similarity`` is None once one of the two templates was erased."""

    id: str
    registration_id: str
    n: int
    other_registration_id: str
    model: str
    similarity: float | None
    limit: float
    false_match_rate: float
    searched: int
    at: datetime
    answer: Answer | None
    answered_by: str | None
    answered_at: datetime | None
    link_id: str | None

    @property
    def expected_false(self) -> float:
        """How many strangers a search among so many finds by chance."""
        return self.searched * self.false_match_rate


_COLUMNS = tuple(_C[name] for name in Candidate.__dataclass_fields__)


def record(work: Work, registration: Registration, found: Lookalikes) -> None:
    """Keeps what a search found for this submission. Done before: nothing changes."""
    for one in found.alike:
        values = {
            "id": uuid7(),
            "issuer": work.issuer,
            "registration_id": registration.id,
            "n": registration.n,
            "other_registration_id": one.registration_id,
            "model": found.model,
            "similarity": one.similarity,
            "limit": found.limit,
            "false_match_rate": found.false_match_rate,
            "searched": found.searched,
            "at": work.now,
        }
        insert_new(work.conn, _T, values, ["registration_id", "n", "other_registration_id"])


def of_registration(work: Work, registration: Registration) -> list[Candidate]:
    """The candidates of a registration's newest search, the most alike first."""
    newest = select(func.max(_C.n)).where(_C.issuer == work.issuer, _C.registration_id == registration.id)
    query = (
        select(*_COLUMNS)
        .where(_C.issuer == work.issuer, _C.registration_id == registration.id, _C.n == newest.scalar_subquery())
        .order_by(_C.similarity.is_(None), _C.similarity.desc(), _C.id)
    )
    return [_candidate(row) for row in work.conn.execute(query)]


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(**row._mapping)


def told_apart(work: Work, registration_id: str) -> set[str]:
    """The registrations that a reviewer said are another person's than this one."""
    query = select(_C.other_registration_id).where(
        _C.issuer == work.issuer, _C.registration_id == registration_id, _C.answer == "other"
    )
    return set(work.conn.execute(query).scalars())


def get(work: Work, candidate_id: str) -> Candidate:
    """One candidate. Raises ``Problem`` NOT_FOUND."""
    query = select(*_COLUMNS).where(_C.issuer == work.issuer, _C.id == candidate_id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _candidate(row)


def note(work: Work, candidate: Candidate) -> str:
    """Why it was answered so; empty where nobody said, or the registration's data were erased."""
    registration = store.get(work, candidate.registration_id)
    sealed = work.conn.execute(select(_C.note_sealed).where(_C.id == candidate.id)).scalar_one()
    return open_text(work, registration.key_id, _T.name, "note_sealed", candidate.id, sealed)


def answer(work: Work, actor_id: str, candidate: Candidate, said: Answer, note: str) -> None:
    """Keeps a reviewer's answer, in place of an earlier one."""
    registration = store.get(work, candidate.registration_id)
    sealed = seal_json(work, registration.key_id, _T.name, "note_sealed", candidate.id, note) if note else None
    _set(work, candidate.id, answer=said, answered_by=actor_id, answered_at=work.now, note_sealed=sealed)


def set_link(work: Work, candidate_id: str, link_id: str | None) -> None:
    """Notes the link of persons that an answer made; None: it made none, or no longer."""
    _set(work, candidate_id, link_id=link_id)


def _set(work: Work, candidate_id: str, **values: Any) -> None:
    work.conn.execute(update(_T).where(_C.issuer == work.issuer, _C.id == candidate_id).values(**values))


def same_parties(work: Work, registration_id: str) -> set[str]:
    """The parties that a reviewer says are the person of this registration, from either side."""
    query = select(_C.registration_id, _C.other_registration_id).where(
        _C.issuer == work.issuer,
        _C.answer == "same",
        or_(_C.registration_id == registration_id, _C.other_registration_id == registration_id),
    )
    others = {id for row in work.conn.execute(query) for id in row} - {registration_id}
    r = t.registration.c
    parties = select(r.party_id).where(r.issuer == work.issuer, r.id.in_(others), r.party_id.is_not(None))
    return set(work.conn.execute(parties).scalars())


def link_proven(work: Work, registration: Registration) -> None:
    """Links the persons of answers that waited for this registration's approval, on behalf of who answered."""
    query = select(*_COLUMNS).where(
        _C.issuer == work.issuer,
        _C.answer == "same",
        _C.link_id.is_(None),
        or_(_C.registration_id == registration.id, _C.other_registration_id == registration.id),
    )
    for row in work.conn.execute(query).all():
        link(work, _candidate(row))


def link(work: Work, candidate: Candidate) -> bool:
    """Links the two persons, once both are proven. Says whether they are linked by this answer now."""
    sides = (candidate.registration_id, candidate.other_registration_id)
    first, second = (store.get(work, id).party_id for id in sides)
    if first is None or second is None or second in links.linked(work, first):
        return False
    if any(parties.erased_at(work, party) for party in (first, second)):
        return False  # nothing is left that could be counted together, or say why
    link_id = links.add(work, candidate.answered_by or "", first, second, note(work, candidate))
    set_link(work, candidate.id, link_id)
    who = Actor(Role.REVIEWER, candidate.answered_by or "", work.issuer)
    work.record(who, Action.PARTIES_LINKED, "party", first, other=second, link=link_id)
    return True
