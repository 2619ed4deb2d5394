"""``shiming read`` as installed: a JSON line a file in order, an error object for a bad one, exit status 1."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from shiming.reading.documents._people import person
from shiming.reading.documents.cn_resident_id import sample


def _run(*args: str) -> tuple[int, list[dict[str, object]]]:
    program = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "read", "--json"]
    done = subprocess.run([*program, *args], capture_output=True, text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_bad_file_never_ends_the_run(tmp_path: Path) -> None:
    someone = person(5)
    good, bad = tmp_path / "front.png", tmp_path / "bad.jpg"
    sample.draw(someone, Image.new("RGB", (400, 500), "grey"))["front"].save(good)
    bad.write_bytes(b"nothing of the kind")
    status, lines = _run(str(bad), str(tmp_path / "absent.jpg"), str(good))
    assert status == 1
    assert [line["file"] for line in lines] == [str(bad), str(tmp_path / "absent.jpg"), str(good)]
    assert [line["error"] and line["error"]["code"] for line in lines] == ["IMG_FORMAT", "FILE_UNREADABLE", None]  # type: ignore[index]
    read = lines[2]
    assert read["fields"]["number"]["value"] == someone.number  # type: ignore[index]
    assert read["document"]["type"] == "cn-resident-id"  # type: ignore[index]
    assert {"code", "outcome", "measure", "limit", "message"} == set(read["findings"][0])  # type: ignore[index]
    assert set(read) == {
        "file", "document", "fields", "mrz", "barcode", "quality", "findings", "error", "elapsed_ms"
    }  # fmt: skip


def test_an_unknown_type_is_wrong_usage(tmp_path: Path) -> None:
    assert _run("--document", "library-card", str(tmp_path / "x.jpg"))[0] == 2
