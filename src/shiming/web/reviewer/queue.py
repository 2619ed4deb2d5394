"""The queue's filters, which stand in the address, and its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from shiming.registration.values import Actor
from shiming.review.service import QueueRow

_SOON = timedelta(days=1)
"""A case due within this is marked; the sweep escalates at about the same time."""


class Filters(BaseModel):
    """What to show. Empty = everything. Values nobody knows show nothing rather than fail."""

    reason: str = ""
    proposal: str = ""
    claimed: str = ""
    purpose: str = ""
    lang: str = ""

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


def reasons_of(rows: Iterable[QueueRow]) -> list[tuple[str, int]]:
    """The reason codes in the queue, the most frequent first."""
    counts = Counter(code for row in rows for code in row.reasons)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
