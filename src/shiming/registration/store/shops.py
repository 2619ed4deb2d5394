"""Shops and authorised dealers: who serves where, a customer's visit, what was accepted and attested there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_json, open_text, seal_json


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of the issuer, or a dealer it has authorised until a moment. ``name`` is that of a business."""

    id: str
    name: str
    kind: str
    authorised_until: datetime | None
    active: bool

    def may_serve(self, now: datetime) -> bool:
        """Whether customers may be registered here now."""
        return self.active and (self.authorised_until is None or self.authorised_until > now)


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer served in a shop. ``contact`` is the one that is being proven, empty once it is or where there is none.

    ``walk_in``: a customer without contact, who has a receipt with a pick-up code instead.
    """

    registration_id: str
    shop_id: str
    clerk_id: str
    contact: str = field(repr=False)
    contact_proven_at: datetime | None
    walk_in: bool
    pick_up_hash: bytes | None = field(repr=False)
    pick_up_tries: int
    at: datetime

    @property
    def reachable(self) -> bool:
        """Whether messages about this registration reach somebody."""
        return self.contact_proven_at is not None


@dataclass(frozen=True, slots=True)
class Link:
    """A page for the customer's own phone: short-lived, for one purpose, used once."""

    id: str
    registration_id: str
    purpose: str
    pass_hash: bytes | None = field(repr=False)
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That the customer agreed or declared in the shop: by phone, by signature (the evidence), or by typed name."""

    purpose: str
    method: str
    evidence_id: str | None
    name: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Attestation:
    """A clerk's signature for having seen the original and the person, under a version of the statement."""

    n: int
    clerk_id: str
    shop_id: str
    statement: str
    at: datetime


# Shops and their clerks


def create(work: Work, name: str, kind: str, authorised_until: datetime | None) -> str:
    """Adds a shop and returns its id."""
    shop_id = uuid7()
    values = {"name": name, "kind": kind, "authorised_until": authorised_until, "active": True}
    work.conn.execute(insert(t.shop).values(id=shop_id, issuer=work.issuer, created_at=work.now, **values))
    return shop_id


def change(work: Work, shop_id: str, **values: Any) -> None:
    """Changes a shop's ``name``, ``authorised_until`` or ``active``."""
    s = t.shop
    work.conn.execute(update(s).where(s.c.issuer == work.issuer, s.c.id == shop_id).values(**values))


def _shop(row: Row[Any]) -> Shop:
    return Shop(row.id, row.name, row.kind, row.authorised_until, row.active)


def by_id(work: Work, shop_id: str) -> Shop:
    """A shop. Raises ``Problem`` NOT_FOUND."""
    row = work.conn.execute(select(t.shop).where(t.shop.c.issuer == work.issuer, t.shop.c.id == shop_id)).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _shop(row)


def all_of(work: Work) -> list[Shop]:
    """Every shop, oldest first."""
    query = select(t.shop).where(t.shop.c.issuer == work.issuer).order_by(t.shop.c.id)
    return [_shop(row) for row in work.conn.execute(query)]


def shop_of(work: Work, staff_id: str) -> Shop | None:
    """The shop a clerk serves in now."""
    c = t.shop_clerk.c
    query = select(c.shop_id).where(c.issuer == work.issuer, c.staff_id == staff_id, c.until.is_(None))
    shop_id = work.conn.execute(query.limit(1)).scalar()
    return None if shop_id is None else by_id(work, shop_id)


def clerks_of(work: Work, shop_id: str) -> list[str]:
    """The staff ids of the clerks who serve in a shop now, in the order they came."""
    c = t.shop_clerk.c
    query = select(c.staff_id).where(c.issuer == work.issuer, c.shop_id == shop_id, c.until.is_(None)).order_by(c.id)
    return list(work.conn.execute(query).scalars())


def _contact_scope(work: Work) -> str:
    return f"{work.issuer}:clerk:contact"


def assign(work: Work, shop_id: str, staff_id: str, contact: str) -> None:
    """Has a clerk serve in a shop, and in no other. ``contact`` (normalised) is the clerk's own."""
    end(work, staff_id)
    row_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "clerk")
    work.conn.execute(
        insert(t.shop_clerk).values(
            id=row_id,
            issuer=work.issuer,
            key_id=key_id,
            shop_id=shop_id,
            staff_id=staff_id,
            contact_blind=work.vault.blind(_contact_scope(work), contact),
            contact_sealed=seal_json(work, key_id, "shop_clerk", "contact_sealed", row_id, contact),
            since=work.now,
        )
    )


def end(work: Work, staff_id: str) -> None:
    """Ends a clerk's service in whatever shop it is."""
    c = t.shop_clerk
    where = (c.c.issuer == work.issuer, c.c.staff_id == staff_id, c.c.until.is_(None))
    work.conn.execute(update(c).where(*where).values(until=work.now))


def is_clerks_contact(work: Work, contact: str) -> bool:
    """Whether a contact is one that a clerk of any shop ever gave as their own."""
    c = t.shop_clerk.c
    blinds = work.vault.blind_all(_contact_scope(work), contact)
    query = select(c.id).where(c.issuer == work.issuer, c.contact_blind.in_(blinds))
    return work.conn.execute(query.limit(1)).first() is not None


# Visits


def open_visit(work: Work, registration: Registration, shop_id: str, clerk_id: str, *, proven: bool = False) -> None:
    """Notes that a customer is served in a shop; of a later visit, where and by whom."""
    v = t.shop_visit
    values: dict[str, Any] = {"shop_id": shop_id, "clerk_id": clerk_id, "at": work.now}
    if proven:
        values["contact_proven_at"] = work.now
    if visit(work, registration) is not None:
        work.conn.execute(update(v).where(v.c.registration_id == registration.id).values(**values))
        return
    work.conn.execute(
        insert(v).values(registration_id=registration.id, issuer=work.issuer, walk_in=False, pick_up_tries=0, **values)
    )


def visit(work: Work, registration: Registration) -> Visit | None:
    """The visit in which a registration is made, or None."""
    v = t.shop_visit.c
    query = select(t.shop_visit).where(v.issuer == work.issuer, v.registration_id == registration.id)
    row = work.conn.execute(query).one_or_none()
    if row is None:
        return None
    contact = open_text(work, registration.key_id, "shop_visit", "contact_sealed", registration.id, row.contact_sealed)
    return Visit(
        registration.id,
        row.shop_id,
        row.clerk_id,
        contact,
        row.contact_proven_at,
        row.walk_in,
        row.pick_up_hash,
        row.pick_up_tries,
        row.at,
    )


def _change_visit(work: Work, registration: Registration, **values: Any) -> None:
    v = t.shop_visit
    where = (v.c.issuer == work.issuer, v.c.registration_id == registration.id)
    work.conn.execute(update(v).where(*where).values(**values))


def name_contact(work: Work, registration: Registration, contact: str) -> None:
    """Keeps the contact that is about to be proven."""
    sealed = seal_json(work, registration.key_id, "shop_visit", "contact_sealed", registration.id, contact)
    _change_visit(work, registration, contact_sealed=sealed)


def contact_proven(work: Work, registration: Registration) -> None:
    """The customer can be reached; the account holds the contact from now on, and a receipt is not needed any more."""
    _change_visit(work, registration, contact_sealed=None, contact_proven_at=work.now, walk_in=False, pick_up_hash=None)


def walk_in(work: Work, registration: Registration, pick_up_hash: bytes, tries: int) -> None:
    """The customer has no contact; a receipt's pick-up code stands in for one."""
    _change_visit(work, registration, contact_sealed=None, walk_in=True, pick_up_hash=pick_up_hash, pick_up_tries=tries)


def spend_pick_up_try(work: Work, registration: Registration) -> None:
    """Takes one try away from a pick-up code."""
    v = t.shop_visit
    where = (v.c.issuer == work.issuer, v.c.registration_id == registration.id)
    work.conn.execute(update(v).where(*where).values(pick_up_tries=v.c.pick_up_tries - 1))


def unreachable(work: Work, registration: Registration) -> bool:
    """Whether there is nobody to send a message to: a customer in a shop who has not proven a contact."""
    if registration.channel != "shop":
        return False
    found = visit(work, registration)
    return found is not None and not found.reachable


def forget(work: Work, registration_id: str) -> None:
    """Drops what the desk knew of a customer: contact, receipt, pages for the phone, the name typed as a signature."""
    v, a, k = t.shop_visit, t.acceptance, t.shop_link
    mine = (v.c.issuer == work.issuer, v.c.registration_id == registration_id)
    work.conn.execute(update(v).where(*mine).values(contact_sealed=None, pick_up_hash=None))
    work.conn.execute(update(a).where(a.c.registration_id == registration_id).values(name_sealed=None))
    work.conn.execute(delete(k).where(k.c.registration_id == registration_id))


def served_by(work: Work, clerk_id: str, since: datetime) -> list[Registration]:
    """The registrations a clerk serves that were begun since then or are not handed in yet, newest first."""
    r, v = t.registration.c, t.shop_visit.c
    query = (
        select(r.id)
        .join(t.shop_visit, v.registration_id == r.id)
        .where(r.issuer == work.issuer, r.clerk_id == clerk_id, r.channel == "shop")
        .where(or_(v.at >= since, r.state.in_(("draft", "action-required"))))
        .order_by(r.id.desc())
        .limit(200)
    )
    return [store.get(work, id) for id in work.conn.execute(query).scalars()]


# Links for the customer's own phone


def add_link(work: Work, registration: Registration, purpose: str, token: str, hashed: bytes, until: datetime) -> Link:
    """Keeps a new link; an earlier one for the same purpose stops working."""
    k = t.shop_link
    earlier = (k.c.registration_id == registration.id, k.c.purpose == purpose, k.c.used_at.is_(None))
    work.conn.execute(update(k).where(*earlier).values(expires_at=work.now))
    link_id = uuid7()
    work.conn.execute(
        insert(k).values(
            id=link_id,
            issuer=work.issuer,
            registration_id=registration.id,
            purpose=purpose,
            token_hash=hashed,
            token_sealed=seal_json(work, registration.key_id, "shop_link", "token_sealed", link_id, token),
            expires_at=until,
            created_at=work.now,
        )
    )
    return Link(link_id, registration.id, purpose, None, until, None)


def _link(row: Row[Any]) -> Link:
    return Link(row.id, row.registration_id, row.purpose, row.pass_hash, row.expires_at, row.used_at)


def link_by_token(work: Work, hashed: bytes) -> Link | None:
    """The link with this token, or None."""
    k = t.shop_link.c
    row = work.conn.execute(select(t.shop_link).where(k.issuer == work.issuer, k.token_hash == hashed)).one_or_none()
    return None if row is None else _link(row)


def open_link(work: Work, registration: Registration, purpose: str) -> tuple[Link, str] | None:
    """The link for a purpose that can be used now, with its token to show again; None when there is none."""
    k = t.shop_link.c
    query = select(t.shop_link).where(
        k.issuer == work.issuer,
        k.registration_id == registration.id,
        k.purpose == purpose,
        k.used_at.is_(None),
        k.expires_at > work.now,
    )
    row = work.conn.execute(query.order_by(k.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return _link(row), str(open_json(work, registration.key_id, "shop_link", "token_sealed", row.id, row.token_sealed))


def change_link(work: Work, link: Link, **values: Any) -> bool:
    """Changes a link that was not used yet; says whether it was one."""
    k = t.shop_link
    where = (k.c.issuer == work.issuer, k.c.id == link.id, k.c.used_at.is_(None))
    return work.conn.execute(update(k).where(*where).values(**values)).rowcount == 1


# What was accepted and attested


def accepted(
    work: Work, registration: Registration, purpose: str, method: str, evidence_id: str | None, name: str
) -> None:
    """Keeps that the customer agreed or declared, and how."""
    row_id = uuid7()
    sealed = seal_json(work, registration.key_id, "acceptance", "name_sealed", row_id, name) if name else None
    work.conn.execute(
        insert(t.acceptance).values(
            id=row_id,
            issuer=work.issuer,
            registration_id=registration.id,
            purpose=purpose,
            method=method,
            evidence_id=evidence_id,
            name_sealed=sealed,
            at=work.now,
        )
    )


def acceptances(work: Work, registration: Registration) -> list[Acceptance]:
    """What the customer accepted in the shop, oldest first."""
    a = t.acceptance.c
    query = select(t.acceptance).where(a.issuer == work.issuer, a.registration_id == registration.id).order_by(a.id)
    return [
        Acceptance(
            row.purpose,
            row.method,
            row.evidence_id,
            open_text(work, registration.key_id, "acceptance", "name_sealed", row.id, row.name_sealed),
            row.at,
        )
        for row in work.conn.execute(query)
    ]


def attest(work: Work, registration: Registration, clerk_id: str, shop_id: str, statement: str) -> None:
    """Keeps a clerk's attestation on what was handed in so far."""
    work.conn.execute(
        insert(t.attestation).values(
            id=uuid7(),
            issuer=work.issuer,
            registration_id=registration.id,
            n=registration.n,
            clerk_id=clerk_id,
            shop_id=shop_id,
            statement=statement,
            at=work.now,
        )
    )


def attestations(work: Work, registration: Registration) -> list[Attestation]:
    """The attestations of a registration, oldest first."""
    a = t.attestation.c
    query = select(t.attestation).where(a.issuer == work.issuer, a.registration_id == registration.id).order_by(a.id)
    return [Attestation(r.n, r.clerk_id, r.shop_id, r.statement, r.at) for r in work.conn.execute(query)]


def attested(work: Work, registration: Registration) -> bool:
    """Whether a clerk's attestation covers the evidence of the round it was given in.

    A picture taken after it in the same round is not covered. What a later round asks for again is looked at by the
    reviewer, who sees who handed it in.
    """
    made = attestations(work, registration)
    if not made:
        return False
    last = made[-1]
    return all(item.created_at <= last.at for item in store.evidence(work, registration.id) if item.n <= last.n)
