"""Does the document fill enough of the picture?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_low
from shiming.checks.low_resolution import fills
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_TOO_SMALL below ``quality.document_width``. Of a document that fills its picture ``low_resolution`` speaks instead."""
    if not is_selfie(item) and not fills(case, item):
        yield from too_low(case, item, "document_width", "DOC_TOO_SMALL", "document_width", "pixels", VERSION)
