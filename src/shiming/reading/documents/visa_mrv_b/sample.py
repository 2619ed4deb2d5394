"""Draws a visa of the small size, MRV-B, of Utopia: portrait, print and zone on one side."""

from __future__ import annotations

from PIL import Image

from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._zone_drawing import expiry, millimetres, visa, zone

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "mrz", "person"]

SIZE = millimetres(105, 74)


def mrz(person: SamplePerson) -> tuple[str, ...]:
    """Both lines of the zone, every check digit right."""
    return zone("MRV-B", "V", person)


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """The side, RGB, at 300 dots an inch. Raises ``ValueError`` naming characters the carried font lacks."""
    return {"front": visa(person, portrait, mrz(person), SIZE, 74)}
