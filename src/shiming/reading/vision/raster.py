"""The raster of a screen in a picture of it: periodic patterns that paper does not have.

* ``raster``: a camera's pixels and a screen's patches of red, green and blue beat against each other (moire) in colour
* ``raster_fine``: where the camera smoothed the colours, the pixels themselves and their beat are left in the light, only a few
  pixels of the picture apart, finer than print that a camera still resolves

A careful fake shows none of them, and fine security print photographed sharply can show some: they tell a person where to
look, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np

from shiming.reading.vision.ocr import Image, Quad

_SIDE, _FINE_SIDE = 256, 128
"""Pixels of the squares looked at for colour and for light, at the picture's own size: scaling would wipe the raster out."""
_LOWEST, _FINE = 14, 30
"""Periods in such a square below which a pattern is the document's own print: of light, coarser than four pixels."""
_AXIS = 2
"""Periods along an axis up to which a pattern of light is left out: frames, level lines and JPEG's blocks lie along the axes."""
_ACROSS, _DOWN = (0.2, 0.5, 0.8), (0.28, 0.72)
"""Where the squares' middles stand on the document: within it, as tables have grain and cloth has threads."""
_FLOOR = 70.0
"""Amplitude, in a square of colour, that a sensor's noise of 0.7 grey levels leaves: on a smooth, blurred picture anything would
be a peak over less."""
_RANK, _FINE_RANK = 3, 4
"""The measure is that of the third strongest of the six squares: a portrait's or an emblem's pattern fills two at most. Light is
held to the fourth, as print is of light first."""


class _Rings(NamedTuple):
    """Where the spectrum's values of each distance from its middle stand in the flat spectrum."""

    places: np.ndarray[Any, Any]
    starts: np.ndarray[Any, Any]
    sizes: np.ndarray[Any, Any]
    window: np.ndarray[Any, Any]
    off_axis: np.ndarray[Any, Any]


@cache
def _rings(side: int, lowest: int) -> _Rings:
    down, across = np.fft.fftfreq(side, 1 / side)[:, None], np.arange(side // 2 + 1)[None]
    ring = np.hypot(down, across).astype(int).ravel()
    places = np.flatnonzero((ring >= lowest) & (ring < side // 2 - 2))
    places = places[np.argsort(ring[places], kind="stable")]
    starts = np.flatnonzero(np.diff(ring[places], prepend=-1))
    sizes = np.diff(np.append(starts, len(places)))
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    off_axis = ((np.abs(down) > _AXIS) & (across > _AXIS)).ravel()[places]
    return _Rings(places, starts, sizes, window, off_axis)


def of_document(image: Image, outline: Quad) -> dict[str, float]:
    """``raster`` and ``raster_fine`` of a document in a BGR picture at its own size; nothing when it is too small to tell.

    Each is the amplitude of the strongest frequency by the (geometric) mean of its ring: in both colour differences, or in luma.
    """
    sides = [float(np.linalg.norm(outline[corner] - outline[0])) for corner in (1, 3)]
    if min(*image.shape[:2], *sides) < _SIDE:
        return {}
    return {"raster": _colour(image, outline), "raster_fine": _light(image, outline)}


def _colour(image: Image, outline: Quad) -> float:
    rings, squares = _rings(_SIDE, _LOWEST), []
    for part in _squares(image, outline, _SIDE):
        square = cv2.cvtColor(part, cv2.COLOR_BGR2YCrCb)
        squares.append((_peak(square[:, :, 1], rings), square[:, :, 2]))
    # Stripes beat in both colour differences; coloured print is mostly in one. So a square shows no more than its lesser one, and
    # those that show least in the first cannot be among the strongest.
    peaks: list[float] = []
    for most, other in sorted(squares, key=lambda square: -square[0]):
        if len(peaks) >= _RANK and sorted(peaks)[-_RANK] >= most:
            break
        peaks.append(min(most, _peak(other, rings)))
    return sorted(peaks)[-_RANK]


def _light(image: Image, outline: Quad) -> float:
    rings = _rings(_FINE_SIDE, _FINE)
    parts = _squares(image, outline, _FINE_SIDE)
    peaks = [_peak(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), rings, axes=False) for part in parts]
    return sorted(peaks)[-_FINE_RANK]


def _squares(image: Image, outline: Quad, side: int) -> Iterator[Image]:
    height, width = image.shape[:2]
    across, down = outline[1] - outline[0], outline[3] - outline[0]
    for x in _ACROSS:
        for y in _DOWN:
            middle = outline[0] + across * x + down * y
            left, top = np.clip(middle - side / 2, 0, (width - side, height - side)).astype(int)
            yield image[top : top + side, left : left + side]


def _peak(plane: Any, rings: _Rings, *, axes: bool = True) -> float:
    spectrum = np.fft.rfft2((plane.astype(np.float32) - plane.mean(dtype=np.float32)) * rings.window)
    floor = _FLOOR * len(rings.window) / _SIDE
    level = np.log(np.abs(spectrum).ravel()[rings.places] + floor)
    means = np.add.reduceat(level, rings.starts) / rings.sizes
    if not axes:
        level = np.where(rings.off_axis, level, 0)
    return float(np.exp((np.maximum.reduceat(level, rings.starts) - means).max()))
