"""Is the document that was asked for, and its right side, in the picture?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_selfie
from shiming.registration.values import Case, Document, EvidenceItem, Finding, Outcome, SlotRule

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_NOT_FOUND, DOC_TYPE_UNSUPPORTED, DOC_WRONG_TYPE, DOC_WRONG_SIDE: the first that applies, or a pass of the first."""
    if is_selfie(item) or item.reading is None or item.reading.technical:
        return
    shown = item.reading.document
    code = _fault(case, item, shown)
    outcome = Outcome.FAIL if code else Outcome.PASS
    sure = shown.confidence if shown else 0.0
    yield Finding("document_present", VERSION, outcome, code or "DOC_NOT_FOUND", item.slot, sure, evidence=(item.id,))


def _fault(case: Case, item: EvidenceItem, shown: Document | None) -> str | None:
    if shown is None:
        return "DOC_NOT_FOUND"
    rule = next((slot for slot in case.rules.slots if slot.slot == item.slot), None)
    accepted = rule.documents if rule and rule.documents else case.rules.documents
    if accepted and shown.type not in accepted:
        return "DOC_TYPE_UNSUPPORTED"
    if case.document and shown.type != case.document:
        return "DOC_WRONG_TYPE"
    return "DOC_WRONG_SIDE" if _wrong_side(rule, shown) else None


def _wrong_side(rule: SlotRule | None, shown: Document) -> bool:
    return bool(rule and rule.side and shown.side != rule.side)
