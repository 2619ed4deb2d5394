"""Is the document in focus?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiming.checks._limits import limit
from shiming.checks._measured import is_paper, is_selfie, suffers, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_BLUR above ``quality.blur`` where something could not be read for it; above ``quality.blur_strong`` in any case.

    Where no document was found, blur over text is why; without text it says nothing, as a wall has no edges either.
    """
    # A selfie is judged on its face (`selfie_face`): skin has less fine detail than print.
    if is_selfie(item):
        return
    for finding in too_high(case, item, "blur", "IMG_BLUR", "blur", "re-blur 0..1", VERSION):
        harmless = finding.outcome is Outcome.FAIL and not _harms(case, item, finding.measure or 0.0)
        yield replace(finding, outcome=Outcome.PASS) if harmless else finding


def _harms(case: Case, item: EvidenceItem, blur: float) -> bool:
    reading = item.reading
    if is_paper(case, item) or reading is None:
        return True
    if reading.document is None:
        return "document_share" in reading.quality
    return blur > limit(case, "quality.blur_strong") or suffers(case, item)
