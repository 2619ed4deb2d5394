"""What the pixels say that the mesh does not: repeated frames, planes, colours thrown on the face, hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from shiming.reading.liveness._frames import Frame
from shiming.reading.liveness._limits import limits
from shiming.reading.vision.face_mesh import Mesh
from shiming.reading.vision.face_runtime import Array, Pixels
from shiming.reading.vision.face_warp import warp
from shiming.registration.values import Challenge

_THUMB = 160
_PLANE, _ROOM = 96, 16
_HASHED = 64
_INNER = 0.6
"""Half of the hashed square by the longer side of the face."""
_ANOTHER = 255.0
_BAND = (5, 21)
"""Rows and columns of the cosine transform that are hashed: coarser ones say that it is a face, finer ones are noise."""


def thumbs(images: Sequence[Pixels]) -> list[Array]:
    """The pictures small and grey, to be held against one another."""
    found = []
    for image in images:
        height = max(round(image.shape[0] * _THUMB / image.shape[1]), 1)
        luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        found.append(
            cv2.resize(luma, (_THUMB, min(height, 4 * _THUMB)), interpolation=cv2.INTER_AREA).astype(np.float32)
        )
    return found


@dataclass(frozen=True, slots=True)
class Again:
    """How much of a session is the same picture: ``repeated`` and ``frozen`` in frames, ``still`` in levels of 255."""

    repeated: int
    frozen: int
    still: float


def repeats(small: Sequence[Array], at: Sequence[int]) -> Again:
    """Frames that are an earlier one again, the longest run of frames that hardly change, and the least change of all.

    A camera that gives fewer frames than are asked of it gives some twice: what is shorter than ``key.stands_ms`` is its fault.
    """
    apart = [[_apart(one, other) for other in small[:row]] for row, one in enumerate(small)]
    long = limits()["key.stands_ms"]
    repeated = sum(
        any(value < limits()["key.repeated"] and at[row] - at[k] >= long for k, value in enumerate(values))
        for row, values in enumerate(apart)
    )
    frozen, first = 0, 0
    for row, values in enumerate(apart):
        if row and not all(value < limits()["key.stands"] for value in values[first:]):
            first = row
        if at[row] - at[first] >= long or row - first + 1 >= limits()["key.stands_frames"]:
            frozen = max(frozen, row - first + 1)
    steps = [values[-1] for values in apart if values]
    return Again(repeated, frozen, min(steps, default=_ANOTHER))


def _apart(one: Array, other: Array) -> float:
    return float(np.abs(one - other).mean()) if one.shape == other.shape else _ANOTHER


def flatness(straight: Frame, turned: Frame) -> float | None:
    """How well a plane's motion carries the straight face onto the turned one: the correlation after the best homography.

    None where none could be fitted.
    """
    if straight.face is None or turned.face is None:
        return None
    one, first = _cut(straight.image, straight.face.mesh, 0)
    other, second = _cut(turned.image, turned.face.mesh, _ROOM)
    found, _ = cv2.findHomography(first.astype(np.float32), second.astype(np.float32))
    if found is None:
        return None
    mask = np.zeros(other.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(second.astype(np.float32)).astype(np.int32), 255)
    end = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        value, _ = cv2.findTransformECC(one, other, found.astype(np.float32), cv2.MOTION_HOMOGRAPHY, end, mask, 5)
    except cv2.error:
        return None  # nothing to hold on to: a blank face
    return float(value)


def _cut(image: Pixels, mesh: Mesh, room: int) -> tuple[Pixels, Any]:
    """The face in grey with its longer side at 96 pixels, ``room`` around it, and where its mesh lies there."""
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    scale = _PLANE / max(float((high - low).max()), 1.0)
    matrix = np.array([[scale, 0, room - scale * low[0]], [0, scale, room - scale * low[1]]], np.float64)
    size = np.ceil((high - low) * scale).astype(int) + 2 * room
    part = cv2.warpAffine(_luma(image), matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_AREA)
    return np.asarray(part, np.uint8), mesh.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]


def _luma(image: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def hashed(image: Pixels, mesh: Mesh) -> str | None:
    """The signs of the middle spatial frequencies of the square around the face as 64 hex digits; None where it is blank.

    The same frame saved again, shrunk or shown on a screen differs in few bits, whatever is around it; another frame of the same
    person in the same room in more, as the square is not turned or stretched to the face.
    """
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    scale = _HASHED / (2 * max(float((high - low).max()) * _INNER, 1.0))
    shift = _HASHED / 2 - scale * (low + high) / 2
    small = _luma(warp(image, np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64), _HASHED))
    band = cv2.dct(small.astype(np.float32))[_BAND[0] : _BAND[1], _BAND[0] : _BAND[1]]
    return np.packbits(band > 0).tobytes().hex() if float(np.abs(band).max()) > 1.0 else None


def colour(frames: Sequence[Frame], challenge: Challenge) -> float | None:
    """Correlation of the face's colour with the sequence shown since the first frame, at the best delay; None without enough."""
    shown = np.array([[int(c[i : i + 2], 16) for i in (5, 3, 1)] for c in challenge.colours], np.float64)
    if len(shown) < 2 or len(frames) < len(shown):
        return None
    seen = np.array([_tint(frame) for frame in frames])
    at = np.array([frame.at - frames[0].at for frame in frames], np.float64)
    best = None
    for delay in np.arange(0, limits()["key.delay"] + 1, 50):
        step = np.floor((at - delay) / challenge.colour_ms).astype(int)
        within = (step >= 0) & (step < len(shown))
        if within.sum() < len(shown):
            continue
        asked = _centred(_share(shown[step[within]]))
        got = _centred(seen[within])
        norm = float(np.linalg.norm(asked) * np.linalg.norm(got))
        value = float((asked * got).sum() / norm) if norm > 1e-9 else 0.0
        best = value if best is None else max(best, value)
    return best


def _tint(frame: Frame) -> Array:
    """The face's share of blue, green and red, less that of the picture around it, which the screen hardly reaches."""
    assert frame.face is not None
    mask = np.zeros(frame.image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.ascontiguousarray(frame.face.mesh.points[:, :2])).astype(np.int32), 255)
    inner, outer = (np.array(cv2.mean(frame.image, m)[:3]) for m in (mask, 255 - mask))
    return np.asarray(_share(inner[None])[0] - _share(outer[None])[0], np.float32)


def _share(values: Any) -> Any:
    return values / np.maximum(values.sum(axis=1, keepdims=True), 1.0)


def _centred(values: Any) -> Any:
    return values - values.mean(axis=0)
