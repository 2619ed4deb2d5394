"""``shiming read`` on files that mean harm, or are no pictures at all: an answer for each, in bounded time and memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from shiming.intake.pictures import limits
from shiming.reading.documents._drawing import font
from shiming.registration.reasons import catalogue

_PROGRAM = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "read", "--json"]
_SECONDS, _MB = 3.0, 300.0
_PAGE_SECONDS = 4.5
_NO_PICTURES = {
    ".pdf", ".svg", ".svgz", ".tif", ".gif", ".bmp", ".ico", ".jp2", ".psd", ".tga", ".fli", ".msp", ".ppm", ".gpl", ".spider",
    ".markdown",
}  # fmt: skip


@pytest.mark.testdata
@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="needs SHIMING_TESTDATA")
def test_every_hostile_file_gets_one_line_in_bounded_time_and_memory() -> None:
    folder = Path(os.environ["SHIMING_TESTDATA"]) / "hostile-images"
    files = sorted(str(p) for p in folder.rglob("*") if p.is_file())
    assert len(files) > 100
    done = subprocess.run([sys.executable, "-m", "tests.cli._reading", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == files
    assert not [line for line in lines if line["error"] and line["error"]["code"] not in catalogue()]
    assert not [line for line in lines if line["error"] and line["error"]["code"] == "SERVICE_UNAVAILABLE"]
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert len(told) == len(files)
    assert not [row for row in told if row["cpu"] > _SECONDS * row["slowness"]]
    # Above the worker as it was before the first of them: what one leaves behind counts for all that follow.
    assert max(row["peak"] for row in told) - told[0]["resting"] <= _MB
    wrong = [line["file"] for line in lines if _suffix(line) in _NO_PICTURES and _code(line) != "IMG_FORMAT"]
    assert not wrong
    # Some of them are good pictures under odd headers, and those are read.
    assert sum(line["error"] is None for line in lines) > 40


def _suffix(line: dict[str, Any]) -> str:
    return Path(line["file"]).suffix.lower()


def _code(line: dict[str, Any]) -> str | None:
    return str(line["error"]["code"]) if line["error"] else None


def test_a_huge_file_is_never_taken_whole(tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(8 << 30)  # of holes: it takes no room
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh", *_PROGRAM, str(huge)], capture_output=True
    )
    assert json.loads(done.stdout)["error"]["code"] == "IMG_TOO_LARGE", done.stderr[-2000:]
    assert done.returncode == 1
    assert huge.stat().st_size > 100 * limits()["bytes"]


def test_folders_absent_files_and_odd_names_have_a_line_each(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xe4\xf6.jpg"
    Path(os.fsdecode(odd)).write_bytes(b"")
    arguments = [os.fsencode(tmp_path), odd, os.fsencode(tmp_path / "absent.jpg")]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*_PROGRAM, *arguments], capture_output=True, env=environment)
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert done.returncode == 1
    assert [line["error"]["code"] for line in lines] == ["FILE_UNREADABLE", "IMG_EMPTY", "FILE_UNREADABLE"]
    assert lines[1]["file"] == os.fsdecode(odd)
    assert done.stderr == b""


def _print(path: Path, size: int, words: list[str], across: int) -> Path:
    """A page full of print that a document might bear."""
    page = Image.new("RGB", (2400, 1800), "white")
    pen, rng = ImageDraw.Draw(page), random.Random(1)
    for y in range(5, 1800 - size, size + 8):
        pen.text((5, y), "  ".join(rng.choice(words) for _ in range(across)), fill="black", font=font(size))
    page.save(path, quality=85)
    return path


def test_pages_full_of_print_take_bounded_time(tmp_path: Path) -> None:
    labels = ["姓名", "性别男", "民族汉", "出生1990年1月2日", "住址", "公民身份号码441302201312073305", "签发机关"]
    pages = [
        _print(tmp_path / "labels.jpg", 34, labels, 6),
        _print(tmp_path / "zones.jpg", 38, ["P<UTOERIKSSON<<ANNA<MARIA<<<<", "L898902C36UTO7408122F1204159"], 4),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli._reading", *map(str, pages)], capture_output=True, text=True
    )
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert len(told) == len(pages)
    assert not [row for row in told if row["cpu"] > _PAGE_SECONDS * row["slowness"]]
    assert not [row for row in told if row["peak"] - row["resting"] > 1.5 * _MB]
