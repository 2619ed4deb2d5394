"""Driver's licences and identity cards of the United States and Canada (AAMVA DL/ID Card Design Standard).

The back is read from its PDF417, which is error corrected; the front from its printed elements, numbered as the standard does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shiming.reading import barcodes
from shiming.reading.aamva import Card, Issuer, Malformed, issuers
from shiming.reading.aamva.card import day
from shiming.reading.documents import Part, Recognised, Side, Text, _grammar, _labelled
from shiming.reading.documents._layout import Character, confidence, quad
from shiming.reading.vision.barcode import Symbol
from shiming.reading.vision.ocr import Line, Quad
from shiming.registration.values import Field

TYPE = "us-driver-licence"
COUNTRY = "US"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
BARCODED = True
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("surname", "given_names", "number", "date_of_birth", "date_of_expiry", "sex"),
    "back": ("number", "date_of_birth", "date_of_expiry", "sex"),
}
PORTRAIT: Part | None = (0.02, 0.2, 0.38, 0.9)

_NAMED_CITY = re.compile(r".*[A-Z][,. ]+[A-Z]{2}[,. ]+(?:\d{5}(?:-?\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)$")
_PAIRS = (
    (re.compile(r"(?:1[. ]*)?LN[ .:]+"), re.compile(r"(?:2[. ]*)?FN[ .:]+")),
    (re.compile(r"1[. ]*(?=[A-Z]{2})"), re.compile(r"2[. ]*(?=[A-Z])")),
    (re.compile(r"(?=[A-Z]{2})"), re.compile(r"2[. ]*(?=[A-Z])")),
)
"""What stands before surname and given names: ``LN SAMPLE`` over ``FN MICHAEL``, their elements' numbers alone, or only the
second's."""
_STREET = re.compile(r"8[. ]*(?=\d+ ?[A-Z]|PO BOX)")
_NO_STATE = re.compile(
    r"\b(?:STATE OF|STATE|COMMONWEALTH OF|PROVINCE OF|USA|CANADA|DRIVERS?|LICEN[SC]E|IDENTIFICATION|CARD|THE)\b|'S"
)
_NAME = re.compile(r"[A-Z](?:[A-Z' ,.\-]*[A-Z.])?")
_OTHERS = re.compile(r"\b(?:CLASS|HGT|WGT|EYES|HAIR|END|REST|DONOR|VETERAN|REAL ID)\b")
_LEAST_HITS = 2
"""Labels, or a state's name for two of them, without which a title is no licence: it stands on forms and in books, too."""
_WITHOUT_LABEL = 0.85
"""How sure a value may be at most whose label was not legible: its place or order alone says what it is."""
_DATE = re.compile(r"(?<![\d/])(\d{2})/(\d{2})/(\d{4})(?!\d)")
_DOUBTFUL = 0.5
_MOST_FREE = 0.89
"""How sure an address may be at most: free text, and nothing it could be held against."""


def recognise(text: Text) -> Recognised | None:
    """A back by a barcode that says it is one, a front by its title or state and its labels."""
    found = _card(text)
    if found is not None:
        read, _ = found
        known = isinstance(read, Card)
        return Recognised("back", 0.99 if known else 0.6, read.country if isinstance(read, Card) else None)
    front, issuer = _labelled.load(__package__).sides["front"], _issuer(text)
    if not any(_labelled.marked(text, mark) for mark in front.marks):
        return None
    labels = {part.asked.name for part in _labelled.segments(text.lines, front.fields) if part.asked}
    others = {match[0] for line in text.lines for match in _OTHERS.finditer(line.text.upper())}
    hits = len(labels) + len(others) + 2 * (issuer is not None)
    if hits < _LEAST_HITS:
        return None
    sure = round(min(0.99, 0.5 + 0.05 * hits), 2)
    return Recognised("front", sure, issuer[0].country if issuer else COUNTRY)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What the barcode says on a back, what is printed on a front."""
    found = _card(text)
    if side == "back":
        read, symbol = found if found else (None, None)
        return barcodes.placed(read, symbol, text.page.whole) if isinstance(read, Card) and symbol else {}
    return _front(text)


def outline(text: Text, side: Side) -> Quad | None:
    """None: every state lays its card out in its own way."""
    return None


def _card(text: Text) -> tuple[Card | Malformed, Symbol] | None:
    read = [(card, symbol) for symbol in text.barcodes if (card := barcodes.card(symbol)) is not None]
    return next((pair for pair in read if isinstance(pair[0], Card)), read[0] if read else None)


def _front(text: Text) -> dict[str, Field]:
    shown = _labelled.load(__package__).sides["front"]
    found = _whole_dates(_labelled.read(text, shown.fields))
    if not {"surname", "given_names"} & found.keys():
        found |= _names(text)
    if not any(_is_date(name) for name in found):
        found |= _by_order(text)
    if "address" not in found and (address := _address(text)):
        found["address"] = address
    issuer = _issuer(text)
    if issuer:
        place, line = issuer
        found["issuing_authority"] = _field(text, place.name, [_characters(line)])
        found["issuing_country"] = _field(text, _grammar.alpha3(place.country), [_characters(line)])
    return found


def _whole_dates(found: Mapping[str, Field]) -> dict[str, Field]:
    """Dates are printed as eight digits (annex A): of ``04/14/20`` a reflection took the end, and fewer digits make a doubt.

    An end before its beginning is a misreading of one of them, and nobody knows of which.
    """
    kept = {name: field for name, field in found.items() if not _is_date(name) or re.search(r"\d{4}", field.raw)}
    odd = {name for name, field in kept.items() if _is_date(name) and sum(c.isdigit() for c in field.raw) != 8}
    order = [kept[name] for name in ("date_of_birth", "date_of_issue", "date_of_expiry") if name in kept]
    values = [field.value or "" for field in order]
    if values != sorted(set(values)):
        odd |= {name for name in kept if _is_date(name)}
    return {
        name: replace(field, confidence=min(field.confidence, _DOUBTFUL)) if name in odd else field
        for name, field in kept.items()
    }


def _is_date(name: str) -> bool:
    return name.startswith("date_of_")


def _characters(line: Line, start: int = 0) -> list[Character]:
    return [Character(text, line.certain[i], line, i) for i, text in enumerate(line.text) if i >= start]


def _field(text: Text, value: str | None, lines: Sequence[Sequence[Character]], most: float = 1.0) -> Field:
    characters = [c for line in lines for c in line]
    place = quad(characters)
    raw = " ".join("".join(c.text for c in line).strip() for line in lines)
    box = text.page.box(place) if place is not None else None
    return Field(
        value, raw, round(min(most, confidence([c for c in characters if not c.text.isspace()])), 4), "ocr", box
    )


def _names(text: Text) -> dict[str, Field]:
    """Surname and, in a line of its own right below, given names: a line alone that begins with 1 may be an address."""
    lines = sorted(text.lines, key=lambda line: float(line.quad[:, 1].mean()))
    for first, second in _PAIRS:
        for upper in lines:
            surname = _named(text, upper, first)
            lower = next(
                (below for below in lines if surname and _next(upper, below) and second.match(below.text)), None
            )
            given = _named(text, lower, second) if lower else None
            if surname and given:
                sure = min(surname.confidence, 1.0 if surname.raw != upper.text.strip() else _WITHOUT_LABEL)
                return {"surname": replace(surname, confidence=sure), "given_names": given}
    return {}


def _by_order(text: Text) -> dict[str, Field]:
    """Three dates whose labels nobody can read: one is born, then a card is issued, then it ends."""
    dated = [
        (f"{match[3]}-{match[1]}-{match[2]}", line, match) for line in text.lines for match in _DATE.finditer(line.text)
    ]
    values = sorted({value for value, _, _ in dated})
    if len(values) != 3 or len(dated) != 3 or any(day(value) is None for value in values):
        return {}
    names = dict(zip(values, ("date_of_birth", "date_of_issue", "date_of_expiry"), strict=True))
    return {
        names[value]: _field(text, value, [_characters(line)[match.start() : match.end()]], _WITHOUT_LABEL)
        for value, line, match in dated
    }


def _named(text: Text, line: Line, start: re.Pattern[str]) -> Field | None:
    begins = start.match(line.text)
    characters = _characters(line, begins.end()) if begins else []
    printed = "".join(c.text for c in characters).strip(" ,")
    return _field(text, re.sub(r"[ ,]+", " ", printed), [characters]) if _NAME.fullmatch(printed) else None


def _next(line: Line, other: Line) -> bool:
    """Whether another line is the next one below, from the same left edge."""
    high = float(abs(line.quad[3][1] - line.quad[0][1]))
    down = float(other.quad[:, 1].mean() - line.quad[:, 1].mean())
    return 0.5 * high < down < 2 * high and _under(line, other)


def _address(text: Text) -> Field | None:
    """Behind the element's number 8, up to the line that ends in state and postal code."""
    lines = sorted(text.lines, key=lambda line: float(line.quad[:, 1].mean()))
    for i, line in enumerate(lines):
        number = _STREET.match(line.text)
        if number is None:
            continue
        parts = [_characters(line, number.end())]
        for below in (other for other in lines[i + 1 : i + 6] if _under(line, other)):
            parts.append(_characters(below))
            if _NAMED_CITY.fullmatch(below.text.strip()):
                value = ", ".join("".join(c.text for c in part).strip(" ,") for part in parts)
                return _field(text, re.sub(r"\s*,\s*", ", ", value), parts, _MOST_FREE)
            if len(parts) == 3:
                break
    return None


def _under(line: Line, other: Line) -> bool:
    """Whether another line begins about where this one does."""
    high = float(abs(line.quad[3][1] - line.quad[0][1]))
    return abs(float(other.quad[0][0] - line.quad[0][0])) < 2.5 * high


def _issuer(text: Text) -> tuple[Issuer, Line] | None:
    """The state or province that is named in a line of its own, or with the card's title."""
    names = {issuer.name.upper(): issuer for issuer in issuers().values()}
    for line in sorted(text.lines, key=lambda line: float(line.quad[:, 1].mean())):
        bare = " ".join(_NO_STATE.sub(" ", line.text.upper()).split())
        if bare in names:
            return names[bare], line
    return None
