"""Whom a card is for: an adult, a minor with a guardian, somebody who is represented. The programme says which it takes."""

from __future__ import annotations

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import access
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import moves
from shiming.registration.values import Actor


def choose(work: Work, actor: Actor, registration_id: str, person: str) -> Registration:
    """Says whom the card is for, while it is a draft. The same again changes nothing.

    Raises INVALID_FORM for a class the programme does not take, WRONG_STATE once the registration was handed in.
    """
    registration = access.own_open(work, actor, registration_id)
    if person not in rules_of(work, registration).persons:
        raise Problem("INVALID_FORM", item="person", fields={"person": "INVALID_FORM"})
    if registration.person == person and chosen(work, registration):
        return registration
    if registration.state != RegistrationState.DRAFT:
        raise Problem("WRONG_STATE")
    work.record(actor, Action.PERSON_CHOSEN, "registration", registration.id, person=person)
    return moves.choose_person(work, actor, registration, person)


def chosen(work: Work, registration: Registration) -> bool:
    """Whether somebody said whom the card is for; until then it is for a grown-up."""
    return any(entry.event == "person-chosen" for entry in store.timeline(work, registration.id))
