"""What the operator tells of a number: given to somebody else, moved to another operator, moved to another SIM card.

From then on whoever reads that number's messages may be a stranger: its sessions end, and its codes open nothing of the
account it belonged to. The operator may repeat itself and speak late; only what was true at the event's time is ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from shiming.accounts import contacts
from shiming.accounts.addresses import Contact, ContactError, normalise_contact
from shiming.activation import store as activation_store
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.store import assignments
from shiming.registration.values import Actor, Role

Event = Literal["recycled", "ported", "sim-changed"]


def receive(work: Work, actor: Actor, *, msisdn: str, event: Event, at: datetime) -> None:
    """Takes an event in. One that came before changes nothing; the answer never tells whether the number is known.

    Raises ``Problem`` NOT_ALLOWED for anybody but the issuer's systems, INVALID_FORM for a number that is none or a time to come.
    """
    if actor.role != Role.SERVICE:
        raise Problem("NOT_ALLOWED")
    number = _number(msisdn)
    if at > work.now + timedelta(seconds=limit("shiming.activation", "event.ahead_seconds")):
        raise Problem("INVALID_FORM", fields={"at": "INVALID_FORM"})
    event_id = activation_store.keep_number_event(work, number.value, event, at, actor.id)
    if event_id is None:
        return
    work.record(actor, Action.NUMBER_EVENT, "number-event", event_id, event=event)
    _end_contact(work, number, event, at)
    if event == "recycled":
        assignments.close(work, number.value, at)


def _number(text: str) -> Contact:
    try:
        found = normalise_contact(text)
    except ContactError:
        raise Problem("INVALID_FORM", fields={"msisdn": "INVALID_FORM"}) from None
    if found.kind != "phone":
        raise Problem("INVALID_FORM", fields={"msisdn": "INVALID_FORM"})
    return found


def _end_contact(work: Work, number: Contact, event: Event, at: datetime) -> None:
    account_id = contacts.account_of(work, number)
    if account_id is None:
        return
    known = next(one for one in contacts.of(work, account_id) if one.contact == number)
    if known.proven_at <= at:
        contacts.end(work, account_id, contacts.id_of(work, account_id, number), event)
