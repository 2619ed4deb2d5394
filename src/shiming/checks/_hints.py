"""What was read of a document of no known kind is a hint for the person who looks at it; no check holds it against anything."""

from __future__ import annotations

from dataclasses import replace

from shiming.registration.documents import OTHER
from shiming.registration.values import Case, EvidenceItem


def without_hints(item: EvidenceItem) -> EvidenceItem:
    """The evidence as checks see it: of a document of no known kind, neither fields nor a portrait."""
    reading = item.reading
    if reading is None or reading.document is None or reading.document.type != OTHER:
        return item
    return replace(item, reading=replace(reading, fields={}, faces=None))


def of_case(case: Case) -> Case:
    """The case with all its evidence so."""
    return replace(case, evidence={slot: without_hints(item) for slot, item in case.evidence.items()})
