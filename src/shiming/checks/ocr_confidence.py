"""Was every field read with certainty?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._measured import is_holding
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"
_FOR_THE_RECORD = frozenset(
    [
        "categories",
        "date_of_first_issue",
        "ethnicity",
        "issuing_authority",
        "name_codes",
        "personal_number",
        "place_of_birth",
        "symbols",
    ]
)
"""Fields that no check holds against anything. Unless the form asks for them, a doubt about them is named, and refers nobody."""


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """OCR_LOW_CONFIDENCE when the least certain field that counts is below ``reading.confidence``.

    ``details`` name the doubtful fields, those that do not count too.
    """
    if item.reading is None or not item.reading.fields or is_holding(case, item):
        return
    least = limit(case, "reading.confidence")
    sure = {name: field.confidence for name, field in item.reading.fields.items()}
    counts = sure.keys() - (_FOR_THE_RECORD - set(case.rules.form_fields))
    doubtful = sorted(name for name, value in sure.items() if value < least)
    yield Finding(
        "ocr_confidence",
        VERSION,
        Outcome.FAIL if counts & set(doubtful) else Outcome.PASS,
        "OCR_LOW_CONFIDENCE",
        item.slot,
        min((sure[name] for name in counts), default=1.0),
        least,
        "confidence 0..1",
        (item.id,),
        {"fields": doubtful} if doubtful else {},
    )
