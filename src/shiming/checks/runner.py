"""Finds checks and runs them. A check that raises never fails a person: it becomes ``unable``, SERVICE_UNAVAILABLE."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from types import ModuleType
from typing import Any, Literal

from shiming.checks import _hints, causes
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome, Rules

_NOT_CHECKS = {"causes", "held", "runner"}


@dataclass(frozen=True, slots=True)
class Check:
    """A drop-in check: its name (file name), version, scope and function."""

    name: str
    version: str
    scope: Literal["evidence", "registration"]
    function: Callable[..., Iterable[Finding]]


def _unit(name: str, module: ModuleType) -> Check:
    return Check(name, module.VERSION, module.SCOPE, module.run)


@cache
def available() -> Mapping[str, Check]:
    """Every check by name: the files of this folder, then those of other packages by entry point."""
    package = __package__ or "shiming.checks"
    found = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if info.name not in _NOT_CHECKS and not info.name.startswith("_"):
            found[info.name] = _unit(info.name, importlib.import_module(f"{package}.{info.name}"))
    for entry in entry_points(group="shiming.checks"):
        found.setdefault(entry.name, _unit(entry.name, entry.load()))
    return found


@cache
def limits() -> Mapping[str, float]:
    """Every limit of ``limits.toml`` by dotted name (``quality.blur``). Each stands there with its unit and origin."""
    data: dict[str, Any] = tomllib.loads(files(__package__).joinpath("limits.toml").read_text("utf-8"))
    return {f"{group}.{name}": float(row["value"]) for group, rows in data.items() for name, row in rows.items()}


def _guarded(check: Check, *args: Any, item: EvidenceItem | None = None) -> Iterator[Finding]:
    try:
        yield from list(check.function(*args))
    except Exception as failure:
        import structlog  # a fifth of a second to load, for what hardly ever happens

        # The type only: a message could quote a person's data.
        structlog.get_logger(__name__).error("check_failed", check=check.name, error=type(failure).__name__)
        yield Finding(
            check.name,
            check.version,
            Outcome.UNABLE,
            "SERVICE_UNAVAILABLE",
            item=item.slot if item else None,
            evidence=(item.id,) if item else (),
        )


def run_evidence(case: Case, item: EvidenceItem) -> tuple[Finding, ...]:
    """The findings of one piece of evidence alone, in the programme's order. Used right after it was read."""
    case, item = _hints.of_case(case), _hints.without_hints(item)
    chosen = (available()[name] for name in case.rules.checks)
    found = (f for check in chosen if check.scope == "evidence" for f in _guarded(check, case, item, item=item))
    return causes.settled(found)


def _wanted(rules: Rules) -> tuple[str, ...]:
    """The programme's checks; those without which a rule of it would be kept by nobody are never left out."""
    needed = (("cap", bool(rules.caps)), ("authority", rules.authority is not None))
    return (*rules.checks, *(name for name, asked in needed if asked and name not in rules.checks))


def run(case: Case) -> tuple[Finding, ...]:
    """All findings of a submission, in the programme's order of checks."""
    case = _hints.of_case(case)
    found: list[Finding] = []
    for name in _wanted(case.rules):
        check = available()[name]
        if check.scope == "registration":
            found.extend(_guarded(check, case))
        else:
            for item in case.evidence.values():
                found.extend(_guarded(check, case, item, item=item))
    return causes.settled(found)
