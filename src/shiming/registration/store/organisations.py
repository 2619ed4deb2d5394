"""Organisations: parties of their own, found by their registration number; their cards have a responsible person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import parties, roles
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, seal_json
from shiming.registration.values import Actor

HOLDER, RESPONSIBLE = "holder", "responsible-person"
_FIELDS = ("company_name", "company_number", "company_address")


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as it was last proven. ``detail`` has name, number and, where given, address."""

    party_id: str
    detail: dict[str, str]
    registration_id: str
    since: datetime


def normalised(number: str) -> str:
    """A registration number as it is compared."""
    return "".join(c for c in number.upper() if c.isalnum())


def number_blind(work: Work, country: str, number: str) -> bytes:
    """The keyed index of an organisation: the country of its register, and its number there."""
    return work.vault.blind("organisation", f"{country}:{normalised(number)}")


def find(work: Work, country: str, number: str) -> str | None:
    """The party of an organisation, or None."""
    o = t.organisation.c
    query = select(o.party_id).where(o.issuer == work.issuer, o.number_blind == number_blind(work, country, number))
    return work.conn.execute(query.limit(1)).scalar_one_or_none()


def get(work: Work, party_id: str) -> Organisation | None:
    """What is known of an organisation now; None for a party that is none."""
    o = t.organisation.c
    query = select(t.organisation).where(o.issuer == work.issuer, o.party_id == party_id, o.until.is_(None))
    row = work.conn.execute(query).one_or_none()
    if row is None or parties.erased_at(work, party_id) is not None:
        return None
    key_id = parties.party_key(work, party_id)
    detail = open_json(work, key_id, "organisation", "detail_sealed", row.id, row.detail_sealed)
    return Organisation(party_id, detail, row.registration_id, row.since)


def keep(work: Work, actor: Actor, registration: Registration) -> str:
    """The organisation a registration is for, added or brought up to date; earlier details stay as history.

    Raises ``Problem`` FIELD_MISSING without a name or a number.
    """
    form = store.form(work, registration)
    detail = {name: form[name] for name in _FIELDS if form.get(name)}
    for name in ("company_name", "company_number"):
        if name not in detail:
            raise Problem("FIELD_MISSING", item=name)
    country = form.get("company_country", "")
    party_id = find(work, country, detail["company_number"]) or roles.new_party(work, "organisation")
    o = t.organisation
    work.conn.execute(update(o).where(o.c.party_id == party_id, o.c.until.is_(None)).values(until=work.now))
    row_id, key_id = uuid7(), parties.party_key(work, party_id)
    work.conn.execute(
        insert(o).values(
            id=row_id,
            issuer=work.issuer,
            party_id=party_id,
            registration_id=registration.id,
            country=country,
            number_blind=number_blind(work, country, detail["company_number"]),
            detail_sealed=seal_json(work, key_id, "organisation", "detail_sealed", row_id, detail),
            since=work.now,
        )
    )
    work.record(actor, Action.ORGANISATION_BOUND, "party", party_id, registration=registration.id)
    return party_id


def of_registration(work: Work, registration_id: str) -> str | None:
    """The organisation that holds the cards of a registration, or None."""
    b, p = t.binding.c, t.party.c
    query = (
        select(b.party_id)
        .join(t.party, p.id == b.party_id)
        .where(b.issuer == work.issuer, b.registration_id == registration_id, b.role == HOLDER)
        .where(p.kind == "organisation")
    )
    return work.conn.execute(query.limit(1)).scalar_one_or_none()
