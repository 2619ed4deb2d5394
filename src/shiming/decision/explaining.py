"""A decision told to a reviewer: its steps, then each finding that mattered with measure and limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shiming.registration.reasons import reason
from shiming.registration.values import Decision, Finding, Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a gettext message id and its parameters. A parameter named ``text`` is itself a message id."""

    text: str
    params: Mapping[str, str] = field(default_factory=dict)


_OUTCOMES = (Outcome.FAIL, Outcome.UNABLE, Outcome.WARN)


def explain(decision: Decision, findings: Iterable[Finding]) -> tuple[Line, ...]:
    """The decision's own steps, then its findings, those named as reasons first. Holds no personal data."""
    steps = [Line(step) for step in decision.explanation]
    place = {code: position for position, code in enumerate(decision.reasons)}
    told = [finding for finding in findings if finding.outcome in _OUTCOMES]
    told.sort(key=lambda f: (place.get(f.code, len(place)), _OUTCOMES.index(f.outcome), f.check, f.item or ""))
    return (*steps, *(_line(finding) for finding in told))


def _line(finding: Finding) -> Line:
    params = {
        "text": reason(finding.code).text,
        "code": finding.code,
        "check": finding.check,
        "item": finding.item or "-",
    }
    if finding.measure is None or finding.limit is None:
        return Line("{text} ({code}, {item})", params)
    params |= {"measure": f"{finding.measure:g}", "limit": f"{finding.limit:g}", "unit": finding.unit or ""}
    return Line("{text} ({code}, {item}: measured {measure} {unit}, limit {limit})", params)
