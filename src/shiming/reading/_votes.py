"""What several readings of a part of a line say together of its characters.

Each doubted place of a line is a window that both recognisers read again, sharpened, evened out and squeezed. Every reading is a
vote, laid beside the line's first reading, and counts by its probability.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from shiming.reading import certainty
from shiming.reading.certainty import Evidence
from shiming.reading.vision import han, ocr
from shiming.reading.vision.alignment import Letters, Pairs, extras, pairs
from shiming.reading.vision.ocr import Image

_AROUND = 2
"""Characters to either side that are looked at with a doubted one: a recogniser knows it by its neighbours too, and those
at a window's edge are cut."""
_NARROWEST = 3.3
"""Line heights of a window that cost no more than a narrower one: what a recogniser's input is padded to."""
_PART = 0.8
"""Of a line's width, from which on it is looked at whole."""
_SQUEEZED = 0.93
"""Of its width, a line that is read in another rhythm of the network's steps."""
_GONE = 0.75
"""The share of votes that it takes to drop a character: networks are silent about one that they do not know."""
_DUMB = 0.3
"""What the second's vote still weighs against a character that it does not know, or with a common one against a rare one: on
lines of people the first was right with one of GB 2312's second level 91 times, the second with one of the first level once."""
UNCERTAIN = 0.6
"""The share of votes that a character beside something unread counts as having, at most."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One reading of a line, laid beside the first; of a window of it, it says something of the ``span`` of characters."""

    letters: Letters
    second: bool
    laid: Pairs
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a line: the characters in doubt, those that are seen around them, and the columns of the line's cut."""

    span: tuple[int, int]
    seen: tuple[int, int]
    columns: tuple[int, int]


def letters_of(text: str, certain: Sequence[float]) -> Letters:
    return [(c, p) for c, p in zip(text, certain, strict=True) if not c.isspace()]


def windows(doubted: Sequence[int], middles: Sequence[float], cut: Image) -> list[Window]:
    """The parts of a line that show its doubted characters with others around them; where two would overlap there is one.

    ``middles`` are where the line's characters stand in its ``cut``, pixels.
    """
    found: list[Window] = []
    for at in sorted(doubted):
        window = _window((at, at + 1), middles, cut)
        if found and window.seen[0] < found[-1].seen[1]:
            window = _window((found.pop().span[0], at + 1), middles, cut)
        found.append(window)
    if sum(right - left for left, right in (window.columns for window in found)) < _PART * cut.shape[1]:
        return found
    return [Window((doubted[0], doubted[-1] + 1), (0, len(middles)), (0, cut.shape[1]))]


def _window(span: tuple[int, int], middles: Sequence[float], cut: Image) -> Window:
    """As many characters around a span as are needed, and as cost nothing."""
    low, high = span
    edges = [0.0, *((a + b) / 2 for a, b in itertools.pairwise(middles)), float(cut.shape[1])]
    low, high = max(0, low - _AROUND), min(len(middles), high + _AROUND)
    while (low > 0 or high < len(middles)) and edges[high] - edges[low] < _NARROWEST * cut.shape[0]:
        low, high = max(0, low - 1), min(len(middles), high + 1)
    return Window(span, (low, high), (int(edges[low]), math.ceil(edges[high])))


def looked_again(first: Letters, cut: Image, found: Sequence[Window]) -> list[Vote]:
    """What both recognisers say of parts of a line, each made clearer in three ways."""
    return [
        vote(first, view, second, window)
        for window in found
        for view in views(np.ascontiguousarray(cut[:, slice(*window.columns)]))
        for second in (False, True)
    ]


def vote(first: Letters, cut: Image, second: bool, window: Window | None = None) -> Vote:
    letters = letters_of(*ocr.say(cut, second=second))
    low, high = window.seen if window else (0, len(first))
    laid: Pairs = [(i, None) for i in range(low)]
    laid += [(None if i is None else low + i, j) for i, j in pairs(first[low:high], letters)]
    laid += [(i, None) for i in range(high, len(first))]
    return Vote(letters, second, laid, window.span if window else (0, len(first)))


def views(cut: Image) -> Iterator[Image]:
    """The line sharpened; evenly lit and grey; and squeezed."""
    soft = cv2.GaussianBlur(cut, (0, 0), max(0.6, cut.shape[0] / 32))
    yield np.asarray(cv2.addWeighted(cut, 2.0, soft, -1.0, 0), np.uint8)
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    paper = cv2.GaussianBlur(cv2.dilate(grey, np.ones((5, 5), np.uint8)), (0, 0), cut.shape[0] / 2)
    even = cv2.normalize(cv2.divide(grey, paper, scale=255), np.empty_like(grey), 0, 255, cv2.NORM_MINMAX)
    yield np.asarray(cv2.cvtColor(even, cv2.COLOR_GRAY2BGR), np.uint8)
    width = max(8, round(cut.shape[1] * _SQUEEZED))
    yield np.asarray(cv2.resize(cut, (width, cut.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)


_Column = list[tuple[str, float, bool]]
"""What each reading has in a place of the first: character ('' for none), weight, whether it is the second recogniser's."""


def settled(cast: Sequence[Vote], at: int) -> tuple[str, Evidence, float]:
    """What most votes say of a place of the first reading ('' for nothing), on what evidence, with its measure."""
    column: _Column = []
    for one in cast:
        if not one.span[0] <= at < one.span[1]:
            continue
        place = next(j for i, j in one.laid if i == at)
        column.append((*one.letters[place], one.second) if place is not None else ("", 0.5, one.second))
    best, share, both = _winner(column)
    if not best and share < _GONE:
        best, share, both = _winner([said for said in column if said[0]])
        share = min(share, UNCERTAIN)
    if not best or both:
        return best, "voted", share
    # A character that one of them cannot read has one witness; how rare such characters are, no sample can say.
    mine = [p if han.key(c) == han.key(best) else 0.0 for c, p, second in column if not second]
    agreed = sum(mine) / len(mine)
    return best, "lone", agreed if not known(best) else min(agreed, share)


def known(character: str) -> bool:
    return han.key(character) in ocr.known_to_second()


def _winner(column: _Column) -> tuple[str, float, bool]:
    """The character with the most weight, its share of all weight, and whether both recognisers named it."""
    first = {han.key(c) for c, _, second in column if c and not second}
    dumb = not all(known(c) for c in first)
    weight: dict[str, float] = defaultdict(float)
    for character, sure, second in column:
        deaf = second and (dumb or any(han.is_rarer(c, han.key(character)) for c in first))
        weight[han.key(character)] += sure * (_DUMB if deaf else 1.0)
    top = max(weight, key=lambda key: weight[key])
    named = [item for item in column if han.key(item[0]) == top]
    best = max(named, key=lambda item: (not item[2], item[1]))[0]
    return best, weight[top] / max(1e-6, sum(weight.values())), len({second for *_, second in named}) == 2


def gap(cast: Sequence[Vote], at: int, height: float) -> list[tuple[str, float]]:
    """Characters that most readings have before a place of the first reading, though it has none there."""
    said: dict[str, list[tuple[Letters, bool]]] = defaultdict(list)
    cast = [one for one in cast if one.span[0] <= at <= one.span[1]]
    for one in cast:
        places = dict(extras(one.laid)).get(at, [])
        letters: Letters = [one.letters[j] for j in places]
        said["".join(han.key(c) for c, _ in letters)].append((letters, one.second))
    best = max(said, key=lambda key: len(said[key]))
    if not best or 2 * len(said[best]) <= len(cast) or len({second for _, second in said[best]}) < 2:
        return []
    letters = next(extra for extra, second in said[best] if not second)
    share = len(said[best]) / len(cast)
    return [(c, certainty.right("voted", share * p, height)) for c, p in letters]
