"""What printed values mean: dates of many countries, sex, names, numbers, countries.

Every reader takes the text of one place and answers what part of it is the value, or None where no part can be.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from babel import Locale
from babel.core import get_global

Order = Literal["dmy", "mdy", "ymd"]
_LETTERS = {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
_DIGITS = str.maketrans("OoQDIlSBZ", "000011582")
_LATIN = str.maketrans("0158", "OISB")
_FIRST_YEAR = 1850
"""Nobody who holds a document was born, and no document was issued, before."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A value understood: where it stands in the text, and how sure it may be at most (0..1)."""

    value: str | None
    start: int
    end: int
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: ``name`` is the field's, ``pattern`` holds for kind ``number``, ``order`` for dates in digits.

    Without an ``order`` a date whose day and month could be either way round is taken as day first, and is in doubt.
    """

    name: str
    kind: str
    today: date
    pattern: str | None = None
    order: Order | None = None


def take(text: str, wanted: Wanted) -> Taken | None:
    """The value of that kind in the text; None when there is none."""
    return _KINDS[wanted.kind](text, wanted)


def plain(text: str) -> str:
    """Lower case, without accents: for comparing words. Every other character stays."""
    return "".join(_plain(c) for c in text)


def words(text: str) -> str:
    """Only letters and digits, lower case, without accents, one space between words."""
    return " ".join(re.findall(r"[^\W_]+", plain(text)))


@cache
def _plain(character: str) -> str:
    lower = character.casefold()
    split = unicodedata.normalize("NFKD", "".join(_LETTERS.get(c, c) for c in lower))
    return "".join(_LETTERS.get(c, c) for c in split if not unicodedata.combining(c))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("_grammar.toml").read_text("utf-8"))


# --- dates

_NUMERIC = re.compile(
    r"(?<![\w/.])([\dOoIlSB]{4}|[\dOoIlSB]{1,2})\s?[./\-,·\s年]\s?([\dOoIlSB]{1,2})\s?[./\-,·\s月]\s?([\dOoIlSB]{4}|[\dOoIlSB]{1,2})(?![\dA-Za-z])"
)
_WHOLE = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)|(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)")
_WORDED = re.compile(
    r"(?<!\d)([\dOoIl]{1,2})(?:st|nd|rd|th|er|\.)?[\s.\-/,]*(?:de\s)?([^\W\d_]{3,12})[\s.\-/,]*(?:(?:de|del)\s)?"
    r"(?:[^\W\d_]{3,12}[\s.\-/,]*)?(\d{4}|\d{2})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})[\s.\-]*(\d{1,2})(?:st|nd|rd|th)?[\s.,\-]+(\d{4})(?!\d)")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和)\s?(\d{1,2}|元)\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日?")


def dates(text: str, wanted: Wanted) -> list[Taken]:
    """Every date in the text, in ISO 8601, from left to right."""
    found: list[Taken] = []
    for pattern, meaning in (
        (_ERA, _of_era),
        (_WORDED, _worded),
        (_MONTH_FIRST, _month_first),
        (_NUMERIC, _numeric),
        (_WHOLE, _whole),
    ):
        for match in pattern.finditer(text):
            taken = meaning(match, wanted)
            if taken is not None and not any(t.start < taken.end and taken.start < t.end for t in found):
                found.append(taken)
    return sorted(found, key=lambda t: t.start)


def _date(text: str, wanted: Wanted) -> Taken | None:
    return next(iter(dates(text, wanted)), None)


def _made(match: re.Match[str], day: str, month: int, year: str, wanted: Wanted, most: float = 1.0) -> Taken | None:
    digits = (day + year).translate(_DIGITS)
    if digits != day + year:
        most = min(most, _data()["most"]["look_alike"])
    try:
        whole = _year(year.translate(_DIGITS), wanted)
        made = date(whole, month, int(day.translate(_DIGITS)))
    except ValueError:
        return None
    if made.year < _FIRST_YEAR or (_role(wanted) == "past" and made > wanted.today):
        return None
    return Taken(made.isoformat(), match.start(), match.end(), most)


def _role(wanted: Wanted) -> str:
    return "future" if wanted.name == "date_of_expiry" else "past" if wanted.name.startswith("date_of") else "any"


def _year(digits: str, wanted: Wanted) -> int:
    """Four digits as they are, less 543 in the Buddhist era; two by what the field can be: past, or near the present."""
    year, buddhist = int(digits), _data()["buddhist"]
    if len(digits) == 4:
        return year - buddhist["ahead"] if year >= buddhist["from"] else year
    year += wanted.today.year - wanted.today.year % 100
    if _role(wanted) == "past":
        return year if year <= wanted.today.year else year - 100
    return year - 100 if year > wanted.today.year + 50 else year


def _of_era(match: re.Match[str], wanted: Wanted) -> Taken | None:
    era, year, month, day = match.groups()
    return _made(match, day, int(month), str(_data()["eras"][era] + (1 if year == "元" else int(year))), wanted)


def _worded(match: re.Match[str], wanted: Wanted) -> Taken | None:
    day, word, year = match.groups()
    month, most = _month(word)
    return _made(match, day, month, year, wanted, most) if month else None


def _month_first(match: re.Match[str], wanted: Wanted) -> Taken | None:
    word, day, year = match.groups()
    month, most = _month(word)
    return _made(match, day, month, year, wanted, most) if month else None


def _whole(match: re.Match[str], wanted: Wanted) -> Taken | None:
    if wanted.order is None:
        return None  # eight digits are more often a number than a date
    year, month, day = match.group(1, 2, 3) if match.group(1) else match.group(6, 5, 4)
    return _made(match, day, int(month), year, wanted)


def _numeric(match: re.Match[str], wanted: Wanted) -> Taken | None:
    """Three groups of digits: year first where that has four, else by ``order``, else by which can be a month."""
    a, b, c = match.groups()
    if len(a) == 4:
        return _made(match, c, _number(b), a, wanted) if len(c) <= 2 else None
    if len(c) == 1:
        return None
    if wanted.order == "ymd" and len(a) == len(c) == 2:
        return _made(match, c, _number(b), a, wanted)
    if wanted.order == "mdy":
        return _made(match, b, _number(a), c, wanted)
    taken = _made(match, a, _number(b), c, wanted)
    if wanted.order == "dmy":
        return taken
    other = _made(match, b, _number(a), c, wanted)
    if taken is None:
        return other
    doubtful = other is not None and other.value != taken.value
    return replace(taken, most=min(taken.most, _data()["most"]["ambiguous"])) if doubtful else taken


def _number(digits: str) -> int:
    return int(digits.translate(_DIGITS))


def _month(word: str) -> tuple[int, float]:
    """The month of that name and how sure that may be; 0 for none."""
    name = plain(word)
    month = month_names().get(name)
    if month:
        return month, 1.0
    near = {number for known, number in month_names().items() if len(name) > 3 and near_same(known, name)}
    return (near.pop(), _data()["most"]["near_month"]) if len(near) == 1 else (0, 0.0)


def near_same(a: str, b: str) -> bool:
    """Whether two words of one length differ in one character."""
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


@cache
def month_names() -> Mapping[str, int]:
    """Months by name and abbreviation, plain; what means different months in two languages is left out."""
    found: dict[str, set[int]] = {}
    for locale in _data()["locales"]:
        for context in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                for number, name in Locale.parse(locale).months[context][width].items():
                    found.setdefault(plain(name).strip(". "), set()).add(number)
    for number, names in _data()["months"].items():
        for name in names:
            found[name] = {int(number)}
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and name.isalpha()}


# --- closed lists


@cache
def _sexes() -> Mapping[str, str]:
    return {words(word): sex for sex, names in _data()["sex"].items() for word in names}


def _sex(text: str, wanted: Wanted) -> Taken | None:
    """``M``, ``F`` or ``X`` where the first word, the first two, or a pair such as ``E / M`` says so, and nothing contradicts."""
    found = [(match, _sexes()[words(match.group())]) for match in _pieces(text) if words(match.group()) in _sexes()]
    if not found or len({sex for _, sex in found}) > 1:
        return None
    match, sex = found[0]
    return Taken(sex, match.start(), match.end()) if match.start() <= _start_of_letters(text) + 4 else None


def _pieces(text: str) -> Iterable[re.Match[str]]:
    pairs = re.compile(r"[^\W\d_]+[\s-][^\W\d_]+").finditer(text)
    return [
        *(m for m in pairs if words(m.group()) in _sexes()),
        *re.compile(r"[男女]性?|[A-Za-zÀ-ɏẠ-ỹ]+").finditer(text),
    ]


def _start_of_letters(text: str) -> int:
    return next((i for i, c in enumerate(text) if c.isalpha()), 0)


def alpha3(alpha2: str) -> str | None:
    """ISO 3166-1 alpha-3 of an alpha-2 code; None where there is none."""
    return _codes().get(alpha2)


@cache
def _codes() -> Mapping[str, str]:
    return {
        str(names[0]): code
        for code, names in get_global("territory_aliases").items()
        if len(names) == 1 and re.fullmatch("[A-Z]{3}", code) and len(names[0]) == 2 and code not in _NOT_ISO
    }


_NOT_ISO = frozenset({"QUU", "BUR", "TMP", "YMD", "ZAR", "SUN", "DDR", "FXX", "QUE", "QUI"})
"""Three letters that CLDR knows for territories, but which are withdrawn or its own."""


@cache
def country_names() -> Mapping[str, str]:
    """Alpha-2 codes by the name of the country in any known language, in words; what names two countries is left out."""
    found: dict[str, set[str]] = {}
    for locale in _data()["locales"]:
        for code, name in Locale.parse(locale).territories.items():
            if len(code) == 2 and code in _codes():
                found.setdefault(words(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1 and len(name) > 1}


def _country(text: str, wanted: Wanted) -> Taken | None:
    """A country by its name, or by its alpha-3 code: the whole text, or what stands first in it or after a slash."""
    for match in re.compile(r"[^/|]+").finditer(text):
        piece = match.group().strip(" .:-")
        start = match.start() + match.group().find(piece)
        code = country_names().get(words(piece))
        three = alpha3(code) if code else piece if piece in _codes().values() else None
        if three:
            return Taken(three, start, start + len(piece))
    return None


def _nationality(text: str, wanted: Wanted) -> Taken | None:
    """A country as its name, its code or its people's name (MALAYSIAN); what is none of these is only kept as printed."""
    country = _country(text, wanted)
    if country is not None:
        return country
    printed = _text(text, wanted)
    if printed is None or printed.value is None:
        return None
    code = _peoples().get(words(printed.value.split("/")[0]))
    return replace(printed, value=alpha3(code) if code else None)


@cache
def _peoples() -> Mapping[str, str]:
    return {words(name): code for code, names in _data()["peoples"].items() for name in names}


# --- names, numbers, other text

_NAME = re.compile(r"[^\W\d_][^\W_]*(?:[ '’.,·•\-]{1,2}[^\W_]+)*\.?")


def _name(text: str, wanted: Wanted) -> Taken | None:
    """Letters of any script with what joins names. A digit among letters is its look-alike, and the name then in doubt."""
    match = _NAME.search(text)
    if match is None or sum(c.isalpha() for c in match.group()) < 2:
        return None
    printed = match.group()
    if not any(c.isdigit() for c in printed):
        return Taken(printed.strip(), match.start(), match.end())
    repaired = printed.translate(_LATIN)
    if any(c.isdigit() for c in repaired) or sum(c.isdigit() for c in printed) > 1:
        return None
    return Taken(repaired, match.start(), match.end(), _data()["most"]["ambiguous"])


_SOME_NUMBER = r"[A-Z0-9](?:[A-Z0-9]|[ ./\-](?=[A-Z0-9])){3,24}"


def _of_pattern(text: str, wanted: Wanted) -> Taken | None:
    """What the layout's pattern says; without one, capitals and digits of which at least three are digits."""
    match = re.search(wanted.pattern or _SOME_NUMBER, text)
    if match is None or (wanted.pattern is None and sum(c.isdigit() for c in match.group()) < 3):
        return None
    return Taken(match.group().strip(), match.start(), match.end())


def _text(text: str, wanted: Wanted) -> Taken | None:
    start = len(text) - len(text.lstrip(" :.-/"))
    value = text[start:].rstrip()
    return Taken(value, start, start + len(value)) if any(c.isalnum() for c in value) else None


_KINDS: Mapping[str, Callable[[str, Wanted], Taken | None]] = {
    "date": _date,
    "sex": _sex,
    "name": _name,
    "number": _of_pattern,
    "country": _country,
    "nationality": _nationality,
    "text": _text,
    "none": lambda text, wanted: None,
}
"""The kinds of value a layout can name."""
