"""What the person declares: the fields of the form, and that they are true (row A6)."""

from __future__ import annotations

import re
from datetime import date

from shiming.audit.work import Work
from shiming.intake import access
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import moves
from shiming.registration.values import Actor, Role

FIELDS = (
    "name",
    "sex",
    "date_of_birth",
    "nationality",
    "ethnicity",
    "number",
    "date_of_expiry",
    "address",
    "company_name",
    "company_number",
    "guardian_name",
    "guardian_number",
    "representative_name",
    "representative_number",
)
_DATES = {"date_of_birth", "date_of_expiry"}
_LONGEST = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def fault(field: str, text: str) -> bool:
    """Whether a text cannot be a value of a form field: too long, not a date, not a sex."""
    if len(text) > _LONGEST or _CONTROL.search(text):
        return True
    if field == "sex":
        return text not in ("M", "F", "X")
    if field in _DATES and not (field == "date_of_expiry" and text == "long-term"):
        try:
            date.fromisoformat(text)
        except ValueError:
            return True
    return False


def save(
    work: Work, actor: Actor, registration_id: str, form: dict[str, str], document: str | None = None
) -> Registration:
    """Keeps what was typed, beside what was there; empty texts remove a field. ``document`` is the kind chosen.

    Dates are ISO 8601 (an expiry may be ``long-term``), ``sex`` is M, F or X. Raises INVALID_FORM naming each bad field.
    """
    registration = access.own_open(work, actor, registration_id)
    rules = rules_of(work, registration)
    clean = {name: str(text).strip() for name, text in form.items()}
    bad = {name: "INVALID_FORM" for name, text in clean.items() if name not in FIELDS or (text and fault(name, text))}
    if bad:
        raise Problem("INVALID_FORM", fields=bad)
    if document is not None and document not in rules.documents:
        raise Problem("DOC_TYPE_UNSUPPORTED", item="document")
    merged = {**store.form(work, registration), **clean}
    kept = {name: text for name, text in merged.items() if text}
    return moves.save_form(work, actor, registration, kept, document or registration.document)


def declare(work: Work, actor: Actor, registration_id: str) -> Registration:
    """The holder declares the form true. Raises INVALID_FORM naming the fields the programme needs and that are empty.

    A clerk declares nothing for a customer (NOT_ALLOWED): see ``shop.accept``.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    registration = access.own_open(work, actor, registration_id)
    return declared(work, actor, registration)


def declared(work: Work, actor: Actor, registration: Registration) -> Registration:
    """Keeps the declaration. ``actor`` is who took it down."""
    form = store.form(work, registration)
    wanted = rules_of(work, registration).fields_of(registration.person)
    blank = {name: "INVALID_FORM" for name in wanted if not form.get(name)}
    if blank:
        raise Problem("INVALID_FORM", fields=blank)
    return moves.declare(work, actor, registration)
