"""Finds the machine-readable zone on a page and reads it as it is printed.

The zone's alphabet has 37 characters, its columns have classes (:mod:`.mrz_columns`), its numbers check digits
(:mod:`.mrz_settle`). Lines that are in doubt are read again from other cuts of the picture, and every reading counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import cv2
import numpy as np

from shiming.reading.vision import mrz, mrz_columns, ocr
from shiming.reading.vision.mrz_columns import Cell
from shiming.reading.vision.mrz_settle import Settled, settle
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.reading.vision.page import Page

_SHAPE = 7.0
"""A zone's line is at least this many times as wide as high; a detected half of a TD3 line is 11."""
_SLENDER = 50.0
"""A zone's line is at most this many times as wide as high: 44 characters, ten to the inch, 2.3 mm high or more (ICAO 9303-3)."""
_READ_AT_ONCE = 6
"""The widest lines that are looked at for a zone."""
_FILLER_LIKE = re.compile("[くㄑ＜〈‹ヘへ]")
_GAP = 2.5
"""Boxes of one row lie less than this many line heights apart."""
_SURE = 0.75
"""A line is read from other cuts too when a character of it is less certain than this (0..1)."""
_AGREED, _AGREED_SURE = 3, 2
"""When so many cuts read the same wrong zone, it is printed so; fewer where every character is certain."""
_PITCH = 1.2
"""From line to line, in heights of a detected box, where only one line was found."""
_PERMIT = re.compile(r"C[RT](?:[HM].\d|\d{3})")
"""How the zone of a mainland travel permit begins: thirty columns a line, but laid out otherwise than TD1. Its unit reads it."""
_MISCOUNT = 4
"""How many fillers of a line the recogniser may have lost or added."""
_LONGEST = 60
"""Characters of a line that may still be a zone's: a TD3 line has 44, and what is printed beside it may be read with it."""
_MOST_ROWS = 5
"""Rows looked at: a zone has three at the most, and the one that was found may be any of them."""
_ROW_GAP = 3.2
"""Lines of one zone lie less than this many line heights apart, middle to middle."""


@dataclass(frozen=True, slots=True)
class Found:
    """A zone on a page: parsed, with its lines' quads and what was read in each column."""

    zone: mrz.Zone
    quads: tuple[Quad, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def confidence(self, place: mrz.Place) -> float:
        """The least certain character of a place."""
        row, start, end = place
        return min((cell.certain for cell in self.cells[row][start:end]), default=0.0)

    def quad(self, place: mrz.Place) -> Quad:
        """Where a place's characters stand on the page."""
        row, start, end = place
        return mrz_columns.quad_of(self.quads[row], start, end, len(self.cells[row]))


_BESIDE = (2.0, 9.5)
"""Least and most width of a value beside a zone, in its height: longer lines are labels and titles."""
_MOST_BESIDE = 14
"""Lines beside a zone that are read: the highest. A data page has eight values."""


def beside(page: Page, zone: Found) -> list[Quad]:
    """Lines above a zone that may be values: as long as dates, numbers and names are."""
    top = min(float(quad[:, 1].min()) for quad in zone.quads)
    least, most = _BESIDE
    lines = [q for q in page.quads if float(q[:, 1].mean()) < top and least <= _aspect(q) <= most]
    return sorted(lines, key=_height, reverse=True)[:_MOST_BESIDE]


Twice = tuple[Line, Line]
"""A line read without restriction and in the zone's alphabet."""


def candidates(page: Page, read: Callable[[Sequence[Quad]], list[Twice]] | None = None) -> list[Twice]:
    """The lines of a page that may be a zone's: the widest, or once one is a zone's, only those beside it.

    ``read`` reads lines of the page; without it they are read here.
    """
    read = read or (lambda quads: ocr.recognise_twice(page.view, quads, mrz.ALPHABET))
    wide = sorted((q for q in page.quads if _aspect(q) >= _SHAPE), key=lambda q: -_width(q))[:_READ_AT_ONCE]
    lines: list[Twice] = []
    for place, quad in enumerate(wide):
        said = read([quad])  # nothing where a picture's lines would cost more than they may
        lines += said
        if said and looks_like_zone(said[0][0].text):
            return lines + read([q for q in wide[place + 1 :] if abs(_below(q, quad)) < 2.5 * _ROW_GAP * _height(quad)])
    return lines


def find(page: Page, lines: Sequence[tuple[Line, Line]], today: date) -> Found | None:
    """The zone of a page, given its :func:`candidates`, or None.

    A zone whose check digits are wrong is found too, with ``zone.mrz.valid`` false. ``today`` as in :func:`mrz.parse`.
    """
    hits = [restricted for free, restricted in lines if looks_like_zone(free.text)]
    if not hits or any(_PERMIT.match(hit.text) for hit in hits):
        return None
    rows = [row for row in _rows(page, hits) if _aspect(_joined(row)) <= _SLENDER]
    known = {id(line.quad): line for line in hits}
    # On a desk full of print a stranger's box may hang together with a line that is whole by itself.
    zone = _assembled(page.image, sorted(hits, key=lambda hit: _below(hit.quad, hits[0].quad)), today)
    if not rows and zone is None:
        return None
    if rows and (zone is None or not zone.settled.zone.mrz.valid):
        first = [known[id(r[0])] if len(r) == 1 and id(r[0]) in known else _read(page.image, _joined(r)) for r in rows]
        zone = _assembled(page.image, first, today)
    quads = _level([_joined(row) for row in rows]) if rows else []
    for image, up, along in _cuts(page.image):
        if zone is None:
            spread = _with_neighbours(quads) if len(quads) < 3 else quads
            zone = _assembled(image, [_read(image, _grown(quad, up, along)) for quad in spread], today)
        elif zone.settled_well:
            break
        else:
            zone = _again(zone, image, up, along, today)
    return zone.found if zone else None


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone as it was put together: its format, its lines, what every reading of them said, and what that comes to."""

    layout: mrz.Format
    lines: tuple[Line, ...]
    orders: list[list[int | None]]
    readings: tuple[list[list[Cell]], ...]
    settled: Settled

    @property
    def found(self) -> Found:
        return Found(self.settled.zone, tuple(line.quad for line in self.lines), self.settled.cells)

    @property
    def settled_well(self) -> bool:
        """Whether another look would change nothing: right and no letter in doubt, or wrong and read so again and again."""
        if self.settled.zone.mrz.valid:
            return all(cell.certain >= _SURE for row in self.settled.cells for cell in row)
        texts = {tuple(mrz_columns.text(row) for row in reading) for reading in self.readings}
        sure = all(cell.certain >= _SURE for reading in self.readings for row in reading for cell in row)
        return len(self.readings) >= (_AGREED_SURE if sure else _AGREED) and len(texts) == 1

    def doubtful(self) -> list[int]:
        """The lines to look at again: with a letter in doubt, or under a check digit that is wrong."""
        rows = {r for r, row in enumerate(self.settled.cells) if any(cell.certain < _SURE for cell in row)}
        for name, right in self.settled.zone.mrz.checks.items():
            if not right:
                rows |= {place[0] for place in self.layout.checks[name][0]}
        return sorted(rows) or list(range(len(self.lines)))


def _again(zone: _Zone, image: Image, up: float, along: float, today: date) -> _Zone:
    """The zone after its doubtful lines were read once more from another cut."""
    quads = _level([line.quad for line in zone.lines])
    doubtful = zone.doubtful()
    lines = [_read(image, _grown(quads[r], up, along)) if r in doubtful else line for r, line in enumerate(zone.lines)]
    orders = [
        order if line is first else mrz_columns.aligned(line, first, order)
        for line, first, order in zip(lines, zone.lines, zone.orders, strict=True)
    ]
    readings = (*zone.readings, mrz_columns.read(image, lines, orders, zone.layout))
    settled = settle(mrz_columns.together(readings), zone.layout, today)
    return zone if settled is None else replace(zone, readings=readings, settled=settled)


def _cuts(image: Image) -> Iterator[tuple[Image, float, float]]:
    """Other looks at a line: the picture, and how much to grow the line's box up and down, and along, in its heights."""
    yield image, 0.10, 0.5
    yield image, -0.08, 0.2
    yield _sharpened(image), 0.02, 0.3


def looks_like_zone(text: str) -> bool:
    """Whether an unrestricted reading of a line could be a zone's (or half of one): fillers, capitals and digits only."""
    squeezed = _FILLER_LIKE.sub("<", text.replace(" ", "").replace("«", "<<").replace("《", "<<"))
    fitting = sum(c in mrz.ALPHABET for c in squeezed)
    if not 12 <= len(squeezed) <= _LONGEST or fitting < 0.85 * len(squeezed):
        return False
    return squeezed.count("<") >= 2 or (len(squeezed) >= 26 and bool(re.search(r"\d{6}", squeezed)))


def _read(image: Image, quad: Quad) -> Line:
    return ocr.recognise(image, [quad], mrz.ALPHABET)[0]


def _width(quad: Quad) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _height(quad: Quad) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _aspect(quad: Quad) -> float:
    return _width(quad) / max(1.0, _height(quad))


def _middle(quad: Quad) -> tuple[float, float]:
    x, y = quad.mean(axis=0)
    return float(x), float(y)


def _left(quad: Quad) -> float:
    return float(quad[[0, 3], 0].mean())


def _right(quad: Quad) -> float:
    return float(quad[[1, 2], 0].mean())


def _rows(page: Page, hits: Sequence[Line]) -> list[list[Quad]]:
    """The zone's rows from top to bottom, each its boxes from left to right: what was hit, and what else lies in line."""
    anchor = max(hits, key=lambda line: _width(line.quad)).quad
    height = _height(anchor)
    known = {id(line.quad) for line in hits}

    def level(quad: Quad) -> float:
        return _below(quad, anchor)

    near = [
        q
        for q in page.quads
        if id(q) in known or (abs(level(q)) < 2.5 * _ROW_GAP * height and 0.55 < _height(q) / height < 1.6)
    ]
    rows: list[list[Quad]] = []
    for quad in sorted(near, key=level):
        if rows and abs(level(quad) - level(rows[-1][0])) < 0.6 * height:
            rows[-1].append(quad)
        else:
            rows.append([quad])
    nearest = sorted(rows, key=lambda row: min(abs(level(quad)) for quad in row))[:_MOST_ROWS]
    chains = [_chain(row, known, _GAP * height) for row in rows if any(row is one for one in nearest)]
    full = max(_right(c[-1]) - _left(c[0]) for c in chains)
    return [c for c in chains if any(id(q) in known for q in c) or _right(c[-1]) - _left(c[0]) > 0.8 * full]


def _chain(row: Sequence[Quad], known: set[int], gap: float) -> list[Quad]:
    """The boxes of a row that hang together with its hit (or its longest box), from left to right."""
    ordered = sorted(row, key=_left)
    start = max(range(len(ordered)), key=lambda i: (id(ordered[i]) in known, _width(ordered[i])))
    first = last = start
    while first > 0 and _left(ordered[first]) - _right(ordered[first - 1]) < gap:
        first -= 1
    while last + 1 < len(ordered) and _left(ordered[last + 1]) - _right(ordered[last]) < gap:
        last += 1
    return ordered[first : last + 1]


def _with_neighbours(quads: Sequence[Quad]) -> list[Quad]:
    """The rows, and one more above and below, for a zone of which a line was not detected."""
    first, last = quads[0], quads[-1]
    step = (last - first) / (len(quads) - 1) if len(quads) > 1 else (first[[3, 2, 2, 3]] - first[[0, 1, 1, 0]]) * _PITCH
    return [np.asarray(first - step, np.float32), *quads, np.asarray(last + step, np.float32)]


def _joined(row: Sequence[Quad]) -> Quad:
    """One quad from the first box's left edge to the last box's right edge."""
    return np.array([row[0][0], row[-1][1], row[-1][2], row[0][3]], np.float32)


def _level(quads: Sequence[Quad]) -> list[Quad]:
    """The lines' quads, all from the leftmost edge to the rightmost."""
    left, right = min(_left(q) for q in quads), max(_right(q) for q in quads)
    return [_stretched(q, left, right) for q in quads]


def _below(quad: Quad, other: Quad) -> float:
    """How far a line lies below another, measured across it, pixels."""
    across = other[1] - other[0]
    x, y = np.subtract(_middle(quad), _middle(other))
    return float(y - x * across[1] / max(1.0, across[0]))


def _stretched(quad: Quad, left: float, right: float) -> Quad:
    """The quad run out along its own direction to these abscissae."""
    across = quad[1] - quad[0], quad[2] - quad[3]
    result = quad.copy()
    for corner, origin, vector in ((0, 0, across[0]), (1, 0, across[0]), (2, 3, across[1]), (3, 3, across[1])):
        x = left if corner in (0, 3) else right
        share = (x - quad[origin][0]) / max(1.0, float(vector[0]))
        result[corner] = quad[origin] + vector * share
    return result


def _grown(quad: Quad, up: float, along: float) -> Quad:
    """The quad grown by shares of its height, above and below (``up``) and at both ends (``along``)."""
    height = _height(quad)
    across = (quad[1] - quad[0]) / max(1.0, _width(quad)) * height * along
    down = (quad[3] - quad[0]) * up
    return np.asarray(quad + np.array([-across - down, across - down, across + down, -across + down]), np.float32)


def _sharpened(image: Image) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    even = cv2.createCLAHE(2.0, (8, 8)).apply(grey)
    sharp = cv2.addWeighted(even, 1.7, cv2.GaussianBlur(even, (0, 0), 2.0), -0.7, 0)
    return np.asarray(cv2.cvtColor(sharp, cv2.COLOR_GRAY2BGR), np.uint8)


def _assembled(image: Image, lines: Sequence[Line], today: date) -> _Zone | None:
    """The lines as the format that they fit best: the lowest run of neighbouring lines where several fit as well."""
    best: _Zone | None = None
    for layout in mrz.FORMATS:
        for start in range(len(lines) - layout.rows, -1, -1):
            zone = _laid_out(image, lines[start : start + layout.rows], layout, today)
            if zone and (best is None or _rank(zone) > _rank(best)):
                best = zone
    return best


def _rank(zone: _Zone) -> tuple[bool, int]:
    return zone.settled.zone.mrz.valid, sum(zone.settled.zone.mrz.checks.values())


def _laid_out(image: Image, lines: Sequence[Line], layout: mrz.Format, today: date) -> _Zone | None:
    if any(abs(len(line.text) - layout.columns) > _MISCOUNT for line in lines):
        return None
    orders = mrz_columns.orders(lines, layout)
    if orders is None:
        return None
    reading = mrz_columns.read(image, lines, orders, layout)
    settled = settle(reading, layout, today)
    return _Zone(layout, tuple(lines), orders, (reading,), settled) if settled else None
