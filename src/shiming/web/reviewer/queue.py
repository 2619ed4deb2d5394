"""The queue's filters, which stand in the address, and its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel

from shiming.audit.work import Work
from shiming.platform.ids import normalise_reference
from shiming.registration import store
from shiming.registration.states import RegistrationState
from shiming.registration.values import Actor
from shiming.review import service
from shiming.review.service import QueueRow

_PORTION = 200
_SOON = timedelta(days=1)
"""A case due within this is marked; the sweep escalates at about the same time."""


class Filters(BaseModel):
    """What to show. Empty = everything. Values nobody knows show nothing rather than fail."""

    reason: str = ""
    proposal: str = ""
    claimed: str = ""
    purpose: str = ""
    after: str = ""
    """The reference after which the page begins."""
    lang: str = ""

    @property
    def onward(self) -> str:
        """The filters as they stand in an address, without the page."""
        return urlencode({k: v for k, v in self.model_dump(exclude={"after", "lang"}).items() if v})

    def takes(self, row: QueueRow, actor: Actor) -> bool:
        """Whether the queue shows this case."""
        if self.reason and self.reason not in row.reasons:
            return False
        if self.proposal and self.proposal != (row.proposal or "refer"):
            return False
        if self.purpose and self.purpose != row.purpose:
            return False
        return not self.claimed or self.claimed == whose(row, actor)


def whose(row: QueueRow, actor: Actor) -> Literal["nobody", "me", "another"]:
    """Who has the case claimed."""
    if row.claimed_by is None:
        return "nobody"
    return "me" if row.claimed_by == actor.id else "another"


@dataclass(frozen=True, slots=True)
class Line:
    """One case of the queue. ``urgency`` is ``late``, ``soon`` or ``calm``; ``age_minutes`` since it was handed in."""

    row: QueueRow
    urgency: Literal["late", "soon", "calm"]
    age_minutes: int


def lines(rows: Iterable[QueueRow], now: datetime) -> list[Line]:
    """The rows with their age and urgency."""
    return [Line(row, _urgency(row, now), _age(row, now)) for row in rows]


def _urgency(row: QueueRow, now: datetime) -> Literal["late", "soon", "calm"]:
    if row.due_at is None:
        return "calm"
    if row.due_at <= now:
        return "late"
    return "soon" if row.escalated_at is not None or row.due_at - now <= _SOON else "calm"


def _age(row: QueueRow, now: datetime) -> int:
    return 0 if row.submitted_at is None else int((now - row.submitted_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the queue. ``next`` is the reference after which the next page begins; None on the last."""

    lines: list[Line]
    next: str | None


def part(work: Work, actor: Actor, filters: Filters, size: int) -> Part:
    """The page that begins after ``filters.after``. What the filters leave out is passed over in portions."""
    after = store.by_reference(work, normalise_reference(filters.after)) if filters.after else None
    found: list[QueueRow] = []
    while len(found) <= size:
        rows = service.queue(work, actor, after=after, limit=_PORTION)
        found += [row for row in rows if filters.takes(row, actor)]
        if len(rows) < _PORTION:
            break
        after = store.get(work, rows[-1].id)
    shown = found[:size]
    return Part(lines(shown, work.now), shown[-1].reference if len(found) > size else None)


def reasons_waiting(work: Work) -> list[tuple[str, int]]:
    """The reason codes in the whole queue, the most frequent first."""
    made = store.proposals(work, RegistrationState.IN_REVIEW).values()
    counts = Counter(code for _proposal, reasons in made for code in reasons)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
