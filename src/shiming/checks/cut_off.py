"""Is the whole document in the picture?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_low
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_CUT_OFF below ``quality.margin``."""
    if not is_selfie(item):
        yield from too_low(case, item, "margin", "DOC_CUT_OFF", "margin", "widths of the document")
