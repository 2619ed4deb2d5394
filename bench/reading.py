"""Reading measured, ours and what one could take instead, on the same pictures: ``make bench-reading``.

Draws the pictures that ``reading.toml`` describes (``reading_pictures.py``) and reads each with ``shiming read`` in this process.
The rivals read every so-many-th picture, each in a process and in an environment that the make target makes for them; one that is
missing is named and left out. Times are CPU times of one thread. The report goes to ``bench/results/reading.md`` and
``reading-reliability.svg``, the ten worst pictures to ``build/bench/worst``. With ``--tuning`` the people are those that may be
tuned on, and the report goes to standard output only.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import reading_pictures as drawing
import reading_score as score
import reading_zones as zones
from reading_score import Side

from shiming import reading
from shiming.cli import main as shiming
from shiming.reading import timing

_HERE = Path(__file__).resolve().parent
_RESULTS = _HERE / "results"
_BUILD = _HERE.parent / "build" / "bench"
_RIVALS = ("rapidocr", "rapidocr-v4")
_ZONE_RIVALS = ("passporteye", "tesseract")
_AMISS = ("fail", "warn", "unable")
_ALWAYS = "DOC_SPECIMEN_OR_TEMPLATE"
"""True of every drawn document and no word about any field: it must not excuse a wrong value."""
_BETWEEN = 10
"""Of the files of the long run, so many to one card side: 10,000 card sides would take three hours."""
_PROGRAM = (sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# Ours


def ours(path: Path) -> tuple[dict[str, Any], float, dict[str, float]]:
    """What ``shiming read --json`` prints of a picture, its CPU milliseconds, and those of its steps."""
    out = io.StringIO()
    start = time.process_time()
    with contextlib.redirect_stdout(out), timing.collect() as steps:
        shiming(["read", "--json", str(path)])
    return json.loads(out.getvalue()), (time.process_time() - start) * 1000, dict(steps)


def _side(picture: drawing.Picture, path: Path) -> Side:
    place = picture.name, picture.side, picture.case, picture.klass
    try:
        line, cpu, steps = ours(path)
    except Exception as failure:
        _say(f"{picture.name}: {type(failure).__name__}: {failure}")
        return Side(*place, score.judge(picture.truth, {}), 0.0, error=type(failure).__name__)
    found = tuple(f["code"] for f in line["findings"] if f["outcome"] in _AMISS and f["code"] != _ALWAYS)
    error = line["error"] and line["error"]["code"]
    return Side(*place, score.judge(picture.truth, line["fields"]), cpu, found, error, steps)


# Rivals


class Rival:
    """A rival in its own process; ``missing`` says why it is not there."""

    def __init__(self, name: str, python: Path | None) -> None:
        self.missing: str | None = None
        if python is None or not python.exists():
            self.missing = f"no environment at {python}; make bench-reading makes it"
            return
        program = [str(python), str(_HERE / "reading_rivals.py"), name]
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean
        )
        self.missing = self._answer().get("missing")

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return dict(json.loads(line)) if line else {"missing": "it ended", "error": "it ended", "cpu_ms": 0.0}

    def read(self, path: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{path}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"error": "it ended", "cpu_ms": 0.0}
        return self._answer()

    def close(self) -> None:
        if self.missing is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=60)


def _rivals(names: Sequence[str], python: Path | None) -> tuple[dict[str, Rival], list[str]]:
    """Those that are here, and a line on each that is not."""
    made = {name: Rival(name, python) for name in names}
    here = {name: rival for name, rival in made.items() if rival.missing is None}
    return here, [f"{name} is left out: {rival.missing}." for name, rival in made.items() if rival.missing is not None]


@dataclass(frozen=True, slots=True)
class Cards:
    """All sides as we read them, and the rivals' on every so-many-th of them, ours of those under ``shiming``."""

    all: list[Side]
    same: dict[str, list[Side]]
    left_out: list[str]


def cards(planned: drawing.Plan, every: int, python: Path | None) -> Cards:
    """Draws and reads; a picture is on disk only while it is read."""
    rivals, left_out = _rivals(_RIVALS, python)
    sides: list[Side] = []
    same: dict[str, list[Side]] = {"shiming": [], **{name: [] for name in rivals}}
    with tempfile.TemporaryDirectory() as folder:
        _warm(Path(folder), rivals)
        for at, picture in enumerate(drawing.draw(planned)):
            path = Path(folder) / picture.name
            path.write_bytes(picture.jpeg)
            sides.append(_side(picture, path))
            if at % every == 0:
                same["shiming"].append(sides[-1])
                for name, rival in rivals.items():
                    same[name].append(_rivals_side(picture, rival.read(path)))
            path.unlink()
            if at % 50 == 49:
                _say(f"{at + 1} of {len(planned)} sides")
    for rival in rivals.values():
        rival.close()
    return Cards(sides, same, left_out)


def _warm(folder: Path, rivals: dict[str, Rival]) -> None:
    """Everybody reads one picture that does not count: models load at the first."""
    reading.preload()
    for picture in drawing.draw([(1, "front", "scan"), (1, "back", "scan")]):
        path = folder / picture.name
        path.write_bytes(picture.jpeg)
        ours(path)
        for rival in rivals.values():
            rival.read(path)
        path.unlink()


def _rivals_side(picture: drawing.Picture, answer: dict[str, Any]) -> Side:
    judged = score.judge(picture.truth, answer.get("fields") or {})
    return Side(
        picture.name, picture.side, picture.case, picture.klass, judged, answer["cpu_ms"], error=answer["error"]
    )


# Zones


def zone_section(python: Path | None, seeds: Sequence[int], every: int) -> list[str]:
    """Specimens of the test data, if here, and drawn pages."""
    lines = ["## Machine-readable zones", ""]
    rivals, left_out = _rivals(_ZONE_RIVALS, python)
    lines += [*left_out, ""] if left_out else []
    folder = os.environ.get("SHIMING_TESTDATA")
    if folder:
        lines += _specimens(Path(folder) / "mrz", rivals)
    else:
        lines += ["Specimens: left out, SHIMING_TESTDATA is not set.", ""]
    lines += _drawn_zones(rivals, seeds, every)
    for rival in rivals.values():
        rival.close()
    return lines


def _specimens(folder: Path, rivals: dict[str, Rival]) -> list[str]:
    found: dict[str, list[zones.Zone]] = {"shiming": [], **{name: [] for name in rivals}}
    for path in zones.specimens(folder):
        _read_zone(found, rivals, path, str(path.relative_to(folder)), zones.printed(path))
    known = sum(z.known for z in found["shiming"])
    not_exact = [z.name for z in found["shiming"] if z.known and z.outcome not in zones.GOOD]
    return [
        f"### Public specimens ({known} of {len(found['shiming'])} with their print written down by eye)",
        "",
        *zones.summary(found),
        f"Not letter for letter: {', '.join(not_exact) or 'none'}.",
        "",
        *zones.every(found["shiming"]),
    ]


def _drawn_zones(rivals: dict[str, Rival], seeds: Sequence[int], every: int) -> list[str]:
    sides = drawing.zone_sides()
    planned = [p for p in drawing.plan(seeds, sides=sides) if drawing.case(p[2])["class"] != "beyond"]
    found: dict[str, list[zones.Zone]] = {"shiming": [], **{name: [] for name in rivals}}
    with tempfile.TemporaryDirectory() as folder:
        for at, picture in enumerate(drawing.draw(planned)):
            path = Path(folder) / picture.name
            path.write_bytes(picture.jpeg)
            printed = str(picture.truth["mrz"]).split("\n")
            _read_zone(found, rivals if at % every == 0 else {}, path, picture.name, printed)
            path.unlink()
    wrong = [z.name for z in found["shiming"] if z.outcome not in zones.GOOD]
    return [
        f"### Drawn pages ({', '.join(sides)}; clean and readable cases, rivals on every {every}th)",
        "",
        *zones.summary(found),
        f"Not letter for letter by us: {', '.join(wrong) or 'none'}.",
        "",
    ]


def _read_zone(
    found: dict[str, list[zones.Zone]], rivals: dict[str, Rival], path: Path, name: str, printed: list[str] | None
) -> None:
    line, cpu, _ = ours(path)
    found["shiming"].append(zones.judge(name, line["mrz"], printed, cpu))
    for rival_name, rival in rivals.items():
        answer = rival.read(path)
        found[rival_name].append(zones.judge(name, answer.get("zone"), printed, answer["cpu_ms"]))


# Barcodes' text


def aamva_section() -> list[str]:
    """AAMVA strings by ``shiming barcode --text``."""
    lines = ["## AAMVA strings", ""]
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        return [*lines, "Left out: SHIMING_TESTDATA is not set.", ""]
    files = sorted(p for p in (Path(folder) / "aamva-pdf417").rglob("*") if _is_aamva(p))
    done = subprocess.run(
        [*_PROGRAM, "barcode", "--text", "--json", *map(str, files)], capture_output=True, text=True, check=False
    )
    if done.returncode == 2 or not done.stdout:
        return [*lines, "Left out: this `shiming` has no `barcode --text`.", ""]
    rows = []
    for line in map(json.loads, done.stdout.splitlines()):
        outcome = line["error"]["message"] if line["error"] else f"{len(line['fields'])} fields"
        rows.append((Path(line["file"]).name, line.get("jurisdiction"), line.get("version"), outcome))
    return [*lines, *score.table(("file", "jurisdiction", "version", "outcome"), rows)]


def _is_aamva(path: Path) -> bool:
    return path.is_file() and b"ANSI " in path.read_bytes()[:40]


# The program: its first file and its memory


def program_section(files: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        (picture,) = drawing.draw([(1, "front", "phone 12 MP")])
        path = Path(folder) / picture.name
        path.write_bytes(picture.jpeg)
        first = min(_child_cpu([str(path)]) for _ in range(3))
        lines = [
            "## The program",
            "",
            f"First file (a 12 MP photo) in a fresh process, start to end: {first:.2f} s CPU (least of three runs).",
            "",
        ]
        if files:
            lines += _memory(Path(folder), files)
    return lines


def _child_cpu(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*_PROGRAM, "read", "--json", *arguments], stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def _memory(folder: Path, files: int) -> list[str]:
    """Resident memory while one process reads that many files: every tenth a card side, those between small or cut off."""
    cards = _written(folder, {picture.name: picture.jpeg for picture in drawing.draw(drawing.plan(range(1, 26)))})
    small = _written(folder, _small())
    named = [cards[i // _BETWEEN % len(cards)] if i % _BETWEEN == 0 else small[i % len(small)] for i in range(files)]
    child = subprocess.Popen([*_PROGRAM, "read", "--json", *named], stdout=subprocess.PIPE, text=True)
    marks: dict[int, int] = {}
    assert child.stdout is not None
    for at, _ in enumerate(child.stdout, 1):
        if at in (1, _BETWEEN * len(cards), *(files * i // 10 for i in range(1, 10)), files - 1):
            marks[at] = _resident(child.pid)
            _say(f"{at} of {files} files: {marks[at]} MB")
    child.wait()
    return [
        f"Resident memory of one process over {files} files: every {_BETWEEN}th is one of {len(cards)} card sides of all cases,",
        "again and again; of those between a third are pictures of 320 by 200 pixels, the others cut off, empty or no pictures:",
        "",
        *score.table(("files read", "MB"), sorted(marks.items())),
    ]


def _written(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in files]


def _small() -> dict[str, bytes]:
    plain = np.random.default_rng(1).integers(90, 110, (200, 320, 3), np.uint8)
    word = cv2.putText(plain.copy(), "READ", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (20, 20, 20), 3)
    pictures = {
        name: cv2.imencode(".jpg", image)[1].tobytes() for name, image in (("plain.jpg", plain), ("word.jpg", word))
    }
    halves = {f"half-{name}": data[: len(data) // 2] for name, data in pictures.items()}
    return {**pictures, **halves, "empty.jpg": b"", "text.jpg": b"no picture at all"}


def _resident(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) // 1024 for line in text.splitlines() if line.startswith("VmRSS"))


# The report


def _head(args: argparse.Namespace, found: Cards) -> list[str]:
    fonts_here, fonts_missing = drawing.fonts()
    counts = {name: len(sides) for name, sides in found.same.items()}
    people = "the people that may be tuned on" if args.tuning else "people nobody tuned on"
    lines = [
        "# Reading documents",
        "",
        "`make bench-reading`; pictures and classes: `bench/reading.toml`. Times are CPU times of one thread.",
        "",
        f"{len(found.all)} sides of made-up Chinese resident identity cards, {people}, read by `shiming read`; of these every "
        f"{args.every}th ({counts['shiming']}) also by the rivals. Fonts: {', '.join(fonts_here)}"
        + (f"; missing: {', '.join(fonts_missing)}." if fonts_missing else "."),
        "",
        "A field is exact when it is letter for letter what is printed. rapidocr (PP-OCR v6) and rapidocr-v4 run with their "
        "defaults, but one thread; their glue (`bench/reading_rivals.py`) levels the lines, tries the four quarter turns, "
        "groups rows, takes them apart by the printed labels and folds traditional characters. A finding is any that "
        "`shiming read` prints as fail, warn or unable.",
        "",
    ]
    return [*lines, *found.left_out, ""] if found.left_out else lines


def card_section(found: Cards) -> list[str]:
    counted = [s for s in found.all if s.klass != "beyond"]
    unsaid = score.surely_wrong(found.all)
    faults = [f"{s.name} ({s.error})" for s in found.all if s.error]
    flagged = {klass: [bool(s.found) for s in found.all if s.klass == klass] for klass in score.CLASSES}
    return [
        "## Chinese cards: fields",
        "",
        "All sides, ours:",
        "",
        *score.by_class({"shiming": found.all}),
        "The same pictures, all readers:",
        "",
        *score.by_class(found.same),
        "### Field by field (ours, all sides)",
        "",
        *score.by_field(counted),
        "### Case by case (ours on all sides, the others on theirs)",
        "",
        *score.by_case(found.all, {name: sides for name, sides in found.same.items() if name != "shiming"}),
        "## Confidence",
        "",
        f"Wrong, at {score.SURE:g} or more, without a finding: **{len(unsaid)}** fields in {len(found.all)} sides, all classes.",
        "",
        f"Clean and readable: {score.sure_share(score.values(counted))}. All: {score.sure_share(score.values(found.all))}.",
        "",
        "Pictures with a finding: "
        + ", ".join(f"{klass} {sum(hits)} of {len(hits)}" for klass, hits in flagged.items())
        + ".",
        "",
        *score.reliability_table(score.values(found.all)),
        "![share right over confidence](reading-reliability.svg)",
        "",
        f"Reader faults: {', '.join(faults) or 'none'}.",
        "",
        "## CPU",
        "",
        "On the same pictures:",
        "",
        *score.cpu(found.same),
        "Ours, by step, over all sides:",
        "",
        *score.steps(found.all),
    ]


def worst_section(found: Cards, planned: drawing.Plan) -> list[str]:
    """The ten worst, drawn again for whoever wants to look."""
    worst = score.worst(found.all)
    folder = _BUILD / "worst"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    by_name = {side.name: place for side, place in zip(found.all, planned, strict=True)}
    for picture in drawing.draw([by_name[side.name] for side in worst]):
        (folder / picture.name).write_bytes(picture.jpeg)
    return [
        "## The ten worst pictures",
        "",
        "First what is wrong, sure and without a finding, then wrong by confidence, then missing. The run leaves them in "
        "`build/bench/worst`.",
        "",
        *score.worst_table(worst),
    ]


def report(args: argparse.Namespace) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """The sections that were asked for, each with its name."""
    first = drawing.GRID["seeds"]["tuning" if args.tuning else "report"][0]
    planned = drawing.plan(range(first, first + -(-args.sides // 2)))[: args.sides]
    if not args.tuning:
        planned = drawing.for_report(args.sides)
    python = None if args.no_rivals else args.rivals

    def of_cards() -> list[str]:
        found = cards(planned, args.every, python)
        _keep_plot(found, _RESULTS if _for_keeps(args) else _BUILD)
        return [*_head(args, found), *card_section(found), *worst_section(found, planned)]

    yield "cards", of_cards
    yield "zones", lambda: zone_section(python, range(first, first + args.pages), args.every)
    yield "aamva", aamva_section
    yield "program", lambda: program_section(args.files)


def _for_keeps(args: argparse.Namespace) -> bool:
    return not (args.tuning or args.only)


def _keep_plot(found: Cards, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reading-reliability.svg").write_text(score.reliability_svg(score.values(found.all)), "utf-8")


SECTIONS = ("cards", "zones", "aamva", "program")


def main(argv: list[str] | None = None) -> int:
    """Runs the sections and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, default=1000, help="sides of Chinese cards")
    parser.add_argument("--every", type=int, default=11, help="the rivals read every so-many-th picture")
    parser.add_argument("--pages", type=int, default=30, help="people whose pages with a zone are drawn")
    parser.add_argument("--files", type=int, default=0, help="files read in one process to see its memory; 0: not seen")
    parser.add_argument("--rivals", type=Path, default=_BUILD / "venv/bin/python", help="the rivals' Python")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="some sections, to standard output only")
    parser.add_argument("--tuning", action="store_true", help="people that may be tuned on; to standard output only")
    args = parser.parse_args(argv)
    lines: list[str] = []
    for name, section in report(args):
        if args.only and name not in args.only:
            continue
        _say(f"{name} ...")
        lines += section()
    text = "\n".join(lines).rstrip() + "\n"
    if _for_keeps(args):
        (_RESULTS / "reading.md").write_text(text, "utf-8")
        _say("bench/results/reading.md")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
