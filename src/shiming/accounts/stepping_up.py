"""Showing more than one code: a code to a second contact that was proven before (docs/decisions/0012)."""

from __future__ import annotations

from shiming.accounts import codes, contacts, devices, sessions
from shiming.accounts.contacts import KnownContact
from shiming.accounts.subjects import Subject
from shiming.audit.work import Work

PROVE = "prove"
"""The purpose of the codes that show a second contact."""


def others(work: Work, subject: Subject) -> list[KnownContact]:
    """The account's contacts besides the one that opened this session."""
    return [one for one in contacts.of(work, subject.id) if one.id != subject.contact]


def ask(work: Work, subject: Subject, contact_id: str, language: str) -> None:
    """Sends a code to one of them. Raises LookupError for any other contact, TooManyCodesError."""
    codes.issue(work, PROVE, _one(work, subject, contact_id).contact.value, language=language)


def answer(work: Work, subject: Subject, token: str, contact_id: str, code: str, *, remember: bool) -> bool:
    """Whether the code is right; then the session is its person's wholly, and the device too when ``remember``.

    Commit the unit of work in both cases: the attempt counts. Raises LookupError for a contact that will not do.
    """
    if not codes.check(work, PROVE, _one(work, subject, contact_id).contact.value, code):
        return False
    sessions.prove(work, token)
    if remember:
        devices.trust(work, subject.id, subject.device, "second-contact")
    return True


def _one(work: Work, subject: Subject, contact_id: str) -> KnownContact:
    found = next((one for one in others(work, subject) if one.id == contact_id), None)
    if found is None:
        raise LookupError("expected another contact of this account, got one that is not")
    return found
