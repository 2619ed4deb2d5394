"""Document types, drop-in: every folder here with a ``unit.py`` is one.

A unit has ``TYPE`` (its name on every interface), ``COUNTRY`` (ISO 3166-1 alpha-2, or None where the document says it),
``SIDES``, ``VERSION`` (raised when its answer could change) and:

* ``recognise(text) -> Recognised | None``: is it this document, which side, how sure;
* ``parse(text, side) -> dict[str, Field]``: what stands on that side;
* ``PRINTED``: the names of the fields that stand on every such document, by side;
* ``PORTRAIT``: where the portrait stands on the front, None where that differs or there is none;
* ``outline(text, side) -> Quad | None``: the document's estimated outline in pixels of the page;
* ``RATIO``, if it has one: width by height of the document. A page on which its outline leans is then squared before parsing.

A unit that is read from a barcode says ``BARCODED = True``: where its document is expected, one is searched for by every means.
One whose document bears none says ``BARCODED = False``: where it is seen, nobody looks for any.

A unit that tells from a few lines where the rest of its print stands has ``wanted(text, quads, side) -> list[Quad]``: of the
lines on the page that nobody read yet (``quads``), those worth reading once its document is known by ``text``. The others are
read only when a field is missing then.

and, where a side bears facts twice, ``sightings(text, side) -> dict[str, Field]``: each as it stands the second time.

All take a :class:`Text`. Third parties add units by the entry point group ``shiming.documents``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Literal, Protocol, cast

from shiming.reading.vision.barcode import Symbol
from shiming.reading.vision.mrz_lines import Found
from shiming.reading.vision.ocr import Line, Quad
from shiming.reading.vision.page import Page
from shiming.registration.documents import OTHER
from shiming.registration.values import Field

GENERIC = OTHER
"""The type of what no unit of its own knows. What is read of it is a hint for a person: checks hold nothing against it."""
Side = Literal["front", "back"]
Part = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of a document's outline."""


@dataclass(frozen=True, slots=True)
class Text:
    """All that was read on a level page: its lines, its machine-readable zone and its barcodes where it has any."""

    page: Page
    lines: tuple[Line, ...]
    zone: Found | None = None
    barcodes: tuple[Symbol, ...] = ()


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


def sightings(unit: Unit, text: Text, side: Side) -> dict[str, Field]:
    """The facts that stand twice on this side, as they stand the second time; none for a unit that does not look."""
    look = getattr(unit, "sightings", None)
    return look(text, side) if look else {}


def wanted(unit: Unit, text: Text, quads: Sequence[Quad], side: Side) -> list[Quad]:
    """Of lines that were not read yet, those that the unit asks for: all for a unit that does not say."""
    ask = getattr(unit, "wanted", None)
    return ask(text, quads, side) if ask else list(quads)


def bears_none(unit: Unit) -> bool:
    """Whether a unit's document is known to bear no barcode."""
    return getattr(unit, "BARCODED", None) is False


def barcoded(kinds: Sequence[str]) -> bool:
    """Whether one of these documents is read from a barcode."""
    return any(getattr(available().get(kind), "BARCODED", False) for kind in kinds)
