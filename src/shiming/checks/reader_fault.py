"""Did reading itself work? A technical fault is ours, and never counts against the person."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """``unable`` with the reader's own code, or SERVICE_UNAVAILABLE where nothing was read at all."""
    code = item.reading.technical if item.reading else "SERVICE_UNAVAILABLE"
    outcome = Outcome.UNABLE if code else Outcome.PASS
    yield Finding("reader_fault", VERSION, outcome, code or "SERVICE_UNAVAILABLE", item.slot, evidence=(item.id,))
