"""Finds faces with BlazeFace short range: the whole picture first, then windows of it, then a margin around it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np

from shiming.reading.models import ModelRefused, find
from shiming.reading.vision.face_runtime import Array, Network, Pixels
from shiming.reading.vision.face_warp import warp

_INPUT = 128
_KEYPOINTS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face: ``box`` (left, top, right, bottom) and ``points`` (right eye, left eye, nose, mouth, ears), in pixels."""

    box: Array
    points: Array
    score: float


@cache
def settings() -> Mapping[str, Any]:
    """The numbers of ``face.toml`` by dotted name."""
    data = tomllib.loads(files(__package__).joinpath("face.toml").read_text("utf-8"))
    return {f"{group}.{name}": row["value"] for group, rows in data.items() for name, row in rows.items()}


@cache
def network(name: str) -> Network:
    """The network of that registry name, loaded once. Raises ``ModelRefused`` when its file is not here."""
    path = find(name)
    if path is None:
        raise ModelRefused(
            f"the weights of {name!r} are not here; run `python build_weights.py` in a source tree, or install the wheel"
        )
    return Network(path)


def searches(image: Pixels, *, thorough: bool, near: bool = False) -> Iterator[list[Detection]]:
    """What each search finds, coarse to fine; the caller stops at the first that serves.

    ``thorough`` adds quarter turns, for documents that lie sideways. ``near`` leaves the smaller windows out: nine in ten of all
    looks at a document without a face were at those, for 60 ms of CPU.
    """
    yield _in_windows(image, [(0, 0, max(image.shape[:2]))])
    for fraction in settings()["search.windows"][: 1 if near else None]:
        yield _in_windows(image, list(_windows(image, fraction)))
    yield _with_margin(image)
    if thorough:
        for turn in (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180):
            yield _turned(image, turn)


def around(image: Pixels, centre: Array, side: float, angle: float) -> list[Detection]:
    """Faces in a square of ``side`` pixels about ``centre``, looked at after turning it level.

    ``angle``: how far, in radians clockwise, a level head there is turned in the picture. Places are the picture's own.
    """
    size = 2 * _INPUT
    scale = size / side
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]], np.float64)
    matrix[:, 2] = size / 2 - matrix[:, :2] @ centre
    back = np.linalg.inv(matrix[:, :2])
    found = _suppress(_detect(warp(image, matrix, size)))
    return [_placed(d, matrix[:, 2], back, scale) for d in found]


def _placed(detection: Detection, shift: np.ndarray, back: np.ndarray, scale: float) -> Detection:
    """A detection of a turned square, brought back: its box keeps its size and moves with its middle."""
    middle = ((detection.box[:2] + detection.box[2:]) / 2 - shift) @ back.T
    half = (detection.box[2:] - detection.box[:2]) / (2 * scale)
    points = ((detection.points - shift) @ back.T).astype(np.float32)
    return Detection(np.concatenate([middle - half, middle + half]).astype(np.float32), points, detection.score)


def _windows(image: Pixels, fraction: float) -> Iterator[tuple[int, int, int]]:
    height, width = image.shape[:2]
    # A strip two pixels wide would else be searched in thousands of windows.
    side = max(int(min(height, width) * fraction), int(settings()["search.least"]))
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield left, top, side


def _starts(length: int, side: int) -> list[int]:
    count = max(int(np.ceil((length - side) / (side / 2))) + 1, 1)
    return sorted({round(x) for x in np.linspace(0, max(length - side, 0), count)})


def _in_windows(image: Pixels, windows: list[tuple[int, int, int]]) -> list[Detection]:
    found: list[Detection] = []
    for left, top, side in windows:
        crop = image[top : top + side, left : left + side]
        found += [_moved(d, left, top) for d in _detect(crop)]
    return _suppress(found)


def _with_margin(image: Pixels) -> list[Detection]:
    border = int(max(image.shape[:2]) * settings()["search.margin"])
    padded = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    return _suppress([_moved(d, -border, -border) for d in _detect(padded)])


def _turned(image: Pixels, turn: int) -> list[Detection]:
    height, width = image.shape[:2]
    turned = cv2.rotate(image, turn)
    found = _in_windows(turned, [(0, 0, max(turned.shape[:2]))])
    for fraction in settings()["search.windows"]:
        found = found or _in_windows(turned, list(_windows(turned, fraction)))
    return [_unturned(d, turn, width, height) for d in found]


def _unturned(detection: Detection, turn: int, width: int, height: int) -> Detection:
    corners = detection.box.reshape(2, 2)
    moved = [_point_back(points, turn, width, height) for points in (corners, detection.points)]
    box = np.concatenate([moved[0].min(axis=0), moved[0].max(axis=0)])
    return Detection(box, moved[1], detection.score)


def _point_back(points: Array, turn: int, width: int, height: int) -> Array:
    x, y = points[:, 0], points[:, 1]
    if turn == cv2.ROTATE_90_CLOCKWISE:
        return np.stack([y, height - x], axis=1)
    if turn == cv2.ROTATE_90_COUNTERCLOCKWISE:
        return np.stack([width - y, x], axis=1)
    return np.stack([width - x, height - y], axis=1)


def _moved(detection: Detection, dx: int, dy: int) -> Detection:
    shift = np.array([dx, dy], np.float32)
    return Detection(detection.box + np.tile(shift, 2), detection.points + shift, detection.score)


def _detect(image: Pixels) -> list[Detection]:
    height, width = image.shape[:2]
    side = max(height, width)
    scale = _INPUT / side
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    square = np.zeros((_INPUT, _INPUT, 3), np.uint8)
    x, y = (_INPUT - size[0]) // 2, (_INPUT - size[1]) // 2
    square[y : y + size[1], x : x + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    tensor = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 127.5 - 1.0
    outputs = sorted(network("face-detection-short-range")(tensor), key=len)
    scores = 1.0 / (1.0 + np.exp(-np.clip(outputs[0], -50, 50)))
    keep = scores >= settings()["detector.score"]
    if not keep.any():
        return []
    raw = outputs[1].reshape(-1, 2 * (2 + _KEYPOINTS))[keep]
    anchors = _anchors()[keep]
    centre = raw[:, :2] + anchors
    boxes = np.concatenate([centre - raw[:, 2:4] / 2, centre + raw[:, 2:4] / 2], axis=1)
    points = raw[:, 4:].reshape(-1, _KEYPOINTS, 2) + anchors[:, None]
    offset = np.array([x, y], np.float32)
    return [
        Detection((box - np.tile(offset, 2)) / scale, (p - offset) / scale, float(s))
        for box, p, s in zip(boxes, points, scores[keep], strict=True)
    ]


@cache
def _anchors() -> Array:
    """Anchor centres in input pixels: two a cell on the 16 x 16 grid, six on the 8 x 8 grid."""
    grids = []
    for cells, repeat in ((16, 2), (8, 6)):
        middle = (np.arange(cells, dtype=np.float32) + 0.5) * (_INPUT / cells)
        grid = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(grid, repeat, axis=0))
    return np.concatenate(grids)


def _suppress(found: list[Detection]) -> list[Detection]:
    """Overlapping detections of one face blended into one, weighted by score, best first."""
    rest = sorted(found, key=lambda d: -d.score)
    kept: list[Detection] = []
    while rest:
        same = [d for d in rest if overlap(rest[0].box, d.box) >= settings()["detector.overlap"]]
        weights = np.array([d.score for d in same], np.float32)
        kept.append(
            Detection(
                np.average([d.box for d in same], axis=0, weights=weights).astype(np.float32),
                np.average([d.points for d in same], axis=0, weights=weights).astype(np.float32),
                rest[0].score,
            )
        )
        rest = [d for d in rest if not any(d is s for s in same)]
    return kept


def overlap(a: Array, b: Array) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = float(width * height)
    areas = float((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]))
    return shared / (areas - shared)
