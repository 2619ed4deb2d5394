"""The wheel carries the built web assets, the models and the texts, and puts ``shiming`` on PATH."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # What `make` built is there already; the hook finds it fresh and leaves it.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_it_carries_what_was_built(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "shiming/web/static/dist/manifest.json",
        "shiming/web/static/dist/THIRD_PARTY.txt",
        "shiming/reading/vision/weights/face_landmark.tflite",
        "shiming/reading/vision/weights/ch_PP-OCRv4_rec_infer.onnx",
        "shiming/reading/vision/weights/NOTICE",
        "shiming/registration/reasons.toml",
        "shiming/registration/locale/zh_CN.po",
        "shiming/programmes/carrier-5g.toml",
        "shiming/platform/migrations/versions/0001_all_tables.py",
    ):
        assert wanted in names
    assert not [name for name in names if "68" in name and name.endswith(".dat")], "the barred 68-point file"
    assert not [name for name in names if "node_modules" in name or name.startswith("tests/")]


def test_it_puts_shiming_on_path(wheel: Path, tmp_path: Path) -> None:
    installer = Path(sys.executable).with_name("uv")
    command = [str(installer), "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), str(wheel)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "VIRTUAL_ENV": sys.prefix})
    done = subprocess.run(
        [str(tmp_path / "bin" / "shiming"), "number", "iccid", "8986001234567890120"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
