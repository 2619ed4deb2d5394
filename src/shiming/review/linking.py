"""Two persons on record who are one: linked by a reviewer so that caps count them together, and reversibly (row A11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import links
from shiming.registration.values import Actor, Role

_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """A link in force: the references of the registrations that proved each side, who linked them, when, and why."""

    id: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    note: str
    linked_by: str
    linked_at: datetime


def _reviewer(actor: Actor) -> None:
    if actor.role != Role.REVIEWER:
        raise Problem("NOT_ALLOWED")


def _note(note: str) -> str:
    text = note.strip()
    if not text or len(text) > _LONGEST_NOTE:
        raise Problem("INVALID_FORM", fields={"note": "INVALID_FORM"})
    return text


def link(work: Work, actor: Actor, first: str, second: str, note: str) -> str:
    """Links the persons whom two registrations proved, given by reference, and returns the link's id.

    Nothing is merged and no card is touched; from now on their cards count as one person's. ``note`` says why.
    Raises INVALID_FORM naming the field, also when both are one person already.
    """
    _reviewer(actor)
    parties = {"first": _party(work, first), "second": _party(work, second)}
    faults = {field: "INVALID_FORM" for field, party in parties.items() if party is None}
    one, two = parties["first"], parties["second"]
    if one is None or two is None:
        raise Problem("INVALID_FORM", fields=faults)
    text = _note(note)
    if two in links.linked(work, one):
        raise Problem("INVALID_FORM", fields={"second": "INVALID_FORM"})
    link_id = links.add(work, actor.id, one, two, text)
    work.record(actor, Action.PARTIES_LINKED, "party", one, other=two, link=link_id)
    return link_id


def _party(work: Work, reference: str) -> str | None:
    try:
        return store.by_reference(work, reference).party_id
    except Problem:
        return None


def unlink(work: Work, actor: Actor, link_id: str, note: str) -> None:
    """Ends a link: each side counts for itself again. ``note`` says why. Raises NOT_FOUND when it is not in force."""
    _reviewer(actor)
    if not links.end(work, actor.id, link_id, _note(note)):
        raise Problem("NOT_FOUND")
    work.record(actor, Action.PARTIES_UNLINKED, "party-link", link_id)


def in_force(work: Work, actor: Actor) -> list[Linked]:
    """Links in force, newest first."""
    _reviewer(actor)
    return [
        Linked(
            row.id,
            tuple(links.references(work, row.party_a)),
            tuple(links.references(work, row.party_b)),
            row.note,
            row.linked_by,
            row.linked_at,
        )
        for row in links.in_force(work)
    ]
