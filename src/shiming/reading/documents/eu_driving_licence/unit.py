"""Driving licences of the model of Directive 2006/126/EC: numbered fields, whatever the language.

1 surname, 2 given names, 3 date and place of birth, 4a issue, 4b expiry, 4c authority, 4d personal number, 5 number, 8 address,
9 categories. A number and its value come as one line or two; where a number was not read, its place among the others tells.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from shiming.countries import identifiers
from shiming.reading.documents import Part, Recognised, Side, Text, _grammar
from shiming.reading.documents._grammar import Wanted
from shiming.reading.documents._labelled import CARD, marked
from shiming.reading.documents._layout import Character, Row, confidence, left, quad, rows, spaced
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "eu-driving-licence"
COUNTRY = None
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("surname", "given_names", "date_of_birth", "date_of_issue", "date_of_expiry", "number"),
    "back": (),
}
PORTRAIT: Part | None = (0.02, 0.2, 0.36, 0.85)

_NUMBERED = re.compile(
    r"(?:(?P<n>[1-9lI|S])\s?[.,:·]{1,2}|(?P<bare>[1-9])(?=\s)|4\s?(?P<part>[a-zA-Zàáâ@¢©68])(?:[.,:·]{1,2}|(?=[\s\d])))\s*"
)
_INNER = re.compile(r"(?<=\s)4\s?(?P<part>[cdCD¢©])[.,:·]{0,2}\s+")
_PARTS = {
    "a": "4a",
    "à": "4a",
    "á": "4a",
    "â": "4a",
    "@": "4a",
    "b": "4b",
    "6": "4b",
    "8": "4b",
    "h": "4b",
} | dict.fromkeys("c¢©", "4c")
_DIGITS = {"l": "1", "I": "1", "|": "1", "S": "5"}
_NONE = re.compile(r"[-—–*./]{1,}|unbefr\w*\.?|unlimited", re.IGNORECASE)
_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9*]|[ \-/.](?=[A-Z0-9])){4,24}")
_LOOK_ALIKES = re.compile("[0O1I5S8B]")
_WORDS = ("surname", "given_names", "place_of_birth", "issuing_authority", "address")
_CHECKED = {"DE": "de-driving-licence"}
"""States whose number has a check digit: kinds of :mod:`shiming.countries.identifiers`."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands after a number: its characters by row. ``read``: whether the number itself was read."""

    lines: tuple[tuple[Character, ...], ...]
    read: bool = True

    @property
    def first(self) -> Character:
        """Its first character; only of a value with a text."""
        return next(c for line in self.lines for c in line)

    @property
    def text(self) -> str:
        return " ".join("".join(c.text for c in line).strip() for line in self.lines)


def recognise(text: Text) -> Recognised | None:
    """By a title in any of the languages, or the sign in the flag, and the numbered fields; the back by its table."""
    values = _numbered(text)
    shown = sum(n in values for n in ("1", "2", "3", "4a", "4b", "5"))
    if shown < 3:
        return _back(text)
    titled = bool(_by_title(text))
    if not titled and not (shown >= 5 and _by_sign(text)):
        return _back(text)
    return Recognised("front", round(0.5 + 0.49 * (shown + 2 * titled) / 8, 2), _country(text))


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on the front. The back repeats none of it, and its table is not read."""
    if side == "back":
        return {}
    values, country = _numbered(text), _country(text)
    today = datetime.now(UTC).date()
    found: dict[str, Field | None] = {
        "surname": _name(text, values.get("1")),
        "given_names": _name(text, values.get("2")),
        **_birth(text, values.get("3"), today),
        "date_of_issue": _date(text, values.get("4a"), "date_of_issue", today),
        "date_of_expiry": _date(text, values.get("4b"), "date_of_expiry", today),
        "issuing_authority": _plain(text, values.get("4c")),
        "personal_number": _plain(text, values.get("4d")),
        "number": _number(text, values.get("5"), country, today),
        "address": _plain(text, values.get("8")),
        "categories": _categories(text, values.get("9")),
    }
    letters = float(_data()["most"]["words"])
    return {
        name: replace(field, confidence=min(field.confidence, letters)) if name in _WORDS else field
        for name, field in found.items()
        if field is not None
    }


def outline(text: Text, side: Side) -> Quad | None:
    """From the first and the last numbered line of the front, whose places in the model are known."""
    values = _numbered(text) if side == "front" else {}
    first, last = values.get("1"), values.get("5")
    if first is None or last is None:
        return None
    model = _data()["outline"]
    upper, lower = first.first.line, last.first.line
    tops = float(upper.quad[:, 1].mean()), float(lower.quad[:, 1].mean())
    full = (tops[1] - tops[0]) / (model["last"] - model["first"])
    if full <= 0:
        return None
    width = full * CARD
    x0, y0 = min(left(upper), left(lower)) - model["x"] * width, tops[0] - model["first"] * full
    return np.array([[x0, y0], [x0 + width, y0], [x0 + width, y0 + full], [x0, y0 + full]], np.float32)


# --- which state


def _country(text: Text) -> str | None:
    """The state by its name, by the sign in the flag, or by a title that no other has; None where they do not agree."""
    titled, signed = _by_title(text), _by_sign(text)
    states: Mapping[str, Any] = _data()["countries"]
    named = {code for code, row in states.items() if marked(text, row["name"])}
    if len(named) == 1:
        return named.pop()
    for both in (titled & signed, titled, signed if not titled else set()):
        if len(both) == 1:
            return both.pop()
    return None


def _by_title(text: Text) -> set[str]:
    states: Mapping[str, Any] = _data()["countries"]
    return {code for code, row in states.items() if any(marked(text, title) for title in row["titles"])}


def _by_sign(text: Text) -> set[str]:
    """States whose sign stands alone in a line at the upper left of all text."""
    points = np.concatenate([line.quad for line in text.lines]) if text.lines else np.zeros((1, 2), np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    corner = low + (high - low) * (0.35, 0.4)
    signs = {row["sign"]: code for code, row in _data()["countries"].items()}
    found = set()
    for line in text.lines:
        middle = line.quad.mean(axis=0)
        if line.text.strip() in signs and bool((middle < corner).all()):
            found.add(signs[line.text.strip()])
    return found


# --- the numbered fields


def _numbered(text: Text) -> dict[str, _Value]:
    """The values by their numbers. A number is looked for where a line begins, 4c and 4d within one too."""
    table = rows(text.lines)
    starts = [start for i, row in enumerate(table) for start in _starts(i, row)]
    found: dict[str, _Value] = {}
    unknown: list[_Value] = []
    for i, (number, at, begin, end) in enumerate(starts):
        following = starts[i + 1] if i + 1 < len(starts) else None
        characters = spaced(table[at])[begin:end]
        value = _Value((tuple(characters), *_continued(table, at, number, following)))
        if not value.text:
            continue
        if number == "4?":
            unknown.append(value)
        elif number not in found:
            found[number] = value
    return _by_order(found, unknown, table)


def _starts(at: int, row: Row) -> list[tuple[str, int, int, int]]:
    """Numbers in a row: which, the row, where the value begins and ends."""
    characters = spaced(row)
    whole = "".join(c.text for c in characters)
    heads = [i for i, c in enumerate(characters) if c.index == 0 and not c.text.isspace()]
    found = {m.start(): m for i in heads if (m := _NUMBERED.match(whole, i))}
    found = {m.start(): m for m in _INNER.finditer(whole)} | found
    matches = [found[i] for i in sorted(found)]
    limits = [m.start() for m in matches[1:]] + [len(whole)]
    return [(_which(m), at, m.end(), limits[i]) for i, m in enumerate(matches)]


def _which(match: re.Match[str]) -> str:
    named = match.groupdict()
    if named.get("part"):
        part = named["part"].lower()
        return _PARTS.get(part, "4?")
    number = named["n"] or named["bare"]
    return _DIGITS.get(number, number)


def _continued(
    table: Sequence[Row], at: int, number: str, following: tuple[str, int, int, int] | None
) -> list[tuple[Character, ...]]:
    """Rows without a number below a name or an address: its further lines, where they begin at the value's left edge."""
    if number not in ("1", "2", "8") or following is None or following[1] <= at:
        return []
    first = table[at]
    high = max(float(np.linalg.norm(line.quad[3] - line.quad[0])) for line in first.lines)
    edge = min(left(line) for line in first.lines)
    lines: list[tuple[Character, ...]] = []
    for row in table[at + 1 : following[1]]:
        if _dated(row):
            break  # the next field, whose number was not read
        if row.middle - first.middle > (len(lines) + 1) * 2.2 * high or left(row.lines[0]) < edge - high:
            break
        lines.append(tuple(spaced(row)))
    return lines


def _by_order(found: dict[str, _Value], unknown: list[_Value], table: Sequence[Row]) -> dict[str, _Value]:
    """Fills in what numbers were not read: dates stand in the order 3, 4a, 4b, names above them, the licence's number below."""
    for value in unknown:
        free = next((n for n in ("4a", "4b") if n not in found), None)
        if free:
            found[free] = _Value(value.lines)
    dated = [i for i, row in enumerate(table) if _dated(row)]
    if len(dated) == 3:
        for number, i in zip(("3", "4a", "4b"), dated, strict=True):
            found.setdefault(number, _Value((tuple(spaced(table[i])),), read=False))
    for number, neighbour, step in (("2", "3", -1), ("1", "2", -1), ("5", "4b", 1)):
        if number not in found and neighbour in found:
            beside = _beside(found, found[neighbour], table, step)
            if beside is not None:
                found[number] = beside
    return found


def _beside(found: Mapping[str, _Value], neighbour: _Value, table: Sequence[Row], step: int) -> _Value | None:
    """The row above or below a value that no number claims, when it begins where the values begin."""
    claimed = {id(c.line) for value in found.values() for line in value.lines for c in line}
    last = neighbour.first.line
    at = next(i for i, row in enumerate(table) if any(line is last for line in row.lines)) + step
    if not 0 <= at < len(table) or any(id(line) in claimed for line in table[at].lines):
        return None
    edges = [left(value.first.line) for value in found.values() if value.first.index == 0]
    high = float(np.linalg.norm(last.quad[3] - last.quad[0]))
    near = [line for line in table[at].lines if any(abs(left(line) - edge) < high for edge in edges)]
    if not near or abs(table[at].middle - float(last.quad[:, 1].mean())) > 2.2 * high:
        return None
    row = replace(table[at], lines=tuple(near))
    value = _Value((tuple(spaced(row)),), read=False)
    return value if value.text else None


def _dated(row: Row) -> bool:
    return bool(_dates("".join(c.text for c in spaced(row)), "date_of_expiry", _FAR))


_FAR = date(2200, 1, 1)


# --- values


def _field(text: Text, value: str | None, characters: Sequence[Character], most: float = 1.0) -> Field | None:
    place = quad(characters)
    if place is None:
        return None
    raw = "".join(c.text for c in characters).strip()
    sure = min(most, confidence([c for c in characters if c.text.isalnum()]))
    return Field(value, raw, round(sure, 4), "ocr", text.page.box(place))


def _trust(value: _Value) -> float:
    return 1.0 if value.read else float(_data()["most"]["by_order"])


def _name(text: Text, value: _Value | None) -> Field | None:
    if value is None:
        return None
    whole, characters = _one_line(value)
    taken = _grammar.take(whole, Wanted("name", "name", _FAR))
    if taken is None:
        return None
    return _field(text, taken.value, characters[taken.start : taken.end], min(taken.most, _trust(value)))


def _one_line(value: _Value) -> tuple[str, list[Character]]:
    """The value's lines as one, with a space between."""
    characters: list[Character] = []
    for line in value.lines:
        if characters and line:
            characters.append(Character(" ", 1.0, line[0].line, line[0].index))
        characters.extend(line)
    return "".join(c.text for c in characters), characters


def _dates(whole: str, name: str, today: date) -> list[_grammar.Taken]:
    return _grammar.dates(whole, Wanted(name, "date", today, order="dmy"))


def _date(text: Text, value: _Value | None, name: str, today: date) -> Field | None:
    if value is None:
        return None
    whole, characters = _one_line(value)
    taken = next(iter(_dates(whole, name, today)), None)
    if taken is None:
        # A licence without end says so where the date would be.
        without = name == "date_of_expiry" and _NONE.fullmatch(whole.strip())
        return _field(text, None, characters, float(_data()["most"]["by_order"])) if without else None
    return _field(text, taken.value, characters[taken.start : taken.end], min(taken.most, _trust(value)))


def _birth(text: Text, value: _Value | None, today: date) -> dict[str, Field | None]:
    """Date and place of birth, one after the other."""
    if value is None:
        return {}
    whole, characters = _one_line(value)
    taken = next(iter(_dates(whole, "date_of_birth", today)), None)
    if taken is None:
        return {}
    born = _field(text, taken.value, characters[taken.start : taken.end], min(taken.most, _trust(value)))
    place = _grammar.take(whole[taken.end :], Wanted("place_of_birth", "text", today))
    if place is None:
        return {"date_of_birth": born}
    rest = characters[taken.end :][place.start : place.end]
    return {"date_of_birth": born, "place_of_birth": _field(text, place.value, rest, _trust(value))}


def _plain(text: Text, value: _Value | None) -> Field | None:
    if value is None:
        return None
    whole, characters = _one_line(value)
    taken = _grammar.take(whole, Wanted("text", "text", _FAR))
    return _field(text, taken.value, characters[taken.start : taken.end]) if taken else None


def _number(text: Text, value: _Value | None, country: str | None, today: date) -> Field | None:
    """The licence's number, without spaces. Where the state's has a check digit, that says how sure it is."""
    if value is None:
        return None
    whole, characters = _one_line(value)
    match = _NUMBER.search(whole)
    if match is None or sum(c.isdigit() for c in match.group()) < 3:
        return None
    printed = match.group()
    most = _data()["most"]
    kind = _CHECKED.get(country or "")
    looked = identifiers.identify(kind, printed, today) if kind else None
    if looked is not None and looked.valid:
        return _field(text, looked.value, characters[match.start() : match.end()])
    limit = most["wrong_digit"] if looked is not None else most["look_alikes"] if _mixed(printed) else 1.0
    return _field(text, re.sub(r"\s", "", printed), characters[match.start() : match.end()], float(limit))


def _mixed(printed: str) -> bool:
    """Whether it has letters and digits, and one of those that look like the other."""
    both = any(c.isalpha() for c in printed) and any(c.isdigit() for c in printed)
    return both and bool(_LOOK_ALIKES.search(printed))


def _categories(text: Text, value: _Value | None) -> Field | None:
    if value is None:
        return None
    whole, characters = _one_line(value)
    known = [part for part in re.findall(r"[A-Za-z0-9]+", whole.upper()) if part in _data()["categories"]["names"]]
    return _field(text, "/".join(dict.fromkeys(known)), characters) if known else None


# --- the back


def _back(text: Text) -> Recognised | None:
    """The table of categories: many short lines that name one, under at least two of the heads 9 to 12."""
    rules = _data()["categories"]
    short = [line.text.strip() for line in text.lines]
    seen = {name for name in short if name in rules["names"]}
    heads = {head for head in rules["heads"] if any(re.fullmatch(rf"{head}[.,:]?", name) for name in short)}
    if len(seen) < rules["rows"] or len(heads) < rules["least_heads"]:
        return None
    return Recognised("back", round(min(0.95, 0.6 + 0.03 * len(seen)), 2), None)
