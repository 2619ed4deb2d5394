"""Has the picture enough pixels?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._measured import is_holding, is_paper, is_selfie
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_LOW_RES: too few pixels for the document although it fills the picture, so that going closer would not help.

    Where no document was found, by the whole picture's width. Of a document that does not fill it ``too_small`` speaks.
    """
    if is_selfie(item) or is_holding(case, item) or is_paper(case, item) or item.reading is None:
        return
    known = item.reading.document is not None
    if known and not fills(case, item):
        return
    value = item.reading.quality.get("document_width" if known else "picture_width")
    least = limit(case, "quality.document_width")
    outcome = Outcome.NOT_RUN if value is None else Outcome.FAIL if value < least else Outcome.PASS
    yield Finding("low_resolution", VERSION, outcome, "IMG_LOW_RES", item.slot, value, least, "pixels", (item.id,))


def fills(case: Case, item: EvidenceItem) -> bool:
    """Whether the document takes up so much of the picture that going closer would not help."""
    share = item.reading.quality.get("document_share") if item.reading else None
    return share is not None and share >= limit(case, "quality.document_share")
