"""Is the document, or the face, in focus?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_BLUR above ``quality.blur``."""
    return too_high(case, item, "blur", "IMG_BLUR", "blur", "re-blur 0..1")
