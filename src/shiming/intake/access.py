"""Who may hand something in, and when. Another's registration is answered like one that does not exist."""

from __future__ import annotations

from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.values import Actor, Role

OPEN = (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)


def own(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder's own registration. Raises ``Problem`` NOT_FOUND for anybody else's."""
    registration = store.get(work, registration_id)
    if actor.role != Role.HOLDER or registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    return registration


def is_open(work: Work, registration: Registration) -> bool:
    """Whether things may be handed in: a draft, or something asked for again by a decision that took effect.

    Until then the reviewer may take it back, and the holder knows nothing of it.
    """
    if registration.state == RegistrationState.ACTION_REQUIRED:
        made = store.decisions(work, registration.id)
        return bool(made) and made[-1].effect_at is not None
    return registration.state == RegistrationState.DRAFT


def own_open(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder's own registration while things may still be handed in. Raises NOT_FOUND, LATE_UPLOAD, CODE_REQUIRED."""
    registration = own(work, actor, registration_id)
    if not is_open(work, registration):
        raise Problem("LATE_UPLOAD")
    if registration.purpose == "register" and registration.code_redeemed_at is None:
        raise Problem("CODE_REQUIRED")
    return registration
