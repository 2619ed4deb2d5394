"""What the frames of a session show, on sessions made of the repository's portraits."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from shiming.intake.pictures import decode
from shiming.reading import liveness
from shiming.registration.values import Challenge

from .conftest import ASKED


@pytest.fixture(scope="module")
def genuine(played):
    session = played("genuine")
    return session, *liveness.judge(session.frames, session.challenge)


def done(found):
    return [one.seen for one in found.actions]


def test_a_living_head_does_what_was_asked_in_that_order(genuine):
    session, found, _ = genuine
    assert [one.action for one in found.actions] == list(ASKED.actions)
    assert done(found) == [True, True, True]
    starts = [one.from_ms for one in found.actions]
    assert starts == sorted(starts)
    assert all(one.from_ms < one.to_ms for one in found.actions)
    assert 20 < found.actions[0].measure < 45
    measures = found.measures
    assert measures["frames"] == len(session.frames)
    assert measures["unreadable"] == measures["faceless"] == measures["backwards"] == measures["strays"] == 0
    assert measures["faces_most"] == 1
    assert measures["identity_least"] > 0
    assert measures["repeated"] == 0
    assert measures["flatness"] < 0.98


def test_the_reference_is_a_frame_that_looks_at_the_camera_and_is_kept_whole(genuine):
    session, found, kept = genuine
    assert set(kept) == {found.reference, *found.audit}
    assert 1 <= len(found.audit) <= 4
    assert abs(found.measures["portrait_yaw"]) < 12
    assert decode(kept[found.reference]).shape == decode(session.frames[found.reference][1]).shape
    assert not set(range(found.actions[0].from_ms + 1, found.actions[0].to_ms)) & {session.frames[found.reference][0]}


def test_the_same_frames_hash_alike_and_another_sitting_of_the_same_face_does_not(genuine, played, bench):
    _, species = bench
    session, found, _ = genuine
    again = liveness.judge(species._again(session.frames, np.random.default_rng(1)), ASKED)[0]
    other = liveness.judge(played("genuine", seed=4).frames, ASKED)[0]

    def apart(one, two):
        return min((int(a, 16) ^ int(b, 16)).bit_count() for a in one.hashes for b in two.hashes)

    assert all(len(value) == 16 for value in found.hashes)
    assert apart(found, again) < 4 <= apart(found, other)


def test_a_mirrored_head_turned_the_other_way(genuine):
    session, _, _ = genuine
    flipped = [(at, _encoded(cv2.flip(_image(data), 1))) for at, data in session.frames]
    found, _ = liveness.judge(flipped, ASKED)
    assert not found.actions[0].seen
    assert found.measures["strays"] >= 1


def test_another_order_is_told_from_a_movement_that_never_came(genuine):
    session, _, _ = genuine
    found, _ = liveness.judge(session.frames, Challenge(("closer", "turn-left", "nod")))
    assert done(found) != [True, True, True]
    assert found.measures["out_of_turn"] >= 1
    found, _ = liveness.judge(session.frames, Challenge(("turn-left", "nod", "closer", "turn-right")))
    assert done(found) == [True, True, True, False]
    assert found.measures["out_of_turn"] == 0
    assert found.actions[3].measure < 17


def test_a_blink_that_is_missed_does_not_hide_what_follows(genuine):
    session, _, _ = genuine
    found, _ = liveness.judge(session.frames, Challenge(("blink", "turn-left", "nod", "closer")))
    assert done(found)[1:] == [True, True, True]


def test_a_flat_print_does_not_turn(played):
    session = played("printed")
    found, _ = liveness.judge(session.frames, session.challenge)
    assert not found.actions[0].seen
    assert found.actions[0].measure < 15


def test_another_person_in_the_middle(played):
    found, _ = liveness.judge(played("changed_person").frames, ASKED)
    lows = [found.measures[name] for name in ("identity_least", "identity_turned") if name in found.measures]
    assert min(lows) < -0.15


def test_frames_sent_again_are_counted(genuine):
    session, _, _ = genuine
    frames = list(session.frames)
    frames[4:8] = [(at, frames[4][1]) for at, _ in frames[4:8]]
    found, _ = liveness.judge(frames, ASKED)
    assert found.measures["repeated"] == 3
    assert found.measures["still"] == 0


def test_two_faces_are_seen(played):
    found, _ = liveness.judge(played("two_faces").frames, ASKED)
    assert found.measures["faces_most"] == 2
    assert found.measures["second_face"] > 0.6


def test_the_screens_colours_come_back_from_the_face(genuine):
    session, found, _ = genuine
    assert "colour" not in found.measures
    shown = Challenge(ASKED.actions, ("#ff0000", "#0000ff", "#00ff00", "#ffff00", "#ff00ff"), 1000)
    lit = [(at, _lit(data, shown, at)) for at, data in session.frames]
    assert liveness.judge(lit, shown)[0].measures["colour"] > 0.8
    assert abs(liveness.judge(session.frames, shown)[0].measures["colour"]) < 0.4
    other = replace(shown, colours=("#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#ffff00"))
    assert liveness.judge(lit, other)[0].measures["colour"] < 0.4


def _lit(data, shown, at):
    """The face's part of the picture under a twentieth of the screen's colour, 100 ms late."""
    step = (at - 100) // shown.colour_ms
    if not 0 <= step < len(shown.colours):
        return data
    image = _image(data).astype(np.float32)
    code = shown.colours[step]
    light = np.array([int(code[i : i + 2], 16) for i in (5, 3, 1)], np.float32) / 20
    image[150:500, 90:390] += light
    return _encoded(np.clip(image, 0, 255).astype(np.uint8))


def _image(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def _encoded(image, quality=90):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def test_nothing_at_all():
    found, kept = liveness.judge([], ASKED)
    assert done(found) == [False, False, False]
    assert found.measures == {"frames": 0.0, "backwards": 0.0}
    assert (found.reference, found.audit, found.hashes, kept) == (None, (), (), {})


def test_a_thousand_frames_are_counted_and_not_looked_at():
    found, kept = liveness.judge([(at * 100, b"\xff\xd8\xff") for at in range(1000)], ASKED)
    assert found.measures["frames"] == 1000
    assert "unreadable" not in found.measures
    assert not kept


def test_a_clock_that_goes_backwards_is_counted(genuine):
    session, _, _ = genuine
    frames = [(at if row != 5 else 0, data) for row, (at, data) in enumerate(session.frames)]
    assert liveness.judge(frames, ASKED)[0].measures["backwards"] == 1
    frozen = [(1000, data) for _, data in session.frames[:9]]
    assert liveness.judge(frozen, ASKED)[0].measures["backwards"] == 8


def test_frames_that_are_no_pictures_are_counted_and_the_rest_is_judged(genuine):
    session, _, _ = genuine
    frames = list(session.frames)
    large = _encoded(np.full((4000, 10000, 3), 90, np.uint8), 30)
    for row, data in enumerate((b"", b"\xff\xd8\xff damaged", frames[2][1][:900], b"GIF89a", large)):
        frames[row] = (frames[row][0], data)
    found, _ = liveness.judge(frames, ASKED)
    assert found.measures["unreadable"] == 5
    assert found.measures["frames"] == len(frames)
    assert found.reference not in range(5)


@pytest.mark.parametrize(
    "image", [np.zeros((1, 1, 3), np.uint8), np.full((480, 640, 3), 180, np.uint8)], ids=["pixel", "wall"]
)
def test_frames_without_a_face(image, bench):
    found, kept = liveness.judge([(at * 300, _encoded(image)) for at in range(12)], ASKED)
    assert found.measures["faceless"] == 12
    assert done(found) == [False, False, False]
    assert found.reference is None
    assert not kept


def test_many_faces(heads, bench):
    one, other = (cv2.resize(head.still[80:560, 60:420], (120, 160)) for head in heads)
    crowd = np.vstack([np.hstack([one, other, one, other])] * 3)
    found, _ = liveness.judge([(at * 300, _encoded(crowd)) for at in range(8)], ASKED)
    assert found.measures["faces_most"] > 2
    assert found.measures["second_face"] > 0.6
