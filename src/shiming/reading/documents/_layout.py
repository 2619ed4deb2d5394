"""Recognised lines as rows of characters, so that a parser can match text and still know where each character stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shiming.reading.vision.ocr import Line, Quad


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
    """Lines grouped into rows from top to bottom: two belong together when their middles differ by under half a height."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: float(item.quad[:, 1].mean())):
        middle = float(line.quad[:, 1].mean())
        near = next(
            (g for g in groups[-2:] if abs(_row_middle(g) - middle) < 0.5 * min(height(line), height(g[0]))), None
        )
        if near is None:
            groups.append([line])
        else:
            near.append(line)
    return [_row(group) for group in groups]


def height(line: Line) -> float:
    """A line's height, pixels."""
    return float(np.linalg.norm(line.quad[3] - line.quad[0]))


def left(line: Line) -> float:
    """Abscissa of a line's left edge, pixels."""
    return float(line.quad[[0, 3], 0].mean())


def right(line: Line) -> float:
    """Abscissa of a line's right edge, pixels."""
    return float(line.quad[[1, 2], 0].mean())


def _row_middle(lines: Sequence[Line]) -> float:
    return float(np.mean([line.quad[:, 1].mean() for line in lines]))


def _row(lines: Sequence[Line]) -> Row:
    ordered = sorted(lines, key=left)
    characters = [
        Character(text, line.certain[i], line, i)
        for line in ordered
        for i, text in enumerate(line.text)
        if not text.isspace()
    ]
    return Row(tuple(characters), tuple(ordered))


def confidence(characters: Sequence[Character]) -> float:
    """The least certain character, 0..1."""
    return round(min((c.certain for c in characters), default=0.0), 4)


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
