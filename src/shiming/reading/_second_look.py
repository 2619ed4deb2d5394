"""A second look at what a document's fields were read from, and a third where the two differ.

A recogniser alone is now and then sure of a wrong character. Two that share neither make nor dictionary are hardly ever wrong in
the same way, so every line that a field was read from is read by the second too, in a cut of its own. Where they differ, that
part of the line is read again by both, sharpened, evened out and squeezed, and every reading counts by its probability. What is
then still in doubt stays doubtful: a character's certainty is the probability that it is right (``certainty.py``).

Units know nothing of this: their lines get better and ``certain`` honest, and they parse again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import cv2
import numpy as np

from shiming.reading import _votes, certainty
from shiming.reading.certainty import Evidence
from shiming.reading.documents import Text
from shiming.reading.timing import step
from shiming.reading.vision import han, ocr, unread
from shiming.reading.vision.alignment import extras, pairs
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
_DOUBTED = 0.99
"""A character that is surer than this has no part in its line's doubt."""
_HOPELESS = 2.5
"""Characters of a line, expected to be wrong, from which on more looks do not help: of three such lines of 80 tuning sides none
was read right by them, of one with 2.2 all."""
_WIDER, _BEYOND = 0.25, 1.2
"""How much a second cut is wider to the left and to the right, in line heights: a box now and then lacks its last character."""
_BESIDE = 0.25
"""Lines that share so much of a line's height stand beside it."""
_MISSED = 0.5
"""From this probability on, a character that only one reading has counts as missed by the other."""
_LONE = 0.85
"""The most that a character is certain which only one of them read: where it is rare, the other's silence says nothing."""


T = TypeVar("T")


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


def _again(
    text: Text, fields: Mapping[str, Field], sure: float, look: Callable[[Line, frozenset[str]], Line]
) -> Text | None:
    """The text with the lines of less sure fields looked at again, each for the characters that fields have from it.

    None when there is none.
    """
    wanted: dict[int, frozenset[str]] = {}
    for field in fields.values():
        place = _place(text, field) if field.source == "ocr" and field.confidence < sure else None
        lines = list(_under(text.lines, place)) if place is not None else []
        for line, said in zip(lines, _said(field, lines), strict=True):
            wanted[id(line.quad)] = wanted.get(id(line.quad), frozenset()) | said
    if not wanted:
        return None
    lines = [look(line, wanted[id(line.quad)]) if id(line.quad) in wanted else line for line in text.lines]
    return replace(text, lines=tuple(lines))


def _said(field: Field, lines: Sequence[Line]) -> list[frozenset[str]]:
    """Of each line the characters that a field has from it: all where its value is a code for what is printed (a sex)."""
    value = {han.key(c) for c in str(field.value)}
    printed = [frozenset(han.key(c) for c in line.text) for line in lines]
    return [keys & value for keys in printed] if any(keys & value for keys in printed) else printed


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
        or _votes.known(other)
        or not (han.is_common(han.key(character)) and _votes.known(character))
    ):
        return None
    return other


class _Looks:
    """What was read of each line, the recognisers' own probabilities with it."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._first = {id(line.quad): _votes.letters_of(line.text, line.certain) for line in text.lines}
        self._rivals = {id(line.quad): rivals_of(line) for line in text.lines}
        self._agreed: dict[int, dict[int, float]] = {}
        """How sure each Chinese character is that both read alike: more looks by the same two eyes add nothing to it."""
        self._rarer: dict[int, dict[int, str]] = {}
        """What stands instead of a common character that was read."""
        self._votes: dict[int, list[_votes.Vote]] = {}
        self._unread: dict[int, list[int]] = {}

    def alone(self, line: Line) -> Line:
        """The line as the first recogniser read it."""
        height = self._height(line)
        return replace(line, certain=tuple(min(_ALONE, certainty.right("alone", p, height)) for p in line.certain))

    def second(self, line: Line, said: frozenset[str]) -> Line:
        """The line with certainties that the second recogniser confirms or lowers, from the first character on of ``said``."""
        first = self._first[id(line.quad)]
        with step("second look"):
            cut = self._cut(line)
            part = self._from(line, said, cut)
            vote = _votes.vote(first, np.ascontiguousarray(cut[:, part.columns[0] :]), True, part)
            self._votes[id(line.quad)] = [_votes.Vote(first, False, pairs(first, first), (0, len(first))), vote]
        other, laid = vote.letters, vote.laid
        height = self._height(line)
        rivals = self._rivals[id(line.quad)]
        partner = {i: j for i, j in laid if i is not None and i >= part.span[0]}
        seen = {i: compared(first[i], None if j is None else other[j], rivals[i][1]) for i, j in partner.items()}
        alone = [p for _, p in _votes.letters_of(line.text, line.certain)]
        sure = [certainty.right(*seen[i], height) if i in seen else p for i, p in enumerate(alone)]
        agreed = {i: sure[i] for i, (kind, _) in seen.items() if kind == "clear"}
        rare = {i: found for i in agreed if (found := rarer(first[i][0], rivals[i])) is not None}
        silent = [i for i, j in partner.items() if j is None]
        rare |= {i: found for i in silent if (found := unknown(first[i][0], rivals[i])) is not None}
        self._agreed[id(line.quad)], self._rarer[id(line.quad)] = agreed, rare
        for at, extra in extras(laid):
            missed = max((other[j][1] for j in extra if other[j][0].isalnum()), default=0.0)
            if missed >= _MISSED:
                doubt = certainty.right("differ", (2 - missed) / 2, height)
                for near in range(max(0, at - 1), min(len(sure), at + 1)):
                    sure[near] = min(sure[near], doubt)
        self._unread[id(line.quad)] = unread.gaps(ocr.crop(self._text.page.view, line.quad), line)
        page = self._text.page
        if unread.goes_on(cut, cut.shape[1] - self._beyond(line), line) or unread.goes_on_below(
            page.view, line, self._text.lines, page.quads
        ):
            self._unread[id(line.quad)].append(len(sure))
        sure = [min(pair) for pair in zip(sure, self._doubts(line, len(sure)), strict=True)]
        spelt = [rare.get(i, c) for i, (c, _) in enumerate(first)]
        sure = [certainty.rivals().sure if i in rare else p for i, p in enumerate(sure)]
        others = [first[i] if i in rare else rival for i, rival in enumerate(rivals)]
        return replace(
            line,
            text="".join(_with_spaces(line.text, spelt, " ")),
            certain=_with_spaces(line.text, sure, 1.0),
            rivals=_with_spaces(line.text, others, ("", 0.0)),
        )

    def third(self, line: Line, said: frozenset[str]) -> Line:
        """The line of which each doubted place, and each gap beside one, says what most readings say.

        ``said`` are the characters that count: a doubted label has no part in its field's doubt.
        """
        cast = self._votes.get(id(line.quad))
        if cast is None or math.prod(line.certain) >= _CLEAR or ocr.columns(line.quad) > ocr.FIELD:
            return line
        first, now = self._first[id(line.quad)], _votes.letters_of(line.text, line.certain)
        doubted = self._doubted(line, said)
        if not doubted or sum(1 - p for _, p in now) >= _HOPELESS:
            return line
        with step("third look"):
            cut = self._cut(line)
            found = _votes.windows(doubted, self._middles(line), cut)
            cast += _votes.looked_again(first, cut, found)
        height = self._height(line)
        parts: list[tuple[str, float]] = []
        breaks: list[int] = []
        words = _word_starts(line.text)
        for at in range(len(first) + 1):
            if at in words:
                breaks.append(len(parts))
            if any(low <= at <= high for low, high in (window.span for window in found)):
                parts += _votes.gap(cast, at, height)
            if any(low <= at < high for low, high in (window.span for window in found)):
                best, sure = self._settled(line, at)
                parts += [(best, sure)] if best else []
            elif at < len(first):
                parts.append(now[at])
        if len(parts) != len(first):
            # Something was taken for a character, or a character for nothing: what stands around it is in doubt too.
            parts = [(c, min(p, certainty.right("voted", _votes.UNCERTAIN, height))) for c, p in parts]
        elif self._unread.get(id(line.quad)):
            parts = [(c, min(p, doubt)) for (c, p), doubt in zip(parts, self._doubts(line, len(parts)), strict=True)]
        return _rebuilt(line, parts, breaks)

    def _from(self, line: Line, said: frozenset[str], cut: Image) -> _votes.Window:
        """The part of a line from the first character of ``said`` on: a label before it is nobody's doubt."""
        keys = [han.key(c) for c, _ in self._first[id(line.quad)]]
        start = next((i for i, key in enumerate(keys) if key in said), 0)
        middles = self._middles(line)
        seen = max(0, start - 1)
        edge = (middles[seen - 1] + middles[seen]) / 2 if seen else 0.0
        return _votes.Window((start, len(keys)), (seen, len(keys)), (int(edge), cut.shape[1]))

    def _middles(self, line: Line) -> list[float]:
        """Where each character of a line stands, its spaces left out, in pixels of the line's cut."""
        across = float(np.linalg.norm(line.quad[1] - line.quad[0]))
        return [
            self._before(line) + place * across
            for c, place in zip(line.text, line.places, strict=True)
            if not c.isspace()
        ]

    def _doubted(self, line: Line, said: frozenset[str]) -> list[int]:
        """The characters in doubt from the first of ``said`` on, but for those of which more looks would say no more."""
        agreed, settled_by_rarity = self._agreed[id(line.quad)], self._rarer[id(line.quad)]
        letters = _votes.letters_of(line.text, line.certain)
        start = next((i for i, (c, _) in enumerate(letters) if han.key(c) in said), len(letters))
        return [
            i
            for i, (_, p) in enumerate(letters)
            if i >= start and i not in settled_by_rarity and p < min(_DOUBTED, agreed.get(i, 1.0))
        ]

    def _settled(self, line: Line, at: int) -> tuple[str, float]:
        """What most votes say of a place of a line ("" for nothing), and how sure that is."""
        best, kind, measure = _votes.settled(self._votes[id(line.quad)], at)
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
                sure[near] = certainty.right("voted", _votes.UNCERTAIN, self._height(line))
        return sure

    def _height(self, line: Line) -> float:
        """A line's height in pixels of the picture."""
        corners = self._text.page.to_picture(line.quad)
        return float(np.linalg.norm(corners[3] - corners[0]))

    def _cut(self, line: Line) -> Image:
        """The line, wider than its box: as far to the right as one more character would reach, where nothing else stands."""
        across = line.quad[1] - line.quad[0]
        along = across / max(1e-6, float(np.linalg.norm(across)))
        more, beyond = along * self._before(line), along * self._beyond(line)
        return ocr.crop(self._text.page.view, line.quad + np.array([-more, beyond, beyond, -more], np.float32))

    def _before(self, line: Line) -> float:
        """How far, in pixels, a line's second cut reaches before its start."""
        return min(float(np.linalg.norm(line.quad[3] - line.quad[0])) * _WIDER, self._room(line)[0])

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
