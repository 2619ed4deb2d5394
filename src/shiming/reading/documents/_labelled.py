"""Reads documents that print a label at every value: a layout (``layout.toml``) says what is printed, this finds the values.

A layout says the ``country`` (ISO 3166-1 alpha-2, left out where the document says it) and the ``size`` in millimetres (a
card's without it), and has a table a side::

    [front]
    marks = ["DRIVING LICENCE"]                # one of these stands on every such side, and on no other document
    portrait = [0.05, 0.25, 0.33, 0.85]        # left, top, right, bottom, as fractions of the document
    places = [{ text = "^Surname", x = 0.35, y = 0.2 }]  # where print stands: x of its left edge, y of its middle

    [front.fields.surname]
    kind = "name"                              # date, sex, name, number, nationality, country or text: the value's form;
                                               # none for labels whose value is not wanted, but which are no value either
    labels = ["Surname", "Nom"]                # compared without case, accents, spaces and punctuation
    where = ["joined", "right", "below"]       # of the label; all three without it
    lines = 2                                  # how many lines the value can have; 1 without it
    pattern = "[A-Z][0-9]{6}"                  # of a number, as a regular expression
    check = "sg-nric"                          # of a number: the kind of identifier whose check digit it has
    order = "dmy"                              # of a date in digits: dmy, mdy or ymd
    most = 0.9                                 # how sure this field may be at most (0..1)
    always = false                             # true without it: stands on every such document

A label and its value may come as one line or two. What a line holds besides labels is taken for values, never twice.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

import numpy as np

from shiming.countries import identifiers
from shiming.countries.cn import han
from shiming.reading.documents import Part, Recognised, Side, Text, _grammar
from shiming.reading.documents._grammar import Order, Taken, Wanted
from shiming.reading.documents._layout import Character, confidence, quad
from shiming.reading.vision import ocr, spacing
from shiming.reading.vision.ocr import Line, Quad
from shiming.registration.values import Field

Where = Literal["joined", "right", "below"]

CARD = 85.6 / 54
"""Width by height of a card of size ID-1 (ISO/IEC 7810)."""
_WIDE = 0.5
"""Half a letter's height: how far places of one column may differ."""
_LEAST_NEAR = 7
"""Labels of this many characters or more are known with a character wrong."""
_NEAR = 0.85
"""How sure a field may be at most whose label was read with a character wrong: below what counts as the product's word."""
_LOOK_ALIKE = str.maketrans("015", "ois")
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()"
_CHECKED = 0.99
"""How sure a number with a right check digit is at most: two wrong characters can agree."""
_WRONG = 0.5
"""How sure a number with a wrong check digit is at most: what is printed or what was read is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a layout, as the module's docstring describes it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    where: tuple[Where, ...] = ("joined", "right", "below")
    lines: int = 1
    pattern: str | None = None
    check: str | None = None
    order: Order | None = None
    most: float = 1.0
    always: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A side of a layout."""

    fields: tuple[Asked, ...]
    marks: tuple[str, ...] = ()
    portrait: Part | None = None
    places: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line: a label (``asked`` is its field; ``near`` when a character was wrong), or what is none."""

    characters: tuple[Character, ...]
    asked: Asked | None = None
    near: bool = False
    box: tuple[float, float, float, float] = (0, 0, 0, 0)
    """Left, top, right, bottom in pixels of the page."""

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(c.text for c in self.characters)

    @property
    def high(self) -> float:
        """Height, pixels."""
        return self.box[3] - self.box[1]

    @property
    def middle(self) -> float:
        """Height of its middle, pixels from the top."""
        return (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """What is printed on a document. All methods are those of a unit (:class:`shiming.reading.documents.Unit`)."""

    country: str | None
    sides: Mapping[Side, Shown]
    ratio: float = CARD
    """Width by height of the document."""

    def printed(self) -> dict[Side, tuple[str, ...]]:
        """The fields that stand on every such document, by side."""
        return {side: tuple(a.name for a in shown.fields if a.always) for side, shown in self.sides.items()}

    def recognise(self, text: Text) -> Recognised | None:
        """By a side's marks and labels: a mark and one label more than a third of them, or nothing."""
        answers = [(hits, side) for side in self.sides if (hits := self._hits(text, side)) > 0]
        if not answers:
            return None
        share, side = max(answers)
        return Recognised(side, round(0.5 + 0.49 * share, 2), self.country)

    def _hits(self, text: Text, side: Side) -> float:
        """The share of labels seen (0..1); 0 without a mark or with too few."""
        shown = self.sides[side]
        if shown.marks and not any(marked(text, mark) for mark in shown.marks):
            return 0.0
        seen = {s.asked.name for s in segments(text.lines, shown.fields) if s.asked}
        needed = sum(a.always for a in shown.fields)
        hits = sum(a.always for a in shown.fields if a.name in seen)
        return min(1.0, hits / needed) if hits > needed / 3 else 0.0

    def parse(self, text: Text, side: Side) -> dict[str, Field]:
        """What stands on this side."""
        return read(text, self.sides[side].fields)

    def outline(self, text: Text, side: Side) -> Quad | None:
        """From the print whose places are known."""
        return by_places(text, self.sides[side].places, self.ratio)


@cache
def load(package: str) -> Layout:
    """The ``layout.toml`` of a unit's package. Raises ``KeyError`` naming a key that is no layout's."""
    data = tomllib.loads(files(package).joinpath("layout.toml").read_text("utf-8"))
    both: tuple[Side, Side] = ("front", "back")
    sides = {side: _shown(data[side]) for side in both if side in data}
    width, high = data.get("size", (CARD, 1.0))
    return Layout(data.get("country"), sides, width / high)


def _shown(data: Mapping[str, Any]) -> Shown:
    rows = [asked(name, row) for name, row in data.get("fields", {}).items()]
    portrait = tuple(data["portrait"]) if "portrait" in data else None
    return Shown(
        tuple(rows), tuple(data.get("marks", ())), cast("Part | None", portrait), tuple(data.get("places", ()))
    )


def asked(name: str, row: Mapping[str, Any]) -> Asked:
    """A field from its table."""
    known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Asked(name=name, **known)


# --- labels


@lru_cache(maxsize=1024)  # every unit asks for the same labels and lines, many times a picture
def folded(text: str) -> str:
    """Only letters and digits, without case and accents, simplified, look-alikes as one: for comparing labels."""
    return _folded(text)[0]


def _folded(text: str) -> tuple[str, list[int]]:
    """The same, with the index in ``text`` of each character."""
    out: list[str] = []
    at: list[int] = []
    for index, character in enumerate(han.simplified(text)):
        for plain in _grammar.plain(character):
            if plain.isalnum():
                out.append("i" if plain == "l" else plain)
                at.append(index)
    return "".join(out).translate(_LOOK_ALIKE), at


def marked(text: Text, mark: str) -> bool:
    """Whether a title stands on the page: in a line, with a fault where it is long enough, or in lines that follow each other."""
    wanted = folded(mark)
    lines = [folded(line.text) for line in text.lines]
    return wanted in "".join(lines) or any(_near_in(wanted, line) for line in lines)


def _near_in(wanted: str, line: str) -> bool:
    size = len(wanted)
    if size < _LEAST_NEAR or len(line) < size or (wanted[:3] not in line and wanted[-3:] not in line):
        return False
    return any(near(wanted, line[i : i + size]) for i in range(len(line) - size + 1))


def near(a: str, b: str) -> bool:
    """Whether two words of one length differ in a character of seven at most, in two at most."""
    if len(a) != len(b):
        return False
    most = min(2, len(a) // _LEAST_NEAR)
    for x, y in zip(a, b, strict=True):  # most words differ at once
        most -= x != y
        if most < 0:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Hit:
    asked: Asked
    start: int
    end: int
    near: bool


@dataclass(frozen=True, slots=True)
class _Index:
    """Labels, folded: by their first two characters, longest first; and those long enough to be known with a fault."""

    starts: Mapping[str, tuple[tuple[str, Asked], ...]]
    lengths: tuple[int, ...]
    near: Mapping[str, tuple[tuple[str, Asked], ...]]
    """By first three and by last three characters: of these a fault leaves one whole."""


@cache
def _index(fields: tuple[Asked, ...]) -> _Index:
    known = sorted(((folded(label), row) for row in fields for label in row.labels), key=lambda pair: -len(pair[0]))
    starts: dict[str, list[tuple[str, Asked]]] = {}
    ends: dict[str, list[tuple[str, Asked]]] = {}
    for label, row in known:
        starts.setdefault(label[:2], []).append((label, row))
        if len(label) >= _LEAST_NEAR:
            for key in {f"{len(label)}{label[:3]}", f"{len(label)} {label[-3:]}"}:
                ends.setdefault(key, []).append((label, row))
    lengths = sorted({len(label) for label, _ in known if len(label) >= _LEAST_NEAR}, reverse=True)
    freeze = {key: tuple(rows) for key, rows in starts.items()}, {key: tuple(rows) for key, rows in ends.items()}
    return _Index(freeze[0], tuple(lengths), freeze[1])


def _hits(text: str, index: _Index) -> Iterator[_Hit]:
    """The labels in a line from left to right, each where a word begins and ends."""
    plain, at = _folded(text)
    place = 0
    while place < len(plain):
        hit = _hit(text, plain, at, place, index) if _begins(text, at, place) else None
        if hit is None:
            place += 1
        else:
            yield hit
            place = next((i for i, original in enumerate(at) if original >= hit.end), len(plain))


def _hit(text: str, plain: str, at: list[int], place: int, index: _Index) -> _Hit | None:
    for label, row in index.starts.get(plain[place : place + 2], ()):
        end = place + len(label)
        if plain.startswith(label, place) and _ends(text, at, end):
            return _Hit(row, at[place], at[end - 1] + 1, False)
    for length in index.lengths:
        end = place + length
        if end > len(plain) or not _ends(text, at, end):
            continue
        printed = plain[place:end]
        for key in (f"{length}{printed[:3]}", f"{length} {printed[-3:]}"):
            found = next((row for label, row in index.near.get(key, ()) if near(label, printed)), None)
            if found is not None:
                return _Hit(found, at[place], at[end - 1] + 1, True)
    return None


def _begins(text: str, at: list[int], place: int) -> bool:
    return place == 0 or _between_words(text, at[place - 1], at[place])


def _ends(text: str, at: list[int], end: int) -> bool:
    return end >= len(at) or _between_words(text, at[end - 1], at[end])


def _between_words(text: str, before: int, after: int) -> bool:
    """Whether a word may end at the first place and another begin at the second: something between, or another kind of letter."""
    if before == after:
        return False
    a, b = text[before], text[after]
    return after > before + 1 or _sort(a) != _sort(b) or (_sort(a) == "han")


def _sort(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.islower():
        return "lower"
    return "upper" if character.isupper() else "han"


# --- segments


def segments(lines: Sequence[Line], fields: tuple[Asked, ...]) -> list[Segment]:
    """All lines cut into labels and what is none."""
    index = _index(fields)
    return [segment for line in lines if line.text.strip() for segment in _cut(line, index)]


def _cut(line: Line, index: _Index) -> Iterator[Segment]:
    characters = [Character(text, line.certain[i], line, i) for i, text in enumerate(line.text)]
    place = 0
    hits = _joined(line.text, list(_hits(line.text, index)))
    for i, hit in enumerate(hits):
        before, start = _free(characters[place : hit.start], before_label=True), hit.start
        if before:
            yield before
        elif line.text[place : hit.start].rstrip().endswith("/"):
            start = place
        end = _with_translation(line.text, hit, hits[i + 1].start if i + 1 < len(hits) else len(line.text))
        yield _segment(characters[start:end], hit.asked, hit.near)
        place = end
    if free := _free(characters[place:], before_label=False):
        yield free


def _joined(text: str, hits: list[_Hit]) -> list[_Hit]:
    """Labels of one field in two languages, one after the other, as one: NOME / NAME is what its first word says."""
    found: list[_Hit] = []
    for hit in hits:
        last = found[-1] if found else None
        between = text[last.end : hit.start] if last else ""
        one = last is not None and (last.asked.name == hit.asked.name or "/" in between)
        if last is not None and one and not _has_words(between):
            found[-1] = replace(last, end=hit.end, near=last.near and hit.near)
        else:
            found.append(hit)
    return found


def _with_translation(text: str, hit: _Hit, limit: int) -> int:
    """The end of a label with its translation: what follows a slash, or stands in brackets, belongs to the label.

    Sex and dates are short and of their own form: they are looked for there all the same.
    """
    rest = text[hit.end : limit]
    if hit.asked.kind in ("name", "text", "country", "nationality") and re.match(r"\s*/", rest):
        return limit
    bracket = re.match(r"[\s.:]*\([^)]{0,24}\)?", rest)
    return hit.end + bracket.end() if bracket and not re.search(r"\d{2}", bracket.group()) else hit.end


def _has_words(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _free(characters: Sequence[Character], *, before_label: bool) -> Segment | None:
    """What stands between labels, without separators at its ends; None for nothing, or the number or translation of a label."""
    whole = "".join(c.text for c in characters)
    core = whole.strip(" :;/|.,-–—*_()")
    if not core or (before_label and (whole.rstrip().endswith("/") or re.fullmatch(r"\d{1,2}[a-z]?", core))):
        return None
    start = whole.find(core)
    end = start + len(core)
    while end < len(whole) and whole[end] in ").":
        end += 1
    return _segment(characters[start:end])


def _segment(characters: Sequence[Character], row: Asked | None = None, near: bool = False) -> Segment:
    place = quad(characters)
    assert place is not None
    (x0, y0), (x1, y1) = place.min(axis=0), place.max(axis=0)
    return Segment(tuple(characters), row, near, (float(x0), float(y0), float(x1), float(y1)))


# --- values


@dataclass(frozen=True, slots=True)
class Found:
    """A value at its place: what was understood, from which characters, at what cost (the less, the nearer)."""

    asked: Asked
    taken: Taken
    characters: tuple[Character, ...]
    where: Where
    cost: float
    near: bool
    rest: tuple[tuple[Character, ...], ...] = field(default=())
    """Further lines of the value."""


def read(text: Text, fields: tuple[Asked, ...], today: date | None = None) -> dict[str, Field]:
    """The fields whose labels and values were found. ``today`` tells dates of birth from others (UTC's without it)."""
    day = today or datetime.now(UTC).date()
    chosen = choose(candidates(segments(text.lines, fields), day))
    return {
        name: checked(text, found.characters, found.asked.check, found.asked.pattern, day)
        if found.asked.check
        else as_field(text, found)
        for name, found in chosen.items()
    }


def candidates(parts: Sequence[Segment], today: date) -> list[Found]:
    """Every value that could belong to a label: in its line, to its right, below it."""
    found: list[Found] = []
    for i, label in enumerate(parts):
        if label.asked is None:
            continue
        wanted = Wanted(label.asked.name, label.asked.kind, today, label.asked.pattern, label.asked.order)
        for where, cost, characters in _around(parts, i):
            taken = _grammar.take("".join(c.text for c in characters), wanted) if where in label.asked.where else None
            if taken is not None:
                value = characters[taken.start : taken.end]
                found.append(Found(label.asked, taken, value, where, cost, label.near, _more(parts, label, value)))
    return found


def choose(found: Sequence[Found]) -> dict[str, Found]:
    """The nearest value of each field; no character serves two. Forms that only a date or a sex has come first."""
    chosen: dict[str, Found] = {}
    used: set[tuple[int, int]] = set()
    for item in sorted(found, key=lambda f: (f.asked.kind in ("name", "text", "nationality", "number"), f.cost)):
        if item.asked.name in chosen or _places(item.characters) & used:
            continue
        rest = list(itertools.takewhile(lambda line: not _places(line) & used, item.rest))
        chosen[item.asked.name] = replace(item, rest=tuple(rest))
        used.update(*(_places(line) for line in (item.characters, *rest)))
    return chosen


def _places(characters: Sequence[Character]) -> set[tuple[int, int]]:
    return {(id(c.line), c.index) for c in characters if not c.text.isspace()}


def as_field(text: Text, found: Found) -> Field:
    """The field of a value: as sure as its least certain letter or digit, and no surer than grammar, layout and label allow."""
    lines = (found.characters, *found.rest)
    value, most = found.taken.value, min(found.taken.most, found.asked.most, _NEAR if found.near else 1.0)
    if found.asked.kind in ("name", "text"):
        most = min(most, *(whole_words(text, line) for line in lines))
    if found.rest and value is not None:
        value = _together([value, *("".join(c.text for c in line).strip() for line in found.rest)])
    characters = [c for line in lines for c in line]
    place = quad(characters)
    assert place is not None
    sure = min(most, confidence([c for c in characters if c.text.isalnum()]))
    raw = _together(["".join(c.text for c in line).strip() for line in lines])
    return Field(value, raw, round(sure, 4), "ocr", text.page.box(place))


def whole_words(text: Text, characters: Sequence[Character]) -> float:
    """How sure words may be at most: less where the ink shows a space that was not read (it does not settle where)."""
    for _, group in itertools.groupby(characters, key=lambda c: id(c.line)):
        part = list(group)
        # Chinese has no spaces, and its characters stand apart.
        latin = any(c.text.isascii() and c.text.isalpha() for c in part)
        gaps = spacing.breaks(ocr.crop(text.page.view, part[0].line.quad)) if latin else []
        if any(_lost(before, after, gaps) for before, after in itertools.pairwise(part)):
            return _NEAR
    return 1.0


def _lost(before: Character, after: Character, gaps: Sequence[float]) -> bool:
    """Whether there is a gap between two characters that were read without a space."""
    places = before.line.places
    if before.text.isspace() or after.text.isspace() or after.index >= len(places):
        return False
    return any(places[before.index] < gap < places[after.index] for gap in gaps)


def checked(text: Text, characters: Sequence[Character], kind: str, pattern: str | None, today: date) -> Field:
    """A number that has a check digit (``kind`` of :mod:`shiming.countries.identifiers`), read again where it is wrong.

    A check digit tells every single wrong character, so that a right one is as sure as its second least certain character.
    A wrong one stays as printed, in doubt.
    """
    looked = identifiers.identify(kind, "".join(c.text for c in characters), today)
    place = quad(characters)
    assert place is not None
    if not looked.valid:
        again = ocr.recognise(text.page.view, [place], _CAPITALS)[0]
        match = re.search(pattern or ".+", again.text)
        second = identifiers.identify(kind, match.group() if match else "", today)
        if match and second.valid:
            characters = [Character(c, again.certain[i], again, i) for i, c in enumerate(again.text)][
                slice(*match.span())
            ]
            looked = second
    certain = sorted(c.certain for c in characters if c.text.isalnum())
    sure = min(certain[1], _CHECKED) if looked.valid else min(certain[0], _WRONG)
    raw = "".join(c.text for c in characters).strip()
    return Field(looked.value, raw, round(sure, 4), "ocr", text.page.box(place))


def _together(lines: Sequence[str]) -> str:
    out = lines[0]
    for line in lines[1:]:
        out += line if _grammar_han(out[-1:]) and _grammar_han(line[:1]) else f" {line}"
    return out


def _grammar_han(character: str) -> bool:
    return bool(re.match(r"[\u3400-\u9fff]", character))


def _around(parts: Sequence[Segment], at: int) -> Iterator[tuple[Where, float, tuple[Character, ...]]]:
    """What stands in the label's line after it, to its right, and below it, with the distance as cost."""
    label = parts[at]
    following = parts[at + 1] if at + 1 < len(parts) else None
    if following and following.asked is None and following.characters[0].line is label.characters[0].line:
        yield "joined", 0.0, following.characters
    others = [p for p in parts if p.characters[0].line is not label.characters[0].line]
    edge = min((p.box[0] for p in parts if p.asked and p is not label and _right_of(label, p)), default=float("inf"))
    for part in others:
        if part.asked is None and _right_of(label, part) and part.box[0] < edge:
            yield "right", 1 + (part.box[0] - label.box[2]) / label.high / 10, part.characters
        elif part.asked is None and _below(label, part) and not _parted(parts, label, part):
            cut = _column(label, part, edge)
            if cut:
                yield "below", 1 + max(0.0, part.box[1] - label.box[3]) / label.high, cut


def _right_of(label: Segment, part: Segment) -> bool:
    level = abs(label.middle - part.middle) < 0.6 * max(label.high, min(part.high, 2 * label.high))
    return level and part.box[0] > label.box[2] - _WIDE * label.high


def _below(label: Segment, part: Segment) -> bool:
    """Under the label: begins within two lines of it, and in its column."""
    gap = part.box[1] - label.box[3]
    high = max(label.high, part.high)
    overlap = min(label.box[2], part.box[2]) - max(label.box[0], part.box[0])
    return part.middle > label.middle + _WIDE * high and gap < 1.3 * high and overlap > 0


def _parted(parts: Sequence[Segment], label: Segment, part: Segment) -> bool:
    """Whether another label stands between them, or in front of the value: then it is that label's."""
    for other in parts:
        if other.asked is None or other.asked is label.asked:
            continue
        between = label.middle < other.middle < part.middle and _overlaps(other, part)
        leads = _right_of(other, part) and part.box[0] - other.box[2] < 3 * other.high
        if (between and _below(other, part)) or leads:
            return True
    return False


def _overlaps(a: Segment, b: Segment) -> bool:
    return min(a.box[2], b.box[2]) > max(a.box[0], b.box[0])


def _column(label: Segment, part: Segment, edge: float) -> tuple[Character, ...]:
    """The characters of a line below that stand in the label's column, up to where the next label of its row begins."""
    room = 1.5 * max(label.high, part.high)
    kept = [c for c in part.characters if label.box[0] - room < _centre(c) < edge - 0.2 * label.high]
    return tuple(kept)


def _centre(character: Character) -> float:
    line = character.line
    along = line.places[character.index] if character.index < len(line.places) else 0.5
    return float(line.quad[0][0] + (line.quad[1][0] - line.quad[0][0]) * along)


def _more(parts: Sequence[Segment], label: Segment, first: tuple[Character, ...]) -> tuple[tuple[Character, ...], ...]:
    """The further lines of a value: each close below the last, at the same left edge, no label."""
    assert label.asked is not None
    lines: list[tuple[Character, ...]] = []
    last = _segment(first)
    for part in sorted((p for p in parts if p.asked is None), key=lambda p: p.middle):
        if len(lines) + 1 >= label.asked.lines:
            break
        gap = part.box[1] - last.box[3]
        aligned = abs(part.box[0] - last.box[0]) < 1.2 * last.high
        size = 0.6 < part.high / last.high < 1.6
        if part.middle > last.middle + _WIDE * last.high and gap < 0.8 * last.high and aligned and size:
            led = any(p.asked and p is not label and _right_of(p, part) for p in parts)
            if led or _parted(parts, label, part):
                break
            lines.append(part.characters)
            last = part
    return tuple(lines)


# --- the document's outline


def by_places(text: Text, places: Sequence[Mapping[str, Any]], ratio: float) -> Quad | None:
    """The outline from print whose places on the document are known; None from too few.

    Scale and shift are fitted to all that was seen; an axis along which they stand too near takes the other's scale and
    ``ratio``, the document's width by its height.
    """
    xs: list[tuple[float, float]] = []
    ys: list[tuple[float, float]] = []
    for piece in places:
        line = next((item for item in text.lines if re.search(piece["text"], item.text.replace(" ", ""))), None)
        if line is None:
            continue
        ys.append((float(piece["y"]), float(line.quad[:, 1].mean())))
        if "x" in piece:
            xs.append((float(piece["x"]), float(line.quad[[0, 3], 0].mean())))
    down, across = _scale(ys), _scale(xs)
    if not xs or (down is None and across is None):
        return None
    full = down if down is not None else cast(float, across) / ratio
    width = across if across is not None else full * ratio
    x0 = float(np.mean([pixel - share * width for share, pixel in xs]))
    y0 = float(np.mean([pixel - share * full for share, pixel in ys]))
    return np.array([[x0, y0], [x0 + width, y0], [x0 + width, y0 + full], [x0, y0 + full]], np.float32)


_APART = 0.15
"""Print must stand at least so far apart, as a fraction of the document, to tell its size by."""


def _scale(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pixels of the whole side by (fraction, pixel) pairs; None where they stand too near each other."""
    shares = np.array([share for share, _ in pairs])
    if len(pairs) < 2 or shares.max() - shares.min() < _APART:
        return None
    slope = float(np.polyfit(shares, np.array([pixel for _, pixel in pairs]), 1)[0])
    return slope if slope > 0 else None
