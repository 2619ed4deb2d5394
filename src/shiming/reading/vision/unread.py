"""Ink in a line that no character was read from: a recogniser is silent about a character that it does not know."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from shiming.reading.vision import ink, ocr
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.reading.vision.view import View

_HAN, _OTHER = 0.5, 0.3
"""Half the width of a Chinese character, and of any other, in line heights, at most: half the way between two is less where a
box is higher than its print."""
_INK = 0.4
"""Line heights of inked columns, in a stretch where nothing was read, that make a character."""
_TAIL = 0.68
"""Line heights from the last character's middle to the end of the box, from which on the box was drawn around one more. Of 245
lines of drawn cards 98 in 100 end within 0.65; a radical (氵) that both recognisers were silent about had 0.75."""
_RIM = 0.1
"""Line heights at the top and at the bottom of a line where its neighbours' print may reach in."""
_COLUMN = 0.1
"""The share of a column that has to be ink for the column to count."""
_PITCH = 0.6, 2.0
"""Line heights between the middles of two lines of one text."""
_FULL = 1.2
"""Line heights that a line may end before the one above it and still be one that was broken because it was full."""
_NEXT = 1.2
"""Line heights of a broken line's next one that are looked at: its first character."""
_STROKE = 0.06
"""Line heights of inked columns that make a stroke: a 1 has 0.07."""


def goes_on(cut: Image, end: float, line: Line) -> bool:
    """Whether print goes on where the box of a line ends, at ``end`` (pixels) of ``cut``, which shows what is beyond it.

    Only lines that end in a letter or digit are looked at: a box cuts off narrow ones, and of a Chinese character half is left.
    """
    start = round(end)
    if not line.text or _is_han(line.text[-1]) or not 0 < start < cut.shape[1]:
        return False
    height = cut.shape[0]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    paper, print_ = ink.levels(grey[:, :start])
    core = grey[round(_RIM * height) : height - round(_RIM * height), start : start + height]
    return bool(_inked(core, paper, print_).sum() > _INK * height)


def goes_on_below(view: View, line: Line, lines: Sequence[Line], quads: Sequence[Quad]) -> bool:
    """Whether a line that is as long as the one above it goes on below, where none was found: a single last digit was missed.

    ``lines`` are those that were read, ``quads`` all that were found in ``view``.
    """
    right, down = line.quad[1] - line.quad[0], line.quad[3] - line.quad[0]
    height = max(1.0, float(np.linalg.norm(down)))
    right, down = right / max(1.0, float(np.linalg.norm(right))), down / height
    steps = [
        float((line.quad.mean(axis=0) - other.quad.mean(axis=0)) @ down)
        for other in lines
        if other.text and abs(float((other.quad[1] - line.quad[1]) @ right)) < _FULL * height
    ]
    step = min((s for s in steps if _PITCH[0] * height < s < _PITCH[1] * height), default=0.0)
    start, end = line.quad[0] + step * down, line.quad[3] + step * down
    box = np.asarray([start, start + _NEXT * height * right, end + _NEXT * height * right, end], np.float32)
    if not step or box.min() < 0 or (box.max(axis=0) >= view.size).any():
        return False
    if any(cv2.pointPolygonTest(quad.astype(np.float32), box.mean(axis=0).tolist(), False) >= 0 for quad in quads):
        return False
    paper, print_ = ink.levels(cv2.cvtColor(ocr.crop(view, line.quad), cv2.COLOR_BGR2GRAY))
    grey = cv2.cvtColor(ocr.crop(view, box), cv2.COLOR_BGR2GRAY)
    own, _ = ink.levels(grey)
    rim = round(_RIM * grey.shape[0])
    return bool(_inked(grey[rim : len(grey) - rim], own, own - paper + print_).sum() > _STROKE * height)


def _inked(grey: Image, paper: float, print_: float) -> ink.Mask:
    """Which columns have ink."""
    return np.asarray(ink.mask(grey, paper, print_).mean(axis=0) > _COLUMN)


def gaps(cut: Image, line: Line) -> list[int]:
    """Before which characters (places without spaces; their number for the line's end) there is unread ink.

    ``cut`` is the line cut out by its quad. Only lines with Chinese characters are looked at: their widths are known.
    """
    height, width = cut.shape[:2]
    half = min(_HAN, _between(line) * width / height / 2)
    spans = [
        (place, half if _is_han(c) else _OTHER)
        for c, place in zip(line.text, line.places, strict=False)
        if not c.isspace()
    ]
    if not any(map(_is_han, line.text)):
        return []
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    inked = _inked(grey, *ink.levels(grey))
    edges = [(0.0, 0.0), *((p * width - half * height, p * width + half * height) for p, half in spans), (width, width)]
    found = []
    for at, ((_, start), (end, _)) in enumerate(itertools.pairwise(edges)):
        stretch = inked[max(0, round(start)) : max(0, round(end))]
        if stretch.sum() > _INK * height:
            found.append(at)
    last, _ = spans[-1]
    if _is_han(line.text.rstrip()[-1]) and (1 - last) * width > _TAIL * height and found[-1:] != [len(spans)]:
        found.append(len(spans))
    return found


def _between(line: Line) -> float:
    """The way from a Chinese character to the next, by the line's width, as the nearest quarter have it; 1 where no two meet."""
    ways = [
        places[1] - places[0]
        for letters, places in zip(itertools.pairwise(line.text), itertools.pairwise(line.places), strict=False)
        if all(map(_is_han, letters))
    ]
    return float(np.quantile(ways, 0.25, method="lower")) if ways else 1.0


def _is_han(character: str) -> bool:
    return ord(character) > 0x2E80
