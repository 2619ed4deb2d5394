"""Any identity document that no other unit knows: values beside, under and after labels in many languages.

What it reads is a hint for the person who looks at the picture: nothing decides by it (``checks``). A page of text, a receipt or
a business card is none: it takes labels of several fields, one that only identity documents have, with a value that can be one;
and a number, two dates or a face.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from shiming.reading.documents import GENERIC, Part, Recognised, Side, Text, _grammar, _labelled
from shiming.reading.documents._labelled import Found
from shiming.reading.vision import face
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = GENERIC
COUNTRY = None
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {"front": (), "back": ()}
PORTRAIT: Part | None = None
_FIELDS = _labelled.load(__package__).sides["front"].fields
_SMALL = re.compile(r"(?<!\S)[a-zà-ÿ][^\W\d_]+")
_PART = 6
"""Fewer characters of a label may be a name by chance (SUN, HAN)."""
_OF_A_PERSON = ("surname", "given_names", "name", "date_of_birth", "sex")


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


def recognise(text: Text) -> Recognised | None:
    """By labels of several fields with values; and a number, two dates or a face."""
    found = _found(text)
    needed = _data()["needed"]
    if len(found) < needed["labels"] or not set(needed["strong"]) & set(found) or _prose(text) >= len(found):
        return None
    dates = [item for item in found.values() if item.asked.kind == "date"]
    if not ({"number", "personal_number"} & set(found) or len(dates) >= 2 or _has_face(text)):
        return None
    side: Side = "front" if any(name in found for name in _OF_A_PERSON) else "back"
    most = float(_data()["most"]["recognised"])
    return Recognised(side, round(min(most, 0.2 + 0.04 * len(found)), 2), _country(text, found))


def _prose(text: Text) -> int:
    """Lines of running text: words in small letters, one after the other. A letter or a book can speak of names and dates too."""
    return sum(len(_SMALL.findall(line.text)) >= _data()["needed"]["prose"] for line in text.lines)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What could be read, each no surer than ``[most]`` allows."""
    found = _found(text)
    fields = {name: _capped(item, _labelled.as_field(text, item)) for name, item in found.items()}
    # German and Dutch documents call the surname "Name", Thai ones the given names.
    for missing, there in (("surname", "given_names"), ("given_names", "surname")):
        if "name" in fields and there in fields and missing not in fields:
            fields[missing] = fields.pop("name")
    return fields


def outline(text: Text, side: Side) -> Quad | None:
    """Nothing is known of where its print stands."""
    return None


def _found(text: Text) -> dict[str, Found]:
    """The values, by the document's own manner: all below their labels, or all beside."""
    today = datetime.now(UTC).date()
    parts = _labelled.segments(text.lines, _FIELDS)
    # A label begins with a capital; "his nationality" in a sentence is none.
    parts = [replace(part, asked=None) if part.asked and part.text[:1].islower() else part for part in parts]
    found = [item for item in _labelled.candidates(parts, today) if not _of_a_label(item)]
    manner = _manner(found)
    return _labelled.choose(
        [item if item.where in ("joined", manner) else replace(item, cost=item.cost + 2) for item in found]
    )


def _of_a_label(item: Found) -> bool:
    """Whether what was taken for words is the rest of a label that was cut, or goes on in the next line (DE NAISSANCE)."""
    if item.asked.kind not in ("name", "text", "nationality"):
        return False
    printed = "".join(c.text for c in item.characters)
    if printed[:1].islower() and not (printed.split()[0] in _data()["particles"] and printed != printed.lower()):
        return True
    said = _labelled.folded(printed)
    return len(said) >= _PART and any(label.startswith(said) or label.endswith(said) for label in _labels())


@cache
def _labels() -> tuple[str, ...]:
    return tuple(_labelled.folded(label) for asked in _FIELDS for label in asked.labels)


def _manner(found: Sequence[Found]) -> str:
    """Where most values stand whose form leaves no doubt: dates and sex."""
    votes = Counter(item.where for item in found if item.asked.kind in ("date", "sex") and item.where != "joined")
    return votes.most_common(1)[0][0] if votes else "below"


def _capped(item: Found, field: Field) -> Field:
    most = _data()["most"]
    plain = item.asked.kind == "date" and item.taken.most == 1.0 and not item.near and _four_digits(field.raw)
    return replace(field, confidence=min(field.confidence, most["date"] if plain else most["field"]))


def _four_digits(raw: str) -> bool:
    return any(len(part) == 4 and part.isdigit() for part in _grammar.words(raw.replace("年", " ")).split())


def _country(text: Text, found: Mapping[str, Found]) -> str | None:
    """The country whose name stands by itself in a line that is no value, as "REPUBLIC OF KENYA" does; None for several."""
    values = {id(c.line) for item in found.values() for line in (item.characters, *item.rest) for c in line}
    named = {code for line in text.lines if id(line) not in values and (code := _named(line.text))}
    return named.pop() if len(named) == 1 else None


def _named(printed: str) -> str | None:
    """The country of a line such as KENYA or REPÚBLICA DE CHILE (spaces may be lost); None where more than that stands there."""
    whole = _grammar.words(printed).replace(" ", "")
    if whole in _data()["states"]:
        return str(_data()["states"][whole])
    for start in sorted({0, *_after_forms(whole)}):
        if whole[start:] in _names():
            return _names()[whole[start:]]
    return None


def _after_forms(whole: str) -> set[int]:
    """Where the name can begin: after one or two of the words that stand before a country's name."""
    once = {len(form) for form in _data()["forms_of_state"] if whole.startswith(form)}
    return once | {
        start + len(form) for start in once for form in _data()["forms_of_state"] if whole.startswith(form, start)
    }


@cache
def _names() -> Mapping[str, str]:
    return {name.replace(" ", ""): code for name, code in _grammar.country_names().items()}


def _has_face(text: Text) -> bool:
    return bool(face.find_faces(np.ascontiguousarray(text.page.image), small=True, level=True))
