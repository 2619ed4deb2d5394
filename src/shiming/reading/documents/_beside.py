"""What is printed beside a machine-readable zone: the zone's facts a second time, and the day of issue.

No labels are read: they are small, and in any language. The zone says what to look for. A day of issue is one before which the
holder was born and which lies whole years before the document's end. A fact that stands almost so is a sighting too: it differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import SequenceMatcher

from shiming.reading.documents import Text, _grammar
from shiming.reading.documents._grammar import Wanted
from shiming.reading.documents._layout import Character, confidence, quad
from shiming.reading.transliteration import spellings, transliterate
from shiming.reading.vision import mrz_lines
from shiming.reading.vision.ocr import Line
from shiming.registration.values import Field

_MOST = 0.95
"""How sure (0..1) a field may be that is known by its value and not by its label."""
_YEARS = range(1, 16)
"""For how many whole years documents are issued."""
_ALIKE = str.maketrans("OQDILZSBG", "000112586")
_DIFFERENT = 2
"""A number of the same length that differs in at most so many characters is the same one, written or read otherwise."""
_NEAR_NAME = 0.8
"""From this similarity (0..1) on, a line is taken for a name of the zone that stands otherwise."""
_SHORT_NAME = 4
_READ = 0.7
"""What differs from the zone and is read with less certainty (0..1) is likelier misread (every such line of 40 pictures was)."""


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that is printed: how it may be meant (both ways round where its form leaves that open), and where."""

    meant: tuple[str, ...]
    printed: Field


def fields(text: Text) -> dict[str, Field]:
    """The day of issue, where exactly one day can be it; nothing beside a zone that does not add up."""
    born, ends = _zone_days(text)
    if text.zone is None or not text.zone.zone.mrz.valid or born is None or ends is None:
        return {}
    today = datetime.now(UTC).date().isoformat()
    issued = {
        day: seen.printed
        for seen in _days(text)
        for day in seen.meant
        if born < day < ends and day <= today and _whole_years(day, ends)
    }
    if len(issued) != 1:
        return {}
    ((day, printed),) = issued.items()
    return {"date_of_issue": _as(printed, day)}


def sightings(text: Text) -> dict[str, Field]:
    """The zone's facts as they are printed beside it, by field; what was not found is left out."""
    if text.zone is None:
        return {}
    values = text.zone.zone.values
    found = dict(_dates(text))
    number = values["number"].value
    if number and (seen := _number(text, number)):
        found["number"] = seen
    for name in ("surname", "given_names"):
        printed = values[name].value
        if printed and (seen := _name(text, printed)):
            found[name] = seen
    return found


def _zone_days(text: Text) -> tuple[str | None, str | None]:
    if text.zone is None:
        return None, None
    values = text.zone.zone.values
    born, ends = values.get("date_of_birth"), values.get("date_of_expiry")
    return (born.value if born else None), (ends.value if ends else None)


def _lines(text: Text) -> Iterator[Line]:
    return (line for line in text.lines if line.text.strip() and not mrz_lines.looks_like_zone(line.text))


def _part(text: Text, line: Line, start: int, end: int, value: str) -> Field:
    characters = [Character(c, line.certain[i], line, i) for i, c in enumerate(line.text)][start:end]
    place = quad(characters)
    sure = confidence([c for c in characters if c.text.isalnum()])
    return Field(value, line.text[start:end], min(sure, _MOST), "ocr", None if place is None else text.page.box(place))


def _as(printed: Field, value: str) -> Field:
    return Field(value, printed.raw, printed.confidence, "ocr", printed.box)


def _days(text: Text) -> list[_Day]:
    today = datetime.now(UTC).date()
    found = []
    for line in _lines(text):
        for taken in _grammar.dates(line.text, Wanted("", "date", today)):
            if taken.value is not None:
                turned = _turned(taken.value) if taken.most <= 0.5 else None
                meant = (taken.value, turned) if turned else (taken.value,)
                found.append(_Day(meant, _part(text, line, taken.start, taken.end, taken.value)))
    return found


def _turned(day: str) -> str | None:
    """Day and month the other way round; None where that is no day."""
    year, month, number = day.split("-")
    try:
        return date(int(year), int(number), int(month)).isoformat()
    except ValueError:
        return None


def _whole_years(start: str, end: str) -> bool:
    """Whether ``end`` is the same day some years on, or the one before or after it."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    for years in _YEARS:
        try:
            due = first.replace(year=first.year + years)
        except ValueError:
            due = date(first.year + years, 3, 1)
        if abs(last - due) <= timedelta(days=1):
            return True
    return False


def _dates(text: Text) -> Iterator[tuple[str, Field]]:
    """Birth and expiry as printed; the one day left over is the one of the two that does not stand there."""
    days = dict(zip(("date_of_birth", "date_of_expiry"), _zone_days(text), strict=True))
    seen = _days(text)
    missing = []
    for name, value in days.items():
        said = next((day for day in seen if value in day.meant), None)
        if said is not None and value is not None:
            yield name, _as(said.printed, value)
        elif value is not None:
            missing.append(name)
    known = {*days.values(), *(field.value for field in fields(text).values())}
    left = [day for day in seen if not known.intersection(day.meant) and len(day.meant) == 1]
    if len(missing) == 1 and len(left) == 1 and _plausible(missing[0], left[0].meant[0], days):
        yield missing[0], left[0].printed


def _plausible(name: str, day: str, days: dict[str, str | None]) -> bool:
    """A birth before and an expiry after the zone's other day, and nearer to the zone's own than a day of issue would be."""
    other = days["date_of_expiry" if name == "date_of_birth" else "date_of_birth"] or ""
    own = date.fromisoformat(days[name] or day)
    apart = abs((date.fromisoformat(day) - own).days)
    return (day < other if name == "date_of_birth" else day > other) and apart < 400


def _number(text: Text, number: str) -> Field | None:
    bare = number.replace(" ", "")
    wanted, near = bare.translate(_ALIKE), None
    for line in _lines(text):
        for match in re.finditer(r"[A-Z0-9](?:[A-Z0-9 ./-]*[A-Z0-9])?", line.text):
            said = re.sub(r"[ ./-]", "", match.group())
            if said.translate(_ALIKE) == wanted:
                # O and 0 look alike in ordinary print: the zone's check digit knows better.
                return _part(text, line, match.start(), match.end(), bare)
            if near is None and _almost(said.translate(_ALIKE), wanted):
                near = _part(text, line, match.start(), match.end(), said)
    return near if near and near.confidence >= _READ else None


def _almost(said: str, wanted: str) -> bool:
    return len(said) == len(wanted) >= 6 and sum(a != b for a, b in zip(said, wanted, strict=True)) <= _DIFFERENT


def _name(text: Text, name: str) -> Field | None:
    """A line that says the name, with its accents; else one that almost does."""
    near: tuple[float, Field] | None = None
    for line in _lines(text):
        said = line.text.strip()
        if name in spellings(said):
            return _part(text, line, 0, len(line.text), said)
        likeness = SequenceMatcher(None, transliterate(said), name, autojunk=False).ratio()
        if len(name) >= _SHORT_NAME and likeness >= max(_NEAR_NAME, near[0] if near else 0.0):
            near = (likeness, _part(text, line, 0, len(line.text), said))
    return near[1] if near and near[1].confidence >= _READ else None
