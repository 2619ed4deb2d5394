"""Is the document in focus?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_BLUR above ``quality.blur``."""
    # A selfie is judged on its face (`selfie_face`): skin has less fine detail than print.
    if not is_selfie(item):
        yield from too_high(case, item, "blur", "IMG_BLUR", "blur", "re-blur 0..1")
