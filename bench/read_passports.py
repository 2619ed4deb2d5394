"""Reads every picture below a folder and says how many came out whole: ``read_passports.py FOLDER``.

Whole: a zone whose check digits are all right. Part: a zone was read and does not add up (also where it is printed so).
None: no zone. Refused: no picture we take. The specimens carry no list of what is printed on them; names are not covered
by check digits, so a whole zone may still have a wrong letter in a name.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from shiming import reading
from shiming.intake.pictures import Refused
from shiming.reading import timing

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif"}


def answer(path: Path) -> tuple[str, str, float]:
    """(whole, part, none or refused; what was read; CPU milliseconds)."""
    with timing.collect() as steps:
        try:
            read = reading.read_picture(path.read_bytes())
        except Refused as refused:
            return "refused", refused.code, 0.0
    spent = sum(steps.values())
    if read.mrz is None:
        return "none", read.document.type if read.document else "-", spent
    wrong = ",".join(name for name, right in read.mrz.checks.items() if not right)
    return ("whole" if read.mrz.valid else "part"), f"{read.mrz.format} {wrong}".strip(), spent


def main(folder: str) -> None:
    reading.preload()
    counts: Counter[str] = Counter()
    spent = []
    for path in sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in _PICTURES):
        kind, what, cpu = answer(path)
        counts[kind] += 1
        spent.append(cpu)
        print(f"{kind:8} {cpu:6.0f} ms  {path.relative_to(folder)}  {what}", flush=True)
    print(
        ", ".join(f"{n} {kind}" for kind, n in counts.most_common()),
        f"; median {sorted(spent)[len(spent) // 2]:.0f} ms CPU",
    )


if __name__ == "__main__":
    main(sys.argv[1])
