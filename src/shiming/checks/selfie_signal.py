"""Weak signals that a selfie shows a screen or a print. They only warn: a person looks. No attack detection."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"
_SIGNALS = {
    "signal_moire": "peak by median of its frequency ring",
    "signal_border": "straight lines by face width",
    "signal_blocks": "step at the JPEG grid by the usual step",
    "signal_live": "likeness of a live face, mean of the passive nets",
}
_LOW = ("signal_live",)
"""Signals that are suspicious below their limit instead of above it."""


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """LIVE_LOW_SCORE, one finding a signal; ``details["signal"]`` names it. ``not-run`` where none was measured."""
    if item.slot != "selfie":
        return
    faces = item.reading.faces if item.reading else None
    measured = faces[0].measures if faces else {}
    for name, unit in _SIGNALS.items():
        value, bound = measured.get(name), limit(case, f"selfie.{name}")
        outcome = Outcome.PASS
        if value is None:
            outcome = Outcome.NOT_RUN
        elif (value < bound) if name in _LOW else (value > bound):
            outcome = Outcome.WARN
        yield Finding(
            "selfie_signal",
            VERSION,
            outcome,
            "LIVE_LOW_SCORE",
            item.slot,
            None if value is None else round(value, 3),
            bound,
            unit,
            (item.id,),
            {"signal": name, "strength": "weak net" if name in _LOW else "weak heuristic"},
        )
