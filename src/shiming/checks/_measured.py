"""What the checks of picture measures share: take a measure of a reading, hold it to a limit, say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"


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


def is_copy(item: EvidenceItem) -> bool:
    """Whether the slot asks for a photocopy, which is grey, and white where a document is not."""
    return item.slot.startswith("photocopy")


def is_selfie(item: EvidenceItem) -> bool:
    """Whether the slot asks for the person, not for a document."""
    return item.slot.startswith("selfie")


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
    held = limit(case, f"quality.{check}")
    value = item.reading.quality.get(measure) if item.reading else None
    outcome = Outcome.NOT_RUN if value is None else Outcome.FAIL if bad(value, held) else Outcome.PASS
    yield Finding(check_name(check), version, outcome, code, item.slot, value, held, unit, (item.id,))


def check_name(limit_name: str) -> str:
    """The check's name is its file's; some are not named after their limit."""
    return {"document_width": "too_small", "margin": "cut_off", "chroma": "photocopy"}.get(limit_name, limit_name)
