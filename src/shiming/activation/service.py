"""Carries out what an approval asked of the operator, and hears the confirmation. Safe to kill anywhere.

The order stands in the outbox since the approval. What was in flight when the program died is asked again with the same
key where the operator honours keys; elsewhere it is ``uncertain`` for a person, and never asked again. In both cases the
card goes in service only when the operator says that it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Row

from shiming.activation.operator import LineState, NotDone, Operator
from shiming.audit.work import Workspace
from shiming.platform import outbox
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.states import CardState
from shiming.registration.store import moves

TOPIC = "operator"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Activation:
    """Activation at one operator."""

    workspace: Workspace
    operator: Operator

    def carry_out(self, row_id: str, owner: str | None = None) -> None:
        """Asks for one line now. Nothing happens when the order is not pending, not due, or taken by another."""
        with self.workspace.write() as work:
            row = outbox.claim(work.conn, row_id, work.now, owner)
            if row is None:
                return
            card = store.card(work, work.read_post(row)["card"])
            if card.state != CardState.ACTIVATING:
                outbox.mark(work.conn, row_id, "sent", error="NOT_NEEDED", at=work.now)
                return
        try:
            answer = self.operator.open_line(card.number, row.idempotency_key)
        except NotDone as refusal:
            self._refused(row, refusal)
            return
        with self.workspace.write() as work:
            outbox.mark(work.conn, row_id, "sent", at=work.now)
            if answer == LineState.CONFIRMED:
                moves.card_in_service(work, card.id)

    def recover(self, row: Row[Any]) -> None:
        """Decides about an order whose sender died while asking."""
        with self.workspace.write() as work:
            if self.operator.honours_keys:
                outbox.mark(work.conn, row.id, "pending", at=work.now)
            else:
                outbox.mark(work.conn, row.id, "uncertain", error="SENDER_DIED", at=work.now)

    def ask_confirmation(self, card_id: str) -> bool:
        """Asks the operator how far an activating card is; puts it in service when confirmed. Says whether it was."""
        with self.workspace.read() as work:
            card = store.card(work, card_id)
        try:
            confirmed = card.state == CardState.ACTIVATING and self.operator.confirmed(card.number)
        except NotDone as refusal:
            _log.warning("operator_not_asked", card=card_id, error=refusal.code)
            return False
        if confirmed:
            with self.workspace.write() as work:
                moves.card_in_service(work, card_id)
        return confirmed

    def _refused(self, row: Row[Any], refusal: NotDone) -> None:
        with self.workspace.write() as work:
            if refusal.in_doubt and not self.operator.honours_keys:
                state, later = "uncertain", None
            elif refusal.again and row.attempts < limit("shiming.activation", "retry.attempts"):
                state, later = "pending", work.now + timedelta(seconds=wait_seconds(row.attempts))
            else:
                state, later = "failed", None
            outbox.mark(work.conn, row.id, state, error=refusal.code, not_before=later, at=work.now)
        _log.warning("operator_not_done", order=row.id, state=state, error=refusal.code)


def wait_seconds(attempts: int) -> float:
    """How long to wait after the n-th attempt."""
    first, factor = limit("shiming.activation", "retry.first_seconds"), limit("shiming.activation", "retry.factor")
    return float(first * factor ** (attempts - 1))
