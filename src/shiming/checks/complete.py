"""Is everything there that the programme asks for with this document?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import has_no_reader
from shiming.checks._read import document_type
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """EVIDENCE_MISSING for every slot of the programme's formula that is empty, by the way that lacks least."""
    rules = case.rules
    # What no machine reads is what the person says it is, whatever a reader saw in the picture.
    kind = case.document if has_no_reader(case.document) else document_type(case)
    context = {**case.context, "document": kind}
    present = frozenset(case.evidence) | ({"attestation"} if case.attested else set())
    for slot in rules.evidence.needed(context, present):
        item = case.evidence.get(slot)
        outcome = Outcome.PASS if slot in present else Outcome.FAIL
        evidence = (item.id,) if item else ()
        yield Finding("complete", VERSION, outcome, "EVIDENCE_MISSING", item=slot, evidence=evidence)
