"""Every bench, one after the other: ``python bench/run.py [NAME ...]``; tables go to ``bench/results/NAME.md``.

``passports`` and ``faces`` need the specimens (``SHIMING_TESTDATA``); ``faces`` measures each face model that is here
(``SHIMING_MODELS``, or fetched). What is not there is skipped, and said.
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


def passports() -> Iterator[str]:
    import read_passports as bench

    folder = _testdata() / "mrz"
    yield from [
        "# Passports and other machine-readable zones",
        "",
        "`SHIMING_TESTDATA=... python bench/run.py passports`",
        "",
    ]
    yield from bench.table(list(bench.rows(folder)))


def faces() -> Iterator[str]:
    import faces as bench

    from shiming.reading.models import find
    from shiming.reading.vision.face_template import embedder

    root = _testdata() / "faces" / "lfw"
    pairs = [line.split("\t") for line in (root / "pairs.tsv").read_text("utf-8").splitlines()]
    names = sorted({name for a, b, _ in pairs for name in (a, b)})
    yield from [
        "# Face comparison on Labeled Faces in the Wild",
        "",
        "`SHIMING_TESTDATA=... python bench/run.py faces`",
        "",
    ]
    for model in ("face-reidentification-retail-0095", "dlib-face-recognition-resnet-v1"):
        if find(model) is None:
            yield f"{model}: not here, skipped."
            continue
        yield from _face_rows(bench.errors(root, names, pairs, embedder(model)))


def _face_rows(found: dict[str, object]) -> Iterator[str]:
    yield f"## {found['model']}"
    yield ""
    yield "| false-match rate | similarity | false-non-match rate |"
    yield "|---|---|---|"
    rates = found["rates"]
    assert isinstance(rates, list)
    for rate in rates:
        yield f"| {rate['false_match_rate']:g} | {rate['similarity']} | {rate['false_non_match_rate']} |"
    yield ""
    yield (
        f"{found['pictures']} pictures, {found['genuine']} genuine and {found['impostors']} impostor pairs; "
        f"{found['pairs']} listed pairs: {found['pair_accuracy_best_threshold']} right at the best threshold; "
        f"{found['cpu_ms_per_picture']} ms CPU a picture."
    )
    yield ""


def intake_limits() -> Iterator[str]:
    import intake_limits as bench

    yield from ["# Pictures near the intake limits", "", "`python bench/run.py intake_limits`", ""]
    yield from bench.table()


_BENCHES: dict[str, Callable[[], Iterator[str]]] = {
    "intake_limits": intake_limits,
    "verify_cpu": verify_cpu,
    "portraits": portraits,
    "passports": passports,
    "faces": faces,
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
