"""From pixels to a recognised document with its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shiming.reading import documents
from shiming.reading.documents import Recognised, Text, Unit
from shiming.reading.vision import mrz_lines, ocr, page
from shiming.reading.vision.ocr import Image
from shiming.reading.vision.page import Page
from shiming.registration.values import Field

_MOST_LINES = 40
"""Lines read on a page without a zone: the longest. The fullest unit has 14; the rest is background or small print."""
_EXPECTED = 0.05
"""How much an expected type or side adds to a unit's confidence."""
_LEGIBLE = 0.8
"""Mean certainty under which text is read again standing on its head."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture shows: its text, and the document it was recognised as with its fields, if any."""

    text: Text
    unit: Unit | None
    recognised: Recognised | None
    fields: dict[str, Field]


def see(image: Image, today: date, types: Sequence[str] | None, side: str | None) -> Seen | None:
    """Finds and reads the document of an upright picture; None when there is no text at all.

    ``types`` and ``side`` are what is expected: they decide between units that are about as sure.
    """
    level = page.find(image)
    if level is None:
        return None
    seen = _seen(level, today, types, side)
    if seen.recognised is None and _certainty(seen.text) < _LEGIBLE:
        other = _seen(page.turned(level), today, types, side)
        if other.recognised or _certainty(other.text) > _certainty(seen.text):
            return other
    return seen


def _certainty(text: Text) -> float:
    lines = [line for line in text.lines if line.text]
    return sum(line.confidence for line in lines) / len(lines) if lines else 0.0


def _seen(level: Page, today: date, types: Sequence[str] | None, side: str | None) -> Seen:
    twice = mrz_lines.candidates(level)
    zone = mrz_lines.find(level, twice, today)
    read = [free for free, _ in twice]
    if zone is None:
        known = {id(line.quad) for line in read}
        rest = [quad for quad in level.quads if id(quad) not in known]
        rest = sorted(rest, key=page.length, reverse=True)[: _MOST_LINES - len(read)]
        read += ocr.recognise(level.image, rest)
    text = Text(level, tuple(read), zone)
    answers = [(unit, answer) for unit in documents.available().values() if (answer := unit.recognise(text))]
    if not answers:
        return Seen(text, None, None, {})

    def weight(pair: tuple[Unit, Recognised]) -> float:
        unit, answer = pair
        return answer.confidence + _EXPECTED * (unit.TYPE in (types or ())) + _EXPECTED * (answer.side == side)

    unit, answer = max(answers, key=weight)
    return Seen(text, unit, answer, unit.parse(text, answer.side))
