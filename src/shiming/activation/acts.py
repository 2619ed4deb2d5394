"""Acts that the issuer's staff or systems order on a card: restrict, lift, suspend, resume, cancel (row F6)."""

from __future__ import annotations

from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.store import life
from shiming.registration.values import Actor, Role

BY_STAFF = ("restrict", "lift", "suspend", "resume", "cancel")
"""What may be ordered by hand; opening, swapping and telling of changed data follow from decisions."""


def found(card: Card | None) -> Card:
    """The card. Raises ``Problem`` NOT_FOUND where there is none."""
    if card is None:
        raise Problem("NOT_FOUND")
    return card


def order(
    work: Work, actor: Actor, card: Card | None, act: str, *, restrictions: tuple[str, ...] = (), why: str = "issuer"
) -> str:
    """Orders an act on a card; the card changes when the operator confirmed, and its holder is told then.

    ``why`` is a code, never a sentence about a person. Raises NOT_ALLOWED, NOT_FOUND, WRONG_STATE, INVALID_FORM.
    """
    if actor.role not in (Role.ADMIN, Role.OFFICER, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    card = found(card)
    if act not in BY_STAFF or bool(restrictions) != (act == "restrict"):
        raise Problem("INVALID_FORM", fields={"act": "INVALID_FORM"})
    return life.order(work, actor, card, act, key=f"act:{card.id}:{uuid7()}", why=why, restrictions=restrictions)
