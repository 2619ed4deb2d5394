"""Every bench, one after the other: ``python bench/run.py [NAME ...]``; tables go to ``bench/results/NAME.md``.

``faces`` (also ``make bench-faces``) and ``face_quality`` need the specimens (``SHIMING_TESTDATA``); ``faces`` measures each
face model that is here (``SHIMING_MODELS``, or fetched).
What is not there is skipped, and said. Reading is measured by ``make bench-reading``, beside its rivals.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_RESULTS = _HERE / "results"
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Skipped(Exception):  # noqa: N818 - an answer, not a fault
    """This bench cannot run here; says why."""


def _testdata() -> Path:
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        raise Skipped("SHIMING_TESTDATA is not set; it names the folder of the specimens")
    return Path(folder)


def verify_cpu() -> Iterator[str]:
    import verify_cpu as bench

    yield from ["# CPU of one `shiming verify`", "", "`python bench/run.py verify_cpu`", ""]
    yield from bench.table(30)


def portraits() -> Iterator[str]:
    import portraits as bench

    yield from ["# Portraits on cards lying any way", "", "`python bench/run.py portraits`", ""]
    yield from bench.table(30)
    yield from ["", "## Human or not", ""]
    yield from bench.not_human()


def faces() -> Iterator[str]:
    import faces as bench
    import faces_report
    from faces_templates import Pictures

    yield from faces_report.text(bench.run(Pictures.of(_testdata() / "faces" / "lfw")))


def face_quality() -> Iterator[str]:
    import face_quality as bench

    _testdata()
    yield from ["# What is said of selfies", "", "`SHIMING_TESTDATA=... python bench/run.py face_quality`", ""]
    yield from bench.table(4)


def signals() -> Iterator[str]:
    import signals as bench

    yield from ["# Signals of quality and authenticity", "", "`SHIMING_TESTDATA=... python bench/run.py signals`", ""]
    yield from bench.table(bench.report_seeds(30))


def intake_limits() -> Iterator[str]:
    import intake_limits as bench

    yield from ["# Pictures near the intake limits", "", "`python bench/run.py intake_limits`", ""]
    yield from bench.table()


def card_deadlines() -> Iterator[str]:
    import card_deadlines as bench

    yield from ["# A year of a million cards' deadlines", "", "`python bench/run.py card_deadlines`", ""]
    yield from bench.table(1_000_000)


def iot_batch() -> Iterator[str]:
    import iot_batch as bench

    yield from ["# Long lists: batches, rosters, imports (SQLite)", "", "`python bench/run.py iot_batch`", ""]
    yield from bench.table()


def attacks() -> Iterator[str]:
    import attacks as bench

    yield from bench.report(_testdata() / "faces" / "lfw")


_BENCHES: dict[str, Callable[[], Iterator[str]]] = {
    "intake_limits": intake_limits,
    "verify_cpu": verify_cpu,
    "portraits": portraits,
    "signals": signals,
    "faces": faces,
    "attacks": attacks,
    "face_quality": face_quality,
    "iot_batch": iot_batch,
    "card_deadlines": card_deadlines,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(_BENCHES)}; all by default"
    )
    names = parser.parse_args().names or list(_BENCHES)
    unknown = sorted(set(names) - set(_BENCHES))
    if unknown:
        parser.error(f"expected names of {', '.join(_BENCHES)}, got {', '.join(unknown)}")
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    _RESULTS.mkdir(exist_ok=True)
    for name in names:
        start = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            text = "\n".join(_BENCHES[name]())
        except Skipped as why:
            print(f"{name}: skipped: {why}", file=sys.stderr, flush=True)
            continue
        (_RESULTS / f"{name}.md").write_text(text.rstrip() + "\n", "utf-8")
        print(f"{name}: {time.monotonic() - start:.0f} s, bench/results/{name}.md", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
