"""What a country's law says of its documents: how long they are valid."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.countries.policy import packages


@dataclass(frozen=True, slots=True)
class Validity:
    """A document issued to people of these ages (whole years, both ends included) is valid that long; 0 = without end."""

    from_age: int
    to_age: int
    years: int = 0
    months: int = 0
    """For documents that are valid for less than a year; ``years`` is then 0."""

    @property
    def length(self) -> float:
        """Years, in twelfths."""
        return self.years + self.months / 12


def months_later(day: date, months: int) -> date:
    """The same day some months on; the first of the month after where there is none (29 February, 31 April)."""
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return date(day.year + years, month + 1, day.day)
    except ValueError:
        return date(day.year + years, month + 2, 1)


@cache
def validity(document: str) -> tuple[Validity, ...]:
    """The periods of validity of a document type; empty where no country states them."""
    for module in packages().values():
        path = files(module).joinpath("documents.toml")
        if path.is_file():
            data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
            if document in data:
                return tuple(Validity(**row) for row in data[document]["validity"])
    return ()
