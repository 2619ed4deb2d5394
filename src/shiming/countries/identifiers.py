"""National identifiers by kind (``cn-resident-id``, ``es-dni``): a country's own readers, its declared forms, python-stdnum's.

A kind is named by country and document. Where more than one source knows a kind, the first of these three answers.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import ModuleType
from typing import Any, Literal

from shiming.countries.policy import packages
from shiming.registration.documents import document_kinds

Fault = Literal["length", "format", "checksum", "date", "region", "component"]
"""``component``: a part that stands for something (a district, a kind of taxpayer) stands for nothing."""


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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier: its name, whose it is (ISO 3166-1 alpha-2, ``EU``), its reader, and what it is called."""

    name: str
    country: str
    read: Reader
    titled: Callable[[], str]

    @property
    def title(self) -> str:
        """What the number is called where it is used. Found when asked: two hundred modules say theirs themselves."""
        return self.titled()


@cache
def catalogue() -> Mapping[str, Kind]:
    """Every kind of national identifier by name, in alphabetical order."""
    from shiming.countries import declared_numbers, standard_numbers

    found: dict[str, Kind] = {}
    for code, module in packages().items():
        name = f"{module.__name__}.identifiers"
        if importlib.util.find_spec(name) is not None:
            own = importlib.import_module(name)
            for kind, reader in own.KINDS.items():
                found.setdefault(kind, Kind(kind, code, reader, _said(own, kind)))
    for code, module in packages().items():
        for declared in declared_numbers.of(module.__name__):
            found.setdefault(declared.kind, Kind(declared.kind, code, declared.read, declared.titled))
    for standard in standard_numbers.found():
        found.setdefault(standard.kind, Kind(standard.kind, standard.country, standard.read, standard.titled))
    for alias, kind in standard_numbers.aliases().items():
        found.setdefault(alias, _under(alias, found[kind]))
    return dict(sorted(found.items()))


def _under(alias: str, kind: Kind) -> Kind:
    def read(text: str, today: date) -> Identifier:
        looked = kind.read(text, today)
        return Identifier(alias, looked.value, looked.fault, looked.details)

    return Kind(alias, kind.country, read, kind.titled)


def _said(module: ModuleType, kind: str) -> Callable[[], str]:
    titles: Mapping[str, str] = module.TITLES
    return lambda: titles[kind]


@cache
def kinds() -> Mapping[str, Reader]:
    """The reader of every kind of national identifier."""
    return {name: kind.read for name, kind in catalogue().items()}


def of_document(document: str | None) -> str | None:
    """The kind of identifier that a document's number is; None where no country knows one."""
    kind = document_kinds().get(document or "")
    name = kind.number if kind and kind.number else document
    return name if name in kinds() else None


def identify(kind: str, text: str, today: date) -> Identifier:
    """Looks at a number of that kind. Raises ``KeyError`` naming the kinds there are."""
    try:
        reader = kinds()[kind]
    except KeyError:
        raise KeyError(f"no kind {kind!r} of national identifier; there are {', '.join(sorted(kinds()))}") from None
    return reader(text, today)
