"""Which shops and authorised dealers there are, and which clerk serves where: the administrator's part (row F2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shiming.accounts import holders, staff
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.registration.problems import Problem
from shiming.registration.store import shops
from shiming.registration.values import Actor, Role

KINDS = ("shop", "dealer")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Staffed:
    """A shop and the clerks who serve there now."""

    shop: shops.Shop
    clerks: tuple[staff.Member, ...]


def _admin(actor: Actor) -> None:
    if actor.role != Role.ADMIN:
        raise Problem("NOT_ALLOWED")


def _until(last_day: str, kind: str, zone: str) -> datetime | None:
    """The end of the last authorised day. A dealer has one; a shop of the issuer needs none."""
    if not last_day and kind == "shop":
        return None
    try:
        day = date.fromisoformat(last_day)
    except ValueError:
        raise Problem("INVALID_FORM", fields={"last_day": "INVALID_FORM"}) from None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def create(work: Work, actor: Actor, *, name: str, kind: str, last_day: str, zone: str) -> str:
    """Adds a shop, or a dealer authorised until the end of ``last_day`` (ISO 8601) in ``zone``. Raises INVALID_FORM."""
    _admin(actor)
    bad = {}
    if not name.strip() or len(name) > _LONGEST:
        bad["name"] = "INVALID_FORM"
    if kind not in KINDS:
        bad["kind"] = "INVALID_FORM"
    if bad:
        raise Problem("INVALID_FORM", fields=bad)
    shop_id = shops.create(work, name.strip(), kind, _until(last_day, kind, zone))
    work.record(actor, Action.SHOP_CREATED, "shop", shop_id, sort=kind)
    return shop_id


def change(work: Work, actor: Actor, shop_id: str, *, active: bool, last_day: str, zone: str) -> None:
    """Opens or closes a shop, and says until when it is authorised. It holds at once for whoever serves there."""
    _admin(actor)
    shop = shops.by_id(work, shop_id)
    shops.change(work, shop_id, active=active, authorised_until=_until(last_day, shop.kind, zone))
    work.record(actor, Action.SHOP_CHANGED, "shop", shop_id, active=active)


def assign(work: Work, actor: Actor, shop_id: str, username: str, contact: str) -> None:
    """Has a clerk serve in a shop. ``contact`` is the clerk's own: no customer can be registered with it.

    Raises INVALID_FORM for somebody who is no clerk, or for what is no contact.
    """
    _admin(actor)
    shop = shops.by_id(work, shop_id)
    member = staff.find(work, username)
    if member is None or not member.active or member.role != Role.CLERK:
        raise Problem("INVALID_FORM", fields={"username": "INVALID_FORM"})
    try:
        own = holders.normalise_contact(contact)
    except holders.ContactError:
        raise Problem("INVALID_FORM", fields={"contact": "INVALID_FORM"}) from None
    shops.assign(work, shop.id, member.id, own.value)
    work.record(actor, Action.SHOP_CLERK_ASSIGNED, "staff", member.id, shop=shop.id)


def end(work: Work, actor: Actor, staff_id: str) -> None:
    """A clerk serves nowhere any more; what they began waits for a colleague."""
    _admin(actor)
    shops.end(work, staff_id)
    work.record(actor, Action.SHOP_CLERK_ENDED, "staff", staff_id)


def all_of(work: Work, actor: Actor) -> list[Staffed]:
    """Every shop with its clerks."""
    _admin(actor)
    return [
        Staffed(shop, tuple(m for id in shops.clerks_of(work, shop.id) if (m := staff.get(work, id)) is not None))
        for shop in shops.all_of(work)
    ]
