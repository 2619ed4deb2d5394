"""Reads every picture below a folder and says, one line a picture, how it came out: ``read_passports.py FOLDER``.

* right: the zone's lines are letter for letter what ``passports_truth.toml`` says is printed, or, for a picture that stands
  not in there, every check digit is right (names are not covered by check digits);
* printed wrong: the lines are as printed, and what is printed does not add up: ``valid`` must be false;
* part: a zone was read, and a letter differs or a check digit is wrong;
* none: no zone was read; refused: no picture we take.
"""

from __future__ import annotations

import statistics
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shiming import reading
from shiming.intake.pictures import Refused
from shiming.reading import timing
from shiming.registration.values import Mrz

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif"}
_TRUTH = tomllib.loads(Path(__file__).with_name("passports_truth.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one picture. ``compared``: by eye's truth, not by check digits alone. ``cpu``: milliseconds."""

    name: str
    outcome: str
    what: str
    compared: bool
    cpu: float


def rows(folder: Path) -> Iterator[Row]:
    """A row a picture, in the order of names."""
    reading.preload()
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PICTURES):
        yield _row(path, str(path.relative_to(folder)))


def _row(path: Path, name: str) -> Row:
    truth = _TRUTH.get(path.name)
    with timing.collect() as steps:
        try:
            read = reading.read_picture(path.read_bytes())
        except Refused as refused:
            return Row(name, "refused", refused.code, truth is not None, 0.0)
    spent = sum(steps.values())
    if read.mrz is None:
        return Row(name, "none", read.document.type if read.document else "-", truth is not None, spent)
    wrong = ", ".join(check for check, right in read.mrz.checks.items() if not right)
    what = read.mrz.format + (f", check digits wrong: {wrong}" if wrong else "")
    return Row(name, _outcome(read.mrz, truth), what, truth is not None, spent)


def _outcome(zone: Mrz, truth: list[str] | None) -> str:
    if truth is None:
        return "right" if zone.valid else "part"
    if list(zone.lines) != truth:
        return "part"
    return "right" if zone.valid else "printed wrong"


def table(found: list[Row]) -> list[str]:
    """The rows as Markdown, and a line that sums them up."""
    counts = Counter(row.outcome for row in found)
    lines = ["| picture | outcome | zone | letters compared | CPU ms |", "|---|---|---|---|---|"]
    lines += [f"| {r.name} | {r.outcome} | {r.what} | {'yes' if r.compared else 'no'} | {r.cpu:.0f} |" for r in found]
    total = ", ".join(f"{n} {kind}" for kind, n in counts.most_common())
    compared = [r for r in found if r.compared]
    good = sum(r.outcome in ("right", "printed wrong") for r in compared)
    lines += [
        "",
        f"{len(found)} pictures: {total}; median {statistics.median(r.cpu for r in found):.0f} ms CPU.",
        f"Of {len(compared)} passport-like specimens whose lines are known by eye, {good} are read letter for letter.",
    ]
    return lines


def main(folder: str) -> None:
    found = []
    for row in rows(Path(folder)):
        found.append(row)
        print(f"{row.outcome:13} {row.cpu:6.0f} ms  {row.name}  {row.what}", flush=True)
    print("\n".join(table(found)[-2:]))


if __name__ == "__main__":
    main(sys.argv[1])
