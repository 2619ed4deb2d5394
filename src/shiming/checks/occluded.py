"""Does a finger lie over a field of the document?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._measured import is_selfie
from shiming.reading.documents import printed
from shiming.registration.values import Case, EvidenceItem, Field, Finding, Outcome, Reading

VERSION = "1"
SCOPE = "evidence"
_NEAR = 0.06
"""Of the picture: a field cut short by a finger ends beside it, so its place is widened by this much."""


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_OCCLUDED where something covers more than ``quality.covered`` and a field is hidden, in doubt, or beside it.

    ``details`` name these fields. A finger on paper where nothing is printed hides nothing. A photo holding the document has a
    hand in it by nature (``holding`` judges that).
    """
    rule = next((slot for slot in case.rules.slots if slot.slot == item.slot), None)
    if is_selfie(item) or (rule is not None and rule.kind == "holding"):
        return
    most = limit(case, "quality.covered")
    covered = item.reading.quality.get("covered") if item.reading else None
    if item.reading is None or covered is None:
        yield Finding(
            "occluded", VERSION, Outcome.NOT_RUN, "DOC_OCCLUDED", item.slot, None, most, "fraction of the document"
        )
        return
    hidden = _hidden(case, item.reading) if covered > most else []
    yield Finding(
        "occluded",
        VERSION,
        Outcome.FAIL if hidden else Outcome.PASS,
        "DOC_OCCLUDED",
        item.slot,
        covered,
        most,
        "fraction of the document",
        (item.id,),
        {"fields": hidden} if hidden else {},
    )


def _hidden(case: Case, reading: Reading) -> list[str]:
    document = reading.document
    expected = printed(document.type, document.side) if document else ()
    missing = [name for name in expected if name not in reading.fields]
    least = limit(case, "reading.confidence")
    doubtful = [name for name, field in reading.fields.items() if field.confidence < least or _beside(field, reading)]
    return sorted({*missing, *doubtful})


def _beside(field: Field, reading: Reading) -> bool:
    """Whether what covers the document reaches the field's place, or the room where it would go on."""
    if field.box is None:
        return False
    xs, ys = [x for x, _ in field.box], [y for _, y in field.box]
    left, top, right, bottom = (reading.quality[f"covered_{edge}"] for edge in ("left", "top", "right", "bottom"))
    height = max(ys) - min(ys)
    across = left < max(xs) + _NEAR and right > min(xs) - _NEAR
    return across and top < max(ys) + height and bottom > min(ys) - height / 2
