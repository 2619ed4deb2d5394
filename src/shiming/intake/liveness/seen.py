"""Frames seen before: for a bounded time the perceptual hashes of a session's key frames stay, to find one used again.

They stay masked by a key of this installation, which keeps distances between them: without the key a mark says nothing about
a picture. They go after ``seen_days``, or with the evidence they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shiming.audit.work import Work
from shiming.intake.liveness import store
from shiming.platform.limits import limit
from shiming.registration.records import Evidence
from shiming.registration.values import Liveness

_BYTES = 8


def _masks(work: Work) -> dict[int, int]:
    """The mask under each version of the key."""
    keyed = work.vault.blind_all("liveness-mark", "mask")
    return {blind[0]: int.from_bytes(blind[1 : 1 + _BYTES], "big") for blind in keyed}


def nearest(work: Work, registration_id: str, hashes: Sequence[str]) -> int | None:
    """The fewest bits in which one of these hashes differs from one of another registration; None without any."""
    masks = _masks(work)
    own = {version: [int(text, 16) ^ mask for text in hashes] for version, mask in masks.items()}
    return min(
        (
            (int.from_bytes(mark, "big") ^ mine).bit_count()
            for version, mark in store.marks_of_others(work, registration_id)
            for mine in own.get(version, ())
        ),
        default=None,
    )


def note(work: Work, item: Evidence, found: Liveness | None) -> None:
    """Looks for the frames of a session among those seen before, keeps how near the nearest was, and their own marks.

    Within one registration only equal bytes count: somebody who tries again sits in the same room.
    """
    session = store.of_evidence(work, item.id)
    if session is None or found is None:
        return
    near = nearest(work, session.registration_id, found.hashes)
    if {digest for _, _, digest in session.committed or []} & store.digests_before(work, session):
        near = 0
    store.change(work, session.id, nearest=near)
    store.drop_marks(work, item.id)
    version, mask = max(_masks(work).items())
    for text in found.hashes:
        mark = (int(text, 16) ^ mask).to_bytes(_BYTES, "big")
        store.add_mark(work, session.registration_id, item.id, version, mark)


def forget(work: Work) -> int:
    """Removes marks whose time is over; gives how many."""
    before = work.now - timedelta(days=limit("shiming.intake", "liveness.seen_days"))
    return store.old_marks(work, before, int(limit("shiming.intake", "liveness.sweep")))
