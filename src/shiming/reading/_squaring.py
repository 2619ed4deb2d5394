"""A recognised document's page seen as if the camera had stood straight above it, and what on the page is the document's own."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from shiming.reading.documents import Side, Text, Unit
from shiming.reading.vision import blocks, page
from shiming.reading.vision.ocr import Image, Quad

_STRAIGHT = 0.02
"""Widths of a document by which a corner of its outline may be off before its page is squared: outlines are off by as much."""
_LEANS_MUCH = 0.07
"""The same measure for 33 degrees and more (measured: 0.02 to 0.05 at 25 degrees, 0.08 to 0.12 at 40)."""
_WITHIN = 1.08
"""Print beyond the outline grown by this is not the document's."""


def leans_much(text: Text, unit: Unit, side: Side) -> bool:
    """Whether the document leans so much that its lines are better detected and read on its squared page."""
    outline, ratio = unit.outline(text, side), getattr(unit, "RATIO", None)
    return text.zone is None and outline is not None and ratio is not None and _leans(outline, ratio) >= _LEANS_MUCH


def squared(image: Image, text: Text, unit: Unit, side: Side, *, always: bool = False) -> Text:
    """The text on a page on which its document is a level rectangle, where it leans and its outline can be told.

    What was read stays: its lines only stand elsewhere. ``always``: also where the document hardly leans.
    """
    if text.zone is not None:
        return text
    outline, ratio = unit.outline(text, side), getattr(unit, "RATIO", None)
    if outline is None or ratio is None or (not always and _leans(outline, ratio) < _STRAIGHT):
        return text
    level = page.squared(text.page, image, outline, ratio)
    moved = np.linalg.inv(level.matrix) @ text.page.matrix
    return replace(text, page=level, lines=tuple(replace(x, quad=blocks.seen(moved, x.quad)) for x in text.lines))


def own(text: Text, outline: Quad | None) -> Text:
    """The lines of the document: those whose middle is not beyond its outline. Other print may lie beside it."""
    if outline is None:
        return text
    middle = outline.mean(axis=0)
    edge = np.asarray(middle + (outline - middle) * _WITHIN, np.float32)
    inside = [cv2.pointPolygonTest(edge, tuple(map(float, line.quad.mean(axis=0))), False) >= 0 for line in text.lines]
    return replace(text, lines=tuple(line for line, is_own in zip(text.lines, inside, strict=True) if is_own))


def _leans(outline: Quad, ratio: float) -> float:
    """How far an outline's corners are, in its widths, from those of the level rectangle that it would be."""
    middle = outline.mean(axis=0)
    width = float(np.linalg.norm(outline[1] - outline[0]) + np.linalg.norm(outline[2] - outline[3])) / 2
    half = np.array([width, width / ratio]) / 2
    level = middle + np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    return float(np.linalg.norm(outline - level, axis=1).max()) / max(1.0, width)
