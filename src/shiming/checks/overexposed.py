"""Is there too much light?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_copy, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_OVEREXPOSED above ``quality.overexposed``. A copy's paper is white by nature."""
    if not is_copy(item):
        yield from too_high(case, item, "overexposed", "IMG_OVEREXPOSED", "overexposed", "fraction")
