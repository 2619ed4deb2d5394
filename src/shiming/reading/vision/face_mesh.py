"""468 points of a face (MediaPipe Face Mesh) and what can be measured from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from shiming.reading.vision.face_detector import Detection, network, settings
from shiming.reading.vision.face_runtime import Array, Pixels
from shiming.reading.vision.face_warp import warp

_INPUT = 192
# Mesh point numbers. "Left" and "right" are as seen in the picture, not the person's own.
LEFT_EYE = (33, 160, 158, 133, 153, 144)
RIGHT_EYE = (362, 385, 387, 263, 373, 380)
NOSE_TIP = 1
MOUTH = (61, 291)
_INNER_LIPS = (13, 14, 78, 308)
_SIDES = (234, 454)
_TOP_CHIN = (10, 152)


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """``points`` is (468, 3) in pixels of the picture, z towards the back in the same unit; ``score`` 0..1 says: a face."""

    points: Array
    score: float


def fit(image: Pixels, detection: Detection) -> Mesh:
    """The mesh of a detected face: fitted once to the detection, then again to itself, which is steadier."""
    eyes = detection.points[:2]
    first = _run(image, _square(detection.box[:2], detection.box[2:], eyes))
    return _run(image, _around(first))


def carried(image: Pixels, before: tuple[Detection, Mesh], detection: Detection) -> Mesh:
    """The mesh of a face that was fitted in the picture before: it moved and grew as its detection did.

    That start is as steady as a first fit, so it is fitted once more only where the first look finds the face elsewhere.
    """
    old, mesh = before
    flat = mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    grown = float(np.ptp(detection.box[0::2])) / max(float(np.ptp(old.box[0::2])), 1e-6)
    centre = _middle(detection.box) + ((low + high) / 2 - _middle(old.box)) * grown
    half = (high - low) / 2 * grown
    start = _square(centre - half, centre + half, flat[[33, 263]])
    found = _run(image, start)
    own = _around(found)
    return found if _settled(start, own) else _run(image, own)


def _middle(box: Array) -> Array:
    return np.asarray((box[:2] + box[2:]) / 2, np.float32)


def _around(mesh: Mesh) -> tuple[Array, float, float]:
    flat = mesh.points[:, :2]
    return _square(flat.min(axis=0), flat.max(axis=0), flat[[33, 263]])


def _settled(start: tuple[Array, float, float], own: tuple[Array, float, float]) -> bool:
    """Whether a mesh's own square is the one it was looked for in."""
    shift = float(np.linalg.norm(own[0] - start[0])) / start[1]
    turn = abs(float(np.degrees(own[2] - start[2])))
    size = abs(own[1] / start[1] - 1)
    most = settings()
    return bool(
        shift < most["mesh.settled_shift"] and size < most["mesh.settled_size"] and turn < most["mesh.settled_turn"]
    )


def _square(low: Array, high: Array, eyes: Array) -> tuple[Array, float, float]:
    """Centre, side and angle (radians) of the crop: upright by the eyes, wider than the face by ``mesh.roi``."""
    across = eyes[1] - eyes[0]
    side = float((high - low).max()) * settings()["mesh.roi"]
    centre: Array = np.asarray((low + high) / 2, np.float32)
    return centre, max(side, 1.0), float(np.arctan2(across[1], across[0]))


def _run(image: Pixels, square: tuple[Array, float, float]) -> Mesh:
    centre, side, angle = square
    scale = _INPUT / side
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]], np.float64)
    matrix[:, 2] = _INPUT / 2 - matrix[:, :2] @ centre
    crop = warp(image, matrix, _INPUT)
    tensor = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 255.0
    score, raw = sorted(network("face-landmark-468")(tensor), key=len)
    points = raw.reshape(-1, 3).astype(np.float64)
    back = np.linalg.inv(matrix[:, :2])
    flat = (points[:, :2] - matrix[:, 2]) @ back.T
    placed = np.concatenate([flat, points[:, 2:] / scale], axis=1).astype(np.float32)
    return Mesh(placed, float(1.0 / (1.0 + np.exp(-np.clip(score[0], -50, 50)))))


def five_points(mesh: Mesh) -> Array:
    """Left eye, right eye, nose tip, left and right mouth corner as seen in the picture, (5, 2) pixels.

    An eye is the middle of its corners, which a blink does not move.
    """
    flat = mesh.points[:, :2]
    return np.stack(
        [
            flat[[LEFT_EYE[0], LEFT_EYE[3]]].mean(axis=0),
            flat[[RIGHT_EYE[0], RIGHT_EYE[3]]].mean(axis=0),
            flat[NOSE_TIP],
            flat[MOUTH[0]],
            flat[MOUTH[1]],
        ]
    )


def measures(mesh: Mesh) -> Mapping[str, float]:
    """Geometry: ``inter_eye`` (px), ``yaw pitch roll`` (degrees), ``eyes_open mouth_open`` (ratios), ``mesh_score``."""
    eyes = five_points(mesh)[:2]
    yaw, pitch, roll = _pose(mesh.points)
    return {
        "inter_eye": float(np.linalg.norm(eyes[1] - eyes[0])),
        "yaw": yaw,
        "pitch": pitch,
        "roll": roll,
        "eyes_open": min(_openness(mesh.points, LEFT_EYE), _openness(mesh.points, RIGHT_EYE)),
        "mouth_open": _ratio(mesh.points, *_INNER_LIPS),
        "mesh_score": mesh.score,
    }


def _openness(points: Array, eye: tuple[int, ...]) -> float:
    """Height of the eye's opening by its width, in space, so that a turned head changes it little."""
    p = points[list(eye)]
    lids = np.linalg.norm(p[1] - p[5]) + np.linalg.norm(p[2] - p[4])
    return float(lids / (2 * max(float(np.linalg.norm(p[0] - p[3])), 1e-6)))


def _ratio(points: Array, top: int, bottom: int, left: int, right: int) -> float:
    height = np.linalg.norm(points[top] - points[bottom])
    return float(height / max(float(np.linalg.norm(points[left] - points[right])), 1e-6))


def _pose(points: Array) -> tuple[float, float, float]:
    """Yaw (to the person's own left, the picture's right, +), pitch (down +), roll (clockwise +), from the mesh's own axes.

    Degrees. The sign of yaw is that of ANSI/NIST-ITL 1-2011, field 10.025: a right profile is +90.
    """
    across = points[_SIDES[1]] - points[_SIDES[0]]
    down = points[_TOP_CHIN[1]] - points[_TOP_CHIN[0]]
    x = across / max(float(np.linalg.norm(across)), 1e-6)
    y = down - x * float(down @ x)
    y = y / max(float(np.linalg.norm(y)), 1e-6)
    z = np.cross(x, y)
    yaw = np.degrees(np.arcsin(np.clip(x[2], -1, 1)))
    pitch = np.degrees(np.arctan2(y[2], z[2]))
    roll = np.degrees(np.arctan2(x[1], x[0]))
    return float(yaw), float(pitch), float(roll)
