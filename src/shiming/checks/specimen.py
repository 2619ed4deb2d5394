"""Does the document say of itself that it is a specimen?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiming.checks._measured import is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_SPECIMEN_OR_TEMPLATE above ``quality.specimen`` marks, as a warning: a person looks (docs/decisions/0027)."""
    if is_selfie(item):
        return
    for finding in too_high(case, item, "specimen", "DOC_SPECIMEN_OR_TEMPLATE", "specimen", "marks"):
        yield replace(finding, outcome=Outcome.WARN) if finding.outcome is Outcome.FAIL else finding
