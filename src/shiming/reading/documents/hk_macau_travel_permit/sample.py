"""Draws a mainland travel permit of a made-up person from Hong Kong or Macau: own drawing, no emblem, marked as a specimen.

Where the entries stand is our own layout; which there are is that of the cards of 2013 and, with ``foreign``, of 2024.
"""

from __future__ import annotations

from PIL import Image

from shiming.reading.documents import _permit_drawing as drawing
from shiming.reading.documents._chinese_drawing import SIZE
from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._permit_drawing import Permit

__all__ = ["SIZE", "SamplePerson", "draw", "permit", "person"]


def permit(person: SamplePerson, *, foreign: bool = False) -> Permit:
    """What stands on the person's permit. ``foreign``: of a permanent resident who is not a Chinese citizen."""
    place, digits = drawing.turn(person, "HM"), person.passport_number[1:9]
    own = f"A{digits[:6]}(3)" if place == "H" else f"1{digits[:6]}(3)"
    return Permit(
        person,
        f"{place}A{digits[:7]}" if foreign else f"{place}{digits}",
        "港澳居民来往内地通行证" + ("（非中国籍）" if foreign else ""),
        "MAINLAND TRAVEL PERMIT FOR HONG KONG AND MACAO RESIDENTS",
        "CR",
        own,
        "香港身份证号码" if place == "H" else "澳门身份证号码",
        ("英国", "GBR") if foreign else None,
    )


def draw(person: SamplePerson, portrait: Image.Image, *, foreign: bool = False) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    made = permit(person, foreign=foreign)
    return {"front": drawing.front(made, portrait, 9), "back": drawing.back(made, 10)}
