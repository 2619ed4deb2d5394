"""Is the light even?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiming.checks._measured import too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_SHADOW above ``quality.shadow``, as a warning: a shadow alone hides no text."""
    for finding in too_high(case, item, "shadow", "IMG_SHADOW", "shadow", "illumination 0..1"):
        yield replace(finding, outcome=Outcome.WARN) if finding.outcome is Outcome.FAIL else finding
