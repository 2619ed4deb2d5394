"""Further contacts of an account, each proven by a code; every change is told to the others (row C7)."""

from __future__ import annotations

from shiming.accounts import codes, contacts
from shiming.accounts.addresses import Contact
from shiming.accounts.contacts import ContactTakenError, KnownContact
from shiming.accounts.telling import tell
from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.values import Actor

CONTACT = "contact"
"""The purpose of the codes that prove a further contact."""


def ask(work: Work, actor: Actor, contact: Contact, language: str) -> None:
    """Sends a code to a contact that is to be added. Raises TooManyCodesError; the same for known and unknown ones."""
    codes.issue(work, CONTACT, contact.value, language=language)


def confirm(work: Work, actor: Actor, contact: Contact, code: str) -> str | None:
    """Adds the contact when its code is right, and returns its id.

    A wrong one costs a try; then CODE_WRONG is raised once that is committed, and None returned inside the transaction.
    Raises CONTACT_TAKEN for a contact of an account with something in it; only who holds the contact learns that.
    """
    if not codes.check(work, CONTACT, contact.value, code):
        refuse_kept(work, Problem("CODE_WRONG", item="code"))
        return None
    _take_from_empty(work, actor, contact)
    before = contacts.of(work, actor.id)
    try:
        contact_id = contacts.add(work, actor.id, contact)
    except ContactTakenError:
        refuse_kept(work, Problem("CONTACT_TAKEN", item="contact"))
        return None
    _tell(work, actor, [one for one in before if one.id != contact_id], "contact-added", contact_id)
    return contact_id


def remove(work: Work, actor: Actor, contact_id: str) -> None:
    """Ends a contact and what it opened. Raises LAST_CONTACT for the only one, NOT_FOUND for any that is not there."""
    known = contacts.of(work, actor.id)
    gone = _one(known, contact_id)
    if len(known) == 1:
        raise Problem("LAST_CONTACT")
    contacts.end(work, actor.id, gone.id, "removed")
    _tell(work, actor, known, "contact-removed", contact_id)


def make_main(work: Work, actor: Actor, contact_id: str) -> None:
    """Has messages sent to this contact from now on. Raises NOT_FOUND."""
    gone = contacts.contact_of(work, actor.id)[0]
    chosen = _one(contacts.of(work, actor.id), contact_id)
    if chosen.main:
        return
    contacts.make_main(work, actor.id, chosen.id)
    before = [one for one in contacts.of(work, actor.id) if one.contact == gone]
    _tell(work, actor, before, "contact-main-changed", f"{contact_id}:{work.now.timestamp()}")


def _one(known: list[KnownContact], contact_id: str) -> KnownContact:
    found = next((one for one in known if one.id == contact_id), None)
    if found is None:
        raise Problem("NOT_FOUND")
    return found


def _take_from_empty(work: Work, actor: Actor, contact: Contact) -> None:
    """Somebody signed in with it once and began nothing: that account was only this contact."""
    other = contacts.account_of(work, contact)
    if other is None or other == actor.id or store.for_account(work, other):
        return
    contacts.end(work, other, contacts.id_of(work, other, contact), "moved")


def _tell(work: Work, actor: Actor, those: list[KnownContact], template: str, about: str) -> None:
    language = contacts.language_of(work, actor.id)
    for one in those:
        tell(work, one.contact, template, language, key=f"{template}:{about}:{one.id}")
