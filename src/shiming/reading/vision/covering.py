"""A finger over the document: skin that comes in from beyond its edge and lies over its print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.page import Page

_WIDTH = 200
"""Pixels across of the document in the look at it."""
_AROUND = 0.1
"""Of the document's width, looked at around it: what lies on it comes from there."""
_DEEP = 0.1
"""Of the width: how far it must reach in. Nearer the edge documents have no print, and are held there."""
_EDGE = 0.03
"""Of the width: an outline estimated from print is this much off, and shows the table."""
_THICK = 15
"""Pixels of the look that a finger is wide at least: 7 mm on a card; print and frames are thinner."""
_REDDER, _LESS_BLUE, _DARKER = 7, 4, 5
"""Of 255: how skin of any tone differs from the document's paper in Cr, Cb and luma."""
Mask = np.ndarray[Any, np.dtype[np.uint8]]


def measure(page: Page, outline: Quad, keep_out: Sequence[Quad] = ()) -> dict[str, float]:
    """``covered``: the share of the document under something skin-coloured; where more than none of it, its extent too.

    ``covered_left covered_top covered_right covered_bottom`` are fractions of the upright picture. ``keep_out`` (pixels of the
    page) are places of portraits, which are skin-coloured by right.
    """
    look, onto = _look(page, outline)
    skin = _skin(look)
    for place in keep_out:
        corners = cv2.perspectiveTransform(place.reshape(-1, 1, 2).astype(np.float64), onto).reshape(-1, 2)
        cv2.fillConvexPoly(skin, np.round(corners).astype(np.int32), 0)
    skin = np.asarray(
        cv2.morphologyEx(skin, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THICK,) * 2))
    )
    covering = _reaching_in(skin)
    inside = covering.size - 2 * round(_AROUND * _WIDTH) * (sum(covering.shape) - 2 * round(_AROUND * _WIDTH))
    share = float(covering.sum()) / max(1, inside)
    if share == 0:
        return {"covered": 0.0}
    ys, xs = np.nonzero(covering)
    low, high = (xs.min(), ys.min()), (xs.max() + 1, ys.max() + 1)
    corners = np.array([[low, (high[0], low[1]), high, (low[0], high[1])]], np.float64)
    back = cv2.perspectiveTransform(corners, np.linalg.inv(onto)).reshape(-1, 2)
    points = np.clip(page.to_picture(np.asarray(back, np.float32)) / np.array(page.whole, np.float32), 0, 1)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    found = {
        "covered": share,
        "covered_left": left,
        "covered_top": top,
        "covered_right": right,
        "covered_bottom": bottom,
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def _look(page: Page, outline: Quad) -> tuple[Image, Any]:
    """The document, rectified and small, with what lies around it; and the map there from the page."""
    across = float(np.linalg.norm(outline[1] - outline[0]))
    down = float(np.linalg.norm(outline[3] - outline[0]))
    width, height, around = _WIDTH, max(8, round(_WIDTH * down / max(1.0, across))), round(_AROUND * _WIDTH)
    place = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + around
    onto = cv2.getPerspectiveTransform(np.ascontiguousarray(outline, np.float32), place)
    size = (width + 2 * around, height + 2 * around)
    return page.view.through(np.asarray(np.linalg.inv(onto), np.float64), size, fine=False), onto


def _skin(look: Image) -> Mask:
    """Where colour differs from the document's own paper as skin does, in any light."""
    around = round(_AROUND * _WIDTH)
    colours = cv2.cvtColor(look, cv2.COLOR_BGR2YCrCb).astype(np.int16)
    inner = colours[around:-around, around:-around].reshape(-1, 3)
    paper = np.median(inner[inner[:, 0] >= np.median(inner[:, 0])], axis=0)
    luma, red, blue = (colours[:, :, i] - paper[i] for i in range(3))
    return np.asarray((red >= _REDDER) & (blue <= -_LESS_BLUE) & (luma <= -_DARKER), np.uint8)


def _reaching_in(skin: Mask) -> Mask:
    """Of the patches, what lies well within the document and comes from beyond its edge."""
    around = round(_AROUND * _WIDTH)
    within = np.zeros_like(skin)
    within[around:-around, around:-around] = 1
    depth = cv2.distanceTransform(np.pad(within, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    covering = np.zeros_like(skin)
    count, labels = cv2.connectedComponents(skin)
    for label in range(1, count):
        patch = labels == label
        if (patch & (within == 0)).any() and float(depth[patch].max()) >= _DEEP * _WIDTH:
            covering[patch & (depth > _EDGE * _WIDTH)] = 1
    return _largest(covering)


def _largest(mask: Mask) -> Mask:
    """Without the strips of table that an outline a little off lets in beside a finger."""
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(sizes[1:, cv2.CC_STAT_AREA].argmax()), np.uint8)
