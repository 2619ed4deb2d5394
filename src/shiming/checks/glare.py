"""Does a reflection hide part of the document?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_copy, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_GLARE above ``quality.glare``. A copy's bare paper is no reflection."""
    if not is_copy(item):
        yield from too_high(case, item, "glare", "IMG_GLARE", "glare", "fraction")
