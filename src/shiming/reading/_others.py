"""Other documents in the picture, beside the one that was read: by what is printed beyond its outline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from shiming.reading import documents
from shiming.reading._document import Seen
from shiming.reading.documents import Text
from shiming.reading.vision import blocks, mrz_lines, ocr
from shiming.reading.vision import page as level
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import View

_BEYOND = 1.1
"""Print within the outline grown by this is the document's own, as the outline is estimated."""
_SURE = 0.75
"""A unit must be so sure of what lies beyond; two words of a form on the desk make it 0.6."""
_LINES = 8
"""At most so many lines are read for this, the longest, and none where there are fewer than a document has."""
_FEWEST = 3


def count(image: Image, seen: Seen, outline: Quad) -> int:
    """How many other documents can be told: none, or one or more counted as one.

    ``outline`` is the known document's, in pixels of its page; ``image`` is the whole upright picture.
    """
    page = seen.text.page
    corners = page.to_picture(outline)
    middle = corners.mean(axis=0)
    edge = np.asarray(middle + (corners - middle) * _BEYOND, np.float32)
    beyond = [quad for quad in page.found if cv2.pointPolygonTest(edge, _middle(quad), False) < 0]
    if len(beyond) < _FEWEST:
        return 0
    if _is_document(image, page, beyond):
        return 1
    # It may stand, or lie on its head.
    other = level.of_lines(image, beyond)
    return int(other is not None and len(other.quads) >= _FEWEST and _is_document(other.view, other, other.quads))


def _is_document(image: Image | View, page: Page, quads: Sequence[Quad]) -> bool:
    longest = sorted(quads, key=blocks.length, reverse=True)[:_LINES]
    lines = ocr.recognise(image, longest[:_FEWEST])
    if not any(True for _ in _answers(page, lines)) and not any(mrz_lines.looks_like_zone(line.text) for line in lines):
        return False  # the longest lines of a document say something to somebody
    lines += ocr.recognise(image, longest[_FEWEST:])
    zone = sum(mrz_lines.looks_like_zone(line.text) for line in lines) >= 2
    return zone or any(answer.confidence >= _SURE for answer in _answers(page, lines))


def _answers(page: Page, lines: Sequence[Line]) -> Iterable[documents.Recognised]:
    """What the units say of these lines."""
    other = Text(page, tuple(lines))
    for unit in documents.available().values():
        answer = unit.recognise(other) if unit.TYPE != documents.GENERIC else None
        if answer is not None:
            yield answer


def _middle(quad: Quad) -> tuple[float, float]:
    x, y = quad.mean(axis=0)
    return float(x), float(y)
