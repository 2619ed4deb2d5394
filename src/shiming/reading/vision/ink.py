"""What of a line cut out of a picture is ink: darker than half way from its paper to its darkest print."""

from __future__ import annotations

from typing import Any

import numpy as np

from shiming.reading.vision.ocr import Image

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_DARK = 0.5
"""Ink is darker than this share of the way from the paper to the line's darkest print."""


def levels(grey: Image) -> tuple[float, float]:
    """How bright the paper and the darkest print are, 0..255."""
    return float(np.percentile(grey, 75)), float(np.percentile(grey, 3))


def mask(grey: Image, paper: float, print_: float) -> Mask:
    """Which pixels are ink, where paper and print are so bright."""
    return np.asarray(grey < paper - _DARK * (paper - print_))
