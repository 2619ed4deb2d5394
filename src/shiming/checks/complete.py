"""Is everything there that the programme asks for with this document?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._read import document_type
from shiming.registration.values import Case, Finding, Outcome, SlotRule

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """EVIDENCE_MISSING for every slot that is needed and empty; a selfie is not needed once face consent was declined."""
    kind = document_type(case)
    for rule in case.rules.slots:
        if _needed(rule, kind, case):
            item = case.evidence.get(rule.slot)
            outcome = Outcome.PASS if item else Outcome.FAIL
            evidence = (item.id,) if item else ()
            yield Finding("complete", VERSION, outcome, "EVIDENCE_MISSING", item=rule.slot, evidence=evidence)


def _needed(rule: SlotRule, kind: str | None, case: Case) -> bool:
    if rule.kind == "selfie" and case.face_consent is False:
        return False
    return not rule.only_for or kind is None or kind in rule.only_for
