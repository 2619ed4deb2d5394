"""Lawful requests: written once, never changed (the database refuses it)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from shiming.audit.work import Work
from shiming.custody.store.tables import lawful_request
from shiming.platform.ids import reference, uuid7
from shiming.registration.problems import Problem
from shiming.registration.store.sealing import open_json, seal_json


@dataclass(frozen=True, slots=True)
class Asked:
    """What an authority asked, on what ground. ``number`` is a telephone number (E.164) or a card's number."""

    authority: str
    basis: str
    case_number: str
    number: str


@dataclass(frozen=True, slots=True)
class LawfulRequest:
    """One request as kept. ``at`` is when it was recorded; ``moment`` the time it asks about."""

    id: str
    key_id: str
    reference: str
    officer_id: str
    number_kind: str
    moment: datetime
    at: datetime


_COLUMNS = tuple(lawful_request.c[name] for name in LawfulRequest.__dataclass_fields__)


def add(work: Work, officer_id: str, asked: Asked, number_kind: str, moment: datetime) -> str:
    """Records a request and gives its id."""
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "lawful-request")
    content = {
        "authority": asked.authority,
        "basis": asked.basis,
        "case_number": asked.case_number,
        "number": asked.number,
    }
    values = {
        "id": id,
        "issuer": work.issuer,
        "key_id": key_id,
        "reference": reference(),
        "officer_id": officer_id,
        "number_kind": number_kind,
        "number_blind": work.vault.blind("lawful-request", f"{number_kind}:{asked.number}"),
        "asked_sealed": seal_json(work, key_id, "lawful_request", "asked_sealed", id, content),
        "moment": moment,
        "at": work.now,
    }
    work.conn.execute(insert(lawful_request).values(**values))
    return id


def get(work: Work, id: str) -> LawfulRequest:
    """A request by id. Raises ``Problem`` NOT_FOUND."""
    query = select(*_COLUMNS).where(lawful_request.c.issuer == work.issuer, lawful_request.c.id == id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return LawfulRequest(*row)


def newest(work: Work, size: int = 200) -> list[LawfulRequest]:
    """The newest requests."""
    c = lawful_request.c
    query = select(*_COLUMNS).where(c.issuer == work.issuer).order_by(c.at.desc(), c.id.desc()).limit(size)
    return [LawfulRequest(*row) for row in work.conn.execute(query)]


def asked(work: Work, item: LawfulRequest) -> Asked:
    """What was asked, opened."""
    c = lawful_request.c
    sealed = work.conn.execute(select(c.asked_sealed).where(c.id == item.id)).scalar_one()
    return Asked(**open_json(work, item.key_id, "lawful_request", "asked_sealed", item.id, sealed))
