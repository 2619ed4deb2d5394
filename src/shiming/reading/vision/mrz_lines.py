"""Finds the machine-readable zone on a page and reads it as it is printed.

The zone's alphabet has 37 characters, its columns have classes (a date has digits, a name letters): both only decide between
look-alikes, by the network's own probabilities. A character whose class is right is never changed to please a check digit;
when the digits do not add up, the lines are read again from other cuts of the picture, and every reading counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
_FILLER_LIKE = re.compile("[くㄑ＜〈‹ヘへ]")
_GAP = 2.5
"""Boxes of one row lie less than this many line heights apart."""
_AGREED = 3
"""When this many cuts read the same wrong zone, it is printed so."""
_SURE = 0.75
"""A zone whose check digits are right is read from other cuts too when a character is less certain than this (0..1)."""
_PITCH = 1.2
"""From line to line, in heights of a detected box, where only one line was found."""
_FIRM, _DOUBTFUL = 0.15, 0.05
"""How likely (0..1) the network must hold another character to be, to be taken where it puts one check right, or two."""
_MISCOUNT = 4
"""How many fillers of a line the recogniser may have lost or added."""
_ROW_GAP = 3.2
"""Lines of one zone lie less than this many line heights apart, middle to middle."""


Cell = tuple[str, float, Mapping[str, float]]
"""A column: its character, how likely it is (0..1), and what else it may well be."""


@dataclass(frozen=True, slots=True)
class Found:
    """A zone on a page: parsed, with its lines' quads and what was read in each column."""

    zone: mrz.Zone
    quads: tuple[Quad, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def confidence(self, place: mrz.Place) -> float:
        """The least certain character of a place."""
        return min((certain for _, certain, _ in self.cells[place[0]][place[1] : place[2]]), default=0.0)

    def quad(self, place: mrz.Place) -> Quad:
        """Where a place's characters stand on the page."""
        row, start, end = place
        columns = len(self.cells[row])
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


def candidates(page: Page) -> list[tuple[Line, Line]]:
    """The widest lines of a page, each read without restriction and in the zone's alphabet."""
    wide = sorted((q for q in page.quads if _aspect(q) >= _SHAPE), key=lambda q: -_width(q))[:_READ_AT_ONCE]
    return ocr.recognise_twice(page.image, wide, mrz.ALPHABET)


def find(page: Page, lines: Sequence[tuple[Line, Line]], today: date) -> Found | None:
    """The zone of a page, given its :func:`candidates`, or None.

    A zone whose check digits are wrong is found too, with ``zone.mrz.valid`` false. ``today`` as in :func:`mrz.parse`.
    """
    hits = [restricted for free, restricted in lines if looks_like_zone(free.text)]
    if not hits:
        return None
    votes: list[Found] = []
    for attempt in _attempts(page, hits):
        found = _assembled(attempt, today)
        if found is None:
            continue
        if found.zone.mrz.valid and _certain(found):
            return found
        votes.append(found)
        if sum(vote.zone.mrz.lines == found.zone.mrz.lines for vote in votes) == _AGREED:
            break
    return _settled(votes, today) if votes else None


def _certain(found: Found) -> bool:
    """Whether no letter is in doubt: no check digit covers names, so only another reading can settle them."""
    return min(certain for row in found.cells for _, certain, _ in row) >= _SURE


def looks_like_zone(text: str) -> bool:
    """Whether an unrestricted reading of a line could be a zone's (or half of one): fillers, capitals and digits only."""
    squeezed = _FILLER_LIKE.sub("<", text.replace(" ", "").replace("«", "<<").replace("《", "<<"))
    fitting = sum(c in mrz.ALPHABET for c in squeezed)
    if len(squeezed) < 12 or fitting < 0.85 * len(squeezed):
        return False
    return squeezed.count("<") >= 2 or (len(squeezed) >= 26 and bool(re.search(r"\d{6}", squeezed)))


def _attempts(page: Page, hits: Sequence[Line]) -> Iterator[list[Line]]:
    """The zone's lines, read first as they were detected, then from ever other cuts."""
    rows = _rows(page, hits)
    known = {id(line.quad): line for line in hits}
    yield [known[id(r[0])] if len(r) == 1 and id(r[0]) in known else _read(page.image, _joined(r)) for r in rows]
    quads = [_joined(row) for row in rows]
    left, right = min(_left(q) for q in quads), max(_right(q) for q in quads)
    spread = [_stretched(q, left, right) for q in quads]
    if len(spread) < 3:
        spread = _with_neighbours(spread)
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
        return float(y - ay - slope * (x - ax))

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
    chains = [_chain(row, known, _GAP * height) for row in rows]
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
    """The lowest run of neighbouring lines that reads best as this format."""
    best: Found | None = None
    for start in range(len(lines) - layout.rows, -1, -1):
        chosen = lines[start : start + layout.rows]
        if any(abs(len(line.text) - layout.columns) > _MISCOUNT for line in chosen):
            continue
        found = _laid_out(chosen, layout, today)
        if found and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


def _laid_out(lines: Sequence[Line], layout: mrz.Format, today: date) -> Found | None:
    texts, columns = [], []
    for line, classes in zip(lines, layout.classes(), strict=True):
        fitted = _fitted(line, layout.columns)
        if fitted is None:
            return None
        cells = [_cell(line, index, kind) for index, kind in zip(fitted, classes, strict=True)]
        texts.append("".join(cell[0] for cell in cells))
        columns.append(tuple(cells))
    zone = mrz.parse(texts, today)
    if zone is None or zone.mrz.format != layout.name:
        return None
    return Found(zone, tuple(line.quad for line in lines), tuple(columns))


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
_ALIKE = {frozenset(pair) for pair in ("O0", "D0", "Q0", "I1", "L1", "Z2", "S5", "G6", "B8", "T7", "A4")}


def _cell(line: Line, index: int | None, kind: str) -> Cell:
    """A column's character: as read if its class may stand there, else its look-alike or a likely one of that class."""
    if index is None or line.probabilities is None:
        return "<", line.confidence, {}
    read, row = line.text[index], line.probabilities[index]
    likely = {c: float(row[i]) for i, c in enumerate(mrz.ALPHABET) if row[i] >= _DOUBTFUL and c != read}
    if read not in _CLASS[kind]:
        fitting = [c for c in _CLASS[kind] if c in likely or frozenset((c, read)) in _ALIKE]
        read = max(fitting, key=lambda c: float(row[mrz.ALPHABET.index(c)]), default=read)
    return read, line.certain[index], likely if kind == "X" else {}


def _settled(votes: Sequence[Found], today: date) -> Found:
    """What all readings together say: column by column, or with a doubtful character taken the other way."""
    right = [vote for vote in votes if vote.zone.mrz.valid]
    if right:
        return _voted(right[0], right, today)
    best = max(votes, key=_rank)
    alike = [v for v in votes if v.zone.mrz.format == best.zone.mrz.format]
    common = _voted(best, alike, today)
    if common.zone.mrz.valid:
        return common
    return _reconsidered(common, alike, today) or common


def _voted(best: Found, votes: Sequence[Found], today: date) -> Found:
    lines = []
    for row, line in enumerate(best.zone.mrz.lines):
        columns = []
        for column in range(len(line)):
            weight: dict[str, float] = {}
            for vote in votes:
                character, certain, _ = vote.cells[row][column]
                weight[character] = weight.get(character, 0.0) + certain
            columns.append(max(weight, key=lambda c: weight[c]))
        lines.append("".join(columns))
    zone = mrz.parse(lines, today)
    voted = Found(zone, best.quads, best.cells) if zone else best
    return voted if _rank(voted) >= _rank(best) else best


def _reconsidered(found: Found, votes: Sequence[Found], today: date) -> Found | None:
    """The zone with one doubtful character taken the other way, where exactly one such change puts every check right."""
    lines, wrong = found.zone.mrz.lines, sum(not right for right in found.zone.mrz.checks.values())
    answers = []
    for row, line in enumerate(lines):
        for column in range(len(line)):
            doubts: dict[str, float] = {}
            for vote in votes:
                for character, likely in vote.cells[row][column][2].items():
                    doubts[character] = max(likely, doubts.get(character, 0.0))
            for character, likely in doubts.items():
                if likely < (_DOUBTFUL if wrong > 1 else _FIRM):
                    continue
                changed = [*lines[:row], line[:column] + character + line[column + 1 :], *lines[row + 1 :]]
                zone = mrz.parse(changed, today)
                if zone and zone.mrz.valid:
                    answers.append(Found(zone, found.quads, found.cells))
    return answers[0] if len(answers) == 1 else None
