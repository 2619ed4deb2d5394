"""What the checks of picture measures share: take a measure of a reading, hold it to a limit, say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shiming.checks._limits import limit
from shiming.reading.documents import available, printed
from shiming.registration.values import FACE_SLOTS, Case, EvidenceItem, Finding, Outcome

VERSION = "1"
_OF_DOCUMENTS = frozenset(
    {"document_width", "margin", "chroma", "lean", "raster", "raster_fine", "documents", "specimen"}
)
"""Measures that need the outline of a document that was recognised; a paper has none."""


def too_high(
    case: Case, item: EvidenceItem, check: str, code: str, measure: str, unit: str, version: str = VERSION
) -> Iterator[Finding]:
    """Fails when the measure is above the limit ``quality.<check>``."""
    return _held(case, item, check, code, measure, unit, lambda value, most: value > most, version)


def too_low(
    case: Case, item: EvidenceItem, check: str, code: str, measure: str, unit: str, version: str = VERSION
) -> Iterator[Finding]:
    """Fails when the measure is below the limit ``quality.<check>``."""
    return _held(case, item, check, code, measure, unit, lambda value, least: value < least, version)


def suffers(case: Case, item: EvidenceItem) -> bool:
    """Whether reading suffered: a printed field is missing or in doubt, or a front shows no portrait.

    What is read whole and surely need not be captured again for a fault that hid nothing.
    """
    reading = item.reading
    if reading is None or reading.document is None:
        return True
    least = limit(case, "reading.confidence")
    expected = () if is_holding(case, item) else printed(reading.document.type, reading.document.side)
    if any(name not in reading.fields for name in expected) or reading.faces == ():
        return True
    return any(reading.fields[name].confidence < least for name in expected)


def is_copy(item: EvidenceItem) -> bool:
    """Whether the slot asks for a photocopy, which is grey, and white where a document is not."""
    return item.slot.startswith("photocopy")


def is_selfie(item: EvidenceItem) -> bool:
    """Whether the slot asks for the person, not for a document."""
    return item.slot.startswith(FACE_SLOTS)


def is_holding(case: Case, item: EvidenceItem) -> bool:
    """Whether the slot asks for the person holding the document: of its print only name and number must be readable."""
    return any(rule.slot == item.slot and rule.kind == "holding" for rule in case.rules.slots)


def is_paper(case: Case, item: EvidenceItem) -> bool:
    """Whether no machine reads what the slot asks for: a paper, or a kind of document, or a side of it, without a reader."""
    rule = next((slot for slot in case.rules.slots if slot.slot == item.slot), None)
    if rule is not None and rule.kind == "paper":
        return True
    if not item.slot.startswith("document-"):
        return False
    return has_no_reader(case.document) or _side_has_none(case.document, rule.side if rule is not None else None)


def has_no_reader(document: str | None) -> bool:
    """Whether a person must look at documents of this kind."""
    return document is not None and document not in available()


def _side_has_none(document: str | None, side: str | None) -> bool:
    """Whether a document has a reader, but this side of it has none: the front of a card with its zone on the back."""
    unit = available().get(document or "")
    return unit is not None and side is not None and side not in unit.SIDES


def _held(
    case: Case,
    item: EvidenceItem,
    check: str,
    code: str,
    measure: str,
    unit: str,
    bad: Callable[[float, float], bool],
    version: str,
) -> Iterator[Finding]:
    if is_paper(case, item) and check in _OF_DOCUMENTS:
        return
    held = limit(case, f"quality.{check}")
    value = item.reading.quality.get(measure) if item.reading else None
    outcome = Outcome.NOT_RUN if value is None else Outcome.FAIL if bad(value, held) else Outcome.PASS
    yield Finding(check_name(check), version, outcome, code, item.slot, value, held, unit, (item.id,))


def check_name(limit_name: str) -> str:
    """The check's name is its file's; some are not named after their limit."""
    return {
        "document_width": "too_small",
        "margin": "cut_off",
        "chroma": "photocopy",
        "lean": "skew",
        "raster": "screen",
        "raster_fine": "screen",
        "documents": "one_document",
    }.get(limit_name, limit_name)
