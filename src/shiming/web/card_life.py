"""What a card's holder, or whoever has it at hand, sees of its life: state, what is barred, dates, what is left to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from shiming.activation.service import second_act
from shiming.audit.work import Work
from shiming.pipeline.deadlines import card_plan
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.values import SecondAct


@dataclass(frozen=True)
class Date:
    """Something that happens to a card that nobody registers, and when."""

    step: str
    at: datetime


@dataclass(frozen=True)
class CardLife:
    """A card's life as it stands. ``dates`` leaves reminders out; ``act`` is there while it is waited for."""

    card: Card
    dates: tuple[Date, ...]
    act: SecondAct | None

    @property
    def act_address(self) -> str:
        """Opens the phone's own messages or dialler with everything filled in."""
        if self.act is None:
            return ""
        if self.act.kind == "call":
            return f"tel:{self.act.number}"
        # `?&` is read by iOS and Android alike.
        return f"sms:{self.act.number}?&body={quote(self.act.phrase)}"


def of(work: Work, card: Card) -> CardLife:
    """The life of a card."""
    dates = tuple(Date(coming.step.step, coming.at) for coming in card_plan(work, card) if coming.step.step != "remind")
    act = second_act(work, card) if card.state == CardState.AWAITING_ACT else None
    return CardLife(card, dates, act)
