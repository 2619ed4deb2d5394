"""Is there too much light?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._measured import is_copy, is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_OVEREXPOSED by the portrait where there is one: skin is never white, paper may be. Else by paper and print.

    White paper whose print still stands out (a clean scan) is no fault. A copy's paper is white by nature.
    """
    if is_copy(item):
        return
    portrait = None if is_selfie(item) else _portrait(item)
    if portrait is not None:
        most = limit(case, "quality.overexposed_portrait")
        outcome = Outcome.FAIL if portrait > most else Outcome.PASS
        measure = round(portrait, 4)
        yield Finding(
            "overexposed", VERSION, outcome, "IMG_OVEREXPOSED", item.slot, measure, most, "fraction", (item.id,)
        )
    elif _stands_out(case, item):
        most = limit(case, "quality.overexposed")
        yield Finding(
            "overexposed", VERSION, Outcome.PASS, "IMG_OVEREXPOSED", item.slot, 0.0, most, "fraction", (item.id,)
        )
    else:
        yield from too_high(case, item, "overexposed", "IMG_OVEREXPOSED", "overexposed", "fraction", VERSION)


def _portrait(item: EvidenceItem) -> float | None:
    faces = item.reading.faces if item.reading else None
    return faces[0].measures.get("saturated") if faces else None


def _stands_out(case: Case, item: EvidenceItem) -> bool:
    contrast = item.reading.quality.get("contrast") if item.reading else None
    return contrast is not None and contrast >= limit(case, "quality.contrast")
