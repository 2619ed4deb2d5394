"""``shiming read`` over many files: the first within 4 s of CPU, a line before the next file is read, memory that stays."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from shiming.reading.documents._people import person
from shiming.reading.documents.cn_resident_id import sample
from tests.cli._pace import slowness

_PROGRAM = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "read", "--json"]
_FIRST_SECONDS = 4.0
_MANY, _WARM = 200, 60
_GROWTH_MB = 8.0
"""What the allocator may still move between the files; a leak of one small picture a file would be 30 MB."""
_TICKS = os.sysconf("SC_CLK_TCK")


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _small_pictures() -> list[bytes]:
    """Cheap ones of each format, with a line of text and without."""
    plain = Image.effect_noise((320, 240), 40).convert("RGB")
    written = Image.new("RGB", (320, 200), "white")
    ImageDraw.Draw(written).text((20, 80), "READ ME 2026", fill="black", font_size=28)
    return [_encoded(image, kind) for image in (plain, written) for kind in ("JPEG", "PNG", "WEBP")] + [b"no picture"]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS:"))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A card, a pipe that nobody has written to yet, many small pictures, and another such pipe."""
    card = tmp_path / "card.jpg"
    portrait = Image.new("RGB", (400, 500), "grey")
    card.write_bytes(_encoded(sample.draw(person(8), portrait)["front"], "JPEG"))
    pipes = [tmp_path / "second.jpg", tmp_path / "last.jpg"]
    for pipe in pipes:
        os.mkfifo(pipe)
    kinds = _small_pictures()
    many = [tmp_path / f"{i}.jpg" for i in range(_MANY)]
    for i, path in enumerate(many):
        path.write_bytes(kinds[i % len(kinds)])
    return [card, pipes[0], *many, pipes[1]]


def test_many_files_stream_in_constant_memory(files: list[Path]) -> None:
    child = subprocess.Popen([*_PROGRAM, *map(str, files)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    # The program stands before the pipe now, and the first line is here.
    assert first["file"] == str(files[0])
    assert first["fields"]["number"]["value"] == person(8).number
    assert _cpu_seconds(child.pid) <= _FIRST_SECONDS * slowness()
    files[1].write_bytes(_small_pictures()[0])
    second = json.loads(child.stdout.readline())
    assert second["file"] == str(files[1])
    assert second["error"] is None
    resting = 0.0
    for at, path in enumerate(files[2:-1]):
        line = json.loads(child.stdout.readline())
        assert line["file"] == str(path)
        if at == _WARM:
            resting = _resident_mb(child.pid)
    grown = _resident_mb(child.pid) - resting
    files[-1].write_bytes(b"")
    assert json.loads(child.stdout.readline())["error"]["code"] == "IMG_EMPTY"
    assert child.stdout.read() == ""
    assert child.wait(timeout=60) == 1
    assert grown < _GROWTH_MB
