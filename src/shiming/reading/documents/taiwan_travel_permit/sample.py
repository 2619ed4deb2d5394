"""Draws a mainland travel permit of a made-up person from Taiwan: own drawing, no emblem, marked as a specimen.

Where the entries stand is our own layout; which there are is that of the cards of 2015.
"""

from __future__ import annotations

from PIL import Image

from shiming.reading.documents import _permit_drawing as drawing
from shiming.reading.documents._chinese_drawing import SIZE
from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._permit_drawing import Permit

__all__ = ["SIZE", "SamplePerson", "draw", "permit", "person"]


def permit(person: SamplePerson) -> Permit:
    """What stands on the person's permit."""
    digits = person.passport_number[1:9]
    return Permit(
        person,
        digits,
        "台湾居民来往大陆通行证",
        "MAINLAND TRAVEL PERMIT FOR TAIWAN RESIDENTS",
        "CT",
        f"A{'1' if person.sex == 'M' else '2'}{digits}",
        "台湾身份证号码",
        place=drawing.turn(person, ("上海", "广东", "福建")),
    )


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    made = permit(person)
    return {"front": drawing.front(made, portrait, 11), "back": drawing.back(made, 12)}
