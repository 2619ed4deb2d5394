"""A picture seen another way: turned level, squared, cut to a part. Its pixels are made only where somebody looks.

Whole views cost more than all lines read in them: a card's lines cover a tenth of it. So lines are cut straight from the picture,
and a view is drawn whole only for who needs it whole.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Image = np.ndarray[Any, np.dtype[np.uint8]]
Quad = np.ndarray[Any, np.dtype[np.float32]]
"""Four corners (4, 2) in pixels, clockwise from the top left of the text."""
Matrix = np.ndarray[Any, np.dtype[np.float64]]
"""(3, 3), from pixels of one picture to those of another."""
_FEW = 1200
"""Longest side of a picture, pixels, below which none of its sharpness may be lost."""


class View:
    """``matrix`` maps the view's pixels to those of ``source``; ``size`` is its (width, height)."""

    __slots__ = ("_pixels", "matrix", "said", "size", "source")

    def __init__(self, source: Image, matrix: Matrix, size: tuple[int, int]) -> None:
        self.source, self.matrix, self.size = source, matrix, size
        self._pixels: Image | None = None
        self.said: dict[bytes, tuple[tuple[str, tuple[float, ...]], ...]] = {}
        """What repeated readings of a place said and how likely each character is, by the place; kept as long as the view."""

    @classmethod
    def of(cls, image: Image) -> View:
        """The picture as it is."""
        return cls(image, np.eye(3), (image.shape[1], image.shape[0]))

    @property
    def pixels(self) -> Image:
        """The whole view; drawn once."""
        if self._pixels is None:
            self._pixels = self.part((0, 0), self.size)
        return self._pixels

    def part(self, low: tuple[int, int], high: tuple[int, int], size: tuple[int, int] | None = None) -> Image:
        """What lies between two corners, ``size`` (width, height) pixels large: as large as it is without."""
        wide = (high[0] - low[0], high[1] - low[1])
        if self._pixels is not None or self._is_shift():
            cut = self._slice(low, high)
            return cut if size in (None, wide) else np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA))
        wanted = size or wide
        x, y = wide[0] / wanted[0], wide[1] / wanted[1]
        grown = np.array([[x, 0, low[0] + (x - 1) / 2], [0, y, low[1] + (y - 1) / 2], [0, 0, 1]])
        return self.through(grown, wanted, fine=max(self.source.shape[:2]) < _FEW)

    def crop(self, quad: Quad, *, fine: bool = True) -> Image:
        """A line cut out, level, at its own size; ``fine`` as in :meth:`through`."""
        corners, size = level(quad)
        return self.through(np.linalg.inv(cv2.getPerspectiveTransform(quad, corners)), size, fine=fine)

    def through(self, matrix: Matrix, size: tuple[int, int], *, fine: bool) -> Image:
        """What a picture of that size shows whose pixels ``matrix`` maps to the view's; ``fine`` takes twice as long."""
        back, source = self.matrix @ matrix, self.source
        # A warp alone would pick single pixels where many make one.
        while _shrinks(back, size) >= 2 and min(source.shape[:2]) >= 4:
            source = half(source)
            back = _HALF @ back
        flags = (cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
        if np.abs(back[2, :2]).max() < _FLAT:
            done = cv2.warpAffine(source, back[:2] / back[2, 2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        else:
            done = cv2.warpPerspective(source, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(done, np.uint8)

    def turned(self) -> View:
        """The view stood on its head."""
        width, height = self.size
        flip = np.array([[-1.0, 0, width - 1], [0, -1, height - 1], [0, 0, 1]])
        other = View(self.source, self.matrix @ flip, self.size)
        if self._pixels is not None:
            other._pixels = np.ascontiguousarray(self._pixels[::-1, ::-1])
        return other

    def _is_shift(self) -> bool:
        return bool(np.array_equal(self.matrix[:, :2], np.eye(3)[:, :2]))

    def _slice(self, low: tuple[int, int], high: tuple[int, int]) -> Image:
        if self._pixels is not None:
            return self._pixels[low[1] : high[1], low[0] : high[0]]
        x, y = (round(float(v)) for v in self.matrix[:2, 2])
        return np.ascontiguousarray(self.source[low[1] + y : high[1] + y, low[0] + x : high[0] + x])


_HALF = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])
"""From a picture's pixels to those of its half, whose pixels are four of it."""
_FLAT = 1e-9


def half(image: Image) -> Image:
    """The picture at half its size, each pixel the mean of four: ten times as fast as any other shrinking."""
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    return np.asarray(
        cv2.resize(image[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
    )


def smaller(image: Image, size: tuple[int, int]) -> Image:
    """The picture (width, height) pixels large, averaged: halved as often as that goes, which is quick, then shrunk."""
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        image = half(image)
    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def level(quad: Quad) -> tuple[Quad, tuple[int, int]]:
    """The corners of a quad once it is level, and its (width, height)."""
    width = max(1, round(float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])))))
    height = max(1, round(float(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])))))
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32), (width, height)


def shift(x: float, y: float) -> Matrix:
    """By that many pixels."""
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def _shrinks(back: Matrix, size: tuple[int, int]) -> float:
    """How many of the picture's pixels, side by side, the middle of what is drawn takes for one; the lesser way."""
    x, y = size[0] / 2, size[1] / 2
    points = np.array([[[x, y], [x + 1, y], [x, y + 1]]], np.float64)
    middle, right, below = cv2.perspectiveTransform(points, back)[0]
    return float(min(np.linalg.norm(right - middle), np.linalg.norm(below - middle)))
