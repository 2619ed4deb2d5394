"""Built files: found by the manifest, read again after a build, told when missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from shiming.web.assets import DIST, AssetMissing, Assets


def test_a_source_leads_to_its_hashed_file(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"entries/main.ts": "main-AAAAAAAA.js"}), "utf-8")
    assets = Assets(tmp_path)
    assert assets.url("entries/main.ts") == "/static/main-AAAAAAAA.js"
    manifest.write_text(json.dumps({"entries/main.ts": "main-BBBBBBBB.js"}), "utf-8")
    os.utime(manifest, ns=(1, 1))
    assert assets.url("entries/main.ts") == "/static/main-BBBBBBBB.js"


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match=r"python hatch_build\.py"):
        Assets(tmp_path).url("entries/main.ts")


def test_what_was_built_is_whole() -> None:
    manifest = DIST / "manifest.json"
    if not manifest.is_file():
        pytest.skip("web assets are not built; run `python hatch_build.py`")
    names = json.loads(manifest.read_text("utf-8"))
    for source in ("entries/main.ts", "entries/main.css", "islands/camera-doc.tsx", "islands/upload-queue.ts"):
        assert (DIST / names[source]).stat().st_size > 0
    notice = (DIST / "THIRD_PARTY.txt").read_text("utf-8")
    assert "preact" in notice
    assert "GPL" not in notice
