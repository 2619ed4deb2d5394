"""Is there enough light?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_low
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_DARK below ``quality.dark``."""
    # A selfie is judged on its face (`selfie_face`): skin has less fine detail than print.
    if not is_selfie(item):
        yield from too_low(case, item, "dark", "IMG_DARK", "brightness", "mean luma 0..1")
