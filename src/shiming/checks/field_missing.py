"""Was everything read that stands on this side of this document?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_holding
from shiming.reading.documents import printed
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """FIELD_MISSING, measured in missing fields; ``details`` name them. Only for a side that was recognised."""
    document = item.reading.document if item.reading else None
    if item.reading is None or document is None or is_holding(case, item):
        return
    missing = [name for name in printed(document.type, document.side) if name not in item.reading.fields]
    yield Finding(
        "field_missing",
        VERSION,
        Outcome.FAIL if missing else Outcome.PASS,
        "FIELD_MISSING",
        item.slot,
        len(missing),
        0,
        "fields",
        (item.id,),
        {"fields": missing} if missing else {},
    )
