"""Is the document that was asked for, and its right side, in the picture?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_paper, is_selfie
from shiming.reading.documents import available
from shiming.registration.documents import OTHER
from shiming.registration.values import Case, Document, EvidenceItem, Finding, Outcome, SlotRule

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_NOT_FOUND, DOC_TYPE_UNSUPPORTED, DOC_WRONG_TYPE, DOC_WRONG_SIDE: the first that applies, or a pass of the first."""
    if is_selfie(item) or item.reading is None or item.reading.technical:
        return
    if is_paper(case, item):
        # Nothing a machine can say: a person looks at the paper.
        yield Finding("document_present", VERSION, Outcome.WARN, "DOC_NO_READER", item.slot, evidence=(item.id,))
        return
    shown = item.reading.document
    if shown is not None and shown.type == OTHER and not _accepted(case, item):
        # Nothing in particular was asked for: it is a document, and a person looks at it.
        yield Finding("document_present", VERSION, Outcome.WARN, "DOC_NO_READER", item.slot, evidence=(item.id,))
        return
    code = _fault(case, item, shown)
    outcome = Outcome.FAIL if code else Outcome.PASS
    sure = shown.confidence if shown else 0.0
    yield Finding("document_present", VERSION, outcome, code or "DOC_NOT_FOUND", item.slot, sure, evidence=(item.id,))


def _fault(case: Case, item: EvidenceItem, shown: Document | None) -> str | None:
    if shown is None:
        return "DOC_NOT_FOUND"
    rule, accepted = _rule(case, item), _accepted(case, item)
    if accepted and shown.type == OTHER:
        # One that is asked for may look like another to the reader, badly taken; one of another country is none of them.
        return "DOC_NOT_FOUND" if _could_be(shown, accepted) else "DOC_TYPE_UNSUPPORTED"
    if accepted and shown.type not in accepted:
        return "DOC_TYPE_UNSUPPORTED"
    if case.document and shown.type != case.document and _own(item):
        return "DOC_WRONG_TYPE"
    return "DOC_WRONG_SIDE" if _wrong_side(rule, shown) else None


def _rule(case: Case, item: EvidenceItem) -> SlotRule | None:
    return next((slot for slot in case.rules.slots if slot.slot == item.slot), None)


def _accepted(case: Case, item: EvidenceItem) -> tuple[str, ...]:
    rule = _rule(case, item)
    return rule.documents if rule and rule.documents else case.rules.documents


def _could_be(shown: Document, accepted: tuple[str, ...]) -> bool:
    """Whether one of these kinds can be of the country shown; nothing speaks against it where no country was read."""
    countries = {available()[kind].COUNTRY for kind in accepted if kind in available()}
    return shown.country is None or None in countries or shown.country in countries


def _own(item: EvidenceItem) -> bool:
    """Whether the slot shows the person's own document, not a guardian's or a representative's."""
    return item.slot.startswith(("document-", "photocopy-", "holding"))


def _wrong_side(rule: SlotRule | None, shown: Document) -> bool:
    return bool(rule and rule.side and shown.side != rule.side)
