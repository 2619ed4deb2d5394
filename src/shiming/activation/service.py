"""Carries out what was ordered of the operator, and hears the confirmation. Safe to kill anywhere.

The order stands in the outbox since the approval, the deadline or the officer's act. What was in flight when the program died
is asked again with the same key where the operator honours keys; elsewhere it is ``uncertain`` for a person, and never asked
again. In both cases the card changes only when the operator says that it is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Row

from shiming.activation.operator import Line, LineOrder, LineState, NotDone, Operator
from shiming.audit.work import Work, Workspace
from shiming.countries.languages import language
from shiming.platform import outbox
from shiming.platform.limits import limit
from shiming.programmes.store import current, rules_of
from shiming.registration import store
from shiming.registration.records import Card, CardAct
from shiming.registration.states import CardState
from shiming.registration.store import clocks, life, moves
from shiming.registration.values import SecondAct

TOPIC = "operator"
_log = structlog.get_logger(__name__)
_NOTICES = {
    "lift": "card-lifted",
    "restrict": "card-restricted",
    "suspend": "card-suspended",
    "resume": "card-resumed",
    "cancel": "card-cancelled",
    "swap": "change-done",
    "change-plan": "change-done",
}
_REVERIFY = {"restrict": "reverify-restricted", "suspend": "reverify-suspended", "lift": "reverify-lifted"}
_FALLBACK = "zh_CN"
"""Where neither a holder nor a programme says a language: that of the default installation."""
_DONE_STATE = {
    "suspend": "suspended",
    "resume": "in-service",
    "cancel": "cancelled",
    "swap": "in-service",
    "change-plan": "in-service",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One order as the operator is asked it."""

    card_id: str
    order_id: str | None
    line: LineOrder
    lift: bool = True


@dataclass(frozen=True, slots=True)
class Activation:
    """Activation at one operator."""

    workspace: Workspace
    operator: Operator

    def carry_out(self, row_id: str, owner: str | None = None) -> None:
        """Asks for one act now. Nothing happens when the order is not pending, not due, or taken by another.

        While another order of the same card is with the operator this one waits: they must not overtake each other.
        """
        with self.workspace.write() as work:
            row = outbox.claim(work.conn, row_id, work.now, owner)
            if row is None:
                return
            asked = _asked(work, row)
            if asked is None:
                outbox.mark(work.conn, row_id, "sent", error="NOT_NEEDED", at=work.now)
                return
            if life.must_wait(work, asked.card_id, row_id):
                later = work.now + timedelta(seconds=limit("shiming.activation", "order.wait_seconds"))
                outbox.mark(work.conn, row_id, "pending", not_before=later, at=work.now)
                return
        try:
            answer = self._ask(asked, row.idempotency_key)
        except NotDone as refusal:
            self._refused(row, refusal)
            return
        with self.workspace.write() as work:
            outbox.mark(work.conn, row_id, "sent", at=work.now)
            if answer == LineState.CONFIRMED:
                self._confirmed(work, asked)

    def _ask(self, asked: _Asked, key: str) -> LineState:
        if asked.line.act == "open":
            return self.operator.open_line(asked.line.number, key, lift=asked.lift)
        return self.operator.carry_out(asked.line, key)

    @staticmethod
    def _confirmed(work: Work, asked: _Asked) -> None:
        if asked.line.act == "open":
            opened(work, asked.card_id)
        elif asked.order_id is not None:
            done(work, asked.order_id)

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
            waits = life.open_not_sent(work, card_id)
        try:
            confirmed = card.state == CardState.ACTIVATING and not waits and self._is_open(card)
        except NotDone as refusal:
            _log.warning("operator_not_asked", card=card_id, error=refusal.code)
            return False
        if confirmed:
            with self.workspace.write() as work:
                opened(work, card_id)
        return confirmed

    def _is_open(self, card: Card) -> bool:
        if card.act_done_at is None:
            return self.operator.confirmed(card.number)
        # It was in service before, with restrictions: what counts now is that they are lifted.
        line = self.operator.line(card.number)
        return line is not None and line.state == "in-service" and not line.restrictions

    def ask_order(self, order_id: str) -> bool:
        """Asks the operator how the line stands that an order is about; the card becomes so when it was done. Says whether."""
        with self.workspace.read() as work:
            order = life.act(work, order_id)
            number = store.card(work, order.new_card_id or order.card_id).number
        try:
            line = self.operator.line(number) if order.state == "ordered" else None
        except NotDone as refusal:
            _log.warning("operator_not_asked", card=order.card_id, error=refusal.code)
            return False
        if line is None or not _is_done(order, line):
            return False
        with self.workspace.write() as work:
            done(work, order_id)
        return True

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


def _asked(work: Work, row: Row[Any]) -> _Asked | None:
    """What an order of the outbox asks for now; None when it is no longer wanted."""
    post = work.read_post(row)
    card = store.card(work, post["card"])
    order = life.act(work, post["order"]) if "order" in post else None
    if order is not None and order.state != "ordered":
        return None
    act = second_act(work, card)
    if post["act"] == "open":
        if card.state != CardState.ACTIVATING:
            return None
        line = LineOrder("open", card.number)
        return _Asked(card.id, order.id if order else None, line, lift=act is None or card.act_done_at is not None)
    if order is None:
        return None
    new = store.card(work, order.new_card_id).number if order.new_card_id else None
    line = LineOrder(order.act, card.number, order.restrictions, act.number if act else None, new, order.plan)
    return _Asked(card.id, order.id, line)


def second_act(work: Work, card: Card) -> SecondAct | None:
    """The act that the card's holder owes after approval, by the rules of the registration they were proven by."""
    held_by = life.holder_registration(work, card.id)
    return None if held_by is None else rules_of(work, store.get(work, held_by)).second_act


def opened(work: Work, card_id: str) -> None:
    """The operator opened a line: the card is in service, or waits for the holder's own act first. Idempotent."""
    card = store.card(work, card_id)
    act = second_act(work, card)
    if card.state != CardState.ACTIVATING:
        return
    life.finish_open(work, card_id)
    if act is None or card.act_done_at is not None:
        moves.card_in_service(work, card_id)
        return
    moves.card_awaits_act(work, card_id)
    registration = store.get(work, str(life.holder_registration(work, card_id)))
    moves.note_event(work, moves.engine(work.issuer), registration.id, "awaits-act")
    template = "second-act-sms" if act.kind == "sms" else "second-act-call"
    moves.post_notice(
        work,
        registration,
        template,
        key=f"second-act:{card_id}:{registration.id}",
        number=act.number,
        phrase=act.phrase,
    )


def done(work: Work, order_id: str) -> None:
    """The operator did what was ordered: the card becomes so, and its holder is told. Idempotent."""
    if not life.confirm(work, order_id):
        return
    order = life.act(work, order_id)
    if order.act == "cancel":
        _end_registrations(work, order.card_id)
    template = _told(order)
    if template is None:
        return
    card = store.card(work, order.card_id)
    life.post_card_notice(work, card, template, key=f"card-act:{order.id}", language=_language(work, card, order))


def _told(order: CardAct) -> str | None:
    if order.act == "restrict" and order.why == "unregistered":
        # A new card's owner knows of it from the start: nothing changed.
        return None
    if order.why == "reverify":
        return _REVERIFY.get(order.act)
    if order.act == "suspend" and order.why == "deadline":
        return "card-suspended-deadline"
    if order.act == "lift" and order.restrictions:
        # Back to what was barred before.
        return "card-restricted"
    return _NOTICES.get(order.act)


def _language(work: Work, card: Card, order: CardAct) -> str:
    """The holder's own language, else that of the country of the card's programme."""
    held_by = life.holder_registration(work, card.id) or life.last_registration(work, card.id)
    if held_by is not None:
        return store.get(work, held_by).language
    return language(current(work, card.programme).country) if card.programme else _FALLBACK


def _end_registrations(work: Work, card_id: str) -> None:
    """Nobody can finish registering a card that is cancelled."""
    waiting, _ = clocks.open_registrations(work, card_id)
    for id in waiting:
        registration = moves.withdraw(work, moves.engine(work.issuer), store.get(work, id), name="expire")
        moves.post_notice(work, registration, "registration-expired", key=f"registration-expired:{id}")


def _is_done(order: CardAct, line: Line) -> bool:
    """Whether the line is as the order wants it."""
    if order.act in ("restrict", "lift"):
        return set(line.restrictions) == set(order.restrictions)
    return line.state == _DONE_STATE.get(order.act)


def wait_seconds(attempts: int) -> float:
    """How long to wait after the n-th attempt."""
    first, factor = limit("shiming.activation", "retry.first_seconds"), limit("shiming.activation", "retry.factor")
    return float(first * factor ** (attempts - 1))
