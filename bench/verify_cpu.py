"""CPU milliseconds of one ``shiming verify`` by step: ``verify_cpu.py [--cases N]``. Warm, one thread, medians.

Front, back and selfie of made-up persons, photographed on a table a little askew, under ``carrier-5g-auto``; also says how
many of these good cases were approved.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from datetime import date

from shiming import reading
from shiming.cli._verifying import Verified, verify
from shiming.programmes import resolve
from shiming.reading.documents import portraits, sample

_AT = date(2026, 11, 21)
_TOTAL = "total without loading"


def one(seed: int) -> Verified:
    """One good registration of the person of that seed, with either portrait in turn."""
    names = portraits.names()
    pictures = sample.sample_set(seed, portrait=names[seed % len(names)])
    who = sample.sample_person(seed)
    evidence = {
        "document-front": pictures["front"],
        "document-back": pictures["back"],
        "selfie": pictures["selfie"],
    }
    form = {"name": who.name, "number": who.number, "address": who.address}
    return verify(resolve("carrier-5g-auto"), evidence, form, at=_AT, document="cn-resident-id")


def table(cases: int) -> list[str]:
    """Medians by step and the verdicts, as Markdown."""
    reading.preload()
    one(0)
    done = [one(seed) for seed in range(1, cases + 1)]
    steps = list(dict.fromkeys(step for case in done for step in case.cpu_ms))
    lines = ["| step | CPU ms, median |", "|---|---|"]
    for step in steps:
        lines.append(f"| {step} | {statistics.median(case.cpu_ms.get(step, 0.0) for case in done):.1f} |")
    totals = sorted(case.cpu_ms[_TOTAL] for case in done)
    verdicts = Counter(str(case.decision.verdict) for case in done)
    told = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common())
    return [*lines, "", f"{cases} cases: {told}; CPU {totals[0]:.0f} to {totals[-1]:.0f} ms a case."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=30)
    print("\n".join(table(parser.parse_args().cases)))


if __name__ == "__main__":
    main()
