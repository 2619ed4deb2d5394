"""Marks of frames against marks: a recording goes the same way, picture by picture; two sittings meet by accident."""

from __future__ import annotations

import random

from shiming.intake.liveness import marks
from shiming.platform.limits import limit

NEAR = int(limit(marks.ROOM, "marks.bits"))


def _session(seed: int, frames: int = 9) -> list[int]:
    drawn = random.Random(seed)
    return [drawn.getrandbits(256) for _ in range(frames)]


def _again(session: list[int], bits: int = NEAR - 1) -> list[int]:
    drawn = random.Random(0)
    return [mark ^ sum(1 << place for place in drawn.sample(range(256), bits)) for mark in session]


def test_a_recording_is_found_up_to_the_bits_that_saving_it_again_turns():
    before = _session(1)
    assert marks.share(_again(before), [before]) == 1
    assert marks.share(_again(before, NEAR), [before]) == 0
    assert marks.share(_session(2), [before]) == 0
    assert marks.share([], [before]) is None


def test_it_is_found_with_frames_left_out_and_spliced_of_two():
    one, two = _session(1), _session(2)
    assert marks.share(one[::2], [one]) == 1
    spliced = one[2:6] + two[1:5]
    assert marks.share(spliced, [one]) == 0.5
    assert marks.share(spliced, [one, two]) == 1


def test_frames_alike_by_accident_are_in_no_run():
    before, own = _session(1), _session(2)
    own[1], own[4], own[7] = before[3], before[2], before[6]
    assert marks.share(own, [before]) == 0
    assert marks.share(list(reversed(before)), [before]) == 0


def test_half_a_recording_among_new_frames_counts_as_half():
    before, own = _session(1, 4), _session(2, 4)
    assert marks.share(before + own, [before]) == 0.5


def test_pieces_keep_their_place_and_the_mask():
    mark, mask = _session(1)[0], _session(2)[0]
    pieces = marks.bands(mark)
    assert len(set(pieces)) == 10
    assert all(piece >> 24 == place for place, piece in enumerate(pieces))
    assert set(marks.bands(mark ^ mask)).isdisjoint(pieces)
    turned = mark ^ (1 << 255)
    assert marks.bands(turned)[1:] == pieces[1:]
    assert marks.bands(turned)[0] != pieces[0]


def test_of_a_long_session_some_frames_are_looked_for_from_its_beginning_to_its_end():
    long, most = list(range(60)), int(limit(marks.ROOM, "marks.looked_for"))
    assert len(marks.spread(long)) == most
    assert marks.spread(long)[0] == 0
    assert marks.spread(long)[-1] >= 54
    assert marks.spread(long[:5]) == long[:5]
