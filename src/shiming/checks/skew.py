"""Is the document held straight?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_SKEWED above ``quality.skew``."""
    if not is_selfie(item):
        yield from too_high(case, item, "skew", "DOC_SKEWED", "skew", "degrees")
