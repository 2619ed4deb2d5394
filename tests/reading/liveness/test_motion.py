"""What is a turn to the left: as the person means it, on real photographs and on the heads that bench and tests turn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from shiming.reading.liveness._frames import followed
from shiming.reading.liveness._motion import motion
from shiming.reading.vision.face import Located, locate
from shiming.reading.vision.face_mesh import five_points
from shiming.registration.values import LiveAction

_AHEAD = "Abdullah_Gul/Abdullah_Gul_0001.jpg"
_TURNED: dict[str, LiveAction] = {
    "Bill_Frist/Bill_Frist_0002.jpg": "turn-right",
    "Federico_Trillo/Federico_Trillo_0001.jpg": "turn-right",
    "Aron_Ralston/Aron_Ralston_0002.jpg": "turn-left",
    "Coco_dEste/Coco_dEste_0001.jpg": "turn-left",
}
"""Looked at by eye. A camera is opposite: who turns to the own left shows the nose towards the right of the picture."""


def _nose(found: Located) -> float:
    """How far the tip of the nose is right of the middle between the eyes, in their distances."""
    left, right, nose = five_points(found.mesh)[:3]
    across = right - left
    return float((nose - (left + right) / 2) @ across / (across @ across))


@pytest.mark.testdata
@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="needs SHIMING_TESTDATA")
@pytest.mark.parametrize("name", _TURNED)
def test_a_person_photographed_turned_has_done_that_turn_and_not_the_other(name: str) -> None:
    folder = Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw"
    done, other = _TURNED[name], "turn-left" if _TURNED[name] == "turn-right" else "turn-right"
    (found,) = locate(cv2.imread(str(folder / name)))
    assert (_nose(found) > 0.2) == (done == "turn-left")
    frames = [(at * 250, (folder / of).read_bytes()) for at, of in enumerate([_AHEAD, _AHEAD, _AHEAD, name])]
    seen = motion(followed(frames))
    assert seen.of(done)[-1] > 17
    assert seen.of(other)[-1] < -17


@pytest.mark.parametrize("yaw", [-30.0, 30.0])
def test_a_head_of_the_bench_turns_its_nose_the_way_its_pose_says(bench: Any, heads: Any, yaw: float) -> None:
    pictures, _ = bench
    (found,) = locate(np.ascontiguousarray(pictures.posed(heads[0], pictures.Pose(yaw=yaw))))
    assert np.sign(_nose(found)) == np.sign(yaw)
    assert np.sign(found.face.measures["yaw"]) == np.sign(yaw)
