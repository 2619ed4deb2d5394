"""National numbers that are told apart by form alone: declared in a country's ``numbers.toml``, without code.

A kind has ``called`` (its name where it is used), ``pattern`` (a regular expression over the number without its
``separators``), ``lengths`` (numbers of characters it can have) and ``origin`` (where the form is from); it may have
``check = "luhn"``, ``separators`` (characters that do not matter) and ``sex`` (a character of the group ``sex`` -> M or F).
Groups named ``yyyy``, ``mm``, ``dd`` are a date of birth. Where no check digit is published the details say
``checked: form``: a wrong digit then passes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from stdnum import luhn

from shiming.countries.identifiers import Fault, Identifier

_WIDE = str.maketrans("０１２３４５６７８９（）－", "0123456789()-")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared kind of number. ``lengths`` are those that its pattern can have."""

    kind: str
    title: str
    pattern: re.Pattern[str]
    lengths: frozenset[int]
    separators: str
    check: str | None
    sex: Mapping[str, str]

    def titled(self) -> str:
        """What the number is called."""
        return self.title

    def read(self, text: str, today: date) -> Identifier:
        """Looks at a number. Raises nothing: nonsense has a fault."""
        value = "".join(c for c in text.translate(_WIDE).upper() if c not in self.separators and not c.isspace())
        if value and len(value) not in self.lengths and re.fullmatch("[A-Z0-9]+", value):
            return Identifier(self.kind, value, "length")
        match = self.pattern.fullmatch(value)
        if match is None or not value.strip("0"):
            return Identifier(self.kind, value, "format")
        if self.check == "luhn" and not luhn.is_valid(value):
            return Identifier(self.kind, value, "checksum")
        details = {"checked": "check-digit" if self.check else "form", **self._told(match)}
        return Identifier(self.kind, value, _date_fault(match, today), details)

    def _told(self, match: re.Match[str]) -> dict[str, Any]:
        parts = match.groupdict()
        details: dict[str, Any] = {}
        if parts.get("yyyy") and parts.get("mm"):
            details["date_of_birth"] = f"{parts['yyyy']}-{parts['mm']}-{parts['dd']}"
        elif parts.get("yyyy"):
            details["year_of_birth"] = int(parts["yyyy"])
        if parts.get("sex"):
            details["sex"] = self.sex[parts["sex"]]
        return details


def of(package: str) -> Iterator[Declared]:
    """The kinds that a country's package declares; none where it has no ``numbers.toml``."""
    path = files(package).joinpath("numbers.toml")
    if not path.is_file():
        return
    for kind, says in tomllib.loads(path.read_text("utf-8")).items():
        yield Declared(
            kind,
            says["called"],
            re.compile(says["pattern"]),
            frozenset(says["lengths"]),
            says.get("separators", "-. "),
            says.get("check"),
            says.get("sex", {}),
        )


def _date_fault(match: re.Match[str], today: date) -> Fault | None:
    parts = match.groupdict()
    if not parts.get("yyyy"):
        return None
    try:
        born = date(int(parts["yyyy"]), int(parts.get("mm") or 1), int(parts.get("dd") or 1))
    except ValueError:
        return "date"
    return "date" if born > today else None
