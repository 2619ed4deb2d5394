"""Messages and orders of which nobody knows whether they arrived. A person looks and says; nothing is sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.pipeline import store
from shiming.platform import outbox
from shiming.registration import store as registrations
from shiming.registration.problems import Problem
from shiming.registration.values import Actor

ORDER = "operator"
"""The outbox topic of orders to the operator; the others are messages to people."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One message or order in doubt (``uncertain``) or given up (``failed``). No personal data."""

    id: str
    kind: Literal["order", "message"]
    state: str
    reference: str | None
    """Of the registration it is about; None for a one-time code."""
    error: str | None
    attempts: int
    since: datetime


def of_all(work: Work) -> list[Doubt]:
    """Everything in doubt, oldest first."""
    rows = store.doubts(work)
    about = {row.about for row in rows if row.about}
    known = registrations.references(work, about)
    return [
        Doubt(
            row.id,
            "order" if row.topic == ORDER else "message",
            row.state,
            known.get(row.about),
            row.last_error,
            row.attempts,
            row.updated_at,
        )
        for row in rows
    ]


def of_case(work: Work, reference: str) -> list[Doubt]:
    """What is in doubt about one registration."""
    return [doubt for doubt in of_all(work) if doubt.reference == reference]


def settle(work: Work, actor: Actor, doubt_id: str, *, arrived: bool) -> None:
    """Records what a person found out. It leaves the list; the card, when it is an order, still goes in service only when
    the operator confirms. Raises ``Problem`` NOT_FOUND when it is not in doubt (any more)."""
    if all(row.id != doubt_id for row in store.doubts(work)):
        raise Problem("NOT_FOUND")
    outbox.mark(work.conn, doubt_id, "sent" if arrived else "failed", error=store.SETTLED, at=work.now)
    work.record(actor, Action.DOUBT_SETTLED, "outbox", doubt_id, arrived=arrived)
