"""Where words seem to end in a line, by its ink: a recogniser that is sure of every letter may still lose the space between two.

Not every space shows: between A and V the letters themselves lean apart no less than words do.
"""

from __future__ import annotations

import cv2
import numpy as np

from shiming.reading.vision import ink
from shiming.reading.vision.ocr import Image

_ROW = 0.02
"""The share of a row that has to be ink for the row to be print."""
_SPACE = 0.3
"""Heights of the print that a gap between words has at least. Capitals of the samples on cards of 670 to 1250 pixels had 0.33 and
more between words, 0.28 at most between letters (seeds 1-15)."""
_WIDER = 1.6
"""A gap between words is also so many times as wide as most gaps: print can be spaced out."""

_LEAST = 15
"""Pixels of print below which gaps between letters and between words are too much alike."""


def breaks(cut: Image) -> list[float]:
    """The middles of the gaps between words of a line cut out of a picture, as shares of its width."""
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    inked = ink.mask(grey, *ink.levels(grey))
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.mean(axis=1) > _ROW)
    if len(columns) < 2 or len(rows) == 0 or rows[-1] - rows[0] + 1 < _LEAST:
        return []
    wide = np.diff(columns) - 1
    most = float(np.median(wide[wide > 0])) if (wide > 0).sum() > 2 else 0.0
    least = max(_SPACE * float(rows[-1] - rows[0] + 1), _WIDER * most)
    return [float(columns[i] + columns[i + 1]) / 2 / cut.shape[1] for i in np.flatnonzero(wide >= least)]
