"""Finds the text of a picture and turns it level, whatever way the picture was taken.

No outline is searched for: the text itself says how the document lies (facts: contour methods lose the card where reading
the whole frame still finds the number).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from shiming.reading.vision import ocr
from shiming.reading.vision.ocr import Image, Quad
from shiming.registration.values import Box

_FIRST_LOOK = 480
"""Longest side, pixels, of the look that finds direction and extent only."""
_SECOND_LOOK = 768
"""Longest side, pixels, of the look whose boxes are read."""
_LEVEL = 1.5
"""Degrees within which a page is read as it is."""
_MARGIN = 0.25
"""Of the text block's size, kept around it: the document's edge, portrait and lines the first look missed."""
_FULL = 0.75
"""Share of the picture's longer side that the text must span to be read without zooming in."""


@dataclass(frozen=True, slots=True)
class Page:
    """A level view of the picture's text.

    ``matrix`` (3, 3) maps its pixels to those of the whole upright picture, whose (width, height) is ``whole``. ``angle`` is
    how far, in degrees, the text stood from level in the picture, clockwise positive, -180..180.
    """

    image: Image
    quads: list[Quad]
    matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    whole: tuple[int, int]
    angle: float

    def to_picture(self, quad: Quad) -> Quad:
        """A quad of this page in pixels of the whole upright picture."""
        points = np.asarray(quad, np.float64).reshape(-1, 1, 2)
        return np.asarray(cv2.perspectiveTransform(points, self.matrix).reshape(-1, 2), np.float32)

    def box(self, quad: Quad) -> Box:
        """A quad of this page as fractions of the whole upright picture, within 0..1."""
        points = self.to_picture(quad) / np.array(self.whole, np.float32)
        a, b, c, d = ((round(float(x), 4), round(float(y), 4)) for x, y in np.clip(points, 0, 1))
        return (a, b, c, d)


def find(image: Image) -> Page | None:
    """The level page of a picture, or None when there is no text in it."""
    height, width = image.shape[:2]
    quads = ocr.detect(image, _FIRST_LOOK)
    if not quads:
        return None
    axis = _axis(quads)
    upright = abs(axis) <= _LEVEL
    if upright and _span(quads, width, height) >= _FULL:
        page = Page(image, ocr.detect(image, _SECOND_LOOK) or quads, np.eye(3), (width, height), 0.0)
    else:
        page = _zoomed(image, quads, 0.0 if upright else axis)
    if not page.quads:
        return None
    longest = sorted(page.quads, key=length, reverse=True)[:5]
    return turned(page) if ocr.upside_down(page.image, longest) > 0.5 else page


def turned(page: Page) -> Page:
    """The page stood on its head."""
    height, width = page.image.shape[:2]
    flip = np.array([[-1.0, 0, width - 1], [0, -1, height - 1], [0, 0, 1]])
    corner = np.array([width - 1, height - 1], np.float32)
    quads = [np.asarray((corner - quad)[[2, 3, 0, 1]], np.float32) for quad in page.quads]
    order = sorted(quads, key=lambda q: (float(q[:, 1].mean()), float(q[:, 0].mean())))
    angle = page.angle + (180 if page.angle <= 0 else -180)
    return Page(np.ascontiguousarray(page.image[::-1, ::-1]), order, page.matrix @ flip, page.whole, angle)


def length(quad: Quad) -> float:
    """The longer side of a quad, pixels."""
    return float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])))


def _axis(quads: Sequence[Quad]) -> float:
    """The common direction of the lines, degrees, -90..90: the heaviest 10-degree bin of long sides, averaged."""
    angles, weights = [], []
    for quad in quads:
        across, down = quad[1] - quad[0], quad[3] - quad[0]
        long, short = sorted((across, down), key=lambda v: float(np.linalg.norm(v)), reverse=True)
        if np.linalg.norm(long) < 2.5 * max(1.0, float(np.linalg.norm(short))):
            continue
        angles.append(np.degrees(np.arctan2(long[1], long[0])) % 180)
        weights.append(float(np.linalg.norm(long)))
    if not angles:
        return 0.0
    values, mass = np.array(angles), np.array(weights)
    apart = np.abs((values[:, None] - values[None, :] + 90) % 180 - 90)
    centre = values[np.argmax((apart < 5) @ mass)]
    offset = (values - centre + 90) % 180 - 90
    near = np.abs(offset) < 5
    # Weighted median: a few boxes of short words lie askew.
    order = np.argsort(offset[near])
    cumulated = np.cumsum(mass[near][order])
    middle = offset[near][order][np.searchsorted(cumulated, cumulated[-1] / 2)]
    return float((centre + middle + 90) % 180 - 90)


def _span(quads: Sequence[Quad], width: int, height: int) -> float:
    points = np.concatenate(quads)
    extent = points.max(axis=0) - points.min(axis=0)
    return float(max(extent[0] / width, extent[1] / height))


def _zoomed(image: Image, quads: Sequence[Quad], axis: float) -> Page:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), axis, 1.0)
    points = cv2.transform(np.concatenate(quads).reshape(-1, 1, 2).astype(np.float64), turn).reshape(-1, 2)
    frame = cv2.transform(np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64), turn)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * (high - low).max()
    low = np.maximum(low - margin, frame.reshape(-1, 2).min(axis=0))
    high = np.minimum(high + margin, frame.reshape(-1, 2).max(axis=0))
    turn[:, 2] -= low
    size = (max(32, round(high[0] - low[0])), max(32, round(high[1] - low[1])))
    level = cv2.warpAffine(image, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    back = np.linalg.inv(np.vstack([turn, [0, 0, 1]]))
    level = np.asarray(level, np.uint8)
    return Page(level, ocr.detect(level, _SECOND_LOOK), back, (width, height), axis)
