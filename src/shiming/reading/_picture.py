"""One picture, decoded once, read as what its slot asks for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np

from shiming.intake import pictures
from shiming.reading import _document, _others, barcodes
from shiming.reading._document import Seen
from shiming.reading.documents import Part, _grammar, _specimen, available
from shiming.reading.timing import step
from shiming.reading.vision import barcode, detection, face, look, networks, ocr, quality
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.page import Page
from shiming.registration.values import Document, Face, Reading

_FACE_ROOM = 0.15
"""Of the document's width, kept around the document, or its portrait's place, when the portrait is looked for."""
_FRAME, _HEAD = 0.04, 0.6
"""Kept around a portrait's place, of the document; and around a face for hair and shoulders, of the face."""
Cut = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of a page."""


def preload() -> None:
    """Loads text and face models, the units, and what their grammar looks up."""
    ocr.preload()
    available()
    _grammar.month_names()
    detection.preload()
    face.preload()


def read(data: bytes, kind: str, documents: Sequence[str] | None, side: str | None, measured: bool) -> Reading:
    """As :func:`shiming.reading.read_picture`."""
    start = time.perf_counter()
    with step("decode"):
        header = pictures.inspect(data)
        image = pictures.decode(data)
    if kind in ("selfie", "liveness"):
        reading = _selfie(image, measured)
    elif kind == "paper":
        # No machine reads it; a person does. Its measures still say whether a person can.
        reading = Reading(quality=_unseen(image), look=look.of(image)) if measured else Reading()
    else:
        scale = max(header.width, header.height) / max(image.shape[:2])
        reading = _document_side(image, documents, side, scale, measured)
        if reading.document is None or networks.strained():
            # Everything was tried, on every scale: that takes 300 MB in all, and the next picture may be as hard.
            networks.relax()
        if measured:
            sent = {"picture_width": float(max(header.width, header.height))}
            reading = replace(reading, quality={**reading.quality, **sent}, look=look.of(image))
    if kind == "holding":
        with step("face"):
            faces = face.find_faces(image)
        reading = replace(reading, faces=faces, portrait=_held(faces, reading.faces or ()))
    return replace(reading, elapsed_ms=round((time.perf_counter() - start) * 1000))


def _held(faces: Sequence[Face], on_document: Sequence[Face]) -> Face | None:
    """The portrait on the document: the first face found on it that is not the holder's, who may stand close behind it."""
    for one in on_document:
        x, y = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
        if faces and not (faces[0].box[0] < x < faces[0].box[2] and faces[0].box[1] < y < faces[0].box[3]):
            return one
    return None


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
        versions=ocr.versions(),
        fields=seen.fields,
        mrz=seen.text.zone.zone.mrz if seen.text.zone else None,
        printed=seen.printed,
    )
    if seen.text.barcodes:
        size = (image.shape[1], image.shape[0])
        versions = {**ocr.versions(), **barcode.versions()}
        reading = replace(reading, barcode=barcodes.described(seen.text.barcodes, size), versions=versions)
    outline = None
    if seen.unit and seen.recognised:
        unit, answer = seen.unit, seen.recognised
        outline = unit.outline(seen.text, answer.side)
        reading = replace(
            reading,
            document=Document(unit.TYPE, answer.side, answer.country, answer.confidence),
            versions={**reading.versions, f"document:{unit.TYPE}": unit.VERSION},
        )
    faces = _portrait(seen, outline)
    if measured:
        with step("quality"):
            reading = replace(reading, quality=_measures(image, seen, outline, scale, faces or ()))
    return replace(reading, faces=faces)


def _measures(image: Image, seen: Seen, outline: Quad | None, scale: float, faces: Sequence[Face]) -> dict[str, float]:
    page = seen.text.page
    back = np.linalg.inv(page.matrix)
    fields = [_on_page(np.array(field.box) * page.whole, back) for field in seen.fields.values() if field.box]
    measures = quality.of_page(page, outline, scale, _portraits(seen, outline, faces), fields)
    measures |= quality.screen(image, page, outline)
    if seen.recognised is not None:
        measures["specimen"] = _specimen.marks((line.text for line in seen.text.lines), seen.fields)
    if outline is not None:
        measures["documents"] = 1 + _others.count(image, seen, outline)
        if getattr(seen.unit, "RATIO", None) is not None:
            measures["lean"] = quality.lean(page, outline)
    return measures


def _portraits(seen: Seen, outline: Quad | None, faces: Sequence[Face]) -> list[Quad]:
    """Where skin is printed, in pixels of the page: the unit's place of the portrait, and the head around each face found."""
    page, found = seen.text.page, []
    if outline is not None and seen.unit and seen.unit.PORTRAIT and seen.recognised and seen.recognised.side == "front":
        left, top, right, bottom = seen.unit.PORTRAIT
        a, b, d = outline[0], outline[1] - outline[0], outline[3] - outline[0]
        x0, y0, x1, y1 = left - _FRAME, top - _FRAME, right + _FRAME, bottom + _FRAME
        found.append(np.array([a + b * x + d * y for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], np.float32))
    back = np.linalg.inv(page.matrix)
    for one in faces:
        left, top, right, bottom = one.box
        across, down = _HEAD * (right - left), _HEAD * (bottom - top)
        x0, y0, x1, y1 = left - across, top - down, right + across, bottom + 2 * down
        found.append(_on_page(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * page.whole, back))
    return found


def _on_page(points: Any, back: Any) -> Quad:
    """Points of the upright picture in pixels of the page."""
    there = cv2.perspectiveTransform(np.asarray(points, np.float64).reshape(-1, 1, 2), back)
    return np.asarray(there.reshape(-1, 2), np.float32)


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
            part = np.ascontiguousarray(page.view.part(cut[:2], cut[2:]))
            found = face.find_faces(part, small=True, level=True, near=outline is not None)
            if found:
                return tuple(_placed(page, f, cut) for f in found)
    return ()


def _cuts(page: Page, outline: Quad | None, portrait: Part | None) -> list[Cut]:
    """Where to look, in pixels of the page: the portrait's usual place, then the whole document, or else the whole page."""
    width, height = page.size
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
