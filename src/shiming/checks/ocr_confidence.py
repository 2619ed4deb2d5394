"""Was every field read with certainty?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """OCR_LOW_CONFIDENCE when the least certain field is below ``reading.confidence``; ``details`` name the doubtful ones."""
    if item.reading is None or not item.reading.fields:
        return
    least = limit(case, "reading.confidence")
    sure = {name: field.confidence for name, field in item.reading.fields.items()}
    doubtful = sorted(name for name, value in sure.items() if value < least)
    yield Finding(
        "ocr_confidence",
        VERSION,
        Outcome.FAIL if doubtful else Outcome.PASS,
        "OCR_LOW_CONFIDENCE",
        item.slot,
        min(sure.values()),
        least,
        "confidence 0..1",
        (item.id,),
        {"fields": doubtful} if doubtful else {},
    )
