"""Writes the table of requirement rows and their tests in docs/programmes.md from the names of the tests.

python docs/rows.py
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "programmes.md"
BROWSER = {
    row: ["test_in_chinese_on_a_phone_with_its_camera"] for row in ("A1", "A3", "A5", "A6", "A7", "A8", "A9", "A12")
} | {"A10": ["test_in_english_with_the_keyboard_only"]}
"""What the browser tests do on their way; their names tell no row."""
LATER = {"E8": "wallets and CAMARA: a later issue"}


def table() -> str:
    """The table, a line a row."""
    rows: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests" / "rows").glob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), flags=re.MULTILINE):
            numbered = re.match(r"test_((?:[a-f]\d+_)+)", name)
            for row in numbered.group(1).strip("_").upper().split("_") if numbered else ():
                rows[row].append(name)
    for row, names in BROWSER.items():
        rows[row] += names
    rows |= {row: [] for row in LATER}
    lines = ["| row | tests |", "|---|---|"]
    for row in sorted(rows, key=lambda row: (row[0], int(row[1:]))):
        told = " ".join(f"`{name}`" for name in rows[row]) or f"({LATER[row]})"
        lines.append(f"| {row} | {told} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = DOC.read_text("utf-8")
    head = text.split("| row | tests |", 1)[0]
    DOC.write_text(head + table(), "utf-8")
    print(f"wrote {DOC.relative_to(ROOT)}")
