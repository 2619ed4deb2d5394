"""Numbers on cards, from - to. A recycled number is a new row: who held it when stays known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from shiming.audit.work import Work
from shiming.registration.store import tables as t


def close(work: Work, msisdn: str, at: datetime) -> int:
    """Ends the assignment of a number that began before ``at`` and says how many there were."""
    a = t.assignment
    where = (
        a.c.issuer == work.issuer,
        a.c.number_blind == work.vault.blind("msisdn", msisdn),
        a.c.until.is_(None),
        a.c.since <= at,
    )
    return int(work.conn.execute(update(a).where(*where).values(until=at)).rowcount)
