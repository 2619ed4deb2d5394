"""Cards of size TD1, by the zone on their back (ICAO 9303 part 5)."""

from __future__ import annotations

from shiming.reading.documents import Recognised, Side, Text, _zone
from shiming.registration.values import Field

TYPE = "id-card-td1"
COUNTRY = None
SIDES: tuple[Side, ...] = ("back",)
VERSION = "1"


def recognise(text: Text) -> Recognised | None:
    """Its zone is its mark."""
    return _zone.recognised(text, TYPE, SIDES[0])


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What the zone says."""
    return _zone.fields(text)
