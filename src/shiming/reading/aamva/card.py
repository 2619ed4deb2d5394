"""A licence or identity card from its barcode: issuer, version, fields by their names on every interface."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from shiming.reading.aamva import _stripe, _structure
from shiming.reading.aamva._structure import Content
from shiming.registration.values import Field

_NOTHING = frozenset({"", "NONE", "UNAVL", "UNAVAIL", "N/A"})
"""What the standard (and some issuers) write where there is nothing: "NONE" not applicable, "unavl" not available."""
_SEX = {"1": "M", "2": "F", "9": "X", "0": "X", "M": "M", "F": "F", "X": "X"}
"""ANSI D20: 1 male, 2 female, 9 not specified (0 in older cards)."""
_COUNTRIES = {"USA": "USA", "US": "USA", "CAN": "CAN", "CDN": "CAN", "CA": "CAN", "MEX": "MEX"}
_ALPHA3 = {"US": "USA", "CA": "CAN", "MX": "MEX"}
_OF_NAMES = {"DCS": "DDE", "DAC": "DDF", "DCT": "DDF", "DAD": "DDG"}
"""A name's element and the one that says whether it was cut (``T``)."""
_UNSURE = 0.5
"""Confidence of a name that the issuer cut, and of everything in a text that lost its separators."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuing authority: ``code`` as AAMVA writes it (``VA``, ``ON``; empty for the Department of State), country alpha-2."""

    number: str
    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a barcode says. ``jurisdiction`` is the issuer's code, None for an unknown issuer; ``country`` ISO 3166-1 alpha-2."""

    version: int
    issuer: str
    jurisdiction: str | None
    country: str | None
    fields: Mapping[str, Field]
    elements: Mapping[str, str]


@cache
def issuers() -> Mapping[str, Issuer]:
    """Every issuer by its number."""
    data = tomllib.loads(files(__package__).joinpath("issuers.toml").read_text("utf-8"))
    return {number: Issuer(number, **row) for number, row in data.items()}


@cache
def _known_elements() -> frozenset[str]:
    """Element ids of every version: DAA-DAZ, DBA-DBS, DCA-DCU, DDA-DDP."""
    spans = (("DA", "Z"), ("DB", "S"), ("DC", "U"), ("DD", "P"))
    return frozenset(f"{start}{chr(c)}" for start, last in spans for c in range(ord("A"), ord(last) + 1))


def parse(raw: bytes | str) -> Card:
    """The card of a barcode's content. Raises :class:`shiming.reading.aamva.Malformed` with the place."""
    text = _decoded(raw) if isinstance(raw, bytes) else raw
    content = _stripe.read(text) if _stripe.looks(text) else _structure.read(text, _known_elements())
    issuer = issuers().get(content.issuer) or _by_address(content)
    return Card(
        content.version,
        content.issuer,
        (issuer.code or None) if issuer else None,
        _of_country(content, issuer),
        _fields(content, issuer),
        dict(content.elements),
    )


def _decoded(raw: bytes) -> str:
    """Names beyond ASCII are written in UTF-8 on some cards, in ISO 8859-1 on others."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _by_address(content: Content) -> Issuer | None:
    """The issuer where its number is unknown or wrong: that of the holder's address."""
    code = content.elements.get("DAJ", "").upper()
    return next((issuer for issuer in issuers().values() if code and issuer.code == code), None)


def _fields(content: Content, issuer: Issuer | None) -> dict[str, Field]:
    found = {
        **_names(content),
        "sex": _one(content, ("DBC",), lambda raw: _SEX.get(raw.upper())),
        "date_of_birth": _one(content, ("DBB", "DBL"), day),
        "number": _one(content, ("DAQ",), lambda raw: raw),
        "date_of_issue": _one(content, ("DBD",), day),
        "date_of_expiry": _one(content, ("DBA",), day),
        "address": _address(content),
        "issuing_country": _country(content, issuer),
        "issuing_authority": _field(content, issuer.name, content.issuer) if issuer else None,
    }
    return {name: field for name, field in found.items() if field is not None}


def _field(content: Content, value: str | None, raw: str, sure: float = 1.0) -> Field:
    return Field(value, raw, sure if content.separated else min(sure, _UNSURE), "barcode")


def _value(content: Content, name: str) -> str:
    value = content.elements.get(name, "").strip(" ,")
    return "" if value.upper() in _NOTHING else value


def _one(content: Content, names: tuple[str, ...], made: Callable[[str], str | None]) -> Field | None:
    raw = next((value for name in names if (value := _value(content, name))), "")
    return _field(content, made(raw), raw) if raw else None


def day(raw: str) -> str | None:
    """An ISO 8601 date. The United States write MMDDCCYY, Canada and version 1 CCYYMMDD, and some cards the other's.

    No eight digits are a date in both forms: a year's first two digits (18-21) are no month, a month's are no century.
    """
    digits = re.sub(r"[-/. ]", "", raw)
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    year, month, number = (
        (digits[:4], digits[4:6], digits[6:]) if int(digits[:2]) > 12 else (digits[4:], digits[:2], digits[2:4])
    )
    if not 1800 <= int(year) < 2200:
        return None
    try:
        return date(int(year), int(month), int(number)).isoformat()
    except ValueError:
        return None


def _names(content: Content) -> dict[str, Field]:
    """Surname and given names: in elements of their own, else in DAA (version 1), where commas, ``$`` or ``@`` part them."""
    surname = [name for name in ("DCS", "DAB") if _value(content, name)][:1]
    given = [name for name in ("DAC", "DAD") if _value(content, name)]
    if _value(content, "DCT"):
        given = ["DCT"]
    found = {}
    for key, names in (("surname", surname), ("given_names", given)):
        if names:
            raw = " ".join(_value(content, name) for name in names)
            cut = any(content.elements.get(_OF_NAMES.get(name, "")) == "T" for name in names)
            found[key] = _field(content, _spaced(raw), raw, _UNSURE if cut else 1.0)
    return found or _whole_name(content)


def _spaced(text: str) -> str:
    """Several given names stand with commas between them."""
    return " ".join(re.split(r"[\s,$@]+", text.strip(" ,$@")))


def _whole_name(content: Content) -> dict[str, Field]:
    raw = _value(content, "DAA")
    parts = [part.strip() for part in re.split(r",\$|[,$@]", raw)]
    if not raw:
        return {}
    if len(parts) == 1:  # Pennsylvania: in their natural order, and nothing says where the surname begins.
        return {"name": _field(content, _spaced(raw), raw)}
    given = " ".join(part for part in parts[1:3] if part and part.upper() not in _NOTHING)
    found = {"surname": _field(content, _spaced(parts[0]), parts[0])}
    return {**found, "given_names": _field(content, _spaced(given), given)} if given else found


def _address(content: Content) -> Field | None:
    """Where mail goes (DAG-DAK), else the residence that North Carolina writes (DAL-DAP)."""
    for names in (("DAG", "DAH", "DAI", "DAJ", "DAK"), ("DAL", "DAM", "DAN", "DAO", "DAP")):
        street, second, city, place, postal = (_value(content, name) for name in names)
        if street or city:
            raw = " ".join(part for part in (street, second, city, place, postal) if part)
            last = " ".join(part for part in (place, _postal(postal)) if part)
            return _field(content, ", ".join(part for part in (street, second, city, last) if part), raw)
    return None


def _postal(raw: str) -> str:
    """ZIP+4 with a hyphen, unknown digits (zeros) left out; a Canadian code in its two groups."""
    bare = re.sub(r"[\s-]", "", raw).upper()
    if re.fullmatch(r"[0-9]{9}", bare):
        return bare[:5] if bare.endswith("0000") else f"{bare[:5]}-{bare[5:]}"
    if re.fullmatch(r"[A-Z][0-9][A-Z][0-9][A-Z][0-9]", bare):
        return f"{bare[:3]} {bare[3:]}"
    return raw.strip()


def _of_country(content: Content, issuer: Issuer | None) -> str | None:
    if issuer is not None:
        return issuer.country
    three = _COUNTRIES.get(_value(content, "DCG").upper())
    return next((two for two, code in _ALPHA3.items() if code == three), None)


def _country(content: Content, issuer: Issuer | None) -> Field | None:
    raw = _value(content, "DCG").upper()
    if raw:
        return _field(content, _COUNTRIES.get(raw), raw)
    return _field(content, _ALPHA3[issuer.country], content.issuer) if issuer else None
