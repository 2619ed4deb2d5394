"""Picture measures over a document or a face. Names, units and direction are an interface: checks hold limits to them.

* ``blur``: re-blur measure of Crete et al. 2007, 0 sharp .. 1; what a further blur would not change
* ``glare``: fraction of the region in saturated, colourless patches on paper that is not itself saturated; ``glare_print``: the
  largest such fraction of a line of text with a little room before and after it, where what is washed out would go on
* ``brightness``: mean luma 0..1; ``overexposed``: fraction of luma at the top of the scale
* ``shadow``: range of the illumination over the region, 0 even .. 1
* ``contrast``: how far the fainter lines of text stand out from their paper, 0..1 (the fifth of the lines that stands out
  least, between dark and light parts of a line's box); light that washes print out lowers it, white paper does not
* ``chroma``: spread of the colour saturation 0..1 over the region seen coarsely; near 0 for a black-and-white copy, and, unlike
  a spread of colour itself, the same in dim light and under a lamp's tint
* ``document_width``: the document's width in pixels of the picture as it was sent; ``document_share``: by the picture's longer
  side, and ``picture_width`` is that side in pixels, as it was sent
* ``margin``: least distance of the document's estimated outline to the picture's edge, in widths of the document;
  negative when it lies outside
* ``skew``: degrees between the text and the nearest quarter turn, 0..45; the reader turns any of it level
* ``lean``: degrees by which the document leans from the camera, 0..90; left out where its true proportions are not known
* ``raster`` ``raster_fine``: periodic colour and light as screens have them (``raster.py``); left out where the document is
  too small to tell
* ``covered`` and its extent: what is under a finger (``covering.py``); left out without an outline

How many documents there are in the picture (``documents``) and marks of a specimen on it (``specimen``) are counted where
text is read, in ``reading/_others.py`` and ``reading/documents/_specimen.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision import covering, raster
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import smaller

_WIDTH = 1000
"""Regions are measured at most this wide, so that a measure does not depend on the camera."""
_SATURATED, _COLOURLESS = 250, 20
"""Of 255: luma from which, and saturation up to which, a pixel counts as glare."""
_PATCH = 0.008
"""Glare is a patch at least this wide, in widths of the region: smaller bright specks are print or noise."""
_WHITE = 240
"""Of 255: from this median luma on the paper itself is as bright as a reflection; ``overexposed`` and ``contrast`` tell then."""
_BESIDE = 1.5
"""Line heights before and after a line of text, where a reflection may hide its beginning or end."""
_COARSE = 100
"""Pixels across of the look at colours."""
_WITHIN = 0.1
"""Share of the region left out at each edge: an outline estimated from print is a little off."""
_BLACK = 8.0
"""Of 255: below this brightness a pixel has no colour worth the name."""
_REBLUR = 9
"""Pixels of the averaging filter of the re-blur measure."""


def of_page(
    page: Page, outline: Quad | None, scale: float, portraits: Sequence[Quad] = (), fields: Sequence[Quad] = ()
) -> dict[str, float]:
    """Measures of a document on its page.

    ``outline`` is its estimated outline in pixels of the page, None when unknown: then the text's own extent, a little
    widened, is measured, and ``margin`` is left out. ``scale`` is pixels of the picture as sent by pixels of the upright one.
    ``portraits`` and ``fields`` are where these stand, in pixels of the page; without fields all its text counts as such.
    """
    region = outline if outline is not None else _extent(page)
    cut, place, scaled = _cut(page, region)
    measures = of_region(cut, [(quad - place) * scaled for quad in fields or page.quads])
    width = float(np.linalg.norm(page.to_picture(region)[1] - page.to_picture(region)[0]))
    measures["contrast"] = round(_contrast(page), 4)
    measures["document_width"] = round(width * scale)
    measures["document_share"] = round(width / max(page.whole), 4)
    if outline is not None:
        measures |= covering.measure(page, outline, portraits)
        corners = page.to_picture(outline)
        edge = min(corners.min(), *(np.array(page.whole) - corners).min(axis=0))
        measures["margin"] = round(float(edge) / max(1.0, width), 4)
    measures["skew"] = round(abs((page.angle + 45) % 90 - 45), 1)
    return measures


def of_region(region: Image, text: Sequence[Quad] = ()) -> dict[str, float]:
    """``blur glare glare_print brightness overexposed shadow chroma`` of a BGR region; ``text``: its lines, in its pixels."""
    height, width = region.shape[:2]
    scale = min(1.0, _WIDTH / width)
    if scale < 1:
        size = (_WIDTH, max(1, round(height * scale)))
        region = np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma = np.asarray(cv2.cvtColor(region, cv2.COLOR_BGR2GRAY), np.uint8)
    patches = _glare(region, luma)
    measures = {
        "blur": _blur(luma),
        "glare": float(patches.mean()),
        "glare_print": _on_print(patches, [quad * scale for quad in text]),
        "brightness": float(luma.mean()) / 255,
        "overexposed": float((luma >= _SATURATED).mean()),
        "shadow": _shadow(luma),
        "chroma": _chroma(region),
    }
    return {name: round(value, 4) for name, value in measures.items()}


def screen(image: Image, page: Page, outline: Quad | None) -> dict[str, float]:
    """``raster raster_fine``, measured in the upright picture itself: a page that was turned or squared has lost them."""
    found = raster.of_document(image, page.to_picture(outline if outline is not None else _extent(page)))
    return {name: round(value, 2) for name, value in found.items()}


def lean(page: Page, outline: Quad) -> float:
    """Degrees by which a document leans that is squared on this page: by how much more the picture shows it one way shrunk."""
    x, y = (float(v) for v in outline.mean(axis=0))
    at, right, below = page.to_picture(np.array([(x, y), (x + 1, y), (x, y + 1)], np.float32)).astype(np.float64)
    most, least = np.linalg.svd(np.stack([right - at, below - at]))[1]
    return round(float(np.degrees(np.arccos(min(1.0, least / max(most, 1e-9))))), 1)


def _extent(page: Page) -> Quad:
    points = np.concatenate(page.quads)
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.06 * float((high - low).max())
    (x0, y0), (x1, y1) = low - room, high + room
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _cut(page: Page, quad: Quad) -> tuple[Image, Any, float]:
    """What lies around a quad, at most ``_WIDTH`` wide; where on the page that begins, and how much it was scaled."""
    width, height = page.size
    x0, y0 = (int(v) for v in np.clip(quad.min(axis=0), 0, (width - 2, height - 2)))
    x1, y1 = (int(v) for v in np.clip(np.ceil(quad.max(axis=0)), (x0 + 2, y0 + 2), (width, height)))
    scale = min(1.0, _WIDTH / (x1 - x0))
    size = (round((x1 - x0) * scale), max(1, round((y1 - y0) * scale)))
    return page.view.part((x0, y0), (x1, y1), size), np.array([x0, y0], np.float32), scale


def _blur(luma: Image) -> float:
    grey = luma.astype(np.float32)
    worst = 0.0
    for axis, kernel in ((1, (_REBLUR, 1)), (0, (1, _REBLUR))):
        # Every second row, or column, says the same in half the time.
        lines = np.ascontiguousarray(grey[::2] if axis == 1 else grey[:, ::2])
        again = cv2.blur(lines, kernel)
        before, after = np.abs(np.diff(lines, axis=axis)), np.abs(np.diff(again, axis=axis))
        total = float(before.sum())
        kept = float(np.maximum(0, before - after).sum())
        worst = max(worst, (total - kept) / total if total else 1.0)
    return worst


def _glare(region: Image, luma: Image) -> Image:
    """1 where there is glare."""
    if float(np.median(luma)) >= _WHITE:
        return np.zeros_like(luma)  # white paper in full light: there is nothing to tell a reflection by
    bright = luma >= _SATURATED
    if not bright.any():
        return np.zeros_like(luma)
    saturation = cv2.cvtColor(region, cv2.COLOR_BGR2HSV)[:, :, 1]
    patches: Any = (bright & (saturation <= _COLOURLESS)).astype(np.uint8)
    size = max(3, round(_PATCH * region.shape[1]))
    return np.asarray(cv2.morphologyEx(patches, cv2.MORPH_OPEN, np.ones((size, size), np.uint8)), np.uint8)


def _on_print(patches: Image, text: Sequence[Quad]) -> float:
    worst = 0.0
    if not patches.any():
        return worst
    for quad in text:
        (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
        room = _BESIDE * (y1 - y0)
        line = patches[max(0, int(y0)) : max(0, int(y1)), max(0, int(x0 - room)) : max(0, int(x1 + room))]
        worst = max(worst, float(line.mean()) if line.size else 0.0)
    return worst


def _chroma(region: Image) -> float:
    """On small pixels, where a camera's colour noise has gone, and well within the outline: the table has colours too."""
    y, x = (max(0, round(_WITHIN * side)) for side in region.shape[:2])
    region = region[y : region.shape[0] - y, x : region.shape[1] - x]
    height = max(2, round(_COARSE * region.shape[0] / max(1, region.shape[1])))
    small = smaller(region, (_COARSE, height)).astype(np.float32)
    most, least = small.max(axis=2), small.min(axis=2)
    return float(((most - least) / np.maximum(most, _BLACK)).std())


def _contrast(page: Page) -> float:
    found = []
    for quad in page.quads:
        luma = cv2.cvtColor(page.view.crop(quad, fine=False), cv2.COLOR_BGR2GRAY)
        dark, light = np.percentile(luma[::2, ::2], (3, 90))  # every fourth pixel says the same
        found.append(float(light - dark) / 255)
    return float(np.percentile(found, 20))


def _shadow(luma: Image) -> float:
    """Text and portrait are closed away first: what is left is how the paper is lit."""
    small = smaller(luma, (64, 40))
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (0, 0), 3)
    low, high = np.percentile(paper, (5, 95))
    return float(high - low) / 255
