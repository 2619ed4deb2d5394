"""Is the document free of reflections?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiming.checks._limits import limit
from shiming.checks._measured import is_paper, is_selfie, suffers, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_GLARE above ``quality.glare`` where the reflection lies over print or something could not be read.

    Beside the print it hides nothing. Where no document was found, a reflection over text may be why.
    """
    if is_selfie(item):
        return
    for finding in too_high(case, item, "glare", "IMG_GLARE", "glare", "fraction", VERSION):
        harmless = finding.outcome is Outcome.FAIL and not _harms(case, item)
        yield replace(finding, outcome=Outcome.PASS) if harmless else finding


def _harms(case: Case, item: EvidenceItem) -> bool:
    reading = item.reading
    if is_paper(case, item) or reading is None:
        return True
    over_print = reading.quality.get("glare_print")
    if over_print is None or over_print > limit(case, "quality.glare_print"):
        return True
    return reading.document is not None and suffers(case, item)
