"""Liveness sessions of a case as a reviewer sees them: what was asked and seen, the pictures kept, weak signs beside."""

from __future__ import annotations

from dataclasses import dataclass

from shiming.audit.work import Work
from shiming.intake import liveness
from shiming.registration import store
from shiming.registration.records import Evidence, Registration
from shiming.registration.store import further_pictures
from shiming.registration.values import Finding, Liveness, LivenessFacts, Outcome


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session that was handed in. ``pictures``: numbers of the further pictures kept; ``current``: the case rests on it."""

    evidence: Evidence
    current: bool
    shown: Liveness | None
    facts: LivenessFacts | None
    pictures: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What is not a pass."""
        return tuple(f for f in self.findings if f.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNABLE))


def sittings(work: Work, registration: Registration) -> list[Sitting]:
    """Every session of a registration, the newest first: those that were refused or replaced too."""
    current = {item.id for item in store.evidence(work, registration.id)}
    found = [
        _sitting(work, item, item.id in current)
        for item in store.evidence(work, registration.id, current=False)
        if item.kind == "liveness"
    ]
    return found[::-1]


def _sitting(work: Work, item: Evidence, current: bool) -> Sitting:
    read = store.reading(work, item.id)
    kept = 0 if item.picture_erased_at is not None else further_pictures.count(work, item.id)
    return Sitting(
        item,
        current,
        read.liveness if read is not None else None,
        liveness.facts(work, item.id),
        tuple(range(1, kept + 1)),
        tuple(store.evidence_findings(work, item.id)),
    )
