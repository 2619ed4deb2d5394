"""From recognised lines to a zone's columns: which character stands in each, how sure, and what else it may be.

A column's class (a date has digits, a name letters) decides between look-alikes; where it allows both, the network's own
probabilities do, weighed with the character's height (:mod:`.mrz_heights`); whether a doubtful one of a name is a filler, with
its likeness to the zone's own fillers (:mod:`.mrz_fillers`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shiming.reading.vision import mrz, mrz_fillers, mrz_heights
from shiming.reading.vision.ocr import Image, Line, Quad

_FILLER = re.compile(r"<+")
_CLASS = {"D": mrz.DIGITS + "<", "L": mrz.LETTERS + "<", "S": "MFX<", **mrz.CODES}
"""Characters that may stand in a column of these kinds; the other kinds (``T``, ``X``) take any."""
_TWINS = {"0": "ODQ", "1": "IL", "2": "Z", "4": "A", "5": "S", "6": "G", "7": "T", "8": "B"}
"""Digits and the letters that look like them, the likeliest first."""
_TELLS = {"0": 0.2, "1": 0.01}
_TELLS_ELSE = 0.001
"""The least probability (0..1) left to a letter that the network takes for the digit: what it calls 0 was an O in every other
case (see mrz_heights), I was 1 once with certainty in 5,000 characters, the others never. It never took a digit for a letter."""
_HEIGHT_ODDS = 2.0
"""Most log odds that height may add where the network itself tells letter from digit well."""
_RARE_TYPE = 0.1
"""A digit as second character of the type is this much rarer than a letter."""
_CODE = 0.002
"""A document code of ICAO 9303 is taken for what is printed from this probability on (0..1): there are no others."""
_WORTH = 0.001
"""Less likely characters are forgotten."""
_CLEAR = 0.95
"""A letter or filler less certain than this (0..1) is held against the zone's other fillers."""
_BY_LOOKS = 0.85
"""Most certainty (0..1) of a character that its looks alone decided, against the network, or that one look did not see: as of one
that check digits decided."""
_PRINTED, _TOLD = 0.999, 0.02
"""A digit in a letter's column is taken to be printed so, in a zone that adds up in no way, from this certainty on (0..1); for 0,
O must have been held so likely somewhere else."""
_DIGIT_ODDS = 3.5
"""Or these log odds by height."""
_LOST = 0.35
"""How much wider than the others a gap is, in columns, when a character is missing in it."""
_LOST_BETWEEN = 0.65
"""The same between two that are no fillers: letters are seldom lost, and their places are a third of a column off."""
_NOT_A_FILLER = 1.3
"""A character other than a filler is taken for a stray only when that makes the columns so much more even."""
_ROOM = 0.1, 0.3
"""Of a line's height, kept above and below, and at both ends, when heights are measured."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column: its character, how likely it is (0..1), every likely one with its probability, and what was read before the
    column's class was asked, where that is another character that is certainly printed."""

    character: str
    certain: float
    likely: Mapping[str, float]
    printed: str | None = None

    def of(self, character: str, most: float = 1.0) -> Cell:
        """The same column read as ``character``, at most so sure."""
        return Cell(character, min(most, self.likely.get(character, 0.0)), self.likely, self.printed)


Order = Sequence[int | None]
"""Which read character stands in each column of a line; None where none does."""
FILLER = Cell("<", 1.0, {"<": 1.0})
_UNSEEN = Cell("<", 0.3, {"<": 1.0})
"""A column of which nothing was read, and which is not in a run of fillers."""


def fitted(line: Line, columns: int) -> list[int | None] | None:
    """Which read character stands in each column; None in a column where nothing was read.

    Print stands in even columns: the widest gaps are where characters were lost (mostly fillers in a long run), and a
    character too many is one that stands between two columns.
    """
    order: list[int | None] = list(range(len(line.text)))
    if len(order) > columns:
        return _without_strays(line, columns)
    missing = columns - len(order)
    if missing and not _FILLER.search(line.text):
        return None
    for _ in range(missing):
        at = _widest_gap(line, order)
        order.insert(at, None)
    return order


def _widest_gap(line: Line, order: Order) -> int:
    """Where one more column fits best: by the places, in runs of fillers where they leave a choice."""
    pitch = (line.places[-1] - line.places[0]) / max(1, len(order) - 1)
    best, widest = len(order), 0.0
    runs = {i: run.end() - run.start() for run in _FILLER.finditer(line.text) for i in range(run.start(), run.end())}
    for at in range(1, len(order)):
        before, after = order[at - 1], order[at]
        if before is None or after is None:
            continue
        gap = (line.places[after] - line.places[before]) / max(1e-6, pitch) - 1
        if "<" not in (line.text[before], line.text[after]) and gap < _LOST_BETWEEN:
            continue
        gap += 0.3 * (line.text[before] == "<" and line.text[after] == "<") + 0.01 * runs.get(before, 0)
        if gap > widest:
            best, widest = at, gap
    run = max(_FILLER.finditer(line.text), key=lambda r: r.end() - r.start())
    return best if widest > _LOST else order.index(run.end() - 1) + 1


def _without_strays(line: Line, columns: int) -> list[int | None] | None:
    """The characters less those that spoil the even columns the most; fillers at the end first where that is as good."""
    kept = list(range(len(line.text)))
    while len(kept) > columns:
        worst, least = -1, float("inf")
        for at in range(len(kept) - 1, -1, -1):
            rest = [i for i in kept if i != kept[at]]
            places = np.array([line.places[i] for i in rest])
            fit = np.polyfit(np.arange(len(rest)), places, 1)
            off = float(np.abs(np.polyval(fit, np.arange(len(rest))) - places).mean())
            off *= 1.0 if line.text[kept[at]] == "<" else _NOT_A_FILLER
            if off < least:
                worst, least = at, off
        del kept[worst]
    return list(kept)


def aligned(line: Line, like: Line, order: Order) -> list[int | None]:
    """The characters of another reading of a line, in the columns of the first one, whose ``order`` is that of ``like``.

    By their places on the page, or one after the other where that agrees better with the first (uneven print).
    """
    placed, counted = _placed(line, like, order), fitted(line, len(order))

    def agreeing(other: Order | None) -> int:
        pairs = zip(order, other or (), strict=False)
        return sum(i is not None and j is not None and like.text[i] == line.text[j] for i, j in pairs)

    return counted if counted is not None and agreeing(counted) >= agreeing(placed) else placed


def _placed(line: Line, like: Line, order: Order) -> list[int | None]:
    across = like.quad[1] - like.quad[0]
    across = across / max(1.0, float(np.linalg.norm(across)))
    seen = [(column, _along(like, index, across)) for column, index in enumerate(order) if index is not None]
    pitch, start = mrz_heights.straight(np.array(seen))
    result: list[int | None] = [None] * len(order)
    for index in range(len(line.text)):
        column = round((_along(line, index, across) - start) / max(1e-6, pitch))
        if 0 <= column < len(order):
            other = result[column]
            if other is None or line.certain[index] > line.certain[other]:
                result[column] = index
    return result


def _along(line: Line, index: int, across: Quad) -> float:
    """How far along a direction a character stands, pixels of the page."""
    left, right = (line.quad[0] + line.quad[3]) / 2, (line.quad[1] + line.quad[2]) / 2
    return float((left + (right - left) * line.places[index]) @ across)


def orders(lines: Sequence[Line], layout: mrz.Format) -> list[list[int | None]] | None:
    """The columns of a zone's lines in a format; None where a line cannot have so many."""
    found = [order for line in lines if (order := fitted(line, layout.columns)) is not None]
    return found if len(found) == len(lines) else None


def read(image: Image, lines: Sequence[Line], orders: Sequence[Order], layout: mrz.Format) -> list[list[Cell]]:
    """What stands in the columns of a zone's lines."""
    kinds = list(layout.classes())
    if "".join(lines[0].text[i] for i in orders[0][2:5] if i is not None) == "USA":
        kinds[0] = kinds[0].replace("T", "X")  # the older American cards have a digit there
    rows = [_measured(line, order, kind) for line, order, kind in zip(lines, orders, kinds, strict=True)]
    odds = mrz_heights.log_odds(image, rows)
    told = any(_tells_o(line) for line in lines)
    cells = [
        [_cell(line, index, kind, taller, told) for index, kind, taller in zip(order, row, heights, strict=True)]
        for line, order, row, heights in zip(lines, orders, kinds, odds, strict=True)
    ]
    cells = _told_by_looks(image, cells, rows, kinds)
    return [_filled(row, order) for row, order in zip(cells, orders, strict=True)]


def _told_by_looks(
    image: Image, cells: Sequence[list[Cell]], rows: Sequence[mrz_heights.Row], kinds: Sequence[str]
) -> list[list[Cell]]:
    """Names with their doubtful fillers weighed by their looks, where there are any."""
    doubtful = {
        (r, c)
        for r, row in enumerate(cells)
        for c, cell in enumerate(row)
        if kinds[r][c] == "L" and cell.certain < _CLEAR and cell.likely.get("<", 0.0) >= _WORTH and len(cell.likely) > 1
    }
    if not doubtful:
        return list(cells)
    said = [cell.character if cell.certain >= _CLEAR else None for row in cells for cell in row]
    odds = iter(mrz_fillers.log_odds(image, rows, said))
    return [
        [_weighed_filler(cell, next(odds), (r, c) in doubtful) for c, cell in enumerate(row)]
        for r, row in enumerate(cells)
    ]


def _weighed_filler(cell: Cell, odds: float, doubtful: bool) -> Cell:
    if not doubtful or not odds:
        return cell
    likely = {c: share * (math.exp(odds) if c == "<" else 1.0) for c, share in cell.likely.items()}
    total = sum(likely.values())
    likely = {c: share / total for c, share in likely.items()}
    best = max(likely, key=lambda c: likely[c])
    if best != cell.character and likely[best] > _BY_LOOKS:
        rest = (1 - _BY_LOOKS) / (1 - likely[best])
        likely = {c: _BY_LOOKS if c == best else share * rest for c, share in likely.items()}
    return replace(cell, character=best, certain=likely[best], likely=likely)


def run_out(cells: Sequence[Cell], kinds: str) -> list[Cell]:
    """Nothing follows names that have run out: after three fillers there are only fillers, where one is at all likely."""
    said = "".join(c.character if kind == "L" else "*" for c, kind in zip(cells, kinds, strict=True))
    end = said.find("<<<")
    if end < 0:
        return list(cells)
    return [c.of("<") if i > end and kinds[i] == "L" and "<" in c.likely else c for i, c in enumerate(cells)]


def _filled(cells: Sequence[Cell], order: Order) -> list[Cell]:
    """Columns without a character are fillers where one of their neighbours is a filler too."""
    said = [cell.character if index is not None else "" for cell, index in zip(cells, order, strict=True)]
    filled = []
    for column, index in enumerate(order):
        sides = [said[i] for i in (column - 1, column + 1) if 0 <= i < len(said)]
        plain = index is not None or all(side in ("<", "") for side in sides)
        filled.append(cells[column] if plain else _UNSEEN)
    return filled


def _tells_o(line: Line) -> bool:
    """Whether the network tells O from 0 in this print: it held a character to be O at all (in OCR-B it seldom does)."""
    return line.probabilities is not None and bool((line.probabilities[:, mrz.ALPHABET.index("O")] >= _TOLD).any())


def _measured(line: Line, order: Sequence[int | None], kinds: str) -> mrz_heights.Row:
    """The line as its heights are measured: with some room around, since a detected box may cut the digits' tops."""
    quad = line.quad
    height, width = float(np.linalg.norm(quad[3] - quad[0])), float(np.linalg.norm(quad[1] - quad[0]))
    up, along = _ROOM
    across, down = (quad[1] - quad[0]) / max(1.0, width) * height * along, (quad[3] - quad[0]) * up
    room = np.asarray(quad + np.array([-across - down, across - down, across + down, -across + down]), np.float32)
    ends = height * along
    places = tuple(None if i is None else (line.places[i] * width + ends) / (width + 2 * ends) for i in order)
    known = "".join(_known(None if i is None else line.text[i], kind) for i, kind in zip(order, kinds, strict=True))
    return mrz_heights.Row(room, places, known)


def _known(character: str | None, kind: str) -> str:
    """``L`` or ``D`` where a character's class is beyond doubt, ``<`` for a filler, else ``?``."""
    if character is None or character == "<":
        return "<"
    if character in "JQ":
        return "?"  # they descend below the line in some prints
    if kind not in "DTX" and character in mrz.LETTERS:
        return "L"
    if kind == "D" and character in mrz.DIGITS:
        return "D"
    alike = "".join(_TWINS) + "".join(_TWINS.values())
    return "?" if character in alike else "D" if character in mrz.DIGITS else "L"


def _cell(line: Line, index: int | None, kind: str, taller: float | None, told: bool) -> Cell:
    if index is None or line.probabilities is None:
        return FILLER
    shares = {c: float(p) for c, p in zip(mrz.ALPHABET, line.probabilities[index], strict=True)}
    read, sure = line.text[index], line.certain[index]
    if kind in _CLASS:
        likely = _in_class(shares, kind)
        tall = taller is not None and taller >= _DIGIT_ODDS
        digit = kind == "L" and read in mrz.DIGITS and sure >= _PRINTED
        printed = read if digit and (tall or (told and taller is None and read == "0")) else None
    else:
        likely, printed = _weighed(shares, kind, taller), None
    total = sum(likely.values())
    likely = {c: share / total for c, share in likely.items() if share / total >= _WORTH}
    best = max(likely, key=lambda c: likely[c])
    return Cell(best, likely[best], likely, printed)


def _in_class(shares: Mapping[str, float], kind: str) -> dict[str, float]:
    """A character that may not stand here counts for its look-alike that may; one without stays, as it is printed wrong."""
    likely: dict[str, float] = {}
    for character, share in shares.items():
        for to, part in _stands_for(character, _CLASS[kind], shares).items():
            likely[to] = likely.get(to, 0.0) + share * part
    codes = {c: share for c, share in likely.items() if c in mrz.CODES.get(kind, "") and share >= _CODE}
    return codes or likely


def _stands_for(character: str, allowed: str, shares: Mapping[str, float]) -> Mapping[str, float]:
    """What a character counts for in a column: itself, or its look-alikes there by what the network says of them."""
    if character in allowed:
        return {character: 1.0}
    twins = [letter for letter in _TWINS.get(character, "") if letter in allowed]
    twins += [digit for digit, letters in _TWINS.items() if character in letters and digit in allowed]
    return _parts(twins, shares) if twins else {character: 1.0}


def _parts(twins: Sequence[str], shares: Mapping[str, float]) -> Mapping[str, float]:
    """Letters that look like one digit, by their own probabilities: of 242 O taken for 0 each was 40 times likelier than D."""
    weights = {twin: shares.get(twin, 0.0) + _WORTH**2 / (1 + place) for place, twin in enumerate(twins)}
    total = sum(weights.values())
    return {twin: weight / total for twin, weight in weights.items()}


def _weighed(shares: Mapping[str, float], kind: str, taller: float | None) -> dict[str, float]:
    """Letter against digit by what the network says and how tall the character is."""
    likely = dict(shares)
    for digit, letters in _TWINS.items():
        mass = {c: shares.get(c, 0.0) for c in (*letters, digit)}
        total = sum(mass.values())
        if taller is None or total < 0.05:
            continue
        least = _TELLS.get(digit, _TELLS_ELSE)
        share = min(1 - least, max(_TELLS_ELSE, mass[digit] / total))
        most = math.inf if digit in _TELLS else _HEIGHT_ODDS
        odds = math.log(share / (1 - share)) + max(-most, min(most, taller))
        share = 1 / (1 + math.exp(-odds))
        for letter, part in _parts(letters, shares).items():
            likely[letter] = total * (1 - share) * part
        likely[digit] = total * share
    if kind == "T":
        likely = {c: share * (_RARE_TYPE if c in mrz.DIGITS else 1.0) for c, share in likely.items()}
    return likely


def together(readings: Sequence[Sequence[Sequence[Cell]]]) -> list[list[Cell]]:
    """Several readings of one zone as one: a column's probabilities are their mean. Where one saw nothing, it does not count."""
    return [
        [_unproven(_mean(column), column) for column in zip(*(reading[row] for reading in readings), strict=True)]
        for row in range(len(readings[0]))
    ]


def _mean(cells: Sequence[Cell]) -> Cell:
    seen = [cell for cell in cells if cell is not _UNSEEN] or [_UNSEEN]
    if len(seen) == 1:
        return seen[0]
    likely: dict[str, float] = {}
    for cell in seen:
        for character, share in cell.likely.items():
            likely[character] = likely.get(character, 0.0) + share / len(seen)
    best = max(likely, key=lambda c: likely[c])
    printed = {cell.printed for cell in seen} - {None}
    return Cell(best, likely[best], likely, printed.pop() if len(printed) == 1 else None)


def _unproven(mean: Cell, cells: Sequence[Cell]) -> Cell:
    """A character of a column that is no filler, and in which some look saw nothing: their columns may not be the same."""
    if mean.character == "<" or _UNSEEN not in cells:
        return mean
    return replace(mean, certain=min(mean.certain, _BY_LOOKS))


def text(cells: Sequence[Cell]) -> str:
    """What the columns say."""
    return "".join(cell.character for cell in cells)


def quad_of(quad: Quad, start: int, end: int, columns: int) -> Quad:
    """The part of a line's quad from a column to another."""
    top_left, top_right, bottom_right, bottom_left = quad
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
