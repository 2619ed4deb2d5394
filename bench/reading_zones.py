"""Machine-readable zones: the public specimens whose print ``passports_truth.toml`` knows, and pages drawn for the bench.

* right: letter for letter what is printed, and called valid; printed wrong: letter for letter, what is printed does not add up,
  and it is called invalid; both are as they should be;
* but for fillers: only the number of ``<`` in a run differs;
* part: some letter differs, and the reader does not vouch for it; unlisted: the same where nobody can say what is printed;
* wrong, called valid: some letter differs, or nobody can say what is printed, and yet the reader vouches for it;
* none: no zone was read.
"""

from __future__ import annotations

import re
import statistics
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reading_score import table

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif"}
TRUTH = tomllib.loads(Path(__file__).with_name("passports_truth.toml").read_text("utf-8"))
GOOD = ("right", "printed wrong")
_NOT_EXACT = ("but for fillers", "part", "none", "wrong, called valid")


@dataclass(frozen=True, slots=True)
class Zone:
    """What came of one picture. ``known``: it is known what is printed. ``cpu``: milliseconds."""

    name: str
    outcome: str
    what: str
    known: bool
    cpu: float


def printed(path: Path) -> list[str] | None:
    """The lines of a specimen; None where nobody can say."""
    lines = TRUTH.get(f"{path.parent.name}/{path.name}")
    return list(lines) if lines else None


def specimens(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PICTURES)


def judge(name: str, zone: Mapping[str, Any] | None, printed: Sequence[str] | None, cpu: float) -> Zone:
    """``zone``: ``lines`` and ``valid`` as a reader gives them, None for no zone."""
    if zone is None:
        return Zone(name, "none", "-", printed is not None, cpu)
    lines, valid = list(zone["lines"]), bool(zone["valid"])
    wrong = ", ".join(check for check, good in (zone.get("checks") or {}).items() if not good)
    what = str(zone.get("format", "")) + (f", check digits wrong: {wrong}" if wrong else "")
    return Zone(name, _outcome(lines, valid, printed), what, printed is not None, cpu)


def _outcome(lines: list[str], valid: bool, printed: Sequence[str] | None) -> str:
    if printed is None:
        return "wrong, called valid" if valid else "unlisted"
    if lines != list(printed):
        if [_collapsed(line) for line in lines] == [_collapsed(line) for line in printed]:
            return "but for fillers"
        return "wrong, called valid" if valid else "part"
    return "right" if valid else "printed wrong"


def _collapsed(line: str) -> str:
    return re.sub("<+", "<", line).strip("<")


def summary(readers: Mapping[str, Sequence[Zone]]) -> list[str]:
    """A row a reader: how the zones that are known were read, and how often it vouched for a wrong one on any picture."""
    rows = []
    for reader, zones in readers.items():
        known = [z for z in zones if z.known]
        if not known:
            continue
        kinds = Counter(z.outcome for z in known)
        kinds["wrong, called valid"] = sum(z.outcome == "wrong, called valid" for z in zones)
        letter = sum(kinds[k] for k in GOOD)
        middle = statistics.median(z.cpu for z in known)
        rows.append((reader, len(known), letter, *(kinds[k] for k in _NOT_EXACT), f"{middle:.0f}"))
    head = ("reader", "zones", "letter for letter", *_NOT_EXACT, "ms CPU (median)")
    return table(head, rows)


def every(zones: Sequence[Zone]) -> list[str]:
    rows = [(z.name, z.outcome, z.what, "yes" if z.known else "no", f"{z.cpu:.0f}") for z in zones]
    return table(("picture", "outcome", "zone", "print known", "CPU ms"), rows)
