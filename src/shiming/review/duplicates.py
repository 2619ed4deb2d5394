"""Faces that look alike, before a reviewer: side by side, with what a likeness means, and the answer. It decides no case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import candidates, links
from shiming.registration.store.candidates import Answer, Candidate
from shiming.registration.values import FACE_SLOTS, Actor, Role
from shiming.review import linking

_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two registrations. ``evidence_id`` is the selfie whose picture is still kept, None where it is not."""

    reference: str
    programme: str
    state: str
    submitted_at: datetime | None
    evidence_id: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate beside the registration that is looked at. ``linked``: their persons count as one now."""

    candidate: Candidate
    other: Side
    note: str
    linked: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A registration and those that look like it, the most alike first."""

    own: Side
    pairs: tuple[Pair, ...]

    @property
    def expected_false(self) -> float:
        """How many strangers a search among so many finds by chance."""
        return self.pairs[0].candidate.expected_false if self.pairs else 0.0

    @property
    def open(self) -> int:
        """How many wait for an answer."""
        return sum(pair.candidate.answer is None for pair in self.pairs)


def waiting(work: Work, registration: Registration) -> tuple[int, int]:
    """How many candidates a registration has, and how many of them nobody answered."""
    rows = candidates.of_registration(work, registration)
    return len(rows), sum(row.answer is None for row in rows)


def compare(work: Work, actor: Actor, registration: Registration) -> Comparison:
    """Everything a reviewer needs to tell; the look is recorded. Raises NOT_ALLOWED."""
    _reviewer(actor)
    rows = candidates.of_registration(work, registration)
    work.record(actor, Action.DUPLICATES_OPENED, "registration", registration.id, candidates=len(rows))
    return Comparison(_side(work, registration), tuple(_pair(work, registration, row) for row in rows))


def _reviewer(actor: Actor) -> None:
    if actor.role != Role.REVIEWER:
        raise Problem("NOT_ALLOWED")


def _side(work: Work, registration: Registration) -> Side:
    selfies = [item for item in store.evidence(work, registration.id) if item.kind in FACE_SLOTS]
    kept = [item.id for item in selfies if item.picture_erased_at is None]
    return Side(
        registration.reference,
        registration.programme,
        str(registration.state),
        registration.submitted_at,
        kept[-1] if kept else None,
    )


def _pair(work: Work, registration: Registration, row: Candidate) -> Pair:
    other = store.get(work, row.other_registration_id)
    linked = None not in (registration.party_id, other.party_id) and other.party_id in links.linked(
        work, str(registration.party_id)
    )
    return Pair(row, _side(work, other), candidates.note(work, row), linked)


def answer(work: Work, actor: Actor, candidate_id: str, said: str, note: str) -> bool:
    """Keeps what a reviewer says of a candidate, in place of an earlier answer; says whether the persons are linked now.

    ``same`` links the two persons, reversibly, as soon as both are proven; limits on cards count them together from now on. Any
    other answer ends the link that an earlier ``same`` made. ``note`` says why; needed for ``same`` and where a link ends.
    Raises NOT_ALLOWED, NOT_FOUND, ERASED, INVALID_FORM naming ``answer`` or ``note``.
    """
    _reviewer(actor)
    candidate = candidates.get(work, candidate_id)
    if store.get(work, candidate.registration_id).erased_at is not None:
        raise Problem("ERASED")
    chosen = _chosen(said)
    text = note.strip()
    ends = candidate.link_id is not None and chosen != "same"
    if len(text) > _LONGEST_NOTE or (not text and (chosen == "same" or ends)):
        raise Problem("INVALID_FORM", fields={"note": "INVALID_FORM"})
    if ends:
        _end(work, actor, candidate, text)
    candidates.answer(work, actor.id, candidate, chosen, text)
    work.record(
        actor,
        Action.DUPLICATE_ANSWERED,
        "registration",
        candidate.registration_id,
        candidate=candidate.id,
        answer=chosen,
    )
    return chosen == "same" and (
        candidate.link_id is not None or candidates.link(work, candidates.get(work, candidate_id))
    )


def _chosen(said: str) -> Answer:
    for known in get_args(Answer):
        if said == known:
            chosen: Answer = known
            return chosen
    raise Problem("INVALID_FORM", fields={"answer": "INVALID_FORM"})


def _end(work: Work, actor: Actor, candidate: Candidate, note: str) -> None:
    try:
        linking.unlink(work, actor, str(candidate.link_id), note)
    except Problem as problem:
        if problem.code != "NOT_FOUND":  # ended on the page of linked persons already
            raise
    candidates.set_link(work, candidate.id, None)
