"""Document types, drop-in: every folder here with a ``unit.py`` is one.

A unit has ``TYPE`` (its name on every interface), ``COUNTRY`` (ISO 3166-1 alpha-2, or None where the document says it),
``SIDES``, ``VERSION`` (raised when its answer could change) and:

* ``recognise(text) -> Recognised | None``: is it this document, which side, how sure;
* ``parse(text, side) -> dict[str, Field]``: what stands on that side;
* ``PRINTED``: the names of the fields that stand on every such document, by side;
* ``PORTRAIT``: where the portrait stands on the front, None where that differs or there is none;
* ``outline(text, side) -> Quad | None``: the document's estimated outline in pixels of the page.

All take a :class:`Text`. Third parties add units by the entry point group ``shiming.documents``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Literal, Protocol, cast

from shiming.reading.vision.mrz_lines import Found
from shiming.reading.vision.ocr import Line, Quad
from shiming.reading.vision.page import Page
from shiming.registration.values import Field

Side = Literal["front", "back"]
Part = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of a document's outline."""


@dataclass(frozen=True, slots=True)
class Text:
    """All that was read on a level page: its lines, and its machine-readable zone where it has one."""

    page: Page
    lines: tuple[Line, ...]
    zone: Found | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which side of a unit's document a page shows, and how sure that is (0..1)."""

    side: Side
    confidence: float
    country: str | None


class Unit(Protocol):
    """What a unit's module offers."""

    TYPE: str
    COUNTRY: str | None
    SIDES: tuple[Side, ...]
    VERSION: str
    PRINTED: Mapping[Side, tuple[str, ...]]
    PORTRAIT: Part | None

    @staticmethod
    def recognise(text: Text) -> Recognised | None:
        """Whether the page shows this document."""

    @staticmethod
    def parse(text: Text, side: Side) -> dict[str, Field]:
        """The fields of a side, by their names on every interface."""

    @staticmethod
    def outline(text: Text, side: Side) -> Quad | None:
        """Where the document's edges should be, from where its print is; None when that cannot be told."""


@cache
def available() -> Mapping[str, Unit]:
    """Every unit by its type."""
    found: dict[str, Unit] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.ispkg and importlib.util.find_spec(f"{__name__}.{info.name}.unit"):
            unit = cast(Unit, importlib.import_module(f"{__name__}.{info.name}.unit"))
            found[unit.TYPE] = unit
    for entry in entry_points(group="shiming.documents"):
        found.setdefault(entry.name, cast(Unit, entry.load()))
    return found


def printed(kind: str, side: Side) -> tuple[str, ...]:
    """The fields that stand on every such side; none for an unknown type."""
    unit = available().get(kind)
    return unit.PRINTED.get(side, ()) if unit else ()
