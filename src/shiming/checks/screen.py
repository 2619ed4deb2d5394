"""Is the document itself in the picture, or a screen that shows it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiming.checks._measured import is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"
_UNITS = {"raster": "colour raster: peak by what is around it", "raster_fine": "fine raster: peak by what is around it"}


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_SCREEN above ``quality.raster`` or ``quality.raster_fine``, with the one that tells more; a warning.

    Fine security print can make such a pattern, and some screens make none.
    """
    if is_selfie(item):
        return
    found = [
        finding
        for name, unit in _UNITS.items()
        for finding in too_high(case, item, name, "DOC_SCREEN", name, unit, VERSION)
    ]
    if not found:
        return
    told = max(found, key=lambda finding: (finding.measure or 0.0) / (finding.limit or 1.0))
    yield replace(told, outcome=Outcome.WARN) if told.outcome is Outcome.FAIL else told
