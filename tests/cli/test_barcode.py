"""``shiming barcode`` as installed: pictures and texts, a JSON line a file in order, errors with their place, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from shiming.reading.documents._people import person
from shiming.reading.documents.us_driver_licence import sample

_WHO = person(21)
_F = zxingcpp.BarcodeFormat


def _run(*args: str) -> tuple[int, list[dict[str, Any]]]:
    program = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "barcode", "--json"]
    done = subprocess.run([*program, *args], capture_output=True, text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def _saved(folder: Path, name: str, *codes: tuple[Any, str]) -> str:
    made = [
        np.pad(np.asarray(zxingcpp.create_barcode(c, f).to_image(scale=4)), 40, constant_values=255) for f, c in codes
    ]
    picture = Image.new("L", (max(m.shape[1] for m in made), sum(m.shape[0] for m in made)), 255)
    top = 0
    for part in made:
        picture.paste(Image.fromarray(part), (0, top))
        top += part.shape[0]
    path = folder / name
    picture.save(path)
    return str(path)


def test_pictures_in_order_and_a_bad_one_never_ends_the_run(tmp_path: Path) -> None:
    files = [
        _saved(tmp_path, "licence.png", (_F.PDF417, sample.text(_WHO, 8))),
        str(tmp_path / "absent.png"),
        _saved(tmp_path, "sim.png", (_F.Code128, "89860012017300000001"), (_F.QRCode, "https://example.org")),
        _saved(tmp_path, "esim.png", (_F.QRCode, "LPA:1$smdp.example.com$A1-B2")),
        _saved(tmp_path, "link.png", (_F.QRCode, "https://example.org")),
        str(tmp_path / "blank.png"),
        str(tmp_path / "none.png"),
    ]
    (tmp_path / "none.png").write_bytes(b"no picture")
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    status, lines = _run(*files)
    assert status == 1
    assert [line["file"] for line in lines] == files
    assert [line["standard"] for line in lines] == ["aamva", None, "iccid", "lpa", None, None, None]
    assert [line["error"] and line["error"]["code"] for line in lines] == [
        None, "FILE_UNREADABLE", None, None, None, "BARCODE_NONE", "IMG_FORMAT"
    ]  # fmt: skip
    licence, _, sim, esim, link = lines[:5]
    assert (licence["symbology"], licence["version"], licence["jurisdiction"]) == ("PDF417", 8, None)
    assert licence["elements"]["DAQ"] == licence["fields"]["number"]["value"] == sample.number(_WHO)
    assert licence["fields"]["number"]["source"] == "barcode"
    assert len(licence["fields"]["number"]["box"]) == 4
    assert sim["number"]["value"] == "89860012017300000001"
    assert sim["number"]["kind"] == "iccid"
    assert [other["text"] for other in sim["others"]] == ["https://example.org"]
    assert esim["number"] == {
        "kind": "lpa", "value": "LPA:1$smdp.example.com$A1-B2", "valid": True, "reason": None,
        "details": {"smdp": "smdp.example.com", "matching_id": "A1-B2", "oid": None, "confirmation_code_required": False},
    }  # fmt: skip
    assert (link["symbology"], link["text"], link["number"]) == ("QR Code", "https://example.org", None)
    assert len({frozenset(line) for line in lines}) == 1, "every line has the same keys"


def test_texts(tmp_path: Path) -> None:
    good, cut, other = tmp_path / "good.txt", tmp_path / "cut.txt", tmp_path / "other.txt"
    good.write_text(sample.text(_WHO, 10).replace("\r", "\n"), "utf-8")
    cut.write_text(sample.text(_WHO, 10)[:21], "utf-8")
    other.write_text("a letter to my aunt", "utf-8")
    status, lines = _run("--text", str(good), str(cut), str(other))
    assert status == 1
    assert [line["error"] and line["error"]["code"] for line in lines] == [None, "AAMVA_FORMAT", "AAMVA_FORMAT"]
    assert lines[0]["symbology"] == "PDF417"
    assert lines[0]["fields"]["surname"] == {
        "value": _WHO.surname, "raw": _WHO.surname, "confidence": 1.0, "source": "barcode", "box": None
    }  # fmt: skip
    assert lines[1]["error"]["message"].startswith("at character 21: expected a subfile's entry")
    assert "at character 0: expected the file type" in lines[2]["error"]["message"]
    assert _run("--text", str(good))[0] == 0


def test_without_files_is_wrong_usage() -> None:
    assert _run()[0] == 2
