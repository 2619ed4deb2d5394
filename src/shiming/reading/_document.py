"""From pixels to a recognised document with its fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import cv2

from shiming.reading import _second_look, _squaring, documents
from shiming.reading.documents import Recognised, Text, Unit
from shiming.reading.vision import barcode, blocks, mrz, mrz_lines, ocr, page
from shiming.reading.vision.barcode import Symbol
from shiming.reading.vision.ocr import Image, Line, Quad
from shiming.reading.vision.page import Page
from shiming.registration.values import Field

_MOST_LINES = 40
"""Lines read on a page without a zone: the longest. The fullest unit has 14; the rest is background or small print."""
_MOST_COLUMNS = 45_000
"""Lines read of one picture, in columns of the network, 30 to 110 microseconds of CPU each. Half of 96 cards in the bench's
cluttered and small cases take 3,400, none more than 36,000; a page of small print would take ten times that."""
_TELLING = (3, 6)
"""Lines by which a block of text is known for a document's or not: one of several blocks, and one that is alone."""
_EXPECTED = 0.05
"""How much an expected type or side adds to a unit's confidence."""
_UNASKED = 0.2
"""Share of the work that a search for barcodes may cost on a page that is no known document: 12 Mpx, some 0.2 s."""
_RELIED_ON = 0.9
"""Certainty from which a field is not read again: of such fields 99 in 100 are right (docs/decisions/0021)."""
_LEGIBLE = 0.8
"""Mean certainty under which text is read again standing on its head."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture shows: its text, and the document it was recognised as with its fields, if any."""

    text: Text
    unit: Unit | None
    recognised: Recognised | None
    fields: dict[str, Field]
    printed: dict[str, Field] = field(default_factory=dict)


def see(image: Image, today: date, types: Sequence[str] | None, side: str | None) -> Seen | None:
    """Finds and reads the document of an upright picture; None when there is neither text nor a barcode.

    ``types`` and ``side`` are what is expected: they decide between units that are about as sure.
    """
    looking = _Looking(image, today, types, side)
    best: Seen | None = None
    for level in page.candidates(image, looking.tells):
        seen = looking.either_way_up(level)
        if _own_kind(seen):
            return looking.completed(looking.searched(seen))
        if best is None or _better(seen, best):
            best = seen
    return looking.bare() if best is None else looking.searched(best)


def _generic(seen: Seen) -> bool:
    """Whether no unit but the generic one knows the page: another page of the picture may show more."""
    return seen.unit is not None and seen.unit.TYPE == documents.GENERIC


def _own_kind(seen: Seen) -> bool:
    """Whether a unit knows the page that knows one kind of document."""
    return seen.recognised is not None and not _generic(seen)


def _better(seen: Seen, best: Seen) -> bool:
    """A page that the generic unit knows before one that nobody does; else the more legible one."""
    if _generic(seen) != _generic(best):
        return _generic(seen)
    return _certainty(seen.text) > _certainty(best.text)


def _certainty(text: Text) -> float:
    lines = [line for line in text.lines if line.text]
    return sum(line.confidence for line in lines) / len(lines) if lines else 0.0


@dataclass(frozen=True, slots=True)
class _Looking:
    """A picture that is being looked at: what is expected of it, its barcodes, and the lines that were read already."""

    image: Image
    today: date
    types: Sequence[str] | None
    side: str | None
    known: dict[int, tuple[Quad, tuple[Line, Line]]] = field(default_factory=dict)
    """By the identity of their quads, which are kept so that it stays theirs: unrestricted, and in a zone's alphabet."""
    asked: dict[tuple[int, ...], tuple[Text, list[tuple[Unit, Recognised]]]] = field(default_factory=dict)
    """What the units that know one kind of document said of lines, by the lines' identities, which the text keeps."""
    glanced: list[tuple[Symbol, ...]] = field(default_factory=list)
    """What a glance at its barcodes found, once there was one."""

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """Its barcodes, as far as a glance shows them."""
        if not self.glanced:
            self.glanced.append(barcode.glance(self.image))
        return self.glanced[0]

    def tells(self, level: Page, alone: bool) -> bool:
        """Whether the longest lines of a page are a document's: a unit knows it by them, or they look like a zone.

        Every line is also asked about by itself: two numbers, one below the other, are one number to a unit otherwise.
        """
        longest = sorted(level.telling or level.quads, key=blocks.length, reverse=True)[: _TELLING[alone]]
        for first in range(0, len(longest), _TELLING[False]):
            self._read(level, longest[first : first + _TELLING[False]])
            asked = {id(quad) for quad in longest} & self.known.keys()
            lines = tuple(self.known[id(quad)][1][0] for quad in level.quads if id(quad) in asked)
            if any(mrz_lines.looks_like_zone(line.text) for line in lines):
                return True
            named = self._named(Text(level, lines)) or [said for line in lines for said in _named(Text(level, (line,)))]
            if named and not self.glanced and all(documents.bears_none(unit) for unit, _ in named):
                self.glanced.append(())
            if named or (self.symbols and self._named(Text(level, lines, None, self.symbols))):
                return True
        return False

    def either_way_up(self, level: Page) -> Seen:
        """The page, read standing on its head too when it is not known and hardly legible; the better one."""
        seen = self._asked(level)
        if not _own_kind(seen) and _certainty(seen.text) < _LEGIBLE:
            other = self._asked(page.turned(level))
            if _own_kind(other) or _certainty(other.text) > _certainty(seen.text):
                return other
        return seen

    def _asked(self, level: Page) -> Seen:
        """The page, of which only those lines are read that the unit asks for which knows it by those read already.

        All are read when that leaves a field unread.
        """
        known = tuple(self.known[id(quad)][1][0] for quad in level.quads if id(quad) in self.known)
        text = Text(level, known, None, self.symbols)
        best = self._best(self._named(text)) if known else None
        if best is None:
            return self._seen(level)
        outline = best[0].outline(text, best[1].side)
        if outline is not None and page.coarse(level, outline):
            close = _squaring.squared(self.image, text, best[0], best[1].side, always=True).page
            seen = self._seen(page.closer(close), squared=True)
            if _own_kind(seen) and _missing(seen) == 0:
                return seen
        rest = [quad for quad in level.quads if id(quad) not in self.known]
        kept = {id(quad) for quad in documents.wanted(best[0], text, rest, best[1].side)}
        if len(kept) == len(rest):
            return self._seen(level)
        asked = [quad for quad in level.quads if id(quad) in self.known or id(quad) in kept]
        seen = self._seen(replace(level, quads=asked))
        return seen if _own_kind(seen) and _missing(seen) == 0 else self._seen(level)

    def completed(self, seen: Seen) -> Seen:
        """What was seen, or what a closer look saw: a field that stands on every such document, or a zone that adds up."""
        if seen.text.zone is not None:
            return seen if seen.text.zone.zone.mrz.valid else self._zoned(seen)
        if _missing(seen) == 0:
            return seen
        level = _squaring.squared(self.image, seen.text, *_whose(seen), always=True).page
        again = self._seen(page.closer(level, fine=True), squared=True)
        return again if again.unit is seen.unit and _missing(again) < _missing(seen) else seen

    def _zoned(self, seen: Seen) -> Seen:
        again = self._seen(page.closer(seen.text.page, fine=True))
        return again if _right_digits(again) >= _right_digits(seen) else seen

    def searched(self, seen: Seen) -> Seen:
        """With barcodes found by every means, where a document that bears one is expected and not its front was seen."""
        expected = documents.barcoded(self.types or ())
        found: tuple[Symbol, ...] = ()
        if self.symbols:
            return seen
        if seen.recognised is None or _generic(seen):
            found = barcode.find(self.image, seen.text.page.angle, 1.0 if expected else _UNASKED)
        elif expected and not (seen.unit and seen.unit.TYPE in (self.types or ()) and seen.recognised.side == "front"):
            found = barcode.find(self.image, seen.text.page.angle)
        return self._chosen(replace(seen.text, barcodes=found)) if found else seen

    def bare(self) -> Seen | None:
        """A picture without text: what its barcodes say."""
        symbols = self.symbols or barcode.find(self.image)
        if not symbols:
            return None
        level = page.bare(self.image, [symbol.quad for symbol in symbols], symbols[0].angle)
        return self._chosen(Text(level, (), None, symbols))

    def _seen(self, whole: Page, *, squared: bool = False) -> Seen:
        level = _without(whole, self.symbols)
        twice = mrz_lines.candidates(level, lambda quads: self._read(level, quads))
        zone = mrz_lines.find(level, twice, self.today)
        read = [free for free, _ in twice]
        if zone is None:
            taken = {id(line.quad) for line in read}
            rest = [quad for quad in level.quads if id(quad) not in taken]
            rest = sorted(rest, key=blocks.length, reverse=True)[: _MOST_LINES - len(read)]
            read += [free for free, _ in self._read(level, rest)]
        else:
            read += [free for free, _ in self._read(level, mrz_lines.beside(level, zone))]
        return self._chosen(Text(whole, tuple(read), zone, self.symbols), squared=squared)

    def _read(self, level: Page, quads: Sequence[Quad]) -> list[tuple[Line, Line]]:
        """The lines, each read without restriction and in a zone's alphabet, which costs one reading; once only.

        Lines that would cost more than a picture may are left out.
        """
        left = _MOST_COLUMNS - sum(ocr.columns(quad) for quad, _ in self.known.values())
        fresh = []
        for quad in quads:
            if id(quad) not in self.known and ocr.columns(quad) <= left:
                fresh.append(quad)
                left -= ocr.columns(quad)
        for quad, twice in zip(fresh, ocr.recognise_twice(level.view, fresh, mrz.ALPHABET), strict=True):
            self.known[id(quad)] = (quad, twice)
        return [self.known[id(quad)][1] for quad in quads if id(quad) in self.known]

    def _named(self, text: Text) -> list[tuple[Unit, Recognised]]:
        key = (id(text.page), id(text.zone), id(text.barcodes), *map(id, text.lines))
        if key not in self.asked:
            self.asked[key] = text, _named(text)
        return self.asked[key][1]

    def _best(self, answers: Iterable[tuple[Unit, Recognised]]) -> tuple[Unit, Recognised] | None:
        """The unit that knows a text best, and what it says."""

        def weight(pair: tuple[Unit, Recognised]) -> float:
            unit, answer = pair
            expected = _EXPECTED * (unit.TYPE in (self.types or ())) + _EXPECTED * (answer.side == self.side)
            return answer.confidence + expected

        return max(answers, key=weight, default=None)

    def _chosen(self, text: Text, *, squared: bool = False) -> Seen:
        """The document that the text is, with its fields.

        One that leans much is read anew on its squared page when that may help, unless its page is ``squared``.
        """
        chosen = self._best(_answers(text))
        if chosen is None:
            return Seen(text, None, None, {})
        unit, answer = chosen
        leans = _squaring.leans_much(text, unit, answer.side)
        text = _squaring.squared(self.image, text, unit, answer.side)
        outline = unit.outline(text, answer.side)
        text, fields = _second_look.read(text, lambda looked: unit.parse(_squaring.own(looked, outline), answer.side))
        seen = Seen(text, unit, answer, fields, documents.sightings(unit, text, answer.side))
        if squared or not leans or _missing(seen) + _weak(seen) == 0:
            return seen
        again = self._seen(page.closer(text.page), squared=True)
        return again if again.unit is unit and _missing(again) <= _missing(seen) else seen


def _whose(seen: Seen) -> tuple[Unit, documents.Side]:
    assert seen.unit is not None
    assert seen.recognised is not None
    return seen.unit, seen.recognised.side


def _weak(seen: Seen) -> int:
    """How many fields are not to be relied on."""
    return sum(field.confidence < _RELIED_ON for field in seen.fields.values())


def _right_digits(seen: Seen) -> float:
    """The share of a zone's check digits that are right, above 1 when everything is."""
    if seen.text.zone is None:
        return 0.0
    zone = seen.text.zone.zone.mrz
    return sum(zone.checks.values()) / len(zone.checks) + zone.valid


def _missing(seen: Seen) -> int:
    """How many fields were not found that stand on every such document."""
    unit, side = _whose(seen)
    return sum(name not in seen.fields for name in unit.PRINTED.get(side, ()))


def _without(level: Page, symbols: tuple[Symbol, ...]) -> Page:
    """The page without what was taken for text inside its barcodes."""
    places = [level.from_picture(symbol.quad) for symbol in symbols]
    return replace(level, quads=[quad for quad in level.quads if not any(_inside(quad, place) for place in places)])


def _inside(quad: Quad, place: Quad) -> bool:
    x, y = (float(v) for v in quad.mean(axis=0))
    return cv2.pointPolygonTest(place, (x, y), False) > 0


def _named(text: Text) -> list[tuple[Unit, Recognised]]:
    """What the units say that know one kind of document."""
    units = documents.available()
    return [
        (unit, said) for kind, unit in units.items() if kind != documents.GENERIC and (said := unit.recognise(text))
    ]


def _answers(text: Text) -> list[tuple[Unit, Recognised]]:
    """What the units say; the generic one is asked only where no other knows the page."""
    units, named = documents.available(), _named(text)
    if named or documents.GENERIC not in units:
        return named
    said = units[documents.GENERIC].recognise(text)
    return [(units[documents.GENERIC], said)] if said else []
