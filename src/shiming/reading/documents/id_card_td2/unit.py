"""Cards of size TD2 (ICAO 9303 part 6)."""

from __future__ import annotations

from shiming.reading.documents import Recognised, Side, Text, _zone
from shiming.registration.values import Field

TYPE = "id-card-td2"
COUNTRY = None
SIDES: tuple[Side, ...] = ("front",)
VERSION = "1"


def recognise(text: Text) -> Recognised | None:
    """Its zone is its mark."""
    return _zone.recognised(text, TYPE, SIDES[0])


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What the zone says."""
    return _zone.fields(text)
