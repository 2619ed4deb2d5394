"""A document's outline from print whose place on it is known, seen from wherever the camera stood.

Four corners have eight numbers: where the document lies, how large and how turned (four, which two pieces of print tell), and
how the camera leaned (four, which only print all over it tells). So the latter are held near those of a camera straight above, as
much as print lets them: with few anchors the outline is a turned rectangle, with many it is the plane's true picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision.ocr import Line, Quad

_PRINT = 0.008
"""How far, in heights of the document, print is off its place where ``off`` does not say: 0.3 mm of 54, and the box's own."""
_LEANS = (0.15, 0.1, 0.15, 0.15)
"""How far the camera's lean stretches, shears and narrows (per height, across and down) a document as people hold it: 40 degrees
stretch by 0.3 and narrow by 0.25."""
_PAD = 0.22
"""Of a line's height, by which a detected box begins before its first character and ends after its last (measured)."""
_APART = 0.1
"""Anchors must stand at least so far apart, in heights of the document, to tell its size by."""
_ROUNDS = 8
_NUDGE, _STILL = 1e-5, 1e-4
_MOST_LEAN = 3.0
"""Most that the sides of a document may differ, each in its own length: 40 degrees and the camera near make it 1.8."""
_STRIDE = 1.0
"""Most that a step changes any of the eight numbers: of print that is no such document's the fit runs away otherwise."""
_Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A point of the page, where it is on the document (in its heights, from its middle), and how far off it may be."""

    seen: tuple[float, float]
    x: float | None
    y: float
    off: float


def outline(lines: Sequence[Line], places: Iterable[Mapping[str, Any]], ratio: float) -> Quad | None:
    """The document's corners in pixels of the page, clockwise from its top left; None from too few anchors.

    A place has ``text`` (a pattern of the print), ``y`` of its middle and, where known, ``x`` of its left edge and ``right``,
    all as fractions of the document, and ``off`` (heights of the document) where it stands less firmly. ``ratio`` is width by
    height.
    """
    return _around(tuple(anchor for place in places for anchor in _anchors(lines, place, ratio)), ratio)


@lru_cache(maxsize=8)
def _around(anchors: tuple[_Anchor, ...], ratio: float) -> Quad | None:
    """Kept for a while: while a page is read its outline is asked for six times."""
    beside = [anchor for anchor in anchors if anchor.x is not None]
    if not beside or max(_span(anchors, "y"), _span(beside, "x")) < _APART:
        return None
    corners = np.array([(-ratio, -1), (ratio, -1), (ratio, 1), (-ratio, 1)], np.float64) / 2
    found = _mapped(_fitted(anchors), corners)
    return np.asarray(found, np.float32) if _is_view(found, ratio) else None


def _is_view(corners: _Values, ratio: float) -> bool:
    """Whether corners can be a document's as a camera sees it; print of something else gives any four points."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1) / (ratio, 1, ratio, 1)
    if not np.isfinite(sides).all() or sides.min() <= 0 or sides.max() / sides.min() > _MOST_LEAN:
        return False
    return bool(cv2.isContourConvex(corners.astype(np.float32).reshape(-1, 1, 2)))


def _span(anchors: Sequence[_Anchor], axis: str) -> float:
    values = [getattr(anchor, axis) for anchor in anchors]
    return float(max(values) - min(values))


def _anchors(lines: Sequence[Line], place: Mapping[str, Any], ratio: float) -> list[_Anchor]:
    """The ends of the first line that a place's print is in, or its middle where only its height is known."""
    for line in lines:
        kept = [i for i, c in enumerate(line.text) if c != " "]
        match = re.search(place["text"], "".join(line.text[i] for i in kept))
        if match is None:
            continue
        start, end = _edge(line, kept, match.start(), first=True), _edge(line, kept, match.end(), first=False)
        y, off = place["y"] - 0.5, place.get("off", _PRINT)
        ends = [(at, (place[key] - 0.5) * ratio) for at, key in ((start, "x"), (end, "right")) if key in place]
        found = [_Anchor(_along(line.quad, at), x, y, off) for at, x in ends]
        return found or [_Anchor(_along(line.quad, (start + end) / 2), None, y, off)]
    return []


def _edge(line: Line, kept: Sequence[int], index: int, *, first: bool) -> float:
    """Where, along a line (0..1), the character before which (``first``) or after which an edge is looked for begins or ends."""
    width = max(1.0, float(np.linalg.norm(line.quad[1] - line.quad[0])))
    pad = _PAD * float(np.linalg.norm(line.quad[3] - line.quad[0])) / width
    if index == 0:
        return pad
    if index >= len(kept):
        return 1 - pad
    before, after = line.places[kept[index - 1]], line.places[kept[index]]
    if not first:
        return (before + after) / 2
    # What follows a label stands apart from it: its first character begins half a character before its middle.
    rest = [line.places[i] for i in kept[index:]]
    pitch = (rest[-1] - rest[0]) / (len(rest) - 1) if len(rest) > 1 else after - before
    return max(before, after - pitch / 2)


def _along(quad: Quad, share: float) -> tuple[float, float]:
    top, bottom = quad[0] + (quad[1] - quad[0]) * share, quad[3] + (quad[2] - quad[3]) * share
    x, y = (top + bottom) / 2
    return float(x), float(y)


def _fitted(anchors: Sequence[_Anchor]) -> _Values:
    """The most probable view, by Gauss-Newton steps from the best turned rectangle; anchors far off count less and less."""
    points = np.array([(anchor.x or 0.0, anchor.y) for anchor in anchors])
    seen = np.array([anchor.seen for anchor in anchors])
    off = np.array([anchor.off for anchor in anchors])[:, None]
    # An anchor of which only the height is known is off in height only.
    told = np.array([(anchor.x is not None, True) for anchor in anchors])

    def residuals(view: _Values) -> _Values:
        """What each anchor, and each lean, is off, in what it may be off."""
        apart = (_mapped(view, points) - seen) / (np.exp(view[0]) * off)
        return np.concatenate([apart[told], view[4:] / _LEANS])

    view = _upright(anchors)
    for _ in range(_ROUNDS):
        left = residuals(view)
        slopes = np.stack([(residuals(view + step) - left) / _NUDGE for step in np.eye(8) * _NUDGE], axis=1)
        weight = np.concatenate([1 / (1 + (left[:-4] / 3) ** 2), np.ones(4)])
        normal = slopes.T @ (weight[:, None] * slopes) + np.eye(8) * 1e-9
        step = np.clip(np.linalg.solve(normal, slopes.T @ (weight * left)), -_STRIDE, _STRIDE)
        view = view - step
        if np.abs(step).max() < _STILL:
            break
    return view


def _upright(anchors: Sequence[_Anchor]) -> _Values:
    """Scale (its logarithm), turn, and place of the middle of a level document; no lean."""
    ys = np.array([(anchor.y, anchor.seen[1]) for anchor in anchors])
    xs = np.array([(anchor.x, anchor.seen[0]) for anchor in anchors if anchor.x is not None])
    moved_y, moved_x = ys - ys.mean(axis=0), xs - xs.mean(axis=0)
    apart = float((moved_y[:, 0] ** 2).sum() + (moved_x[:, 0] ** 2).sum())
    scale = max(1.0, float((moved_y[:, 0] * moved_y[:, 1]).sum() + (moved_x[:, 0] * moved_x[:, 1]).sum()) / apart)
    x, y = xs.mean(axis=0), ys.mean(axis=0)
    return np.array([np.log(scale), 0.0, (x[1] - scale * x[0]) / scale, (y[1] - scale * y[0]) / scale, 0, 0, 0, 0])


def _mapped(view: _Values, points: _Values) -> _Values:
    """Points of the document (heights, from its middle) on the page, pixels."""
    size, turn, x, y, stretch, shear, across, down = view
    scale = np.exp(size)
    leant = np.stack([points[:, 0] + shear * points[:, 1], (1 + stretch) * points[:, 1]], axis=1)
    leant = leant / np.maximum(0.2, 1 + points @ np.array([across, down]))[:, None]
    turned = leant @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray((turned + np.array([x, y])) * scale, np.float64)
