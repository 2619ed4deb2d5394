"""Submitting: what is still missing, and the promise of a date (row A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shiming.audit.work import Work
from shiming.countries.calendar import due
from shiming.intake import access
from shiming.intake.evidence import wanted_slots
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import moves
from shiming.registration.values import Actor, Rules


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the holder gets for submitting: the reference, which submission it is, and the promised time.

    ``unpublished_year`` says that the promise touches a year whose public holidays are not published yet.
    """

    reference: str
    n: int
    due_at: datetime
    unpublished_year: bool


def missing(work: Work, registration: Registration) -> list[str]:
    """What is still open, in the order a person would do it: ``code``, ``document``, ``slot:...``, ``form:...``,
    ``declaration``, ``consent:...``."""
    rules = resolve(registration.programme)
    if registration.state == RegistrationState.ACTION_REQUIRED:
        return _missing_again(work, registration)
    open_items = []
    if registration.purpose == "register" and registration.code_redeemed_at is None:
        open_items.append("code")
    consents = store.consents(work, registration.id)
    open_items += [f"consent:{kind}" for kind in rules.consents if kind != "face" and kind not in consents]
    if registration.document is None:
        open_items.append("document")
    face = consents["face"].given if "face" in consents else None
    slots = wanted_slots(rules, registration.document, face_consent=face)
    present = {item.slot for item in store.evidence(work, registration.id)}
    absent = [f"slot:{s.slot}" for s in slots if s.slot not in present]
    open_items += [a for a in absent if a != "slot:selfie"]
    open_items += _form(work, registration, rules)
    if "face" in rules.consents and face is None:
        open_items.append("consent:face")
    return open_items + [a for a in absent if a == "slot:selfie"]


def _form(work: Work, registration: Registration, rules: Rules) -> list[str]:
    form = store.form(work, registration)
    blank = [f"form:{name}" for name in rules.form_fields if not form.get(name)]
    return blank if blank else ([] if registration.declared_at else ["declaration"])


def _missing_again(work: Work, registration: Registration) -> list[str]:
    fresh = {item.slot for item in store.evidence(work, registration.id) if item.n == registration.n}
    slots = {s.slot for s in resolve(registration.programme).slots}
    open_items = [f"slot:{item}" for item in registration.items if item in slots and item not in fresh]
    fields = [item for item in registration.items if item not in slots]
    declared = registration.declared_at
    submitted = registration.submitted_at
    # Only what the form asks for again needs a fresh declaration; a new picture alone does not.
    if (fields or declared is None) and (declared is None or (submitted is not None and declared <= submitted)):
        open_items.append("declaration")
    return open_items


def submit(work: Work, actor: Actor, registration_id: str) -> Receipt:
    """Hands the registration in. Raises EVIDENCE_MISSING naming the first open item, LATE_UPLOAD when it is in already."""
    registration = access.own(work, actor, registration_id)
    if not access.is_open(work, registration):
        raise Problem("LATE_UPLOAD")
    open_items = missing(work, registration)
    if open_items:
        raise Problem("EVIDENCE_MISSING", item=open_items[0], fields=dict.fromkeys(open_items, "EVIDENCE_MISSING"))
    rules = resolve(registration.programme)
    promise = due(work.now, rules.promise_working_days, rules.country, rules.zone)
    submitted = moves.submit(
        work, actor, registration, rules=rules, due_at=promise.at, unpublished_year=promise.unpublished_year
    )
    moves.post_notice(
        work,
        submitted,
        "submitted",
        key=f"submitted:{submitted.id}:{submitted.n}",
        due_at=promise.at.isoformat(),
    )
    return Receipt(submitted.reference, submitted.n, promise.at, promise.unpublished_year)


def withdraw(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder takes the registration back before it is decided; the card is free again."""
    return moves.withdraw(work, actor, access.own(work, actor, registration_id))
