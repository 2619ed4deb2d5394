"""The rules that keep the house so: each fails when it is broken."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "shiming"
BASEMENT = ("platform", "vault", "audit", "accounts")


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _place(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _is_store(path: Path) -> bool:
    return path.name == "store.py" or "store" in path.parent.parts[-1:]


def test_sql_lives_in_each_parts_store() -> None:
    allowed = ("platform/", "vault/", "audit/")
    wrong = [
        _place(path)
        for path in _modules()
        if not _is_store(path)
        and not _place(path).startswith(allowed)
        and any(name.startswith("sqlalchemy.") and not name.startswith("sqlalchemy.engine") for name in _imports(path))
    ]
    assert wrong == [], f"SQL outside a store.py: {wrong}; move the queries into the room's store"


def test_decryption_lives_in_the_vault() -> None:
    wrong = [
        _place(path)
        for path in _modules()
        if not _place(path).startswith("vault/")
        and any("AESGCM" in name or "hazmat.primitives.ciphers" in name for name in _imports(path))
    ]
    assert wrong == [], f"ciphers outside vault/: {wrong}"


def test_only_the_cores_store_touches_the_basement() -> None:
    wrong = []
    for path in (SOURCE / "registration").rglob("*.py"):
        touched = {name for name in _imports(path) if name.startswith(tuple(f"shiming.{b}" for b in BASEMENT))}
        if touched and not _place(path).startswith("registration/store/"):
            wrong.append((_place(path), sorted(touched)))
    assert wrong == []


def test_every_import_goes_down() -> None:
    """import-linter holds the contract; here it is seen to hold, and to be the one of the design."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]
    rooms = {room.strip() for layer in layers for room in layer.split("|")}
    folders = {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == rooms, f"a room without a floor, or a floor without a room: {folders ^ rooms}"


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_no_file_names_one_machine() -> None:
    wrong = []
    for path in _tracked():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        if re.search(r"(?<![\w.])/(work|farm)/[a-z]", text):
            wrong.append(path.relative_to(ROOT).as_posix())
    assert wrong == []


def test_no_tracked_file_is_large() -> None:
    large = [
        (p.relative_to(ROOT).as_posix(), p.stat().st_size)
        for p in _tracked()
        if p.exists() and p.stat().st_size > 1_000_000
    ]
    assert large == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("limits.toml")), ids=_place)
def test_every_limit_has_unit_and_origin(path: Path) -> None:
    for group, rows in tomllib.loads(path.read_text("utf-8")).items():
        for name, row in rows.items():
            assert {"value", "unit", "origin"} <= set(row), (
                f"{_place(path)}: {group}.{name} lacks value, unit or origin"
            )
