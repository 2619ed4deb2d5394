"""Machine-readable zones by ICAO 9303 (parts 4 to 7): formats, check digits, fields. Text in, values out; nothing is repaired.

A date's century: a birth lies in the past, at most a century ago; an expiry lies within fifty years either way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.core import get_global

from shiming.registration.values import Mrz

ALPHABET = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = (7, 3, 1)

Place = tuple[int, int, int]
"""Line, first column, column after the last."""


@dataclass(frozen=True, slots=True)
class Format:
    """Where a format's fields stand. ``checks`` maps a check to what it covers and the place of its digit."""

    name: str
    rows: int
    columns: int
    fields: Mapping[str, Place]
    checks: Mapping[str, tuple[tuple[Place, ...], Place]]
    document: str

    def classes(self) -> tuple[str, ...]:
        """A string a line: ``D`` digit, ``L`` letter or filler, ``S`` sex, ``X`` anything, by column."""
        rows = [["X"] * self.columns for _ in range(self.rows)]
        kinds = {"issuing_country": "L", "nationality": "L", "names": "L", "date_of_birth": "D", "date_of_expiry": "D"}
        for field, (row, start, end) in self.fields.items():
            rows[row][start:end] = ["S" if field == "sex" else kinds.get(field, "X")] * (end - start)
        for check, (_, (row, start, _end)) in self.checks.items():
            rows[row][start] = "X" if check in ("personal_number", "number") else "D"
        rows[0][0] = "L"
        return tuple("".join(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value (None where it could not be understood), as printed, and where it stands."""

    value: str | None
    raw: str
    place: Place


@dataclass(frozen=True, slots=True)
class Zone:
    """A parsed zone: what is printed, and what it says."""

    mrz: Mrz
    document: str
    values: Mapping[str, Value]


def _two_lines(name: str, columns: int, document: str, visa: bool) -> Format:
    second = {
        "number": (1, 0, 9),
        "nationality": (1, 10, 13),
        "date_of_birth": (1, 13, 19),
        "sex": (1, 20, 21),
        "date_of_expiry": (1, 21, 27),
    }
    checks: dict[str, tuple[tuple[Place, ...], Place]] = {
        "number": (((1, 0, 9),), (1, 9, 10)),
        "date_of_birth": (((1, 13, 19),), (1, 19, 20)),
        "date_of_expiry": (((1, 21, 27),), (1, 27, 28)),
    }
    if name == "TD3":
        second["personal_number"] = (1, 28, 42)
        checks["personal_number"] = (((1, 28, 42),), (1, 42, 43))
    else:
        second["optional"] = (1, 28, columns if visa else columns - 1)
    if not visa:
        last = columns - 1
        checks["composite"] = (((1, 0, 10), (1, 13, 20), (1, 21, last)), (1, last, columns))
    first: dict[str, Place] = {"type": (0, 0, 2), "issuing_country": (0, 2, 5), "names": (0, 5, columns)}
    return Format(name, 2, columns, {**first, **second}, checks, document)


_TD1 = Format(
    "TD1",
    3,
    30,
    {
        "type": (0, 0, 2),
        "issuing_country": (0, 2, 5),
        "number": (0, 5, 14),
        "optional": (0, 15, 30),
        "date_of_birth": (1, 0, 6),
        "sex": (1, 7, 8),
        "date_of_expiry": (1, 8, 14),
        "nationality": (1, 15, 18),
        "names": (2, 0, 30),
    },
    {
        "number": (((0, 5, 14),), (0, 14, 15)),
        "date_of_birth": (((1, 0, 6),), (1, 6, 7)),
        "date_of_expiry": (((1, 8, 14),), (1, 14, 15)),
        "composite": (((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29, 30)),
    },
    "id-card-td1",
)
FORMATS = (
    _TD1,
    _two_lines("TD2", 36, "id-card-td2", False),
    _two_lines("TD3", 44, "passport", False),
    _two_lines("MRV-A", 44, "visa-mrv-a", True),
    _two_lines("MRV-B", 36, "visa-mrv-b", True),
)


def check_digit(text: str) -> str:
    """The check digit of ICAO 9303 part 3, 4.9: weights 7 3 1, letters from 10, filler 0."""
    total = sum((0 if c == "<" else int(c, 36)) * _WEIGHTS[i % 3] for i, c in enumerate(text))
    return str(total % 10)


def format_of(lines: Sequence[str]) -> Format | None:
    """The format that has this many lines of this length, or None. A first letter ``V`` makes it a visa."""
    widths = {len(line) for line in lines}
    fitting = [f for f in FORMATS if f.rows == len(lines) and widths == {f.columns}]
    visa = bool(lines) and lines[0].startswith("V")
    return next((f for f in fitting if f.name.startswith("MRV") == visa), None)


def parse(lines: Sequence[str], today: date) -> Zone | None:
    """Parses a zone as printed; None when lines, lengths or characters fit no format.

    ``today`` decides the century of two-digit years. ``mrz.valid`` is true when every check digit is right and every
    character is one that may stand where it stands.
    """
    layout = format_of(lines)
    if layout is None or any(set(line) - set(ALPHABET) for line in lines):
        return None
    checks = {name: _right(layout, lines, name) for name in layout.checks}
    values = _values(layout, lines, today)
    sound = all(values[k].value for k in ("sex", "issuing_country", "surname")) and all(
        values[k].value or not values[k].raw.isdecimal() for k in ("date_of_birth", "date_of_expiry")
    )
    return Zone(Mrz(layout.name, tuple(lines), sound and all(checks.values()), checks), layout.document, values)


def _at(lines: Sequence[str], place: Place) -> str:
    return lines[place[0]][place[1] : place[2]]


def _right(layout: Format, lines: Sequence[str], check: str) -> bool:
    spans, place = layout.checks[check]
    covered, digit = "".join(_at(lines, span) for span in spans), _at(lines, place)
    if check == "number" and digit == "<" and "optional" in layout.fields:
        number, digit = _long_number(layout, lines)
        return bool(digit) and check_digit(number) == digit
    if check == "personal_number" and digit == "<":
        return not covered.strip("<")
    return digit == check_digit(covered)


def _long_number(layout: Format, lines: Sequence[str]) -> tuple[str, str]:
    """A number longer than nine characters runs on in the optional data, its check digit last (part 5, 4.2.2.2)."""
    rest = _at(lines, layout.fields["optional"]).split("<")[0]
    return _at(lines, layout.fields["number"]) + rest[:-1], rest[-1:]


def _values(layout: Format, lines: Sequence[str], today: date) -> dict[str, Value]:
    raw = {name: _at(lines, place) for name, place in layout.fields.items()}
    place = layout.fields
    surname, _, given = raw["names"].partition("<<")
    names = {"surname": _words(surname), "given_names": _words(given)}
    names["name"] = " ".join(part for part in names.values() if part)
    spans = _name_places(raw["names"], place["names"])
    values = {key: Value(text or None, text, spans[key]) for key, text in names.items()}
    values["sex"] = Value({"M": "M", "F": "F", "<": "X", "X": "X"}.get(raw["sex"]), raw["sex"], place["sex"])
    for key in ("issuing_country", "nationality"):
        values[key] = Value(country(raw[key]), raw[key].strip("<"), place[key])
    values["date_of_birth"] = Value(_birth(raw["date_of_birth"], today), raw["date_of_birth"], place["date_of_birth"])
    values["date_of_expiry"] = Value(
        _expiry(raw["date_of_expiry"], today), raw["date_of_expiry"], place["date_of_expiry"]
    )
    number = raw["number"]
    if "number" in layout.checks and _at(lines, layout.checks["number"][1]) == "<" and "optional" in place:
        number = _long_number(layout, lines)[0]
    values["number"] = Value(number.strip("<").replace("<", " ") or None, number.strip("<"), place["number"])
    if raw.get("personal_number", "").strip("<"):
        text = raw["personal_number"].strip("<")
        values["personal_number"] = Value(text.replace("<", " "), text, place["personal_number"])
    return values


def _name_places(raw: str, place: Place) -> dict[str, Place]:
    row, start, _ = place
    whole = start + len(raw.rstrip("<"))
    surname = start + len(raw.partition("<<")[0].rstrip("<"))
    return {
        "surname": (row, start, surname),
        "given_names": (row, min(surname + 2, whole), whole),
        "name": (row, start, whole),
    }


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def country(code: str) -> str | None:
    """ISO 3166-1 alpha-3 of a code as printed: ``D<<`` -> ``DEU``; codes of no country (``UTO``, ``XXA``) stay."""
    code = code.strip("<")
    if code == "D":
        return "DEU"
    return code if re.fullmatch(r"[A-Z]{3}", code) else None


def alpha2(alpha3: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of an alpha-3 code, None for codes of no country."""
    aliases = get_global("territory_aliases").get(alpha3 or "", [])
    return str(aliases[0]) if len(aliases) == 1 else None


def _date(text: str, year: int) -> str | None:
    try:
        return date(year, int(text[2:4]), int(text[4:6])).isoformat()
    except ValueError:
        return None


def _birth(text: str, today: date) -> str | None:
    if not text.isdecimal():
        return None  # an unknown day or month is printed as filler
    year = today.year - today.year % 100 + int(text[:2])
    found = _date(text, year)
    return _date(text, year - 100) if found is None or found > today.isoformat() else found


def _expiry(text: str, today: date) -> str | None:
    if not text.isdecimal():
        return None
    year = today.year - today.year % 100 + int(text[:2])
    return _date(text, year - 100 if year > today.year + 50 else year + 100 if year < today.year - 50 else year)
