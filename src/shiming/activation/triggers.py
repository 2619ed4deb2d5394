"""When a card that needs no registration by itself needs one after all: a top-up above a limit, a refund (row D3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.programmes.store import current
from shiming.registration import numbers, store
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.store import life, moves
from shiming.registration.values import Actor, Role, Rules, Trigger


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do with a card. ``amount`` in whole units of ``currency``."""

    kind: Literal["top-up", "refund"]
    amount: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be done now; ``registration_required`` says that registering the card would open the way."""

    allowed: bool
    registration_required: bool
    limit: int | None = None
    currency: str | None = None


def ask(work: Work, actor: Actor, *, programme: str, number: str, wish: Wish) -> Answer:
    """Whether a card may be topped up, or refunded, as wished. From the first wish that needs it the card's deadlines run.

    Raises NOT_ALLOWED, NOT_FOUND for a card there is not, INVALID_FORM for a top-up in another currency than the limit's.
    """
    if actor.role != Role.SERVICE:
        raise Problem("NOT_ALLOWED")
    rules = current(work, programme)
    looked = numbers.look(rules.number_scheme, number, rules.number_pattern)
    card = store.card_by_number(work, rules.number_scheme, looked.value)
    if card is None or card.kind != rules.card_kind:
        raise Problem("NOT_FOUND")
    hit = _hit(rules, wish)
    bound = store.card_is_bound(work, card.id)
    if card.state in (CardState.CANCELLED, CardState.SUSPENDED):
        return Answer(allowed=False, registration_required=card.state == CardState.SUSPENDED and not bound)
    if hit is None or (card.state == CardState.IN_SERVICE and bound):
        return Answer(allowed=True, registration_required=False)
    _due(work, actor, card, rules)
    return Answer(allowed=False, registration_required=True, limit=hit.amount, currency=hit.currency)


def _hit(rules: Rules, wish: Wish) -> Trigger | None:
    """The trigger that a wish pulls."""
    for trigger in rules.triggers:
        if trigger.kind == "refund" and wish.kind == "refund":
            return trigger
        if trigger.kind == "top-up-above" and wish.kind == "top-up":
            if wish.currency != trigger.currency or wish.amount is None:
                raise Problem("INVALID_FORM", fields={"currency": "INVALID_FORM"})
            if trigger.amount is not None and wish.amount > trigger.amount:
                return trigger
    return None


def _due(work: Work, actor: Actor, card: Card, rules: Rules) -> None:
    """Registration is due from now on; said twice, it is due since the first time."""
    if card.triggered_at is not None or card.state == CardState.ACTIVATING:
        return
    if card.state == CardState.IN_STOCK:
        card = life.put_in_use(work, actor, card, programme=rules.programme, since=work.now, restrictions=())
    if card.state == CardState.UNREGISTERED:
        moves.write_card(work, card, triggered_at=work.now, next_step=moves.ARM, next_step_at=work.now)
        work.record(actor, Action.CARD_TRIGGERED, "card", card.id, programme=rules.programme)
