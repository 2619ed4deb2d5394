"""Where text is: the detection network's map of text pixels, and the rectangles around its patches."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from shiming.reading.timing import step
from shiming.reading.vision import networks
from shiming.reading.vision.blocks import clockwise, in_order
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.view import smaller

_GRID = 96
"""Pictures are padded to a multiple of this: the engine compiles anew, and keeps memory, for each size."""
_SMALLEST = 288
"""Sides of smaller pictures are padded to this: so many sizes fewer that the engine would keep memory for."""
_TEXT = 0.3
"""Probability from which a pixel belongs to a line. This and the next three: as the network was published."""
_SURE = 0.5
"""Mean probability a line's rectangle must reach."""
_UNCLIP = 1.6
"""The network marks a line's core: its rectangle grows by this share of its area divided by its perimeter."""
_LEAST = 3.0
"""Pixels, as detected, that a line's core must be high."""
_MOST = 1000
"""Patches looked at; a page of print has 60."""


def preload() -> None:
    """Loads the network and runs it once."""
    detect(np.full((64, 320, 3), 255, np.uint8), 320)


def detect(image: Image, longest: int) -> list[Quad]:
    """Where text is, top to bottom: a quad a line, at most tilted 45 degrees either way, seen at ``longest`` pixels."""
    height, width = image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    with step("detect"):
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = smaller(image, size) if scale < 1 else image
        below, right = (max(_SMALLEST, -(-side // _GRID) * _GRID) - side for side in small.shape[:2])
        padded = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_REPLICATE)
        tensor = cv2.dnn.blobFromImage(padded, 1 / 127.5, mean=(127.5, 127.5, 127.5))
        quads = _rectangles(networks.detector()(tensor)[0, 0])
    edge = np.array([width - 1, height - 1], np.float32)
    found = [np.asarray(np.clip(quad / scale, 0, edge), np.float32) for quad in quads]
    return in_order(found)


def _rectangles(probability: np.ndarray[Any, Any]) -> list[Quad]:
    """In pixels of the map, clockwise from the top left of the text."""
    mask: Any = cv2.dilate((probability > _TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:_MOST]:
        (x, y), (a, b), angle = cv2.minAreaRect(contour)
        if min(a, b) < _LEAST or _mean(probability, cv2.boxPoints(((x, y), (a, b), angle))) < _SURE:
            continue
        grown = _UNCLIP * a * b / (a + b)
        found.append(clockwise(cv2.boxPoints(((x, y), (a + grown, b + grown), angle))))
    return found


def _mean(probability: np.ndarray[Any, Any], corners: np.ndarray[Any, Any]) -> float:
    height, width = probability.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [np.asarray(corners - (x0, y0), np.int32)], [1])
    return float(cv2.mean(probability[y0 : y1 + 1, x0 : x1 + 1], mask)[0])
