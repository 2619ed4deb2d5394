"""Do the check digits of the machine-readable zone add up?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """MRZ_CHECKSUM, measured in wrong check digits; ``details`` name them. Nothing is said of documents without a zone."""
    zone = item.reading.mrz if item.reading else None
    if zone is None:
        return
    wrong = sorted(name for name, right in zone.checks.items() if not right)
    yield Finding(
        "mrz_checksum",
        VERSION,
        Outcome.PASS if zone.valid else Outcome.FAIL,
        "MRZ_CHECKSUM",
        item.slot,
        len(wrong),
        0,
        "wrong check digits",
        (item.id,),
        {"wrong": wrong} if wrong else {},
    )
