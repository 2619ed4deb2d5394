"""Tells fillers from letters in a machine-readable zone's names by comparing them with the zone's own fillers.

Names bear no check digit, so a filler that was read as a letter (``AL<KAABI`` as ``ALKKAABI``, under a stamp) goes unnoticed.
A zone's characters are all of one size, and a zone is full of fillers: what a doubtful column looks like can be held against
them. The print is black (ICAO 9303 part 3, 4.1); stamps and the background's lines are coloured, so the lightest of the three
colours shows it without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision import mrz_heights, ocr
from shiming.reading.vision.mrz_heights import Row
from shiming.reading.vision.ocr import Image

_WIDTH = 16
"""Pixels of a column as it is compared: a TD3 line 500 pixels wide has 11, the print of a careful photo 25."""
_AROUND, _SHIFT = 4, 3
"""Pixels to either side in which a character may stand aside of its column, and above and below in which it may stand higher."""
_LEAST_FILLERS, _LEAST_LETTERS = 4, 8
"""Sure fillers, and sure other characters, that a zone must have for the comparison."""
_PARTED = 0.02
"""Likeness (0..1) by which the zone's fillers and its other characters must differ."""
_UNLIKE = 0.3
"""A fifth of the sure fillers may be less alike than by this share of that difference: where more are, columns are misplaced."""
_ALIKE, _STEEP = 0.35, 16.0
"""At this distance from the fillers, on a scale where the most alike twentieth of other characters is at 1, nothing is said; so
many log odds a unit. Of 1,384 fillers on 34 drawn pages (blurred, noisy, dim, 300 to 640 pixels wide) 96 in 100 were nearer
than 0.2, of 1,450 other characters one (the network had lost its column); K, the most alike, was at 0.52 and more."""
_FOR, _AGAINST = 4.0, -2.0
"""Bounds of the log odds. Two in 100 fillers are far away since they stand off their columns."""

Pixels = np.ndarray[Any, np.dtype[np.float32]]


def log_odds(image: Image, rows: Sequence[Row], said: Sequence[str | None]) -> list[float]:
    """For every column of a zone, line after line, the log odds that it is a filler and no letter, by its looks; 0 where none
    can be told. ``said`` is what is certainly printed in each, None for a doubt."""
    drawn = [cell for row in rows for cell in _cells(image, row)]
    fillers = [cell for cell, character in zip(drawn, said, strict=True) if cell is not None and character == "<"]
    if len(fillers) < _LEAST_FILLERS:
        return [0.0] * len(drawn)
    lowest = min(cell.shape[0] for cell in drawn if cell is not None)
    model = np.median([_core(cell[:lowest]) for cell in fillers], axis=0).astype(np.float32)
    alike = [None if cell is None else _likeness(cell[:lowest], model) for cell in drawn]
    return _told(alike, said)


def _told(alike: Sequence[float | None], said: Sequence[str | None]) -> list[float]:
    seen = [(value, character) for value, character in zip(alike, said, strict=True) if value is not None]
    fillers = [value for value, character in seen if character == "<"]
    others = [value for value, character in seen if character not in ("<", None)]
    silent = [0.0] * len(alike)
    if len(others) < _LEAST_LETTERS:
        return silent
    own = float(np.median(fillers))
    gap = own - float(np.percentile(others, 95))
    if gap < _PARTED or own - float(np.percentile(fillers, 20)) > _UNLIKE * gap:
        return silent
    return [0.0 if value is None else _odds((own - value) / gap) for value in alike]


def _odds(distance: float) -> float:
    return float(np.clip(_STEEP * (_ALIKE - distance), _AGAINST, _FOR))


def _cells(image: Image, row: Row) -> list[Pixels | None]:
    """Each column of a line at one size, with some room to either side; None for a line of too few characters."""
    seen = [(column, place) for column, place in enumerate(row.places) if place is not None]
    if len(seen) < _LEAST_FILLERS:
        return [None] * len(row.places)
    line = _lightest(ocr.crop(image, row.quad)).astype(np.float32)
    pitch, start = mrz_heights.straight(np.array(seen) * (1, line.shape[1]))
    if pitch < 1:
        return [None] * len(row.places)
    scale, size = _WIDTH / pitch, (_WIDTH + 2 * _AROUND, max(_WIDTH, round(line.shape[0] * _WIDTH / pitch)))
    cells: list[Pixels | None] = []
    for column in range(len(row.places)):
        left = start + pitch * column - size[0] / 2 / scale
        moved = np.array([[scale, 0, -scale * left], [0, scale, 0]], np.float32)
        cut = cv2.warpAffine(line, moved, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        cells.append(np.asarray(cut, np.float32))
    return cells


def _core(cell: Pixels) -> Pixels:
    return cell[_SHIFT:-_SHIFT, _AROUND:-_AROUND]


def _likeness(cell: Pixels, model: Pixels) -> float:
    """The best correlation of a column with the fillers' picture, where it may be shifted; 0 for plain paper."""
    if float(cell.std()) < 1:
        return 0.0
    return float(cv2.matchTemplate(cell, model, cv2.TM_CCOEFF_NORMED).max())


def _lightest(image: Image) -> Image:
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
