"""The Hong Kong identity card, layouts of 2003 and 2018: most of what it says has no label, and is known by its form.

Chinese name, name in letters (``CHAN, Tai Man``), telegraph codes of the Chinese name, date of birth (DD-MM-YYYY), sex, symbols
(``***AZ``), month of first issue ``(MM-YY)``, date of registration (DD-MM-YY), number with its check digit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from shiming.countries import identifiers
from shiming.reading.documents import Part, Recognised, Side, Text, _grammar, _labelled
from shiming.reading.documents._grammar import Wanted
from shiming.reading.documents._layout import Character, Row, confidence, quad, rows, spaced
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "hk-id"
COUNTRY = "HK"
VERSION = "1"
_LAYOUT = _labelled.load(__package__)
_FRONT = _LAYOUT.sides["front"]
SIDES: tuple[Side, ...] = ("front",)
PRINTED: dict[Side, tuple[str, ...]] = {"front": ("name", "sex", "date_of_birth", "date_of_issue", "number")}
PORTRAIT: Part | None = _FRONT.portrait

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\s?[0-9OISB]{6}\s?[(（]?\s?[0-9AOISB]\s?[)）]?(?!\d)")
_PATTERN = r"[A-Z]{1,2}\d{6}\(?[0-9A]\)?"
_LATIN = re.compile(r"(?P<surname>[A-Z][A-Z' -]*[A-Z]|[A-Z])\s?[,，.]\s?(?P<given>[A-Z][A-Za-z' ,-]*[A-Za-z])")
_CODES = re.compile(r"(?<!\d)\d{4}(?:\s\d{4}){0,5}(?!\d)")
_CHINESE = re.compile(r"[\u3400-\u9fff](?:\s?[\u3400-\u9fff·]){1,7}")
_FIRST = re.compile(r"[(（]\s?(\d{2})-(\d{2})\s?[)）]")
_NOT_NAMES = ("香港", "身份", "永久", "居民", "出生", "日期", "签发", "簽發", "首次")


def recognise(text: Text) -> Recognised | None:
    """By its title, or by a right number with a label; either with something more of the card."""
    table = [_Said(row) for row in rows(text.lines)]
    titled = any(_labelled.marked(text, mark) for mark in _FRONT.marks)
    labelled = {s.asked.name for s in _labelled.segments(text.lines, _FRONT.fields) if s.asked} - {"sex"}
    number = any(_right(row.text) for row in table)
    others = len(labelled) + 2 * number + any(_LATIN.search(row.text) for row in table)
    if not titled and not (number and len(labelled) == 2):
        return None
    if others < 2:
        return None
    return Recognised("front", round(0.5 + 0.49 * min(1.0, (others + titled) / 6), 2), COUNTRY)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on the front."""
    today = datetime.now(UTC).date()
    table = [_Said(row) for row in rows(text.lines)]
    found: dict[str, Field | None] = {"number": _number(text, table, today)}
    found |= _names(text, table)
    found |= _dates(text, table, today)
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From the print whose places are known."""
    return _LAYOUT.outline(text, side)


class _Said:
    """A row with its text, spaces kept."""

    def __init__(self, row: Row) -> None:
        self.characters = spaced(row)
        self.text = "".join(c.text for c in self.characters)

    def part(self, match: re.Match[str], group: int | str = 0) -> list[Character]:
        return self.characters[match.start(group) : match.end(group)]


def _field(text: Text, value: str | None, characters: Sequence[Character]) -> Field | None:
    place = quad(characters)
    if place is None:
        return None
    raw = "".join(c.text for c in characters).strip()
    return Field(value, raw, confidence([c for c in characters if c.text.isalnum()]), "ocr", text.page.box(place))


def _right(said: str) -> bool:
    match = _NUMBER.search(said)
    return match is not None and identifiers.identify("hk-id", match.group(), date.max).valid


def _number(text: Text, table: Sequence[_Said], today: date) -> Field | None:
    found = [(row, match) for row in table for match in _NUMBER.finditer(row.text)]
    if not found:
        return None
    row, match = max(found, key=lambda pair: (_right(pair[1].group()), "(" in pair[1].group()))
    return _labelled.checked(text, row.part(match), "hk-id", _PATTERN, today)


def _names(text: Text, table: Sequence[_Said]) -> dict[str, Field | None]:
    """The name in letters by its comma; the Chinese name is the nearest row of Chinese above, the codes stand below."""
    latin = next(((i, m) for i, row in enumerate(table) if (m := _LATIN.search(row.text))), None)
    if latin is None:
        return {}
    at, match = latin
    found = {
        "surname": _words(text, match["surname"], table[at].part(match, "surname")),
        "given_names": _words(text, match["given"], table[at].part(match, "given")),
    }
    whole = _words(text, f"{match['surname']}, {match['given']}", table[at].part(match))
    chinese = next((c for row in reversed(table[max(0, at - 2) : at]) if (c := _chinese(text, row))), None)
    found["name"] = chinese or whole
    codes = next(
        ((row, m) for row in table[at : at + 3] if (m := _CODES.search(row.text)) and "-" not in row.text), None
    )
    if codes is not None:
        found["name_codes"] = _field(text, codes[1].group(), codes[0].part(codes[1]))
    return found


def _words(text: Text, value: str, characters: Sequence[Character]) -> Field | None:
    """A name of several words: less sure where the ink shows a space that was not read."""
    field = _field(text, value, characters)
    return field and replace(field, confidence=min(field.confidence, _labelled.whole_words(text, characters)))


def _chinese(text: Text, row: _Said) -> Field | None:
    match = _CHINESE.search(row.text)
    if match is None or any(word in match.group() for word in _NOT_NAMES):
        return None
    return _field(text, re.sub(r"\s", "", match.group()), row.part(match))


def _dates(text: Text, table: Sequence[_Said], today: date) -> dict[str, Field | None]:
    """Birth has a year of four digits and the sex beside it; first issue stands in brackets; registration is the other date."""
    found: dict[str, Field | None] = {}
    for row in table:
        for taken in _grammar.dates(row.text, Wanted("date_of_birth", "date", today, order="dmy")):
            printed = row.characters[taken.start : taken.end]
            name = "date_of_birth" if re.search(r"\d{4}", "".join(c.text for c in printed)) else "date_of_issue"
            if name not in found:
                found[name] = _field(text, taken.value, printed)
            if name == "date_of_birth":
                found["sex"] = _sex(text, row.characters[taken.end :]) or _sex(text, row.characters[: taken.start])
        first = _FIRST.search(row.text)
        if first:
            year = int(first[2]) + (1900 if int(first[2]) > today.year % 100 else 2000)
            found["date_of_first_issue"] = _field(text, f"{year}-{first[1]}", row.part(first))
        symbols = re.match(r"\*{1,3}\s?[A-Z]{1,4}", row.text)
        if symbols:
            found["symbols"] = _field(text, symbols.group(), row.part(symbols))
    return found


def _sex(text: Text, characters: Sequence[Character]) -> Field | None:
    """As printed twice, 男 M or 女 F: both must agree where both were read."""
    whole = "".join(c.text for c in characters)
    taken = _grammar.take(whole, Wanted("sex", "sex", date.max))
    return _field(text, taken.value, characters[taken.start : taken.end]) if taken else None
