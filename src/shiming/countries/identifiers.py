"""National identifiers of every country, by kind (``cn-resident-id``)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal

from shiming.countries.policy import packages

Fault = Literal["length", "format", "checksum", "date", "region"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier looked at. ``value`` is normalised; ``fault`` says what is wrong, None when it is valid.

    ``details`` are what the number itself tells (``date_of_birth``, ``sex``, ``region`` ...).
    """

    kind: str
    value: str
    fault: Fault | None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the number can be a real one. Whether it was given to anybody no checksum tells."""
        return self.fault is None


Reader = Callable[[str, date], Identifier]
"""``reader(text, today)``: looks at a number; dates after ``today`` are no dates of birth."""


@cache
def kinds() -> Mapping[str, Reader]:
    """The reader of every kind of national identifier."""
    found: dict[str, Reader] = {}
    for module in packages().values():
        name = f"{module.__name__}.identifiers"
        if importlib.util.find_spec(name) is not None:
            found.update(importlib.import_module(name).KINDS)
    return found


def identify(kind: str, text: str, today: date) -> Identifier:
    """Looks at a number of that kind. Raises ``KeyError`` naming the kinds there are."""
    try:
        reader = kinds()[kind]
    except KeyError:
        raise KeyError(f"no kind {kind!r} of national identifier; there are {', '.join(sorted(kinds()))}") from None
    return reader(text, today)
