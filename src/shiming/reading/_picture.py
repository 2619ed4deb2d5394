"""One picture, decoded once, read as what its slot asks for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from shiming.intake import pictures
from shiming.reading import _document
from shiming.reading._document import Seen
from shiming.reading.documents import Part
from shiming.reading.timing import step
from shiming.reading.vision import face, ocr, quality
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.page import Page
from shiming.registration.values import Document, Face, Reading

_FACE_ROOM = 0.15
"""Of the document's width, kept around the document, or its portrait's place, when the portrait is looked for."""
Cut = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of a page."""


def preload() -> None:
    """Loads text and face models."""
    ocr.preload()
    face.preload()


def read(data: bytes, kind: str, documents: Sequence[str] | None, side: str | None, measured: bool) -> Reading:
    """As :func:`shiming.reading.read_picture`."""
    start = time.perf_counter()
    with step("decode"):
        header = pictures.inspect(data)
        image = pictures.decode(data)
    if kind == "selfie":
        reading = _selfie(image, measured)
    else:
        scale = max(header.width, header.height) / max(image.shape[:2])
        reading = _document_side(image, documents, side, scale, measured)
    return replace(reading, elapsed_ms=round((time.perf_counter() - start) * 1000))


def _selfie(image: Image, measured: bool) -> Reading:
    with step("face"):
        faces = face.find_faces(image)
    if not measured or not faces:
        return Reading(faces=faces)
    height, width = image.shape[:2]
    left, top, right, bottom = np.clip(faces[0].box, 0, 1)
    x0, y0 = min(int(left * width), width - 2), min(int(top * height), height - 2)
    x1, y1 = max(int(right * width), x0 + 2), max(int(bottom * height), y0 + 2)
    with step("quality"):
        return Reading(faces=faces, quality=quality.of_region(image[y0:y1, x0:x1]))


def _document_side(
    image: Image, documents: Sequence[str] | None, side: str | None, scale: float, measured: bool
) -> Reading:
    seen = _document.see(image, datetime.now(UTC).date(), documents, side)
    if seen is None:
        return Reading(versions=ocr.versions(), quality=_unseen(image) if measured else {})
    reading = Reading(
        versions=ocr.versions(), fields=seen.fields, mrz=seen.text.zone.zone.mrz if seen.text.zone else None
    )
    outline = None
    if seen.unit and seen.recognised:
        unit, answer = seen.unit, seen.recognised
        outline = unit.outline(seen.text, answer.side)
        reading = replace(
            reading,
            document=Document(unit.TYPE, answer.side, answer.country, answer.confidence),
            versions={**ocr.versions(), f"document:{unit.TYPE}": unit.VERSION},
        )
    if measured:
        with step("quality"):
            reading = replace(reading, quality=quality.of_page(seen.text.page, outline, scale))
    return replace(reading, faces=_portrait(seen, outline))


def _unseen(image: Image) -> dict[str, float]:
    """Measures of a picture without text: they may say why there is none."""
    with step("quality"):
        return quality.of_region(image)


def _portrait(seen: Seen, outline: Quad | None) -> tuple[Face, ...] | None:
    """Faces on a side that bears a portrait, their boxes as fractions of the upright picture; None on other sides."""
    if seen.unit is None or seen.recognised is None or seen.recognised.side != "front":
        return None
    page = seen.text.page
    with step("face"):
        for cut in _cuts(page, outline, seen.unit.PORTRAIT):
            x0, y0, x1, y1 = cut
            found = face.find_faces(np.ascontiguousarray(page.image[y0:y1, x0:x1]), small=True, level=True)
            if found:
                return tuple(_placed(page, f, cut) for f in found)
    return ()


def _cuts(page: Page, outline: Quad | None, portrait: Part | None) -> list[Cut]:
    """Where to look, in pixels of the page: the portrait's usual place, then the whole document, or else the whole page."""
    height, width = page.image.shape[:2]
    if outline is None:
        return [(0, 0, width, height)]
    low, high = outline.min(axis=0), outline.max(axis=0)
    room = _FACE_ROOM * (high - low)[0]
    parts = [(low - room, high + room)]
    if portrait is not None:
        left, top, right, bottom = portrait
        size = high - low
        parts.insert(0, (low + size * (left, top) - room, low + size * (right, bottom) + room))
    cuts = []
    for upper, lower in parts:
        x0, y0 = (int(v) for v in np.clip(upper, 0, (width - 2, height - 2)))
        x1, y1 = (int(v) for v in np.clip(lower, (x0 + 2, y0 + 2), (width, height)))
        cuts.append((x0, y0, x1, y1))
    return cuts


def _placed(page: Page, found: Face, cut: Cut) -> Face:
    return replace(found, box=_whole(page, found, cut), measures={**found.measures, "turn": round(page.angle, 1)})


def _whole(page: Page, found: Face, cut: Cut) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = cut
    left, top, right, bottom = found.box
    xs, ys = (x0 + left * (x1 - x0), x0 + right * (x1 - x0)), (y0 + top * (y1 - y0), y0 + bottom * (y1 - y0))
    corners = np.array([[xs[0], ys[0]], [xs[1], ys[0]], [xs[1], ys[1]], [xs[0], ys[1]]], np.float32)
    points = np.clip(page.to_picture(corners) / np.array(page.whole, np.float32), 0, 1)
    low, high = points.min(axis=0), points.max(axis=0)
    return (round(float(low[0]), 4), round(float(low[1]), 4), round(float(high[0]), 4), round(float(high[1]), 4))
