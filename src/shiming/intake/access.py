"""Who may hand something in, and when. Another's registration is answered like one that does not exist."""

from __future__ import annotations

from shiming.accounts import devices
from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import shops
from shiming.registration.values import Actor, Role

OPEN = (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)


def served(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder's own registration, or one that this clerk serves in a shop. Raises ``Problem`` NOT_FOUND for others."""
    if actor.role != Role.CLERK:
        return own(work, actor, registration_id)
    registration = store.get(work, registration_id)
    if registration.channel != "shop" or registration.clerk_id != actor.id:
        raise Problem("NOT_FOUND")
    return registration


def desk(work: Work, actor: Actor) -> shops.Shop:
    """The shop a clerk serves in. Raises ``Problem`` NOT_ALLOWED for others, SHOP_CLOSED where nobody may be served now."""
    if actor.role != Role.CLERK:
        raise Problem("NOT_ALLOWED")
    shop = shops.shop_of(work, actor.id)
    if shop is None or not shop.may_serve(work.now):
        raise Problem("SHOP_CLOSED")
    return shop


def own(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder's own registration. Raises ``Problem`` NOT_FOUND for anybody else's, PROOF_REQUIRED while a code is all
    that was shown."""
    registration = store.get(work, registration_id)
    if actor.role != Role.HOLDER or registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    if not open_to(work, actor, registration):
        raise Problem("PROOF_REQUIRED")
    return registration


def open_to(work: Work, actor: Actor, registration: Registration) -> bool:
    """Whether this session may see what is in an own registration.

    Where a person was proven, one code opens only what was begun on the same device.
    """
    return not actor.limited or devices.opened_here(work, actor.id, actor.device, registration.id)


def is_open(work: Work, registration: Registration) -> bool:
    """Whether things may be handed in: a draft, or something asked for again by a decision that took effect.

    Until then the reviewer may take it back, and the holder knows nothing of it.
    """
    if registration.state == RegistrationState.ACTION_REQUIRED:
        made = store.decisions(work, registration.id)
        return bool(made) and made[-1].effect_at is not None
    return registration.state == RegistrationState.DRAFT


def own_open(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder's own registration, or the one a clerk serves, while things may still be handed in.

    Raises NOT_FOUND, LATE_UPLOAD, CODE_REQUIRED; SHOP_CLOSED for a clerk who may not serve now.
    """
    if actor.role == Role.CLERK:
        desk(work, actor)
    registration = served(work, actor, registration_id)
    if not is_open(work, registration):
        raise Problem("LATE_UPLOAD")
    if registration.purpose == "register" and registration.code_redeemed_at is None:
        raise Problem("CODE_REQUIRED")
    return registration
