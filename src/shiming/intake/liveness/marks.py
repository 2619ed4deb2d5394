"""Marks of frames against marks of frames: does a session go the way an earlier one went, picture by picture?

One frame near one of another session says little: two sittings of one person in one light have such a pair by accident. A
recording that is sent again has one after the other, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from shiming.platform.limits import limit

ROOM = "shiming.intake"
BYTES = 32
_BAND = 3


def from_hex(text: str) -> int:
    """A hash of the reader as a mark."""
    return int(text, 16)


def in_runs(own: Sequence[int], other: Sequence[int]) -> set[int]:
    """Places of the own marks that are near one of the other session, and so is a neighbour, in the same order."""
    near = [[alike(mark, one) for one in other] for mark in own]
    ahead = int(limit(ROOM, "marks.ahead"))
    found: set[int] = set()
    for place, (here, then) in enumerate(pairwise(near)):
        if any(hit and any(then[at + 1 : at + 1 + ahead]) for at, hit in enumerate(here)):
            found |= {place, place + 1}
    return found


def alike(one: int, other: int) -> bool:
    """Whether two marks may be of one frame."""
    return (one ^ other).bit_count() < limit(ROOM, "marks.bits")


def share(own: Sequence[int], others: Iterable[Sequence[int]]) -> float | None:
    """Share of the own marks that lie in runs of other sessions, of one or of several spliced; None without marks."""
    if not own:
        return None
    found: set[int] = set()
    for other in others:
        found |= in_runs(own, other)
    return len(found) / len(own)


def bands(mark: int) -> list[int]:
    """The mark in pieces of 24 bits, each with its place: two recordings have many in common, strangers hardly one by chance.

    Pieces of 32 bits were whole in too few frames shown on a screen; of 16 bits, two of a hundred pairs of strangers have one.
    """
    data = mark.to_bytes(BYTES, "big")
    rows = range(0, BYTES - _BAND + 1, _BAND)
    return [(row // _BAND) << (8 * _BAND) | int.from_bytes(data[row : row + _BAND], "big") for row in rows]


def spread(marks: Sequence[int]) -> list[int]:
    """As many of the marks as are looked for, evenly over the session."""
    most = int(limit(ROOM, "marks.looked_for"))
    step = max(len(marks) / most, 1.0)
    return [marks[int(place * step)] for place in range(min(len(marks), most))]
