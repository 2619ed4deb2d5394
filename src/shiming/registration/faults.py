"""Mistakes in a data file: where, what was expected and what came, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_CURES = {
    "missing": "add this key",
    "extra_forbidden": "remove it, or correct its spelling",
    "literal_error": "use one of the values named",
    "string_type": "write it in quotes",
    "int_type": "write a whole number without quotes",
    "bool_type": "write true or false without quotes",
    "list_type": 'write a list: ["a", "b"]',
    "tuple_type": 'write a list: ["a", "b"]',
    "greater_than_equal": "raise it",
    "less_than_equal": "lower it",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a file of data. ``line`` 0 = not in the file."""

    key: str
    line: int
    message: str
    cure: str

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{self.key}: {self.message}; {self.cure}"


def fault_of(text: str, row: Any, path: Sequence[str] = ()) -> Fault:
    """The fault that one of pydantic's errors tells of. ``path`` leads to what was validated."""
    keys = [*path, *(str(part) for part in row["loc"])]
    message = row["msg"].removeprefix("Value error, ")
    if row["type"] not in ("missing", "value_error"):
        message += f", got {row['input']!r}"
    return Fault(".".join(keys), line_of(text, keys), message, _CURES.get(row["type"], "correct the value"))


def line_of(text: str, path: Sequence[str]) -> int:
    """The line of the deepest key of the path that stands in the text, as a key or as a quoted name; 0 when none does."""
    words = [part for part in path if not part.isdigit()]
    for word in reversed(words):
        pattern = re.compile(rf"^\s*(\[+[\w.-]*\b)?[\"']?{re.escape(word)}[\"']?\s*[=\].]")
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.match(line):
                return number
    quoted = f'"{words[-1]}"' if words else ""
    return next((n for n, line in enumerate(text.splitlines(), start=1) if quoted and quoted in line), 0)
