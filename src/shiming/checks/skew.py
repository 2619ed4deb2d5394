"""Is the document seen from above? How it is turned in its plane does not matter: the reader turns it level."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_SKEWED above ``quality.lean``."""
    if not is_selfie(item):
        yield from too_high(case, item, "lean", "DOC_SKEWED", "lean", "degrees", VERSION)
