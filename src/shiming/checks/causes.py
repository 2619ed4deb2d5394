"""One cause, one finding: what is only the consequence of another finding is set aside (``causes.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from shiming.registration.values import Finding, Outcome

_EXPLAINED, _WAS = "explained_by", "outcome"
_TOLD = (Outcome.FAIL, Outcome.WARN)


@dataclass(frozen=True, slots=True)
class Rule:
    """Findings of one picture with a code of ``explains`` follow from a failed one with a code of ``cause``."""

    why: str
    cause: frozenset[str]
    explains: frozenset[str]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules in their order."""
    data = tomllib.loads(files(__package__).joinpath("causes.toml").read_text("utf-8"))
    return tuple(Rule(row["why"], frozenset(row["cause"]), frozenset(row["explains"])) for row in data["rule"])


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, the explained ones as ``not-run``: ``details`` name the cause and the outcome they had."""
    found = list(findings)
    for rule in rules():
        causes = {f.item: f.code for f in found if f.outcome is Outcome.FAIL and f.code in rule.cause}
        for place, finding in enumerate(found):
            if finding.outcome in _TOLD and finding.code in rule.explains and finding.item in causes:
                was = {_EXPLAINED: causes[finding.item], _WAS: str(finding.outcome)}
                found[place] = replace(finding, outcome=Outcome.NOT_RUN, details={**finding.details, **was})
    return tuple(found)


def restored(finding: Finding) -> Finding:
    """The finding as its check gave it."""
    if _EXPLAINED not in finding.details:
        return finding
    rest = {name: value for name, value in finding.details.items() if name not in (_EXPLAINED, _WAS)}
    return replace(finding, outcome=Outcome(finding.details[_WAS]), details=rest)
