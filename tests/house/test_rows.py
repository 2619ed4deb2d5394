"""``docs/programmes.md`` maps the requirement rows to tests: every row has one, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "programmes.md"
NUMBERED = {"A": 12, "B": 10, "C": 7, "D": 7, "E": 8}
LATER = {"E8"}
"""E8 (a number vouches for its holder) comes with a later issue and says so in the table."""
FURTHER = {"F1", "F2", "F5", "F6", "F8", "F9", "F10"}


def _table() -> dict[str, list[str]]:
    rows = re.findall(r"^\| ([A-F]\d+) \| (.*?) \|$", DOC.read_text("utf-8"), flags=re.MULTILINE)
    return {row: re.findall(r"`(test_\w+)`", tests) for row, tests in rows}


def _tests() -> set[str]:
    files = [*(ROOT / "tests" / "rows").glob("test_*.py"), *(ROOT / "tests" / "e2e").glob("test_*.py")]
    return {
        name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), flags=re.MULTILINE)
    }


def test_every_row_has_a_test() -> None:
    wanted = {f"{letter}{n}" for letter, last in NUMBERED.items() for n in range(1, last + 1)} | FURTHER
    told = _table()
    assert set(told) == wanted
    assert {row for row, tests in told.items() if not tests} == LATER


def test_every_test_that_is_named_is_there_and_none_of_a_row_is_left_out() -> None:
    told, there = _table(), _tests()
    named = {name for tests in told.values() for name in tests}
    assert named - there == set()
    of_rows = {name for name in there if re.match(r"test_([a-f]\d+_)+", name)}
    assert of_rows - named == set(), "add them to docs/programmes.md: python docs/rows.py writes the table"
