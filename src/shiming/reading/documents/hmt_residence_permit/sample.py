"""Draws a residence permit of a made-up person from Hong Kong, Macau or Taiwan: own drawing, no emblem, marked as a specimen."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageDraw

from shiming.reading.documents import _chinese_drawing as drawing
from shiming.reading.documents._chinese_drawing import MARK, SIZE
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, check_digit, person, years_later

__all__ = ["SIZE", "SamplePerson", "draw", "issued", "person", "travel_permit"]

_REGIONS = ("810000", "820000", "830000")


def issued(person: SamplePerson) -> SamplePerson:
    """The same person as such a permit has them: numbered in Hong Kong, Macau or Taiwan, valid five years."""
    first17 = _REGIONS[_turn(person)] + person.number[6:17]
    number = first17 + check_digit(first17)
    return replace(person, number=number, date_of_expiry=years_later(person.date_of_issue, 5))


def travel_permit(person: SamplePerson) -> str:
    """The number of their mainland travel permit."""
    return ("H", "M", "")[_turn(person)] + person.passport_number[1:9]


def _turn(person: SamplePerson) -> int:
    return person.date_of_birth.day % 3


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    return {"front": _front(issued(person), portrait), "back": _back(issued(person))}


def _front(person: SamplePerson, portrait: Image.Image) -> Image.Image:
    card = wavy_paper(SIZE, (224, 236, 244), (236, 236, 226), seed=7)
    drawing.paste_portrait(card, portrait, (652, 82), (304, 380))
    pen = ImageDraw.Draw(card)
    drawing.personal_rows(pen, person, (76, 152, 226, 302), ethnicity=False)
    drawing.label(pen, (72, 540), "公民身份号码")
    write(pen, (330, 534), person.number, 42, spacing=6)
    write(pen, (694, 472), "SPECIMEN 样本 非真实证件", 18, fill=MARK)
    return card


def _back(person: SamplePerson) -> Image.Image:
    title = "台湾居民居住证" if person.number.startswith("83") else "港澳居民居住证"
    card, pen = drawing.title_side(8, title, size=70, spacing=12)
    rows = (
        ("签发机关", person.issuing_authority),
        ("有效期限", drawing.period(person)),
        ("通行证号码", travel_permit(person)),
    )
    for row, (name, value) in enumerate(rows):
        drawing.label(pen, (196, 407 + 70 * row), name)
        write(pen, (366 if row < 2 else 380, 404 + 70 * row), value, 35, spacing=1)
    drawing.label(pen, (640, 547), "签发次数")
    write(pen, (800, 544), "01", 35)
    return card
