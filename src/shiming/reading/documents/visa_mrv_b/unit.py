"""Visas of the small size, MRV-B (ICAO 9303 part 7)."""

from __future__ import annotations

from shiming.reading.documents import Part, Recognised, Side, Text, _beside, _zone
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

TYPE = "visa-mrv-b"
COUNTRY = None
SIDES: tuple[Side, ...] = ("front",)
VERSION = "2"
PRINTED: dict[Side, tuple[str, ...]] = {"front": _zone.ALWAYS}
PORTRAIT: Part | None = None


def recognise(text: Text) -> Recognised | None:
    """Its zone is its mark."""
    return _zone.recognised(text, TYPE, SIDES[0])


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What the zone says, and the day of issue beside it."""
    return {**_beside.fields(text), **_zone.fields(text)}


def sightings(text: Text, side: Side) -> dict[str, Field]:
    """The zone's facts as they are printed beside it."""
    return _beside.sightings(text)


def outline(text: Text, side: Side) -> Quad | None:
    """From the zone's place: size, its left edge and its last line's height in millimetres (ICAO 9303)."""
    return _zone.outline(text, (105.0, 74.0), 6.0, 9.5)
