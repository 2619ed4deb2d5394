"""Submitting: what is still missing, and the promise of a date (row A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shiming.audit.work import Work
from shiming.countries.calendar import due
from shiming.intake import access
from shiming.intake.evidence import FACE_KINDS, context, wanted_slots
from shiming.programmes.store import pin, rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import moves, shops
from shiming.registration.values import FACE_SLOTS, Actor, Role, Rules


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
    """What is still open, in the order a person would do it: ``contact`` (in a shop), ``code``, ``document``, ``slot:...``,
    ``form:...``, ``declaration``, ``consent:...``, ``attestation`` (of a clerk)."""
    rules = rules_of(work, registration)
    if registration.state == RegistrationState.ACTION_REQUIRED:
        return _missing_again(work, registration)
    open_items = _visit(work, registration)
    if registration.purpose == "register" and registration.code_redeemed_at is None:
        open_items.append("code")
    consents = store.consents(work, registration.id)
    open_items += [
        f"consent:{kind}" for kind in rules.consents_of(registration.person) if kind != "face" and kind not in consents
    ]
    if registration.document is None and rules.documents:
        open_items.append("document")
    face = consents["face"].given if "face" in consents else None
    slots = wanted_slots(work, registration)
    present = {item.slot for item in store.evidence(work, registration.id)}
    absent = [f"slot:{s.slot}" for s in slots if s.slot not in present]
    faces = [f"slot:{s.slot}" for s in slots if s.kind in FACE_KINDS]
    open_items += [a for a in absent if a not in faces]
    open_items += _form(work, registration, rules)
    if "face" in rules.consents and face is None:
        open_items.append("consent:face")
    return open_items + [a for a in absent if a in faces] + _attestation(work, registration, rules)


def _visit(work: Work, registration: Registration) -> list[str]:
    """In a shop the customer's contact is proven first, or a receipt is made for somebody without one."""
    found = shops.visit(work, registration) if registration.channel == "shop" else None
    return ["contact"] if found is not None and not (found.reachable or found.walk_in) else []


def _attestation(work: Work, registration: Registration, rules: Rules) -> list[str]:
    """A clerk's attestation, where the programme's formula asks for one in this case."""
    present = frozenset(item.slot for item in store.evidence(work, registration.id))
    asked = "attestation" in rules.evidence.needed(context(work, registration), present)
    return ["attestation"] if asked and not shops.attested(work, registration) else []


def _form(work: Work, registration: Registration, rules: Rules) -> list[str]:
    form = store.form(work, registration)
    blank = [f"form:{name}" for name in rules.fields_of(registration.person) if not form.get(name)]
    return blank if blank else ([] if registration.declared_at else ["declaration"])


def _missing_again(work: Work, registration: Registration) -> list[str]:
    fresh = {item.slot for item in store.evidence(work, registration.id) if item.n == registration.n}
    slots = {s.slot for s in rules_of(work, registration).slots}
    kinds = {item.kind for item in store.evidence(work, registration.id) if item.n == registration.n}
    shown = bool(kinds & set(FACE_SLOTS))
    faces = {s.slot for s in rules_of(work, registration).slots if s.kind in FACE_SLOTS}
    open_items = [
        f"slot:{item}"
        for item in registration.items
        if item in slots and item not in fresh and not (item in faces and shown)
    ]
    fields = [item for item in registration.items if item not in slots]
    declared = registration.declared_at
    submitted = registration.submitted_at
    # Only what the form asks for again needs a fresh declaration; a new picture alone does not.
    if (fields or declared is None) and (declared is None or (submitted is not None and declared <= submitted)):
        open_items.append("declaration")
    return open_items


def submit(work: Work, actor: Actor, registration_id: str) -> Receipt:
    """Hands the registration in. Raises EVIDENCE_MISSING naming the first open item, LATE_UPLOAD when it is in already."""
    registration = access.served(work, actor, registration_id)
    if not access.is_open(work, registration):
        raise Problem("LATE_UPLOAD")
    open_items = missing(work, registration)
    if open_items:
        raise Problem("EVIDENCE_MISSING", item=open_items[0], fields=dict.fromkeys(open_items, "EVIDENCE_MISSING"))
    rules = rules_of(work, registration)
    pin(work, rules)
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
    """The holder takes the registration back before it is decided; the card is free again. A clerk: only while it is open."""
    registration = access.served(work, actor, registration_id)
    if actor.role == Role.CLERK and not access.is_open(work, registration):
        raise Problem("LATE_UPLOAD")
    return moves.withdraw(work, actor, registration)
