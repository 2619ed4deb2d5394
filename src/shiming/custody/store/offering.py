"""Offers that were queued: what they said and to how many accounts."""

from __future__ import annotations

from sqlalchemy import insert, update

from shiming.audit.work import Work
from shiming.custody.store.tables import offer
from shiming.platform.ids import uuid7
from shiming.registration.values import Actor


def add(work: Work, actor: Actor, texts: dict[str, str]) -> str:
    """Keeps a new offer and gives its id."""
    id = uuid7()
    values = {"id": id, "issuer": work.issuer, "texts": texts, "recipients": 0, "at": work.now}
    work.conn.execute(insert(offer).values(actor_role=str(actor.role), actor_id=actor.id, **values))
    return id


def count(work: Work, offer_id: str, recipients: int) -> None:
    """Keeps to how many accounts an offer was queued."""
    work.conn.execute(update(offer).where(offer.c.id == offer_id).values(recipients=recipients))
