"""Picture measures over a document or a face. Names, units and direction are an interface: checks hold limits to them.

* ``blur``: re-blur measure of Crete et al. 2007, 0 sharp .. 1; what a further blur would not change
* ``glare``: fraction of the region in saturated, colourless patches on paper that is not itself saturated
* ``brightness``: mean luma 0..1; ``overexposed``: fraction of luma at the top of the scale
* ``shadow``: range of the illumination over the region, 0 even .. 1
* ``contrast``: how far the fainter lines of text stand out from their paper, 0..1 (the fifth of the lines that stands out
  least, between dark and light parts of a line's box); light that washes print out lowers it, white paper does not
* ``chroma``: spread of the colour saturation 0..1 over the region seen coarsely; near 0 for a black-and-white copy, and, unlike
  a spread of colour itself, the same in dim light and under a lamp's tint
* ``document_width``: the document's width in pixels of the picture as it was sent
* ``margin``: least distance of the document's estimated outline to the picture's edge, in widths of the document;
  negative when it lies outside
* ``skew``: degrees between the text and the nearest quarter turn, 0..45
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from shiming.reading.vision import ocr
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.page import Page

_WIDTH = 1000
"""Regions are measured at most this wide, so that a measure does not depend on the camera."""
_SATURATED, _COLOURLESS = 250, 20
"""Of 255: luma from which, and saturation up to which, a pixel counts as glare."""
_PATCH = 0.008
"""Glare is a patch at least this wide, in widths of the region: smaller bright specks are print or noise."""
_COARSE = 100
"""Pixels across of the look at colours."""
_WITHIN = 0.1
"""Share of the region left out at each edge: an outline estimated from print is a little off."""
_BLACK = 8.0
"""Of 255: below this brightness a pixel has no colour worth the name."""
_REBLUR = 9
"""Pixels of the averaging filter of the re-blur measure."""


def of_page(page: Page, outline: Quad | None, scale: float) -> dict[str, float]:
    """Measures of a document on its page.

    ``outline`` is its estimated outline in pixels of the page, None when unknown: then the text's own extent, a little
    widened, is measured, and ``margin`` is left out. ``scale`` is pixels of the picture as sent by pixels of the upright one.
    """
    region = outline if outline is not None else _extent(page)
    measures = of_region(_cut(page.image, region))
    width = float(np.linalg.norm(page.to_picture(region)[1] - page.to_picture(region)[0]))
    measures["contrast"] = round(_contrast(page), 4)
    measures["document_width"] = round(width * scale)
    if outline is not None:
        corners = page.to_picture(outline)
        edge = min(corners.min(), *(np.array(page.whole) - corners).min(axis=0))
        measures["margin"] = round(float(edge) / max(1.0, width), 4)
    measures["skew"] = round(abs((page.angle + 45) % 90 - 45), 1)
    return measures


def of_region(region: Image) -> dict[str, float]:
    """``blur glare brightness overexposed shadow chroma`` of a BGR region."""
    height, width = region.shape[:2]
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        region = np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma = np.asarray(cv2.cvtColor(region, cv2.COLOR_BGR2GRAY), np.uint8)
    measures = {
        "blur": _blur(luma),
        "glare": _glare(region, luma),
        "brightness": float(luma.mean()) / 255,
        "overexposed": float((luma >= _SATURATED).mean()),
        "shadow": _shadow(luma),
        "chroma": _chroma(region),
    }
    return {name: round(value, 4) for name, value in measures.items()}


def _extent(page: Page) -> Quad:
    points = np.concatenate(page.quads)
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.06 * float((high - low).max())
    (x0, y0), (x1, y1) = low - room, high + room
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _cut(image: Image, quad: Quad) -> Image:
    height, width = image.shape[:2]
    x0, y0 = np.clip(quad.min(axis=0), 0, (width - 2, height - 2)).astype(int)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)), (x0 + 2, y0 + 2), (width, height)).astype(int)
    return image[y0:y1, x0:x1]


def _blur(luma: Image) -> float:
    grey = luma.astype(np.float32)
    worst = 0.0
    for axis, kernel in ((1, (_REBLUR, 1)), (0, (1, _REBLUR))):
        again = cv2.blur(grey, kernel)
        before, after = np.abs(np.diff(grey, axis=axis)), np.abs(np.diff(again, axis=axis))
        total = float(before.sum())
        kept = float(np.maximum(0, before - after).sum())
        worst = max(worst, (total - kept) / total if total else 1.0)
    return worst


def _glare(region: Image, luma: Image) -> float:
    if float(np.median(luma)) >= _SATURATED:
        return 0.0  # white paper in full light: there is nothing to tell a reflection by
    saturation = cv2.cvtColor(region, cv2.COLOR_BGR2HSV)[:, :, 1]
    bright: Any = ((luma >= _SATURATED) & (saturation <= _COLOURLESS)).astype(np.uint8)
    size = max(3, round(_PATCH * region.shape[1]))
    patches = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return float(patches.mean())


def _chroma(region: Image) -> float:
    """On small pixels, where a camera's colour noise has gone, and well within the outline: the table has colours too."""
    y, x = (max(0, round(_WITHIN * side)) for side in region.shape[:2])
    region = region[y : region.shape[0] - y, x : region.shape[1] - x]
    height = max(2, round(_COARSE * region.shape[0] / max(1, region.shape[1])))
    small = cv2.resize(region, (_COARSE, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    most, least = small.max(axis=2), small.min(axis=2)
    return float(((most - least) / np.maximum(most, _BLACK)).std())


def _contrast(page: Page) -> float:
    found = []
    for quad in page.quads:
        luma = cv2.cvtColor(ocr.crop(page.image, quad), cv2.COLOR_BGR2GRAY)
        dark, light = np.percentile(luma, (3, 90))
        found.append(float(light - dark) / 255)
    return float(np.percentile(found, 20))


def _shadow(luma: Image) -> float:
    """Text and portrait are closed away first: what is left is how the paper is lit."""
    small = cv2.resize(luma, (64, 40), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (0, 0), 3)
    low, high = np.percentile(paper, (5, 95))
    return float(high - low) / 255
