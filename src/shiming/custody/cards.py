"""The cards in one's name: everything registered to the person that an account was proven as, over all accounts (row F5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.custody.store import disputes, holding
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role

SHOWN = 4
"""How many digits of a card's number are shown, from its end."""


@dataclass(frozen=True, slots=True)
class CardInName:
    """One card as its holder sees it, also where another account registered it in the same name."""

    id: str
    """Of the binding: what a dispute names."""
    kind: str
    number_end: str
    msisdn_end: str | None
    state: str
    restrictions: tuple[str, ...]
    role: str
    since: datetime
    programme: str
    reference: str | None
    """Of the registration, where it is the account's own."""
    dispute: str | None
    """The reference of the account's own open dispute."""


def in_name(work: Work, actor: Actor) -> list[CardInName]:
    """Every card registered to the person now; empty for an account that was never proven. The look is recorded."""
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    work.record(actor, Action.CARDS_LISTED, "account", actor.id)
    parties = sorted(store.parties_of_account(work, actor.id))
    return [_card(work, actor, row) for row in holding.of_parties(work, parties)]


def _card(work: Work, actor: Actor, row: holding.Holding) -> CardInName:
    card = store.card(work, row.card_id)
    registration = store.get(work, row.registration_id)
    dispute = disputes.open_on(work, row.card_id, actor.id)
    return CardInName(
        id=row.id,
        kind=card.kind,
        number_end=card.number[-SHOWN:],
        msisdn_end=card.msisdn[-SHOWN:] if card.msisdn else None,
        state=str(card.state),
        restrictions=tuple(card.restrictions),
        role=row.role,
        since=row.since,
        programme=registration.programme,
        reference=registration.reference if registration.account_id == actor.id else None,
        dispute=dispute.reference if dispute else None,
    )


def own(work: Work, actor: Actor, binding_id: str) -> holding.Holding:
    """A binding of the person that the account was proven as. Raises ``Problem`` NOT_FOUND for any other."""
    row = holding.get(work, binding_id)
    if (
        actor.role != Role.HOLDER
        or row.until is not None
        or row.party_id not in store.parties_of_account(work, actor.id)
    ):
        raise Problem("NOT_FOUND")
    return row
