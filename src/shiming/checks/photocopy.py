"""Is this the original, not a black-and-white copy?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_copy, is_selfie, too_low
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_COPY below ``quality.chroma``; not asked of a slot that wants a copy."""
    if not is_copy(item) and not is_selfie(item):
        yield from too_low(case, item, "chroma", "DOC_COPY", "chroma", "fraction")
