"""Finds the text of a picture and turns it level, whatever way the picture was taken.

No outline is searched for: the text itself says how the document lies (facts: contour methods lose the card where reading
the whole frame still finds the number). On a busy table there are several blocks of text; who knows documents says which one
reads as a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from shiming.reading.vision import blocks, detection, ocr
from shiming.reading.vision.blocks import Block, Matrix
from shiming.reading.vision.ocr import Image, Quad
from shiming.reading.vision.view import View, shift
from shiming.registration.values import Box

_FIRST_LOOK = 480
"""Longest side, pixels, of the look at the whole picture. Of a card that fills it, boxes seen at 480, 576 and 640 gave the same
fields (120 sides), and blurred print is found better the coarser the look."""
_CLOSE_LOOK = 576
"""Longest side, pixels, of the look at a part in which the first look's lines were small."""
_FINE_LOOK = 864
"""Longest side, pixels, of the look at a document of which a line was missed: print of 1.5 mm, as on licences, is 15 high."""
_DEEP_LOOK = 1248
"""Longest side, pixels, of the look at a whole picture in which nothing was found that reads as a document."""
_WORTH = 1.3
"""How much larger than the first look a picture must be for a deeper one to show more."""
_SMALL = 200.0
"""A block's extent, pixels of the look, below which the look was too coarse to have found each of its lines: a card across
which 280 pixels were seen has lost nothing."""
_WELL = 250.0
"""A document's width, pixels of a look, from which on no line of it is missed (280) or cut short, less what outlines are off."""
_MARGIN = 0.25
"""Of the text block's size, kept around it: the document's edge, portrait and lines the look missed."""
_STANDS = 45.0
"""Degrees from level from which on text stands, or lies on its head."""
_ASKEW = 20.0
"""Degrees from the nearest quarter turn beyond which lines are detected anew once they are level: boxes of slanting lines lose
their last character now and then; those of lines that slant less are the better for their room."""
_RIM = 0.15
"""Of a document's width, kept around its outline: that is an estimate, and other documents lie beyond it."""
_ALONE = 0.75
"""Share of all text from which a block is asked by more of its lines: the document, most likely."""
_MOST_BLOCKS = {_FIRST_LOOK: 5, _DEEP_LOOK: 8}
"""Blocks of a look that are asked whether they read as a document, most text first: the back of a small card on a desk full of
print was the sixth."""
_ASKED, _MOST_ASKED = 5, 20
"""Lines of a block, the longest, that are asked whether they stand on their heads; and where some do, or in a deeper look."""
_MIXED = 0.2
"""Share of the lines' evidence from which on some stand upright and some on their heads."""
_AT_EDGE = 4.0
"""Pixels within which a line ends at an edge."""
_LEAST, _LARGEST = 32, 3400
"""Shortest and longest side of a page, pixels: a picture has 2400 at most, its diagonal 3400."""
Corner = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A level view of the picture's text.

    ``matrix`` (3, 3) maps its pixels to those of the whole upright picture, whose (width, height) is ``whole``. ``angle`` is
    how far, in degrees, the text stood from level in the picture, clockwise positive, -180..180. ``found`` are the lines that the
    look at the whole picture found, on this page or not, in pixels of that picture.
    """

    view: View
    quads: list[Quad]
    matrix: Matrix
    whole: tuple[int, int]
    angle: float
    found: tuple[Quad, ...] = ()
    telling: tuple[Quad, ...] = ()
    """Those lines of :attr:`quads` that the page is about: on a desk, print of other sheets stands around them."""
    grain: float = 1.0
    """Pixels of the page, side by side, that were one in the look that found its lines."""

    @property
    def image(self) -> Image:
        """Its pixels. Lines are better cut from :attr:`view`, which does not draw all of it."""
        return self.view.pixels

    @property
    def size(self) -> tuple[int, int]:
        """Its (width, height) in pixels."""
        return self.view.size

    def to_picture(self, quad: Quad) -> Quad:
        """A quad of this page in pixels of the whole upright picture."""
        points = np.asarray(quad, np.float64).reshape(-1, 1, 2)
        return np.asarray(cv2.perspectiveTransform(points, self.matrix).reshape(-1, 2), np.float32)

    def from_picture(self, quad: Quad) -> Quad:
        """A quad of the whole upright picture in pixels of this page."""
        points = np.asarray(quad, np.float64).reshape(-1, 1, 2)
        return np.asarray(cv2.perspectiveTransform(points, np.linalg.inv(self.matrix)).reshape(-1, 2), np.float32)

    def box(self, quad: Quad) -> Box:
        """A quad of this page as fractions of the whole upright picture, within 0..1."""
        points = self.to_picture(quad) / np.array(self.whole, np.float32)
        a, b, c, d = ((round(float(x), 4), round(float(y), 4)) for x, y in np.clip(points, 0, 1))
        return (a, b, c, d)


def find(image: Image) -> Page | None:
    """The page of the most text in a picture, or None when there is no text in it."""
    return next(candidates(image, lambda _page, _alone: True), None)


def candidates(image: Image, reads: Callable[[Page, bool], bool]) -> Iterator[Page]:
    """Pages that may be the document, the likeliest first; who finds it takes no more.

    ``reads`` says by a few lines whether a page reads as a document; its second argument is whether the page's block is the only
    one worth the name. When nothing is taken of what a first look shows, a deeper look at the whole picture follows, and when
    that shows nothing, the page with the most text comes last, whatever it says.
    """
    waiting: list[Page] = []
    for longest in (_FIRST_LOOK, _DEEP_LOOK):
        if longest == _DEEP_LOOK and max(image.shape[:2]) < _WORTH * _FIRST_LOOK:
            break
        quads = detection.detect(image, longest)
        scale = min(1.0, longest / max(image.shape[:2]))
        found = blocks.blocks(quads, strict=longest == _DEEP_LOOK)
        alone = bool(found) and found[0].weight >= _ALONE * sum(block.weight for block in found)
        for block in found[: _MOST_BLOCKS[longest]]:
            for page in _views(image, block, quads, scale, asked=_ASKED if longest == _FIRST_LOOK else _MOST_ASKED):
                page = replace(page, found=tuple(quads))
                if reads(page, alone and block is found[0]):
                    yield page
                else:
                    waiting.append(page)
    if waiting:
        yield max(waiting, key=lambda page: sum(blocks.length(quad) for quad in page.telling or page.quads))


def of_lines(image: Image, quads: Sequence[Quad]) -> Page | None:
    """The page around the most of these lines of a picture, stood upright, where they stand or lie on their head in it.

    None where they read as they lie, or slant: what lies about on a desk does.
    """
    found = blocks.blocks(quads)
    if not found or _slants(found[0]):
        return None
    page = _cut(image, blocks.levelling(found[0]), found[0].quads, quads)
    longest = sorted(page.quads, key=blocks.length, reverse=True)[:_ASKED]
    if not longest:
        return None
    page = turned(page) if sum(ocr.upside_down(page.view, longest)) > 0 else page
    return page if abs(page.angle) > _STANDS else None


def bare(image: Image, quads: list[Quad], angle: float) -> Page:
    """The page of a picture without text: as it is, with what there is (``quads``) instead of lines."""
    return Page(View.of(image), quads, np.eye(3), (image.shape[1], image.shape[0]), angle)


def turned(page: Page) -> Page:
    """The page stood on its head."""
    width, height = page.size
    flip = np.array([[-1.0, 0, width - 1], [0, -1, height - 1], [0, 0, 1]])
    corner = np.array([width - 1, height - 1], np.float32)
    quads = [np.asarray((corner - quad)[[2, 3, 0, 1]], np.float32) for quad in page.quads]
    angle = page.angle + (180 if page.angle <= 0 else -180)
    return Page(
        page.view.turned(),
        blocks.in_order(quads),
        page.matrix @ flip,
        page.whole,
        angle,
        page.found,
        grain=page.grain,
    )


def squared(page: Page, image: Image, outline: Quad, ratio: float) -> Page:
    """The page of a document as if the camera had stood straight above: its outline (a quad of ``page``) a level rectangle.

    ``image`` is the whole picture, ``ratio`` the document's width by its height. Its lines are where they were found.
    """
    corners = page.to_picture(outline)
    across = float(np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2
    width = float(np.clip(across, _LEAST, _LARGEST / 2))
    rim = _RIM * width
    low, high = np.array([rim, rim]), np.array([rim + width, rim + width / ratio])
    rectangle = np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.float32)
    moved = np.asarray(cv2.getPerspectiveTransform(corners, rectangle), np.float64)
    size = np.round(high + rim).astype(int)
    back = np.asarray(np.linalg.inv(moved), np.float64)
    quads = [blocks.seen(moved, page.to_picture(quad)) for quad in page.quads]
    return Page(_view_of(image, back, size), quads, back, page.whole, _turn(back, size / 2), page.found)


def closer(page: Page, *, fine: bool = False) -> Page:
    """The same page with its lines looked for again at a higher resolution; ``fine``: a still higher one, for small print."""
    return _seen_at(page, _FINE_LOOK if fine else _CLOSE_LOOK)


def _closer(page: Page, scale: float, *, anew: bool) -> Page:
    """A part of a picture looked at closer than the whole was, at ``scale``; as it is where that saw more, unless ``anew``.

    Of a part that is almost the whole, 576 pixels are fewer than those of a deep look.
    """
    longest = max(_CLOSE_LOOK, min(_FINE_LOOK, round(max(page.size) * scale)))
    return _seen_at(page, longest) if anew or max(page.size) * scale <= longest else page


def _seen_at(page: Page, longest: int) -> Page:
    return replace(page, quads=detection.detect(page.image, longest), grain=max(1.0, max(page.size) / longest))


def coarse(page: Page, outline: Quad) -> bool:
    """Whether the look that found a page's lines was too coarse for a document with this outline."""
    return float(np.linalg.norm(outline[1] - outline[0])) < _WELL * page.grain and page.grain > 1


def _views(image: Image, block: Block, quads: Sequence[Quad], scale: float, asked: int) -> list[Page]:
    """The level page around a block, its lines detected anew where they were small; none when no line is there any more.

    Where some of its lines stand on their heads, of another sheet beside it, there are two: one for those, one for the rest.
    ``asked`` lines, the longest, say whether that is so.
    """
    levelling = blocks.levelling(block)
    page = replace(_cut(image, levelling, block.quads, quads), grain=1 / scale)
    extent = np.ptp(np.concatenate(block.quads), axis=0)
    if _slants(block) or (scale < 1 and float(extent.max()) * scale < _SMALL):
        page = _closer(page, scale, anew=True)
    if cut := _cut_lines(page):
        # A coarse look saw only a part of long lines: of a zone, the fillers, which are all alike.
        page = _cut(image, levelling, [*block.quads, *(page.to_picture(quad) for quad in cut)], quads)
        page = _closer(replace(page, grain=1 / scale), scale, anew=_slants(block))
    own = sorted(_own(page, block), key=blocks.length, reverse=True)
    if not own:
        return []
    heads = ocr.upside_down(page.view, own[:asked])
    on_head = sum(sure for sure in heads if sure > 0) / max(1e-6, sum(map(abs, heads)))
    if not _MIXED <= on_head <= 1 - _MIXED:
        level = turned(page) if on_head > 0.5 else page
        return [replace(level, telling=tuple(_own(level, block)))]
    heads += ocr.upside_down(page.view, own[asked:_MOST_ASKED])
    told = []
    for side, stands in ((page, False), (turned(page), True)):
        middles = [
            side.from_picture(page.to_picture(quad)).mean(axis=0)
            for quad, sure in zip(own, heads, strict=False)
            if (sure > 0) == stands
        ]
        lines = [q for q in side.quads if any(np.abs(q.mean(axis=0) - middle).max() < 1 for middle in middles)]
        told.append(replace(side, telling=tuple(lines)))
    return sorted(told, key=lambda side: -sum(blocks.length(quad) for quad in side.telling))


def _own(page: Page, block: Block) -> list[Quad]:
    """The lines of a page that lie where its block's do; all where none does."""
    places = [page.from_picture(quad) for quad in block.quads]
    points = np.concatenate(places)
    room = max(blocks.height(place) for place in places)
    low, high = points.min(axis=0) - room, points.max(axis=0) + room
    inside = [q for q in page.quads if bool(np.all(q.mean(axis=0) >= low) and np.all(q.mean(axis=0) <= high))]
    return inside or page.quads


def _slants(block: Block) -> bool:
    """Whether the lines lie far from the nearest quarter turn."""
    return abs((block.axis + 45) % 90 - 45) > _ASKEW


def _cut(image: Image, levelling: Matrix, block: Sequence[Quad], quads: Sequence[Quad]) -> Page:
    """The part of the picture around a block, levelled, with those quads whose middle is in it."""
    height, width = image.shape[:2]
    points = np.concatenate([blocks.seen(levelling, quad) for quad in block])
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    margin = _MARGIN * (high - low).max()
    low, high = _with_whole_lines([blocks.seen(levelling, quad) for quad in quads], low - margin, high + margin)
    affine = not levelling[2, :2].any()
    if affine:  # a frame that converges has no bounds worth the name far from the block
        frame = cv2.perspectiveTransform(
            np.array([[[0, 0], [width, 0], [width, height], [0, height]]], float), levelling
        )
        low, high = np.maximum(low, frame[0].min(axis=0)), np.minimum(high, frame[0].max(axis=0))
    if np.array_equal(levelling, np.eye(3)):
        return _part(image, quads, *np.round(np.stack([low, high])).astype(int))
    size = np.clip(np.round(high - low), _LEAST, _LARGEST).astype(int)
    moved = np.array([[1.0, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ levelling
    back = np.asarray(np.linalg.inv(moved), np.float64)
    inside = _inside([blocks.seen(moved, quad) for quad in quads], size)
    return Page(_view_of(image, back, size), inside, back, (width, height), _turn(back, size / 2))


def _cut_lines(page: Page) -> list[Quad]:
    """The lines that end at an edge of the page which is no edge of the picture."""
    width = page.size[0]
    found = []
    for quad in page.quads:
        for end in ((quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2):
            inside = page.to_picture(np.stack([end] * 4))[0]
            on_edge = min(end[0], width - 1 - end[0]) <= _AT_EDGE
            if on_edge and bool(np.all(inside > _AT_EDGE) and np.all(inside < np.array(page.whole) - 1 - _AT_EDGE)):
                found.append(quad)
                break
    return found


def _with_whole_lines(quads: Sequence[Quad], low: Corner, high: Corner) -> tuple[Corner, Corner]:
    """Bounds in which no line is cut whose middle lies within them: a zone stands apart from the print above it."""
    inside = [quad for quad in quads if bool(np.all(quad.mean(axis=0) >= low) and np.all(quad.mean(axis=0) < high))]
    if not inside:
        return low, high
    points = np.concatenate(inside)
    room = max(blocks.height(quad) for quad in inside)
    return np.minimum(low, points.min(axis=0) - room), np.maximum(high, points.max(axis=0) + room)


def _view_of(image: Image, back: Matrix, size: Corner) -> View:
    return View(image, back, (int(size[0]), int(size[1])))


def _part(image: Image, quads: Sequence[Quad], low: Corner, high: Corner) -> Page:
    """A part of a picture that is level as it is."""
    height, width = image.shape[:2]
    low = np.minimum(low, np.maximum(0, np.array([width, height]) - _LEAST))
    size = np.minimum(np.maximum(high, low + _LEAST), np.array([width, height])) - low
    inside = _inside([np.asarray(quad - low, np.float32) for quad in quads], size)
    back = shift(*low)
    return Page(_view_of(image, back, size), inside, back, (width, height), 0.0)


def _inside(quads: Sequence[Quad], size: Corner) -> list[Quad]:
    """The quads whose middle is on a page of that size, cut off at its edges, in order."""
    kept = [quad for quad in quads if bool(np.all(quad.mean(axis=0) >= 0) and np.all(quad.mean(axis=0) < size))]
    return blocks.in_order(np.asarray(np.clip(quad, 0, size - 1), np.float32) for quad in kept)


def _turn(back: Matrix, middle: Corner) -> float:
    """Degrees, clockwise, by which a level line at a page's middle is turned in the picture."""
    ends = cv2.perspectiveTransform(np.array([[middle, middle + np.array([1, 0])]], np.float64), back)[0]
    across, down = ends[1] - ends[0]
    return float(np.degrees(np.arctan2(down, across)))
