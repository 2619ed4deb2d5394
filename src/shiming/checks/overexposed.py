"""Is there too much light?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._measured import is_copy, is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "3"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """IMG_OVEREXPOSED by the portrait where there is one: skin is never white, paper may be. Else by paper and print.

    White paper whose print still stands out (a clean scan) is no fault, unless its portrait is not to be seen. A copy's paper is
    white by nature.
    """
    if is_copy(item):
        return
    portrait = None if is_selfie(item) else _portrait(item)
    if portrait is not None and portrait > limit(case, "quality.overexposed_portrait"):
        yield _finding(case, item, Outcome.FAIL, portrait, "overexposed_portrait")
    elif _hides_nothing(case, item):
        yield _finding(
            case, item, Outcome.PASS, portrait or 0.0, "overexposed" if portrait is None else "overexposed_portrait"
        )
    else:
        yield from too_high(case, item, "overexposed", "IMG_OVEREXPOSED", "overexposed", "fraction", VERSION)


def _finding(case: Case, item: EvidenceItem, outcome: Outcome, share: float, name: str) -> Finding:
    most = limit(case, f"quality.{name}")
    return Finding(
        "overexposed", VERSION, outcome, "IMG_OVEREXPOSED", item.slot, round(share, 4), most, "fraction", (item.id,)
    )


def _portrait(item: EvidenceItem) -> float | None:
    faces = item.reading.faces if item.reading else None
    return faces[0].measures.get("saturated") if faces else None


def _hides_nothing(case: Case, item: EvidenceItem) -> bool:
    """Whether print stands out from the paper, and a portrait that belongs there is seen."""
    reading = item.reading
    contrast = reading.quality.get("contrast") if reading else None
    if reading is None or contrast is None or reading.faces == ():
        return False
    return contrast >= limit(case, "quality.contrast")
