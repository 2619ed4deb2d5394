"""Draws a temporary resident identity card of a made-up person: own drawing, no picture of the wall, marked as a specimen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PIL import Image, ImageDraw

from shiming.reading.documents import _chinese_drawing as drawing
from shiming.reading.documents._chinese_drawing import MARK, SIZE
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person

__all__ = ["SIZE", "SamplePerson", "draw", "issued", "person"]


def issued(person: SamplePerson) -> SamplePerson:
    """The same person with the validity of such a card: three months."""
    start = person.date_of_issue
    month = start.month + 3
    last = date(start.year + (month > 12), month - 12 * (month > 12), start.day)
    return replace(person, date_of_expiry=last)


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    return {"front": _front(issued(person), portrait.convert("L")), "back": _back()}


def _front(person: SamplePerson, portrait: Image.Image) -> Image.Image:
    card = wavy_paper(SIZE, (226, 240, 228), (238, 240, 222), seed=5)
    drawing.paste_portrait(card, portrait, (662, 60), (288, 360))
    pen = ImageDraw.Draw(card)
    drawing.personal_rows(pen, person, (54, 119, 184, 249))
    drawing.label(pen, (72, 439), "公民身份号码")
    write(pen, (330, 433), person.number, 42, spacing=6)
    drawing.label(pen, (72, 504), "签发机关")
    write(pen, (240, 501), person.issuing_authority, 35, spacing=1)
    drawing.label(pen, (72, 569), "有效期限")
    write(pen, (240, 566), drawing.period(person), 35, spacing=1)
    write(pen, (694, 400), "SPECIMEN 样本 非真实证件", 18, fill=MARK)
    return card


def _back() -> Image.Image:
    card, _ = drawing.title_side(6, "临时居民身份证", size=70, spacing=12)
    return card
