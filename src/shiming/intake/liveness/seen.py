"""Frames seen before: for a bounded time the perceptual hashes of a session's moved frames stay, to find a recording used again.

They stay masked by a key of this installation, which keeps distances between them: without the key a mark says nothing about
a picture. They go after ``seen_days``, or with the evidence they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shiming.audit.work import Work
from shiming.intake.liveness import marks, store
from shiming.platform.limits import limit
from shiming.registration.records import Evidence
from shiming.registration.values import Liveness


def _masks(work: Work) -> dict[int, int]:
    """The mask under each version of the key."""
    keyed = work.vault.blind_all("liveness-mark", "mask")
    return {blind[0]: int.from_bytes(blind[1 : 1 + marks.BYTES], "big") for blind in keyed}


def replayed(work: Work, registration_id: str, hashes: Sequence[str]) -> float | None:
    """Share of these frames that come one after the other in sessions of other registrations; None without frames.

    Only the sessions that have most pieces of marks in common are looked at: a recording has many, a stranger none.
    """
    masks = _masks(work)
    own = [marks.from_hex(text) for text in hashes]
    looked_for = marks.spread(own)
    wanted = {band for mask in masks.values() for mark in looked_for for band in marks.bands(mark ^ mask)}
    likely = store.sessions_with(work, registration_id, sorted(wanted), int(limit(marks.ROOM, "marks.sessions")))
    kept = store.marks_of(work, likely)
    return marks.share(own, [[mark ^ masks[version] for version, mark in rows if version in masks] for rows in kept])


def note(work: Work, item: Evidence, found: Liveness | None) -> None:
    """Looks for the frames of a session among those seen before, keeps how many were, and their own marks.

    Within one registration only equal bytes count: somebody who tries again sits in the same room.
    """
    session = store.of_evidence(work, item.id)
    if session is None or found is None:
        return
    again = replayed(work, session.registration_id, found.hashes)
    if {digest for _, _, digest in session.committed or []} & store.digests_before(work, session):
        again = 1.0
    store.change(work, session.id, replayed=again)
    store.drop_marks(work, item.id)
    version, mask = max(_masks(work).items())
    kept = [marks.from_hex(text) ^ mask for text in found.hashes]
    store.add_marks(work, session.registration_id, item.id, version, kept)


def forget(work: Work) -> int:
    """Removes marks whose time is over; gives of how many sessions."""
    before = work.now - timedelta(days=limit(marks.ROOM, "liveness.seen_days"))
    return store.old_marks(work, before, int(limit(marks.ROOM, "liveness.sweep")))
