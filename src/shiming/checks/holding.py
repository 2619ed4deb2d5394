"""The photo of the person holding the document (row E3): is the face there and the same document readable in the hand?

The holder's face is measured like a selfie's. ``face_match`` compares it with the portrait on the document in the hand, and with
that of the scan where no selfie and no liveness session shows the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shiming.checks import _compare
from shiming.checks._read import fields
from shiming.checks.selfie_face import judge_face
from shiming.registration.values import Case, EvidenceItem, Face, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"
_NEEDED = ("name", "number")


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """HANDHELD_FACE_MISSING, the selfie's findings on the holder's face, HANDHELD_CARD_UNREADABLE, HANDHELD_CARD_OTHER.

    The largest face is the holder's; the portrait on the document is the small one beside it.
    """
    rule = next((slot for slot in case.rules.slots if slot.slot == item.slot), None)
    if rule is None or rule.kind != "holding" or item.reading is None or item.reading.technical:
        return
    face = max(item.reading.faces or (), key=_size, default=None)
    yield _finding(item, "HANDHELD_FACE_MISSING", bad=face is None)
    if face is not None:
        # The document is beside the face, so the face need not be in the middle.
        yield from judge_face(case, item, face, centred=False)
    unread = [name for name in _NEEDED if name not in item.reading.fields]
    yield _finding(item, "HANDHELD_CARD_UNREADABLE", bad=bool(unread), details={"fields": unread} if unread else {})
    if not unread:
        yield from _same_document(case, item)


def _size(face: Face) -> float:
    left, top, right, bottom = face.box
    return (right - left) * (bottom - top)


def _same_document(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    scanned, held = fields(case), item.reading.fields if item.reading else {}
    for name in _NEEDED:
        if name not in scanned or scanned[name].value is None:
            continue
        one, other = scanned[name].value or "", held[name].value or held[name].raw
        alike = (_compare.names if name == "name" else _compare.numbers)(one, other)
        different = alike.comparable and alike.similarity < 1.0
        details = {"field": name, "scanned": one, "held": other} if different else {}
        yield _finding(item, "HANDHELD_CARD_OTHER", bad=different, measure=round(alike.similarity, 3), details=details)


def _finding(
    item: EvidenceItem,
    code: str,
    *,
    bad: bool,
    measure: float | None = None,
    details: Mapping[str, object] | None = None,
) -> Finding:
    outcome = Outcome.FAIL if bad else Outcome.PASS
    limit = None if measure is None else 1.0
    unit = None if measure is None else "similarity"
    return Finding("holding", VERSION, outcome, code, item.slot, measure, limit, unit, (item.id,), details or {})
