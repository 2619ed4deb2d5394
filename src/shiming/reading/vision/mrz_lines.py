"""Finds the machine-readable zone on a page and reads it as it is printed.

The zone's alphabet has 37 characters, its columns have classes (a date has digits, a name letters): both only decide between
look-alikes, by the network's own probabilities. A character whose class is right is never changed to please a check digit;
when the digits do not add up, the lines are read again from other cuts of the picture, and every reading counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np

from shiming.reading.vision import mrz, ocr
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.reading.vision.page import Page

_SHAPE = 7.0
"""A zone's line is at least this many times as wide as high; a detected half of a TD3 line is 11."""
_READ_AT_ONCE = 6
"""The widest lines that are looked at for a zone."""
_FILLER = re.compile(r"<+")
_ROW_GAP = 3.2
"""Lines of one zone lie less than this many line heights apart, middle to middle."""


@dataclass(frozen=True, slots=True)
class Found:
    """A zone on a page: parsed, with its lines' quads, and how sure each column is (a tuple a line, 0..1)."""

    zone: mrz.Zone
    quads: tuple[Quad, ...]
    certain: tuple[tuple[float, ...], ...]

    def confidence(self, place: mrz.Place) -> float:
        """The least certain character of a place."""
        return min(self.certain[place[0]][place[1] : place[2]], default=0.0)

    def quad(self, place: mrz.Place) -> Quad:
        """Where a place's characters stand on the page."""
        row, start, end = place
        columns = len(self.certain[row])
        top_left, top_right, bottom_right, bottom_left = self.quads[row]
        left, right = start / columns, end / columns
        return np.array(
            [
                top_left + (top_right - top_left) * left,
                top_left + (top_right - top_left) * right,
                bottom_left + (bottom_right - bottom_left) * right,
                bottom_left + (bottom_right - bottom_left) * left,
            ],
            np.float32,
        )


def find(page: Page, today: date) -> Found | None:
    """The zone of a page, or None. A zone whose check digits are wrong is found too, with ``zone.mrz.valid`` false."""
    wide = sorted((q for q in page.quads if _aspect(q) >= _SHAPE), key=lambda q: -_width(q))[:_READ_AT_ONCE]
    hits = [line for line in ocr.recognise(page.image, wide, mrz.ALPHABET, plausible=looks_like_zone)]
    if not hits:
        return None
    best: Found | None = None
    votes: list[Found] = []
    for lines in _attempts(page, hits):
        found = _assembled(lines, today)
        if found is None:
            continue
        if found.zone.mrz.valid:
            return found
        votes.append(found)
        best = _voted(votes, today)
    return best


def looks_like_zone(text: str) -> bool:
    """Whether an unrestricted reading of a line could be a zone's (or half of one): fillers, capitals and digits only."""
    squeezed = text.replace(" ", "").replace("«", "<<").replace("く", "<").replace("＜", "<")
    fitting = sum(c in mrz.ALPHABET for c in squeezed)
    if len(squeezed) < 12 or fitting < 0.85 * len(squeezed):
        return False
    return squeezed.count("<") >= 2 or (len(squeezed) >= 26 and bool(re.search(r"\d{6}", squeezed)))


def _attempts(page: Page, hits: Sequence[Line]) -> Iterator[list[Line]]:
    """The zone's lines, read first as they were detected, then from ever other cuts."""
    rows = _rows(page, hits)
    whole = {id(line.quad): line for line in hits}
    yield [
        whole[id(row[0])] if len(row) == 1 and id(row[0]) in whole else _read(page.image, _joined(row)) for row in rows
    ]
    quads = [_joined(row) for row in rows]
    left, right = min(_left(q) for q in quads), max(_right(q) for q in quads)
    spread = [_stretched(q, left, right) for q in quads]
    yield [_read(page.image, _grown(q, 0.10, 0.5)) for q in spread]
    yield [_read(page.image, _grown(q, -0.08, 0.2)) for q in spread]
    sharper = _sharpened(page.image)
    yield [_read(sharper, _grown(q, 0.02, 0.3)) for q in spread]


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
    height, slope = _height(anchor), (anchor[1] - anchor[0])[1] / max(1.0, (anchor[1] - anchor[0])[0])
    known = {id(line.quad) for line in hits}

    def level(quad: Quad) -> float:
        x, y = _middle(quad)
        ax, ay = _middle(anchor)
        return y - ay - slope * (x - ax)

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
    full = max(sum(_width(q) for q in row) for row in rows)
    rows = [r for r in rows if any(id(q) in known for q in r) or sum(_width(q) for q in r) > 0.8 * full]
    kept = [row for row in rows if any(id(q) in known for q in row)][-3:]
    return [sorted(row, key=_left) for row in kept]


def _joined(row: Sequence[Quad]) -> Quad:
    """One quad from the first box's left edge to the last box's right edge."""
    return np.array([row[0][0], row[-1][1], row[-1][2], row[0][3]], np.float32)


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


def _assembled(lines: Sequence[Line], today: date) -> Found | None:
    best: Found | None = None
    for layout in mrz.FORMATS:
        found = _as_format(lines, layout, today)
        if found and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


def _rank(found: Found) -> tuple[bool, int]:
    return found.zone.mrz.valid, sum(found.zone.mrz.checks.values())


def _as_format(lines: Sequence[Line], layout: mrz.Format, today: date) -> Found | None:
    chosen = [line for line in lines if abs(len(line.text) - layout.columns) <= 4]
    if len(chosen) != layout.rows:
        return None
    texts, certain = [], []
    for line, classes in zip(chosen, layout.classes(), strict=True):
        fitted = _fitted(line, layout.columns)
        if fitted is None:
            return None
        text, sure = _by_class(line, fitted, classes)
        texts.append(text)
        certain.append(sure)
    zone = mrz.parse(texts, today)
    if zone is None or zone.mrz.format != layout.name:
        return None
    return Found(zone, tuple(line.quad for line in chosen), tuple(certain))


def _fitted(line: Line, columns: int) -> list[int | None] | None:
    """Which read character stands in each column; None is a filler the recogniser swallowed in a long run.

    A run of fillers is the only part whose count a recogniser gets wrong: the longest one takes up the difference.
    """
    order: list[int | None] = list(range(len(line.text)))
    missing = columns - len(order)
    if missing == 0:
        return order
    runs = sorted(_FILLER.finditer(line.text), key=lambda run: run.end() - run.start())
    if not runs:
        return None
    start, end = runs[-1].span()
    if missing > 0:
        return order[:end] + [None] * missing + order[end:]
    if end - start <= -missing:
        return None
    return order[: end + missing] + order[end:]


_CLASS = {"D": mrz.DIGITS + "<", "L": mrz.LETTERS + "<", "S": "MFX<", "X": mrz.ALPHABET}


def _by_class(line: Line, order: Sequence[int | None], classes: str) -> tuple[str, tuple[float, ...]]:
    """Each column's likeliest character of its class, and how likely it is."""
    assert line.probabilities is not None
    text, sure = [], []
    for index, kind in zip(order, classes, strict=True):
        if index is None:
            text.append("<")
            sure.append(line.confidence)
            continue
        read = line.text[index]
        if read not in _CLASS[kind]:
            row = line.probabilities[index]
            read = max(_CLASS[kind], key=lambda c: (row[mrz.ALPHABET.index(c)], _LIKE.get((line.text[index], c), 0)))
        text.append(read)
        sure.append(line.certain[index])
    return "".join(text), tuple(sure)


_LIKE = {
    pair: 1
    for a, b in ("O0", "D0", "Q0", "I1", "L1", "Z2", "S5", "G6", "B8", "T7", "A4")
    for pair in ((a, b), (b, a))
}


def _voted(votes: Sequence[Found], today: date) -> Found:
    """The readings' common opinion, column by column, weighed by certainty; the best single one where they differ in form."""
    best = max(votes, key=_rank)
    alike = [v for v in votes if v.zone.mrz.format == best.zone.mrz.format]
    lines = []
    for row, line in enumerate(best.zone.mrz.lines):
        columns = []
        for column in range(len(line)):
            weight: dict[str, float] = {}
            for vote in alike:
                character = vote.zone.mrz.lines[row][column]
                weight[character] = weight.get(character, 0.0) + vote.certain[row][column]
            columns.append(max(weight, key=lambda c: weight[c]))
        lines.append("".join(columns))
    zone = mrz.parse(lines, today)
    if zone is None or _rank(Found(zone, best.quads, best.certain)) < _rank(best):
        return best
    return Found(zone, best.quads, best.certain)
