"""Machine-readable zones by ICAO 9303 (parts 4 to 7): formats, check digits, fields. Text in, values out; nothing is repaired.

Besides the five formats of ICAO there is ``TD2-FRA``, the French identity card issued until 2021: two lines of 36 with columns
of its own (the number takes twelve, date and sex close the second line, no day of expiry; arrêté du 26 février 1988).
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
_NAMES = re.compile(r"[A-Z](?:<{0,2}[A-Z])*<*")
"""Letters, one filler between names, two between surname and given names (part 3, 4.6); after three nothing may follow."""

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

    @property
    def code(self) -> str:
        """Which document codes begin its first line, a key of :data:`CODES`."""
        return "P" if self.name == "TD3" else "V" if self.name.startswith("MRV") else "I"

    def classes(self) -> tuple[str, ...]:
        """A string a line, by column: ``D`` digit or filler, ``L`` letter or filler, ``S`` sex, ``P``, ``I`` and ``V`` a document
        code (:data:`CODES`), ``T`` its second character (a letter or filler; a digit on old American cards), ``X`` anything."""
        rows = [["X"] * self.columns for _ in range(self.rows)]
        for field, (row, start, end) in self.fields.items():
            rows[row][start:end] = [_KINDS.get(field, "X")] * (end - start)
        for _, (row, start, _end) in self.checks.values():
            rows[row][start] = "D"
        rows[0][:2] = self.code, "T"
        return tuple("".join(row) for row in rows)


CODES = {"P": "P", "I": "IAC", "V": "V"}
"""First characters of a document: passports (part 4), cards (parts 5 and 6), visas (part 7)."""
_OTHER_CODES = frozenset(
    "EUE GBD GBN GBO GBP GBS RKS UNA UNK UNO UTO XBA XCC XCE XCO XEC XIM XMP XOM XPO XXA XXB XXC XXX".split()  # noqa: SIM905
)
_KINDS = {
    "issuing_country": "L",
    "nationality": "L",
    "names": "L",
    "date_of_birth": "D",
    "date_of_expiry": "D",
    "sex": "S",
}
_KINDS |= {"surname": "L", "given_names": "L"}


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
_FRANCE = Format(
    "TD2-FRA",
    2,
    36,
    {
        "type": (0, 0, 2),
        "issuing_country": (0, 2, 5),
        "surname": (0, 5, 30),
        "optional": (0, 30, 36),
        "number": (1, 0, 12),
        "given_names": (1, 13, 27),
        "date_of_birth": (1, 27, 33),
        "sex": (1, 34, 35),
    },
    {
        "number": (((1, 0, 12),), (1, 12, 13)),
        "date_of_birth": (((1, 27, 33),), (1, 33, 34)),
        "composite": (((0, 0, 36), (1, 0, 35)), (1, 35, 36)),
    },
    "id-card-td2",
)
FORMATS = (
    _TD1,
    _two_lines("TD2", 36, "id-card-td2", False),
    _FRANCE,
    _two_lines("TD3", 44, "passport", False),
    _two_lines("MRV-A", 44, "visa-mrv-a", True),
    _two_lines("MRV-B", 36, "visa-mrv-b", True),
)


def check_digit(text: str) -> str:
    """The check digit of ICAO 9303 part 3, 4.9: weights 7 3 1, letters from 10, filler 0."""
    total = sum((0 if c == "<" else int(c, 36)) * _WEIGHTS[i % 3] for i, c in enumerate(text))
    return str(total % 10)


def format_of(lines: Sequence[str]) -> Format | None:
    """The format that has this many lines of this length, or None. ``V`` makes it a visa, ``IDFRA`` the French card."""
    widths = {len(line) for line in lines}
    fitting = [f for f in FORMATS if f.rows == len(lines) and widths == {f.columns}]
    start = lines[0] if lines else ""
    kind = "MRV" if start.startswith("V") else "TD2-FRA" if start.startswith("IDFRA") and len(start) == 36 else "TD"
    return next((f for f in fitting if f.name.startswith(kind)), None)


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
    dated = [values[k] for k in ("date_of_birth", "date_of_expiry") if k in values]
    sound = (
        lines[0][0] in CODES[layout.code]
        and all(values[k].value for k in ("sex", "issuing_country", "surname"))
        and all(day.value or not day.raw.isdecimal() for day in dated)
        and all(_NAMES.fullmatch(_at(lines, layout.fields[k])) for k in ("names", "surname") if k in layout.fields)
    )
    return Zone(Mrz(layout.name, tuple(lines), sound and all(checks.values()), checks), layout.document, values)


def misfit(lines: Sequence[str]) -> str:
    """What keeps these lines from being a zone, in words: what was expected, what was got, and where."""
    for row, line in enumerate(lines, 1):
        for column, character in enumerate(line, 1):
            if character not in ALPHABET:
                return f"line {row}, column {column}: expected A-Z, 0-9 or <, got {character!r}"
    got = " + ".join(str(len(line)) for line in lines)
    fitting = [f for f in FORMATS if f.rows == len(lines)]
    near = min(fitting, key=lambda f: sum(abs(len(line) - f.columns) for line in lines), default=None)
    wanted = (
        f"{near.rows} lines of {near.columns} characters each"
        if near
        else "3 lines of 30 characters, or 2 of 36, or 2 of 44"
    )
    return f"expected {wanted}, got {len(lines)} {'line' if len(lines) == 1 else 'lines'} of {got} characters"


def compose(
    name: str,
    *,
    kind: str,
    issuer: str,
    surname: str,
    given_names: str,
    number: str,
    nationality: str,
    born: date,
    sex: str,
    ends: date,
    optional: str = "",
) -> tuple[str, ...]:
    """The lines of a zone in format ``name``, every check digit right.

    Names are given as the zone writes them (A-Z and spaces); what is too long is cut. ``sex`` is M, F or X. ``TD2-FRA`` has no
    place for ``ends`` and ``nationality``.
    """
    layout = next(f for f in FORMATS if f.name == name)
    said = {
        "type": kind,
        "issuing_country": issuer,
        "names": f"{surname}  {given_names}",
        "surname": surname,
        "given_names": given_names,
        "number": number,
        "nationality": nationality,
        "date_of_birth": f"{born:%y%m%d}",
        "sex": sex.replace("X", "<"),
        "date_of_expiry": f"{ends:%y%m%d}",
        "optional": optional,
        "personal_number": optional,
    }
    rows = [["<"] * layout.columns for _ in range(layout.rows)]
    for field, (row, start, end) in layout.fields.items():
        rows[row][start:end] = said[field].replace(" ", "<").ljust(end - start, "<")[: end - start]
    for check, (spans, (row, column, _)) in layout.checks.items():
        covered = "".join("".join(rows[r][a:b]) for r, a, b in spans)
        empty = check == "personal_number" and not covered.strip("<")
        rows[row][column] = "<" if empty else check_digit(covered)
    return tuple("".join(row) for row in rows)


def _at(lines: Sequence[str], place: Place) -> str:
    return lines[place[0]][place[1] : place[2]]


def _right(layout: Format, lines: Sequence[str], check: str) -> bool:
    spans, place = layout.checks[check]
    covered, digit = "".join(_at(lines, span) for span in spans), _at(lines, place)
    if check == "number" and digit == "<" and "optional" in layout.fields:
        return _long_number(layout, lines) is not None
    if check == "personal_number" and digit == "<":
        return not covered.strip("<")
    return digit == check_digit(covered)


def _long_number(layout: Format, lines: Sequence[str]) -> str | None:
    """A number longer than nine characters runs on in the optional data, its check digit last (part 5, 4.2.2.2)."""
    rest = _at(lines, layout.fields["optional"]).split("<")[0]
    number = _at(lines, layout.fields["number"]) + rest[:-1]
    return number if rest and check_digit(number) == rest[-1] else None


def _values(layout: Format, lines: Sequence[str], today: date) -> dict[str, Value]:
    raw = {name: _at(lines, place) for name, place in layout.fields.items()}
    place = layout.fields
    values = _names(raw, place)
    values["sex"] = Value({"M": "M", "F": "F", "<": "X", "X": "X"}.get(raw["sex"]), raw["sex"], place["sex"])
    for key in ("issuing_country", "nationality"):
        # The older French card bears no nationality: it is only issued to French citizens (décret 55-1397).
        of = key if key in place else "issuing_country"
        values[key] = Value(country(raw[of]), raw[of].strip("<"), place[of])
    for key, read in (("date_of_birth", _birth), ("date_of_expiry", _expiry)):
        if key in place:
            values[key] = Value(read(raw[key], today), raw[key], place[key])
    number = raw["number"]
    if _at(lines, layout.checks["number"][1]) == "<" and "optional" in place:
        number = _long_number(layout, lines) or number
    values["number"] = Value(number.strip("<").replace("<", " ") or None, number.strip("<"), place["number"])
    if raw.get("personal_number", "").strip("<"):
        text = raw["personal_number"].strip("<")
        values["personal_number"] = Value(text.replace("<", " "), text, place["personal_number"])
    return values


def _names(raw: Mapping[str, str], place: Mapping[str, Place]) -> dict[str, Value]:
    """Surname and given names, each with its place; the whole name's place is the surname's where both stand apart."""
    if "names" in raw:
        surname, _, given = raw["names"].partition("<<")
        places = _name_places(raw["names"], place["names"])
    else:
        surname, given = raw["surname"], raw["given_names"]
        places = {key: _printed(raw[key], place[key]) for key in ("surname", "given_names")}
        places["name"] = places["surname"]
    names = {"surname": _words(surname), "given_names": _words(given)}
    names["name"] = " ".join(part for part in names.values() if part)
    return {key: Value(text or None, text, places[key]) for key, text in names.items()}


def _printed(raw: str, place: Place) -> Place:
    row, start, _ = place
    return row, start, start + len(raw.rstrip("<"))


def _name_places(raw: str, place: Place) -> dict[str, Place]:
    row, start, _ = place
    whole = start + len(raw.rstrip("<"))
    surname = start + len(raw.partition("<<")[0].rstrip("<"))
    return {
        "surname": (row, start, surname),
        # Without given names, the fillers that say so.
        "given_names": (row, surname + 2, whole)
        if surname + 2 < whole
        else (row, surname, min(surname + 2, start + len(raw))),
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


def known_country(code: str | None) -> bool:
    """Whether a country's code is one of ISO 3166-1 or of ICAO 9303 part 3, section 5."""
    return code in _OTHER_CODES or alpha2(code) is not None


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
