"""Ink in a line that no character was read from: a recogniser is silent about a character that it does not know."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from shiming.reading.vision.ocr import Image, Line

_HAN, _OTHER = 0.5, 0.3
"""Half the width of a Chinese character, and of any other, in line heights."""
_INK = 0.4
"""Line heights of inked columns, in a stretch where nothing was read, that make a character."""
_TAIL = 0.68
"""Line heights from the last character's middle to the end of the box, from which on the box was drawn around one more. Of 245
lines of drawn cards 98 in 100 end within 0.65; a radical (氵) that both recognisers were silent about had 0.75."""
_DARK = 0.5
"""Ink is darker than this share of the way from the paper to the line's darkest print."""
_RIM = 0.1
"""Line heights at the top and at the bottom of a line where its neighbours' print may reach in."""
_COLUMN = 0.1
"""The share of a column that has to be ink for the column to count."""


def goes_on(cut: Image, end: float, line: Line) -> bool:
    """Whether print goes on where the box of a line ends, at ``end`` (pixels) of ``cut``, which shows what is beyond it.

    Only lines that end in a letter or digit are looked at: a box cuts off narrow ones, and of a Chinese character half is left.
    """
    start = round(end)
    if not line.text or ord(line.text[-1]) > 0x2E80 or not 0 < start < cut.shape[1]:
        return False
    height = cut.shape[0]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    paper, print_ = float(np.percentile(grey[:, :start], 75)), float(np.percentile(grey[:, :start], 3))
    core = grey[round(_RIM * height) : height - round(_RIM * height), start : start + height]
    inked = (core < paper - _DARK * (paper - print_)).mean(axis=0) > _COLUMN
    return bool(inked.sum() > _INK * height)


def gaps(cut: Image, line: Line) -> list[int]:
    """Before which characters (places without spaces; their number for the line's end) there is unread ink.

    ``cut`` is the line cut out by its quad. Only lines with Chinese characters are looked at: their widths are known.
    """
    spans = [
        (place, _HAN if ord(c) > 0x2E80 else _OTHER)
        for c, place in zip(line.text, line.places, strict=False)
        if not c.isspace()
    ]
    if not any(half == _HAN for _, half in spans):
        return []
    height, width = cut.shape[:2]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    paper, print_ = float(np.percentile(grey, 75)), float(np.percentile(grey, 3))
    inked = (grey < paper - _DARK * (paper - print_)).mean(axis=0) > _COLUMN
    edges = [(0.0, 0.0), *((p * width - half * height, p * width + half * height) for p, half in spans), (width, width)]
    found = []
    for at, ((_, start), (end, _)) in enumerate(itertools.pairwise(edges)):
        stretch = inked[max(0, round(start)) : max(0, round(end))]
        if stretch.sum() > _INK * height:
            found.append(at)
    last, half = spans[-1]
    if half == _HAN and (1 - last) * width > _TAIL * height and found[-1:] != [len(spans)]:
        found.append(len(spans))
    return found
