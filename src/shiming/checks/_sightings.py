"""Where a fact stands on a document: every place that was read, and what the number itself tells. And do two places agree?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shiming.checks import _compare
from shiming.checks._compare import Likeness
from shiming.checks._limits import limit
from shiming.countries.identifiers import identify, of_document
from shiming.registration.values import Case, EvidenceItem, Field, Finding, Outcome

NUMBER = "number"
"""The source of what an identity number tells of itself, where its check digit is right."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A field as it stands in one place: the slot and evidence of its picture, and the source (``ocr`` ``mrz`` ``number``...)."""

    slot: str
    evidence: str
    source: str
    field: Field


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    compare: Callable[[str, str], Likeness]
    limit: str | None = None


_RULES: Mapping[str, _Rule] = {
    "name": _Rule("MISMATCH_DOC_NAME", _compare.names, "match.name"),
    "surname": _Rule("MISMATCH_DOC_NAME", _compare.names, "match.name"),
    "given_names": _Rule("MISMATCH_DOC_NAME", _compare.names, "match.name"),
    "number": _Rule("MISMATCH_DOC_NUMBER", _compare.numbers),
    "personal_number": _Rule("MISMATCH_DOC_NUMBER", _compare.numbers),
    "date_of_birth": _Rule("MISMATCH_DOC_BIRTH", _compare.days),
    "sex": _Rule("MISMATCH_DOC_SEX", _compare.sexes),
    "nationality": _Rule("MISMATCH_DOC_NATIONALITY", _compare.numbers),
    "issuing_country": _Rule("MISMATCH_DOC_NATIONALITY", _compare.numbers),
    "address": _Rule("MISMATCH_DOC_ADDRESS", _compare.addresses, "match.address"),
    "date_of_issue": _Rule("MISMATCH_DOC_ISSUE", _compare.days),
    "date_of_expiry": _Rule("MISMATCH_DOC_EXPIRY", _compare.days),
}
KEYS = tuple(_RULES)
"""The fields that are compared."""


def of_item(case: Case, item: EvidenceItem) -> Mapping[str, tuple[Sighting, ...]]:
    """Every sighting in one picture by field, the reading's own first."""
    if item.reading is None:
        return {}
    found = {
        name: [Sighting(item.slot, item.id, field.source, field)]
        for name, field in item.reading.fields.items()
        if name in _RULES
    }
    for name, field in item.reading.printed.items():
        if name in found:
            found[name].append(Sighting(item.slot, item.id, field.source, field))
    for name, field in _told_by_number(case, item).items():
        found.setdefault(name, []).append(Sighting(item.slot, item.id, NUMBER, field))
    return {name: tuple(places) for name, places in found.items()}


def _told_by_number(case: Case, item: EvidenceItem) -> Mapping[str, Field]:
    reading = item.reading
    number = reading.fields.get("number") if reading else None
    kind = of_document(reading.document.type) if reading and reading.document else None
    if kind is None or number is None or number.value is None:
        return {}
    told = identify(kind, number.value, case.at)
    if not told.valid:
        return {}
    return {
        name: Field(str(told.details[name]), number.raw, number.confidence, number.source, number.box)
        for name in ("date_of_birth", "sex")
        if name in told.details
    }


def compared(case: Case, check: str, version: str, name: str, one: Sighting, other: Sighting) -> Finding | None:
    """What two sightings of a field say together; None where one was not understood or they are in different scripts.

    A difference fails where both were read with certainty, else it warns. ``details`` keep both for the reviewer.
    """
    rule, first, second = _RULES[name], one.field.value, other.field.value
    if first is None or second is None:
        return None
    if rule.compare is _compare.names:
        zone = "mrz" in (one.source, other.source)
        written, cut = (second, first) if one.source == "mrz" else (first, second)
        likeness = _compare.names(written, cut, mrz=zone)
    else:
        likeness = rule.compare(first, second)
    if not likeness.comparable:
        return None
    least = limit(case, rule.limit) if rule.limit else 1.0
    sure = min(one.field.confidence, other.field.confidence) >= limit(case, "match.confidence")
    bad = likeness.similarity < least
    weaker = min((other, one), key=lambda place: place.field.confidence)
    return Finding(
        check,
        version,
        (Outcome.FAIL if sure else Outcome.WARN) if bad else Outcome.PASS,
        rule.code,
        weaker.slot,
        round(likeness.similarity, 3),
        least,
        "similarity",
        tuple(dict.fromkeys((one.evidence, other.evidence))),
        {"field": name, "sightings": [_told(one), _told(other)]} if bad else {},
    )


def _told(place: Sighting) -> dict[str, object]:
    field = place.field
    return {"slot": place.slot, "source": place.source, "value": field.value, "confidence": field.confidence}
