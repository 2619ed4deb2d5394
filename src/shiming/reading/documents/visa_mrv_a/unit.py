"""Visas of the large size, MRV-A (ICAO 9303 part 7)."""

from __future__ import annotations

from shiming.reading.documents import Part, Recognised, Side, Text, _zone
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "visa-mrv-a"
COUNTRY = None
SIDES: tuple[Side, ...] = ("front",)
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {"front": _zone.ALWAYS}
PORTRAIT: Part | None = None


def recognise(text: Text) -> Recognised | None:
    """Its zone is its mark."""
    return _zone.recognised(text, TYPE, SIDES[0])


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What the zone says."""
    return _zone.fields(text)


def outline(text: Text, side: Side) -> Quad | None:
    """From the zone's place: size, its left edge and its last line's height in millimetres (ICAO 9303)."""
    return _zone.outline(text, (120.0, 80.0), 4.5, 9.5)
