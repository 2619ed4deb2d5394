"""What the frames of a session show, on sessions made of the repository's portraits."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from shiming.intake.liveness import marks
from shiming.intake.pictures import decode
from shiming.reading import liveness
from shiming.reading.liveness import _frames
from shiming.reading.vision.face_detector import searches
from shiming.reading.vision.face_mesh import fit
from shiming.reading.vision.face_mesh import measures as mesh_measures
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

    def share(one, two):
        own, earlier = ([marks.from_hex(text) for text in seen.hashes] for seen in (one, two))
        return marks.share(own, [earlier])

    assert all(len(value) == 64 for value in found.hashes)
    assert len(found.hashes) > 6
    assert share(again, found) > 0.9
    assert share(other, found) == 0


def test_a_recording_on_a_screen_with_frames_left_out_is_found_by_pieces_of_its_marks(played, bench):
    session = played("replayed_on_screen")
    before, found = (liveness.judge(one, ASKED)[0] for one in (session.recorded.frames, session.frames[::2]))
    own, earlier = ([marks.from_hex(text) for text in seen.hashes] for seen in (found, before))
    assert marks.share(own, [earlier]) > 0.5
    common = {band for mark in own for band in marks.bands(mark)} & {
        band for mark in earlier for band in marks.bands(mark)
    }
    assert len(common) >= 3


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


@pytest.mark.parametrize("species", ["bent_mask", "bent_print"])
def test_bent_paper_turns_but_its_nose_stands_out_less(played, species):
    # To the other side the mesh sees this person's paper turn by 13 degrees only: no turn, and nothing to measure it by.
    right = Challenge(("turn-right", "nod", "closer"))
    person = played("genuine", right)
    living, _ = liveness.judge(person.frames, person.challenge)
    session = played(species, right)
    found, _ = liveness.judge(session.frames, session.challenge)
    assert found.actions[0].seen, "the turn was seen, so flatness and parallax could be taken"
    assert found.measures["parallax"] < living.measures["parallax"]
    assert living.measures["paper"] < 1.35 < found.measures["paper"]


def test_paper_is_not_told_where_the_head_did_not_turn(genuine):
    session, _, _ = genuine
    found, _ = liveness.judge(session.frames, Challenge(("nod", "closer")))
    assert "paper" not in found.measures
    assert "parallax" not in found.measures


def test_another_person_in_the_middle(played):
    found, _ = liveness.judge(played("changed_person").frames, ASKED)
    lows = [found.measures[name] for name in ("identity_least", "identity_turned") if name in found.measures]
    assert min(lows) < -0.15


def test_frames_sent_again_are_counted(genuine):
    session, _, _ = genuine
    frames = list(session.frames)
    frames[4:8] = [(at, frames[4][1]) for at, _ in frames[4:8]]
    found, _ = liveness.judge(frames, ASKED)
    assert found.measures["frozen"] == 4
    assert found.measures["repeated"] >= 1
    assert found.measures["still"] == 0


def test_frames_compressed_anew_are_as_frozen(played):
    found = liveness.judge(played("frozen").frames, ASKED)[0]
    assert found.measures["frozen"] >= 4
    assert 0 < found.measures["still"] < 0.75


def test_a_camera_that_gives_a_frame_twice_now_and_then_freezes_nothing(genuine):
    session, _, _ = genuine
    frames = list(session.frames)
    for row in (4, 9, 14):
        frames[row] = (frames[row][0], frames[row - 1][1])
    found, _ = liveness.judge(frames, ASKED)
    assert found.measures["still"] == 0
    assert found.measures["frozen"] == found.measures["repeated"] == 0


def test_a_clock_that_runs_slow_does_not_hide_frozen_frames(genuine):
    session, _, _ = genuine
    frames = list(session.frames)
    frames[4:10] = [(frames[4][0] + row, frames[4][1]) for row in range(6)]
    assert liveness.judge(frames, ASKED)[0].measures["frozen"] == 6


def test_a_face_that_is_followed_is_where_a_fresh_look_finds_it(genuine):
    session, _, _ = genuine
    for frame in _frames.followed(session.frames):
        fresh = fit(frame.image, max(next(iter(searches(frame.image, thorough=False))), key=lambda d: d.score))
        own = frame.face.mesh
        size = np.ptp(fresh.points[:, 0])
        assert np.linalg.norm(own.points[:, :2] - fresh.points[:, :2], axis=1).mean() < 0.03 * size
        assert abs(mesh_measures(own)["yaw"] - mesh_measures(fresh)["yaw"]) < 6


def test_a_face_that_is_elsewhere_in_the_next_frame_is_found_there(heads, bench):
    room = np.full((640, 960, 3), 120, np.uint8)
    frames = []
    for at, (head, left) in enumerate(((heads[0], 0), (heads[1], 480))):
        image = room.copy()
        image[:, left : left + 480] = head.still
        frames.append((at * 300, _encoded(image)))
    found = _frames.followed(frames)
    for frame, head, left in zip(found, heads, (0, 480), strict=True):
        # Frames are read smaller than they came.
        own = frame.face.mesh.points[:, :2] * 960 / frame.image.shape[1] - (left, 0)
        assert np.linalg.norm(own - head.mesh[:, :2], axis=1).mean() < 0.05 * np.ptp(head.mesh[:, 0])


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
    assert abs(liveness.judge(session.frames, shown)[0].measures["colour"]) < 0.6
    other = replace(shown, colours=("#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#ffff00"))
    assert liveness.judge(lit, other)[0].measures["colour"] < 0.6


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
