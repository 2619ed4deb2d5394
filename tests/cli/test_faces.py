"""``shiming faces``: how many faces are kept, and whether any programme has them looked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shiming.audit.work import Workspace
from shiming.cli import main
from shiming.platform.settings import Settings
from shiming.reading.models import find

pytestmark = pytest.mark.skipif(
    find("dlib-face-recognition-resnet-v1") is None, reason="no face model is here: run `python build_weights.py`"
)


def test_an_installation_that_never_had_it_says_that_it_is_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Workspace.open(Settings(data=tmp_path)).close()
    assert main(["faces", "--data", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["current"], told["waiting"], told["stale"], told["programmes"]) == (0, 0, 0, [])
    assert len(told["model_sha256"]) == 64
    assert main(["faces", "--data", str(tmp_path)]) == 0
    assert "no programme: off" in capsys.readouterr().out


def test_where_there_is_no_installation_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faces", "--data", str(tmp_path / "none"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "NO_INSTALLATION"
    assert not (tmp_path / "none").exists()
