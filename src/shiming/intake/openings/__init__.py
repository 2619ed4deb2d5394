"""Abnormal opening: how many registrations one person, device, network address or clerk handed in lately (row F10).

Only keyed indexes are kept, and only as long as the longest window. What follows from the counts decides the check
``abnormal``: over a limit a person looks; nobody is refused for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shiming.audit.work import Work
from shiming.intake.openings import store
from shiming.platform.limits import limit
from shiming.registration.records import Registration
from shiming.registration.values import Rules

KINDS = ("person", "device", "address", "clerk")


def leave(work: Work, registration: Registration, *, device: str = "", address: str = "") -> None:
    """Leaves the marks of a submission: the device's (a browser's mark, an app's id) and the network address it came from.

    In a shop the device and the address are the shop's, so there only the clerk counts.
    """
    if registration.channel == "shop":
        return
    for kind, value in (("device", device), ("address", address)):
        if value:
            store.leave(work, registration.id, kind, work.vault.blind(f"opening-{kind}", value))


def leave_person(work: Work, registration: Registration, person: bytes | None) -> None:
    """Leaves the mark of the person (the index caps count by), once the document was read, and the clerk's."""
    if person is not None:
        store.leave(work, registration.id, "person", person)
    if registration.clerk_id:
        store.leave(work, registration.id, "clerk", work.vault.blind("opening-clerk", registration.clerk_id))


def counts(work: Work, registration: Registration, rules: Rules, defaults: Mapping[str, float]) -> dict[str, int]:
    """How many registrations carry each of this one's marks, in the programme's window up to its submission.

    ``defaults`` are the checks' limits; the programme's own are laid over them. This registration counts too.
    """
    until = work.now
    found = {}
    for kind, mark in store.marks(work, registration.id).items():
        name = f"velocity.{kind}_hours"
        window = timedelta(hours=rules.limits.get(name, defaults[name]))
        found[kind] = store.count(work, kind, mark, until - window, until)
    return found


def forget(work: Work) -> int:
    """Removes marks that no window reaches any more, some at a time."""
    longest = timedelta(hours=limit("shiming.intake", "openings.kept_hours"))
    return store.forget(work, work.now - longest, int(limit("shiming.intake", "openings.batch")))
