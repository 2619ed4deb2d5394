"""Which lines of text lie together, how they lie, and the view in which they are level.

Lines of a plane converge as it leans away from the camera. All of them run to one vanishing point; a view that moves it to
infinity makes them level everywhere, not in the mean only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision.ocr import Quad

Matrix = np.ndarray[Any, np.dtype[np.float64]]
"""(3, 3), from pixels of one picture to those of another."""

_LONG = 2.5
"""From this ratio of its sides on, a box tells the direction of its line."""
_TURNED = 12.0
"""Degrees by which lines of one document may differ from their common direction where it leans 40 degrees."""
_BENT, _BENDS = 5.0, 15.0
"""Degrees by which neighbouring lines may differ, and how many more for each length of the longer line between them."""
_BESIDE, _BELOW = 3.0, 6.0
"""Gaps between boxes that belong together, in heights of the higher: along a line, and across. A Chinese card's number stands
five heights below a one-line address."""
_LEVEL = 1.5
"""Degrees within which a view is not turned: small boxes say no more."""
_STEADY = 0.01
"""How much the prior that lines are parallel weighs against the lines, in lines as long as their block."""
_LEAST_CONVERGENCE = 0.03
"""Convergence over the block's width below which it is noise of the boxes (measured: 0.02 on cards seen from above)."""
_MOST_CONVERGENCE = 0.6
"""Convergence over the block's width above which it is no document that a person holds to a camera."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that lie together. ``axis`` is their direction, degrees clockwise from level, -90..90."""

    quads: tuple[Quad, ...]
    axis: float

    @property
    def weight(self) -> float:
        """How much text it is: the sum of its lines' lengths, pixels."""
        return sum(length(quad) for quad in self.quads)


def length(quad: Quad) -> float:
    """The longer side of a quad, pixels."""
    return float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])))


def height(quad: Quad) -> float:
    """The shorter side of a quad, pixels."""
    return float(min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])))


def blocks(quads: Sequence[Quad], *, strict: bool = False) -> list[Block]:
    """The blocks of a picture's text, most text first; boxes that belong to none are left out unless there is no block.

    ``strict`` keeps lines apart that only a leaning camera would make belong together: other print of almost one direction.
    """
    found: list[Block] = []
    rest = [quad for quad in quads if length(quad) >= _LONG * height(quad)]
    short = [quad for quad in quads if length(quad) < _LONG * height(quad)]
    while rest:
        axis = direction(rest)
        turned = [abs(_apart(_angle(quad), axis)) <= _TURNED for quad in rest]
        lines = [quad for quad, fits in zip(rest, turned, strict=True) if fits]
        rest = [quad for quad, fits in zip(rest, turned, strict=True) if not fits]
        for group in _together(lines, axis, 0.0 if strict else _BENDS):
            joined = group + [quad for quad in short if _touches(quad, group, axis)]
            found.append(Block(tuple(joined), direction(group)))
    if not found:
        return [Block(tuple(quads), 0.0)] if quads else []
    return sorted(found, key=lambda block: block.weight, reverse=True)


def direction(quads: Sequence[Quad]) -> float:
    """The common direction of lines, degrees, -90..90: the heaviest 10-degree bin of long sides, its weighted median."""
    lines = [quad for quad in quads if length(quad) >= _LONG * height(quad)]
    if not lines:
        return 0.0
    values = np.array([_angle(quad) for quad in lines])
    mass = np.array([length(quad) for quad in lines])
    apart = np.abs(_apart(values[:, None], values[None, :]))
    centre = values[np.argmax((apart < 5) @ mass)]
    offset = _apart(values, centre)
    near = np.abs(offset) < 5
    # A median: a few boxes of short words lie askew.
    order = np.argsort(offset[near])
    cumulated = np.cumsum(mass[near][order])
    middle = offset[near][order][np.searchsorted(cumulated, cumulated[-1] / 2)]
    return float(_apart(centre + middle, 0.0))


def levelling(block: Block) -> Matrix:
    """From the picture to a view in which the block's lines are level; at the block's middle nothing grows or shrinks.

    In coordinates turned by the block's axis a line at (x, y) runs with the slope (s - p y) / (1 - p x) to the vanishing point
    (1 / p, s / p). Slope and convergence are fitted to all lines, the longer the more, a few of them askew.
    """
    points = np.concatenate(block.quads)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    turn = np.vstack([cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), block.axis, 1.0), [0, 0, 1]])
    turn[:2, 2] -= middle
    lines = [seen(turn, quad) for quad in block.quads if length(quad) >= _LONG * height(quad)]
    slope, convergence = _converging(lines)
    tilted = np.array([[1.0, 0, 0], [-slope, 1, 0], [-convergence, 0, 1]])
    if convergence == 0.0 and abs(block.axis + np.degrees(np.arctan(slope))) <= _LEVEL:
        return np.eye(3)
    return np.asarray(tilted @ turn, np.float64)


def seen(matrix: Matrix, quad: Quad) -> Quad:
    """A quad in another view, its first corner again the top left one of level text."""
    points = cv2.perspectiveTransform(np.asarray(quad, np.float64).reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return clockwise(np.asarray(points, np.float32))


def clockwise(corners: Quad) -> Quad:
    """A box from its top left corner on: its two leftmost corners are its left ends, whatever their order was."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    top_left, bottom_left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    top_right, bottom_right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array([top_left, top_right, bottom_right, bottom_left], np.float32)


def in_order(quads: Iterable[Quad]) -> list[Quad]:
    """From top to bottom, then from left to right."""
    return sorted(quads, key=lambda quad: (float(quad[:, 1].mean()), float(quad[:, 0].mean())))


def _angle(quad: Quad) -> float:
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    long = across if np.linalg.norm(across) >= np.linalg.norm(down) else down
    return float(np.degrees(np.arctan2(long[1], long[0])))


def _apart(a: Any, b: Any) -> Any:
    """Degrees between directions of lines, which have no sense: -90..90."""
    return (a - b + 90) % 180 - 90


def _converging(lines: Sequence[Quad]) -> tuple[float, float]:
    """Slope at the origin, and convergence a pixel, of lines that are about level; the latter 0 where it says nothing."""
    if not lines:
        return 0.0, 0.0
    along = np.array([(quad[1] + quad[2] - quad[0] - quad[3]) / 2 for quad in lines], np.float64)
    x, y = np.array([quad.mean(axis=0) for quad in lines], np.float64).T
    slopes = along[:, 1] / np.maximum(1e-6, along[:, 0])
    extent = max(1.0, float(max(quad[:, 0].max() for quad in lines) - min(quad[:, 0].min() for quad in lines)))
    # A box's corners are off by a pixel or so whatever its length: its slope counts by the square of that.
    weight = (along[:, 0] / extent) ** 2
    slope = float(np.average(slopes, weights=weight))
    convergence = 0.0
    for _ in range(3):
        away = slopes * x - y
        left = slopes - slope - convergence * away
        robust = weight / (1 + (left / 0.02) ** 2)
        design = np.stack([np.ones_like(away), away * (1 / extent)], axis=1)
        normal = design.T @ (robust[:, None] * design) + np.diag([0.0, _STEADY])
        slope, share = (float(v) for v in np.linalg.solve(normal, design.T @ (robust * slopes)))
        convergence = share / extent
    share = convergence * extent
    if len(lines) < 3 or not _LEAST_CONVERGENCE <= abs(share) <= _MOST_CONVERGENCE:
        return float(np.average(slopes, weights=robust)), 0.0
    return slope, convergence


def _together(lines: Sequence[Quad], axis: float, bends: float) -> list[list[Quad]]:
    """Lines of one direction in groups that hang together."""
    boxes = [_level_box(quad, axis) for quad in lines]
    group = list(range(len(lines)))
    for i in range(len(lines)):
        for j in range(i):
            if group[i] != group[j] and _near(boxes[i], boxes[j], bends):
                old, new = group[i], group[j]
                group = [new if g == old else g for g in group]
    return [[lines[i] for i in range(len(lines)) if group[i] == name] for name in sorted(set(group))]


def _touches(quad: Quad, group: Sequence[Quad], axis: float) -> bool:
    box = _level_box(quad, axis)
    return any(_near(box, _level_box(other, axis), _BENDS) for other in group)


_Level = tuple[float, float, float, float, float, float | None]
"""Left, top, right, bottom in coordinates turned by an axis, the line's height, and its direction if it has one."""


def _level_box(quad: Quad, axis: float) -> _Level:
    turn = np.radians(axis)
    points = quad @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    angle = _angle(quad) if length(quad) >= _LONG * height(quad) else None
    return float(x0), float(y0), float(x1), float(y1), height(quad), angle


def _near(a: _Level, b: _Level, bends: float) -> bool:
    most = max(a[4], b[4])
    beside = max(a[0], b[0]) - min(a[2], b[2])
    below = max(a[1], b[1]) - min(a[3], b[3])
    if a[5] is not None and b[5] is not None:
        away = max(0.0, below) / max(a[2] - a[0], b[2] - b[0])
        if abs(_apart(a[5], b[5])) > _BENT + bends * away:
            return False
    return beside < _BESIDE * most and below < _BELOW * most
