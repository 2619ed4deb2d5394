"""What the cards of the exit and entry administration share: permanent residence, mainland travel permits.

They print a label in Chinese and English over every value, and differ in where; each value has a form that no other has. So
values are told by their form: two dates in one row are the validity, the other date is the birth, capitals above it the name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.reading.documents import Text, _chinese, _grammar, _labelled
from shiming.reading.documents._layout import Character, Row, confidence, quad, rows
from shiming.reading.vision import mrz, ocr
from shiming.reading.vision.han import fold
from shiming.reading.vision.ocr import Line
from shiming.registration.values import Field

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})\W?(\d{2})\W?(\d{2})(?!\d)")
_SEX = re.compile(r"(?<!性)([男女])(?!性)\W?([MF])?")
_LATIN = re.compile(r"[A-Z][A-Z'’.\- ]*(?:[,，]\s*[A-Z][A-Z'’.\- ]*)?")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,12}")
_NATIONALITY = re.compile(r"([\u3400-\u9fff]{2,12})\W?[Il1]?([A-Z]{3})$")
_AUTHORITY = re.compile(r"[\u3400-\u9fff]{2,}(?:管理局|公安[厅局](?:[\u3400-\u9fff]*分局)?)|公安部")
_UNSURE = 0.5
"""How sure a value is that something else on the card contradicts."""
_UNKNOWN_NAME = 0.85
"""How sure a nationality is at most whose Chinese name is not the one that CLDR has for the code."""

_ONE_WORD = 0.85
"""How sure a whole name in Latin letters is at most that has a single word."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("_permits.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Front:
    """What is asked of a card's front: the form of its number, how long it runs, and whether it says a nationality."""

    number: re.Pattern[str]
    alphabet: str
    runs: _chinese.Runs
    nationality: bool = False
    latin_name: bool = False
    """Whether ``name`` is the one in Latin letters, for people whose Chinese name is only one more."""


def titled(text: Text, titles: Sequence[str]) -> bool:
    """Whether one of these titles stands on the page."""
    return any(_labelled.marked(text, title) for title in titles)


def labels(text: Text) -> int:
    """How many of the labels that these cards have were read."""
    joined = _chinese.said(text)
    return sum(label in joined for label in _data()["labels"])


def front(text: Text, asked: Front) -> dict[str, Field | None]:
    """The values on a card's front."""
    table = rows(text.lines)
    found: dict[str, Field | None] = {"number": number(text, asked)}
    period_at = next((i for i, row in enumerate(table) if _chinese.PERIOD.search(row.text)), None)
    if period_at is not None:
        found |= _chinese.period(text, table[period_at], asked.runs)
    upper = [row for i, row in enumerate(table) if period_at is None or i < period_at]
    found["date_of_birth"] = _born(text, upper)
    found["sex"] = _sex(text, upper)
    found |= _names(text, table, asked.latin_name)
    found["issuing_authority"] = authority(text)
    if asked.nationality:
        found["nationality"] = _nationality(text)
    return found


def number(text: Text, asked: Front) -> Field | None:
    """The number by its form; where no line has that form, read in its letters alone, and in doubt."""
    for line in text.lines:
        characters = _inked(line)
        match = asked.number.search("".join(c.text for c in characters))
        if match:
            return _chinese.field(text, match.group(), characters[match.start() : match.end()])
    return _number_again(text, asked)


def _inked(line: Line) -> tuple[Character, ...]:
    """The line's characters without spaces."""
    return tuple(Character(c, line.certain[i], line, i) for i, c in enumerate(line.text) if not c.isspace())


def _number_again(text: Text, asked: Front) -> Field | None:
    """A number in which letters and digits were mistaken for one another, read in its own letters alone."""
    shaped = [line for line in text.lines if _could_be_number(line.text)]
    for line in ocr.recognise(text.page.view, [line.quad for line in shaped], asked.alphabet):
        match = asked.number.search(line.text)
        if match:
            place = range(match.start(), match.end())
            return _chinese.field(
                text,
                match.group(),
                [Character(line.text[i], line.certain[i], line, i) for i in place],
                min(_UNSURE, *(line.certain[i] for i in place)),
            )
    return None


def _could_be_number(said: str) -> bool:
    return sum(c.isdigit() for c in said) >= 6 and len(said) <= 24 and _DAY.search(said) is None


def _born(text: Text, table: Sequence[Row]) -> Field | None:
    for row in table:
        match = _DAY.search(row.text)
        if match:
            day = _chinese.iso(*match.groups())
            return _chinese.field(text, day, row.characters[match.start() : match.end()])
    return None


def _sex(text: Text, table: Sequence[Row]) -> Field | None:
    """By the Chinese character; a letter beside it that says otherwise leaves it in doubt."""
    for row in table:
        match = _SEX.search(row.text)
        if match is None:
            continue
        value = _chinese.SEX[match.group(1)]
        characters = row.characters[match.start() : match.end()]
        agrees = match.group(2) in (None, value)
        return _chinese.field(text, value, characters, None if agrees else min(_UNSURE, confidence(characters)))
    return None


def _names(text: Text, table: Sequence[Row], latin_name: bool) -> dict[str, Field | None]:
    """The lines above sex and birth that can be names: Chinese characters only, or capitals only."""
    end = next((i for i, row in enumerate(table) if _SEX.search(row.text) or _DAY.search(row.text)), len(table))
    lines = [line for row in table[:end] for line in row.lines]
    latin = [c for line in lines if (c := _cut(line, _LATIN)) and not _is_print(c)]
    chinese = [c for line in lines if (c := _cut(line, _HAN_NAME)) and not _is_print(c)]
    found: dict[str, Field | None] = {}
    if chinese and not latin_name:
        found["name"] = _chinese.field(text, fold(_said(chinese[-1])), chinese[-1])
    if latin:
        together = [c for part in latin for c in part]
        whole = " ".join(_said(part) for part in latin).replace("，", ",")
        if latin_name:
            found["name"] = _whole(_latin(text, whole.replace(",", " "), together))
        if "," in whole:
            surname, _, given = whole.partition(",")
            at = next(i for i, c in enumerate(together) if c.text in ",，")
            found["surname"] = _latin(text, surname, together[:at])
            found["given_names"] = _latin(text, given, together[at + 1 :])
    return found


def _whole(name: Field | None) -> Field | None:
    """A whole name: one of a single word has more likely lost a space than is a person's only name."""
    single = name is not None and name.value is not None and " " not in name.value
    return replace(name, confidence=min(_ONE_WORD, name.confidence)) if name is not None and single else name


def _latin(text: Text, printed: str, characters: Sequence[Character]) -> Field | None:
    """A name in Latin letters with single spaces. How sure a space is says nothing of the name."""
    made = _chinese.field(text, " ".join(printed.split()) or None, [c for c in characters if not c.text.isspace()])
    return replace(made, raw=printed.strip()) if made else None


def _cut(line: Line, form: re.Pattern[str]) -> tuple[Character, ...]:
    """The line without the label 姓名 / Name before its value, if it then has that form as a whole; else nothing."""
    label = re.match(r"\s*姓\s*名\s*(?:[/／]?\s*N[aA][mM][eE])?[:：]?\s*", line.text)
    start = label.end() if label else 0
    rest = line.text[start:].rstrip()
    if not rest or form.fullmatch(rest) is None:
        return ()
    return tuple(Character(line.text[i], line.certain[i], line, i) for i in range(start, start + len(rest)))


def _is_print(characters: Sequence[Character]) -> bool:
    """Whether it is a title or label, not a value."""
    said = _said(characters).upper()
    return len(said) < 2 or any(word in said for word in _data()["print"])


def _said(characters: Sequence[Character]) -> str:
    return "".join(c.text for c in characters).strip()


def authority(text: Text) -> Field | None:
    """Who issued the card."""
    for line in text.lines:
        characters = _inked(line)
        said = "".join(c.text for c in characters)
        match = _AUTHORITY.search(re.sub(r"^签?发机关", lambda label: " " * len(label.group()), said))
        if match:
            found = characters[match.start() : match.end()]
            return _chinese.field(text, fold(match.group()), found)
    return None


def _nationality(text: Text) -> Field | None:
    """A country's Chinese name and alpha-3 code; where they name two countries, neither is believed."""
    for line in text.lines:
        inked = _inked(line)
        match = _NATIONALITY.search("".join(c.text for c in inked))
        if match is None or match.group(2) not in _codes():
            continue
        characters = inked[match.start() : match.end()]
        known = _grammar.alpha3(_grammar.country_names().get(_grammar.words(match.group(1)), ""))
        most = 1.0 if known == match.group(2) else _UNKNOWN_NAME if known is None else _UNSURE
        return _chinese.field(text, match.group(2), characters, min(most, confidence(characters)))
    return None


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for alpha2 in _grammar.country_names().values() if (code := _grammar.alpha3(alpha2)))


# --- the three lines on the back of a travel permit


@dataclass(frozen=True, slots=True)
class _Part:
    """A field of the zone's first line: its columns, the column of its check digit."""

    name: str
    start: int
    end: int
    check: int


_PARTS = (
    _Part("number", 2, 11, 11),
    _Part("date_of_expiry", 15, 21, 21),
    _Part("date_of_birth", 23, 29, 29),
)
_SEX_COLUMN = 22
_COLUMNS = 30


def back(text: Text, code: str, own_card: re.Pattern[str], today: date) -> dict[str, Field | None]:
    """What a travel permit's back says: its first machine-readable line, and the number of the holder's own identity card."""
    line = zone_line(text, code)
    found = zone(text, line, today) if line is not None else {}
    for row in rows(text.lines):
        match = own_card.search(row.text.replace("（", "(").replace("）", ")"))
        if match and "<" not in row.text:
            found["personal_number"] = _chinese.field(text, match.group(), row.characters[match.start() : match.end()])
            break
    return found


def zone_line(text: Text, code: str) -> Line | None:
    """The first of a travel permit's three machine-readable lines, read in their alphabet; None where none begins so."""
    for line in text.lines:
        bare = line.text.replace(" ", "")
        if bare[:1] == "C" and len(bare) >= _COLUMNS - 4 and sum(c in mrz.ALPHABET for c in bare) >= 0.9 * len(bare):
            again = ocr.recognise(text.page.view, [line.quad], mrz.ALPHABET)[0]
            if again.text.startswith(code) and len(again.text) == _COLUMNS:
                return again
    return None


def zone(text: Text, line: Line, today: date) -> dict[str, Field | None]:
    """Number, validity, birth and sex in that line; only where the check digit is right.

    The columns are those that readers at the border use (no specification is public); they agree with the one line on the back
    of the permit for mainland residents, whose printed examples have right check digits (ICAO 9303 part 3, 4.9).
    """
    found: dict[str, Field | None] = {}
    for part in _PARTS:
        raw = line.text[part.start : part.end]
        if mrz.check_digit(raw) != line.text[part.check]:
            continue
        value = raw.strip("<") if part.name == "number" else _six(raw, today, past=part.name == "date_of_birth")
        if value:
            found[part.name] = _of_zone(text, line, value, raw, part.start, part.end)
    sex = line.text[_SEX_COLUMN]
    if found and sex in "MF":
        found["sex"] = _of_zone(text, line, sex, sex, _SEX_COLUMN, _SEX_COLUMN + 1)
    return found


def _of_zone(text: Text, line: Line, value: str, raw: str, start: int, end: int) -> Field | None:
    characters = [Character(line.text[i], line.certain[i], line, i) for i in range(start, end)]
    place = quad(characters)
    return Field(value, raw, confidence(characters), "mrz", text.page.box(place)) if place is not None else None


def _six(text: str, today: date, *, past: bool) -> str | None:
    """A day written YYMMDD: of a birth the last that is not to come, of an end the one within fifty years."""
    if not text.isdecimal():
        return None
    year = today.year - today.year % 100 + int(text[:2])
    if past and _chinese.iso(str(year), text[2:4], text[4:]) is not None:
        year -= 100 * (date(year, int(text[2:4]), int(text[4:])) > today)
    return _chinese.iso(str(year - 100 if not past and year > today.year + 50 else year), text[2:4], text[4:])
