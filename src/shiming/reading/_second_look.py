"""A second look at what a document's fields were read from, and a third where the two differ.

A recogniser alone is now and then sure of a wrong character. Two that share neither make nor dictionary are hardly ever wrong in
the same way, so every line that a field was read from is read by the second too, in a cut of its own. Where they differ, the
line is read again by both, sharpened, evened out and squeezed, and every reading counts by its probability. What is then still
in doubt stays doubtful: a character's certainty is the probability that it is right (``certainty.py``).

Units know nothing of this: their lines get better and ``certain`` honest, and they parse again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np

from shiming.reading import certainty
from shiming.reading.certainty import Evidence
from shiming.reading.documents import Text
from shiming.reading.timing import step
from shiming.reading.vision import han, ocr, unread
from shiming.reading.vision.alignment import Letters, Pairs, extras, pairs
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.registration.values import Field

PROVEN = 0.99
"""From here on a field needs no second look: its check digit, or a field that has one, says that it is right."""
_ALONE = 0.98
"""No character is surer than this before both have read it, so that no field passes for proven."""
_SETTLED = 0.9
"""Below this a field's lines are looked at a third time."""
_CLEAR = 0.97
"""A line that is surer than this has no part in its field's doubt: it is not looked at a third time."""
_WIDER, _BEYOND = 0.25, 1.2
"""How much a second cut is wider to the left and to the right, in line heights: a box now and then lacks its last character."""
_BESIDE = 0.25
"""Lines that share so much of a line's height stand beside it."""
_MISSED = 0.5
"""From this probability on, a character that only one reading has counts as missed by the other."""
_SQUEEZED = 0.93
"""Of its width, a line that is read in another rhythm of the network's steps."""
_LONE = 0.85
"""The most that a character is certain which only one of them read: where it is rare, the other's silence says nothing."""
_GONE = 0.75
"""The share of votes that it takes to drop a character: networks are silent about one that they do not know."""
_UNCERTAIN = 0.6
"""The share of votes that a character beside something unread counts as having, at most."""
_DUMB = 0.3
"""What the second's vote still weighs against a character that it does not know, or with a common one against a rare one: on
lines of people the first was right with one of GB 2312's second level 91 times, the second with one of the first level once."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vote:
    """One reading of a line, laid beside the first."""

    letters: Letters
    second: bool
    laid: Pairs


def read(text: Text, parse: Callable[[Text], dict[str, Field]]) -> tuple[Text, dict[str, Field]]:
    """The text with honest certainties, and the fields parsed from it."""
    looks = _Looks(text)
    text = replace(text, lines=tuple(looks.alone(line) for line in text.lines))
    fields = parse(text)
    looked = _again(text, fields, PROVEN, looks.second)
    if looked is None:
        return text, fields
    fields = parse(looked)
    settled = _again(looked, fields, _SETTLED, looks.third)
    return (looked, fields) if settled is None else (settled, parse(settled))


def _again(text: Text, fields: Mapping[str, Field], sure: float, look: Callable[[Line], Line]) -> Text | None:
    """The text with the lines of less sure fields looked at again; None when there is none."""
    places = [_place(text, field) for field in fields.values() if field.source == "ocr" and field.confidence < sure]
    wanted = {id(line.quad) for place in places if place is not None for line in _under(text.lines, place)}
    if not wanted:
        return None
    return replace(text, lines=tuple(look(line) if id(line.quad) in wanted else line for line in text.lines))


def _place(text: Text, field: Field) -> Quad | None:
    """Where a field stands on the page, pixels."""
    if field.box is None:
        return None
    points = (np.array(field.box, np.float64) * text.page.whole).reshape(-1, 1, 2)
    return np.asarray(cv2.perspectiveTransform(points, np.linalg.inv(text.page.matrix)).reshape(-1, 2), np.float32)


def _under(lines: Iterable[Line], place: Quad) -> Iterator[Line]:
    """The lines that a place covers for at least half of their height."""
    (left, top), (right, bottom) = place.min(axis=0), place.max(axis=0)
    for line in lines:
        (x0, y0), (x1, y1) = line.quad.min(axis=0), line.quad.max(axis=0)
        if line.text and min(y1, bottom) - max(y0, top) > 0.5 * (y1 - y0) and min(x1, right) - max(x0, left) > 0:
            yield line


def letters_of(text: str, certain: Sequence[float]) -> Letters:
    return [(c, p) for c, p in zip(text, certain, strict=True) if not c.isspace()]


def rivals_of(line: Line) -> list[tuple[str, float]]:
    """The rivals of a line's characters, its spaces left out."""
    rivals = line.rivals or (("", 0.0),) * len(line.text)
    return [rival for c, rival in zip(line.text, rivals, strict=True) if not c.isspace()]


def rarer(character: str, rival: tuple[str, float]) -> str | None:
    """The rare character that both took for a common one which looks like it (颍 for 颖); None for none."""
    other, sure = rival
    return other if sure >= certainty.rivals().rarer and han.is_rarer(other, han.key(character)) else None


def unknown(character: str, rival: tuple[str, float]) -> str | None:
    """The character that the second was silent about since it does not know it (埇), where the first read a common one (埔)."""
    other, sure = rival
    if (
        sure < certainty.rivals().silent
        or _known(other)
        or not (han.is_common(han.key(character)) and _known(character))
    ):
        return None
    return other


class _Looks:
    """What was read of each line, the recognisers' own probabilities with it."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._first = {id(line.quad): letters_of(line.text, line.certain) for line in text.lines}
        self._rivals = {id(line.quad): rivals_of(line) for line in text.lines}
        self._agreed: dict[int, dict[int, float]] = {}
        """How sure each Chinese character is that both read alike: more looks by the same two eyes add nothing to it."""
        self._rarer: dict[int, dict[int, str]] = {}
        """What stands instead of a common character that was read."""
        self._votes: dict[int, list[Vote]] = {}
        self._unread: dict[int, list[int]] = {}

    def alone(self, line: Line) -> Line:
        """The line as the first recogniser read it."""
        height = self._height(line)
        return replace(line, certain=tuple(min(_ALONE, certainty.right("alone", p, height)) for p in line.certain))

    def second(self, line: Line) -> Line:
        """The line with certainties that the second recogniser confirms or lowers."""
        first = self._first[id(line.quad)]
        with step("second look"):
            cut = self._cut(line)
            self._votes[id(line.quad)] = [
                Vote(first, False, pairs(first, first)),
                self._vote(first, cut, second=True),
            ]
        other, laid = self._votes[id(line.quad)][1].letters, self._votes[id(line.quad)][1].laid
        height = self._height(line)
        rivals = self._rivals[id(line.quad)]
        seen = [compared(first[i], None if j is None else other[j], rivals[i][1]) for i, j in laid if i is not None]
        sure = [certainty.right(*evidence, height) for evidence in seen]
        agreed = {i: sure[i] for i, (kind, _) in enumerate(seen) if kind == "clear"}
        rare = {i: found for i in agreed if (found := rarer(first[i][0], rivals[i])) is not None}
        silent = [i for i, j in laid if i is not None and j is None]
        rare |= {i: found for i in silent if (found := unknown(first[i][0], rivals[i])) is not None}
        self._agreed[id(line.quad)], self._rarer[id(line.quad)] = agreed, rare
        for at, extra in extras(laid):
            missed = max((other[j][1] for j in extra if other[j][0].isalnum()), default=0.0)
            if missed >= _MISSED:
                doubt = certainty.right("differ", (2 - missed) / 2, height)
                for near in range(max(0, at - 1), min(len(sure), at + 1)):
                    sure[near] = min(sure[near], doubt)
        self._unread[id(line.quad)] = unread.gaps(ocr.crop(self._text.page.view, line.quad), line)
        if unread.goes_on(cut, cut.shape[1] - self._beyond(line), line):
            self._unread[id(line.quad)].append(len(sure))
        sure = [min(pair) for pair in zip(sure, self._doubts(line, len(sure)), strict=True)]
        said = [rare.get(i, c) for i, (c, _) in enumerate(first)]
        sure = [certainty.rivals().sure if i in rare else p for i, p in enumerate(sure)]
        others = [first[i] if i in rare else rival for i, rival in enumerate(rivals)]
        return replace(
            line,
            text="".join(_with_spaces(line.text, said, " ")),
            certain=_with_spaces(line.text, sure, 1.0),
            rivals=_with_spaces(line.text, others, ("", 0.0)),
        )

    def third(self, line: Line) -> Line:
        """The line of which each place, and each gap between two, says what most readings say."""
        cast = self._votes.get(id(line.quad))
        if cast is None or math.prod(line.certain) >= _CLEAR or ocr.columns(line.quad) > ocr.FIELD:
            return line
        first = self._first[id(line.quad)]
        with step("third look"):
            for view in views(self._cut(line)):
                cast.extend(self._vote(first, view, second) for second in (False, True))
        height = self._height(line)
        parts: list[tuple[str, float]] = []
        breaks: list[int] = []
        words = _word_starts(line.text)
        for at in range(len(first) + 1):
            if at in words:
                breaks.append(len(parts))
            parts += _gap(cast, at, height)
            if at < len(first):
                best, sure = self._settled(line, at)
                parts += [(best, sure)] if best else []
        if len(parts) != len(first):
            # Something was taken for a character, or a character for nothing: what stands around it is in doubt too.
            parts = [(c, min(p, certainty.right("voted", _UNCERTAIN, height))) for c, p in parts]
        elif self._unread.get(id(line.quad)):
            parts = [(c, min(p, doubt)) for (c, p), doubt in zip(parts, self._doubts(line, len(parts)), strict=True)]
        return _rebuilt(line, parts, breaks)

    def _settled(self, line: Line, at: int) -> tuple[str, float]:
        """What most votes say of a place of a line ("" for nothing), and how sure that is."""
        best, kind, measure = settled(self._votes[id(line.quad)], at)
        sure = certainty.right(kind, measure, self._height(line))
        if kind == "lone":
            sure = min(sure, _LONE)
        if han.key(best) != han.key(self._first[id(line.quad)][at][0]):
            return best, sure
        rare = self._rarer[id(line.quad)].get(at)
        if rare is not None:
            return rare, certainty.rivals().sure
        return best, min(sure, self._agreed[id(line.quad)].get(at, 1.0))

    def _doubts(self, line: Line, count: int) -> list[float]:
        """The most that each character can be certain, since there is ink beside it that was not read."""
        sure = [1.0] * count
        for at in self._unread.get(id(line.quad), ()):
            for near in range(max(0, at - 1), min(count, at + 1)):
                sure[near] = certainty.right("voted", _UNCERTAIN, self._height(line))
        return sure

    def _vote(self, first: Letters, cut: Image, second: bool) -> Vote:
        letters = letters_of(*ocr.say(cut, second=second))
        return Vote(letters, second, pairs(first, letters))

    def _height(self, line: Line) -> float:
        """A line's height in pixels of the picture."""
        corners = self._text.page.to_picture(line.quad)
        return float(np.linalg.norm(corners[3] - corners[0]))

    def _cut(self, line: Line) -> Image:
        """The line, wider than its box: as far to the right as one more character would reach, where nothing else stands."""
        across, down = line.quad[1] - line.quad[0], line.quad[3] - line.quad[0]
        tall = float(np.linalg.norm(down))
        along = across / max(1e-6, float(np.linalg.norm(across)))
        more, beyond = along * min(tall * _WIDER, self._room(line)[0]), along * self._beyond(line)
        return ocr.crop(self._text.page.view, line.quad + np.array([-more, beyond, beyond, -more], np.float32))

    def _beyond(self, line: Line) -> float:
        """How far, in pixels, a line's second cut reaches beyond its end."""
        return min(float(np.linalg.norm(line.quad[3] - line.quad[0])) * _BEYOND, self._room(line)[1])

    def _room(self, line: Line) -> tuple[float, float]:
        """Free pixels to the left and to the right of a line, to the next one beside it or the edge."""
        (x0, y0), (x1, y1) = line.quad.min(axis=0), line.quad.max(axis=0)
        before, after = float(x0), float(self._text.page.size[0] - x1)
        for other in self._text.lines:
            (left, top), (right, bottom) = other.quad.min(axis=0), other.quad.max(axis=0)
            if min(y1, bottom) - max(y0, top) <= _BESIDE * (y1 - y0):
                continue
            if left > (x0 + x1) / 2:
                after = min(after, float(left - x1))
            elif right < (x0 + x1) / 2:
                before = min(before, float(x0 - right))
        return max(0.0, before), max(0.0, after)


def compared(first: tuple[str, float], other: tuple[str, float] | None, rival: float) -> tuple[Evidence, float]:
    """What two readings say of a character, with its measure: as ``certainty.toml`` has them.

    ``rival`` is the first one's probability of its likeliest other character.
    """
    character, sure = first
    if other is None:
        return "differ", (1 + sure) / 2
    if han.key(character) == han.key(other[0]):
        if han.is_chinese(character):
            return "clear", certainty.clear(sure, other[1], rival)
        return "agree", sure * other[1]
    return "differ", (1 + sure - other[1]) / 2


def _with_spaces(text: str, letters: Sequence[T], space: T) -> tuple[T, ...]:
    """A value for each character of a text, those of its letters given."""
    rest = iter(letters)
    return tuple(space if c.isspace() else next(rest) for c in text)


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
    for vote in cast:
        place = next(j for i, j in vote.laid if i == at)
        column.append((*vote.letters[place], vote.second) if place is not None else ("", 0.5, vote.second))
    best, share, both = _winner(column)
    if not best and share < _GONE:
        best, share, both = _winner([vote for vote in column if vote[0]])
        share = min(share, _UNCERTAIN)
    if not best or both:
        return best, "voted", share
    # A character that one of them cannot read has one witness; how rare such characters are, no sample can say.
    mine = [p if han.key(c) == han.key(best) else 0.0 for c, p, second in column if not second]
    agreed = sum(mine) / len(mine)
    return best, "lone", agreed if not _known(best) else min(agreed, share)


def _known(character: str) -> bool:
    return han.key(character) in ocr.known_to_second()


def _winner(column: _Column) -> tuple[str, float, bool]:
    """The character with the most weight, its share of all weight, and whether both recognisers named it."""
    first = {han.key(c) for c, _, second in column if c and not second}
    dumb = not all(_known(c) for c in first)
    weight: dict[str, float] = defaultdict(float)
    for character, sure, second in column:
        deaf = second and (dumb or any(han.is_rarer(c, han.key(character)) for c in first))
        weight[han.key(character)] += sure * (_DUMB if deaf else 1.0)
    top = max(weight, key=lambda key: weight[key])
    named = [item for item in column if han.key(item[0]) == top]
    best = max(named, key=lambda item: (not item[2], item[1]))[0]
    return best, weight[top] / max(1e-6, sum(weight.values())), len({second for *_, second in named}) == 2


def _gap(cast: Sequence[Vote], at: int, height: float) -> list[tuple[str, float]]:
    """Characters that most readings have before a place of the first reading, though it has none there."""
    said: dict[str, list[tuple[Letters, bool]]] = defaultdict(list)
    for vote in cast:
        places = dict(extras(vote.laid)).get(at, [])
        letters: Letters = [vote.letters[j] for j in places]
        said["".join(han.key(c) for c, _ in letters)].append((letters, vote.second))
    best = max(said, key=lambda key: len(said[key]))
    if not best or 2 * len(said[best]) <= len(cast) or len({second for _, second in said[best]}) < 2:
        return []
    letters = next(extra for extra, second in said[best] if not second)
    share = len(said[best]) / len(cast)
    return [(c, certainty.right("voted", share * p, height)) for c, p in letters]


def _word_starts(text: str) -> frozenset[int]:
    """Which letters, counted without spaces, a space stands before."""
    letters = [i for i, c in enumerate(text) if not c.isspace()]
    return frozenset(n for n, i in enumerate(letters) if n and text[i - 1].isspace())


def _rebuilt(line: Line, parts: Sequence[tuple[str, float]], breaks: Sequence[int]) -> Line:
    """The line saying this: with its own spaces and places where its characters stayed, evenly laid out where they did not.

    ``breaks`` are the parts that a space stands before.
    """
    said = "".join(c for c, _ in parts)
    sure = [p for _, p in parts]
    if len(said) == len(line.text.replace(" ", "")):
        rest = iter(said)
        spaced = "".join(c if c.isspace() else next(rest) for c in line.text)
        return replace(line, text=spaced, certain=_with_spaces(spaced, sure, 1.0))
    spaced = "".join(f" {c}" if i in breaks else c for i, (c, _) in enumerate(parts))
    places = tuple((i + 0.5) / len(spaced) for i in range(len(spaced)))
    return replace(line, text=spaced, certain=_with_spaces(spaced, sure, 1.0), places=places, rivals=())
