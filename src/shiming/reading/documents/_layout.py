"""Recognised lines as rows of characters, so that a parser can match text and still know where each character stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shiming.reading.vision.ocr import Line, Quad

_LONG = 3.0
"""A line this many times as wide as high shows which way the print slopes."""
_ASKEW = 0.1
"""Lines that slope this much otherwise than most (rise by run) belong to something else."""
_SAME = 0.25
"""Characters of two boxes whose middles are so near, in line heights (or the wrong way round), are one."""
_ENOUGH = 4
"""From so many lines on, it is told how the slope changes from top to bottom."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character, how sure it is (0..1), and its place: the line and its index in it."""

    text: str
    certain: float
    line: Line
    index: int


@dataclass(frozen=True, slots=True)
class Row:
    """Lines at one height, from left to right, as one string without spaces."""

    characters: tuple[Character, ...]
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The row's text."""
        return "".join(c.text for c in self.characters)

    @property
    def middle(self) -> float:
        """Height of the row's middle, pixels."""
        return float(np.mean([line.quad[:, 1].mean() for line in self.lines]))


def rows(lines: Sequence[Line]) -> list[Row]:
    """Lines grouped into rows from top to bottom: two belong together when their middles differ by under half a height.

    Middles are taken where the print would stand were it level: a tilted document's rows slope, each a little differently.
    """
    global _grouped  # the last page only: every unit asks for the same rows
    last = _grouped
    if last is not None and last[0] is lines:
        return list(last[1])
    found = _rows(lines)
    if isinstance(lines, tuple):
        _grouped = (lines, found)
    return list(found)


_grouped: tuple[tuple[Line, ...], list[Row]] | None = None


def _rows(lines: Sequence[Line]) -> list[Row]:
    at = levels(lines)
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: at[id(item)]):
        middle = at[id(line)]
        near = next(
            (g for g in groups[-2:] if abs(_mean(at, g) - middle) < 0.5 * min(height(line), height(g[0]))), None
        )
        if near is None:
            groups.append([line])
        else:
            near.append(line)
    return [_row(group) for group in groups]


def levels(lines: Sequence[Line]) -> dict[int, float]:
    """The height of each line's middle (by ``id``), pixels, once the slope of the print around it is taken away."""
    middles = np.array([line.quad.mean(axis=0) for line in lines], np.float64).reshape(-1, 2)
    long = [i for i, line in enumerate(lines) if right(line) - left(line) > _LONG * height(line)]
    if not long:
        return {id(line): float(middles[i, 1]) for i, line in enumerate(lines)}
    slopes = np.array([_slope(lines[i]) for i in long])
    weights = np.array([right(lines[i]) - left(lines[i]) for i in long])
    order = np.argsort(slopes)
    usual = slopes[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    kept = np.abs(slopes - usual) < _ASKEW
    slopes, weights, places = slopes[kept], weights[kept], middles[long][kept]
    centre = np.average(places, axis=0, weights=weights)
    above = places[:, 1] - centre[1]
    spread = float((weights * above**2).sum())
    turn = float((weights * above * (slopes - np.average(slopes, weights=weights))).sum()) / spread if spread else 0.0
    if len(slopes) < _ENOUGH:
        turn = 0.0
    slope = np.average(slopes, weights=weights) + turn * (middles[:, 1] - centre[1])
    flat = middles[:, 1] - slope * (middles[:, 0] - centre[0])
    return {id(line): float(flat[i]) for i, line in enumerate(lines)}


def _slope(line: Line) -> float:
    start, end = (line.quad[0] + line.quad[3]) / 2, (line.quad[1] + line.quad[2]) / 2
    return float((end[1] - start[1]) / max(1e-6, end[0] - start[0]))


def height(line: Line) -> float:
    """A line's height, pixels."""
    return float(np.linalg.norm(line.quad[3] - line.quad[0]))


def left(line: Line) -> float:
    """Abscissa of a line's left edge, pixels."""
    return float(line.quad[[0, 3], 0].mean())


def right(line: Line) -> float:
    """Abscissa of a line's right edge, pixels."""
    return float(line.quad[[1, 2], 0].mean())


def _mean(at: Mapping[int, float], lines: Sequence[Line]) -> float:
    return float(np.mean([at[id(line)] for line in lines]))


def _row(lines: Sequence[Line]) -> Row:
    ordered = sorted(lines, key=left)
    characters: list[Character] = []
    for line in ordered:
        more = [Character(text, line.certain[i], line, i) for i, text in enumerate(line.text) if not text.isspace()]
        while characters and more and _same_place(characters[-1], more[0]):
            # Boxes overlap now and then, and both have the character between them.
            if more[0].certain > characters[-1].certain:
                characters.pop()
            else:
                more.pop(0)
        characters += more
    return Row(tuple(characters), tuple(ordered))


def _same_place(one: Character, other: Character) -> bool:
    apart = float(_part(other)[:, 0].mean() - _part(one)[:, 0].mean())
    return one.line is not other.line and apart < _SAME * min(height(one.line), height(other.line))


def confidence(characters: Sequence[Character]) -> float:
    """How likely it is that all of them are right, 0..1: each one's ``certain`` is the probability that it is."""
    return round(math.prod(c.certain for c in characters), 4) if characters else 0.0


def quad(characters: Sequence[Character]) -> Quad | None:
    """The smallest level quad around these characters, pixels of the page; None for none."""
    if not characters:
        return None
    corners = np.concatenate([_part(c) for c in characters])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _part(character: Character) -> Quad:
    line, index = character.line, character.index
    places = line.places
    start = 0.0 if index == 0 else (places[index - 1] + places[index]) / 2
    end = 1.0 if index + 1 >= len(places) else (places[index] + places[index + 1]) / 2
    a, b, c, d = line.quad
    return np.array([a + (b - a) * start, a + (b - a) * end, d + (c - d) * end, d + (c - d) * start], np.float32)


def spaced(row: Row) -> list[Character]:
    """A row's characters with the spaces within its lines, and one between two lines."""
    out: list[Character] = []
    for line in row.lines:
        if out:
            out.append(Character(" ", 1.0, line, 0))
        out.extend(Character(text, line.certain[i], line, i) for i, text in enumerate(line.text))
    return out
