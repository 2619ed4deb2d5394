"""Was one picture sent for two different things?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from shiming.checks._limits import limit
from shiming.checks._measured import is_selfie
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """DOC_SAME_SIDE_TWICE where two pictures differ in ``quality.look`` bits or fewer of 64; it points to the later slot.

    Of a front and a back that were both recognised ``sides`` speaks: a picture of the same side need not be the same picture.
    """
    order = [rule.slot for rule in case.rules.slots]
    items = sorted(
        (item for item in case.evidence.values() if item.reading and item.reading.look and not is_selfie(item)),
        key=lambda item: order.index(item.slot) if item.slot in order else len(order),
    )
    most = limit(case, "quality.look")
    for one, other in combinations(items, 2):
        if _sides(one, other):
            continue
        apart = _apart(one, other)
        outcome = Outcome.FAIL if apart <= most else Outcome.PASS
        yield Finding(
            "same_picture", VERSION, outcome, "DOC_SAME_SIDE_TWICE", other.slot, apart, most, "bits of 64 that differ",
            (one.id, other.id),
        )  # fmt: skip


def _sides(one: EvidenceItem, other: EvidenceItem) -> bool:
    read = all(item.reading and item.reading.document for item in (one, other))
    return read and all(item.slot.startswith("document-") for item in (one, other))


def _apart(one: EvidenceItem, other: EvidenceItem) -> int:
    looks = [int((item.reading.look if item.reading else None) or "0", 16) for item in (one, other)]
    return (looks[0] ^ looks[1]).bit_count()
