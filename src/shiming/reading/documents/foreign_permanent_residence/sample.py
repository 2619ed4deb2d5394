"""Draws a foreigner's permanent residence card of a made-up person, of 2023 or 2017: own drawing, no emblem, a specimen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from PIL import Image, ImageDraw

from shiming.reading.documents import _chinese_drawing as drawing
from shiming.reading.documents._chinese_drawing import LABEL, MARK, SIZE
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, check_digit, person, years_later
from shiming.reading.vision import mrz

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "nationality", "number", "person"]

Year = Literal[2017, 2023]
_COUNTRIES = (
    ("加拿大", "CAN", "124"),
    ("美国", "USA", "840"),
    ("德国", "DEU", "276"),
    ("法国", "FRA", "250"),
    ("日本", "JPN", "392"),
    ("韩国", "KOR", "410"),
    ("澳大利亚", "AUS", "036"),
    ("新加坡", "SGP", "702"),
    ("沙特阿拉伯", "SAU", "682"),
    ("俄罗斯", "RUS", "643"),
)
_TOPS: dict[Year, tuple[int, ...]] = {2023: (78, 246, 338, 437, 523), 2017: (60, 206, 286, 366, 545)}
"""Tops of name, sex, nationality, validity and number, pixels: of 2023 as on the specimen, of 2017 our own."""
AUTHORITY = "中华人民共和国国家移民管理局"


def nationality(person: SamplePerson) -> tuple[str, str, str]:
    """Their country: its Chinese name, alpha-3 and numeric code."""
    return _COUNTRIES[(person.date_of_birth.day + person.date_of_birth.month) % len(_COUNTRIES)]


def expiry(person: SamplePerson) -> date:
    """The last day: ten years from the day of issue, that day counted."""
    return years_later(person.date_of_issue, 10) - timedelta(days=1)


def number(person: SamplePerson, year: Year = 2023) -> str:
    """The person's number on a card of that year, its check digit right."""
    _, alpha3, numeric = nationality(person)
    if year == 2023:
        first17 = f"9{person.number[:2]}{numeric}{person.number[6:17]}"
        return first17 + check_digit(first17)
    first14 = f"{alpha3}{person.number[:2]}00{person.date_of_birth:%y%m%d}9"
    return first14 + mrz.check_digit(first14)


def draw(person: SamplePerson, portrait: Image.Image, *, year: Year = 2023) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    front = _front(person, portrait, year)
    return {"front": front, "back": _back(year)}


def _front(person: SamplePerson, portrait: Image.Image, year: Year) -> Image.Image:
    card = wavy_paper(SIZE, (226, 232, 246), (238, 240, 234), seed=13)
    drawing.paste_portrait(card, portrait, (657, 60), (300, 372))
    pen = ImageDraw.Draw(card)
    country, alpha3, _ = nationality(person)
    tops = _TOPS[year]
    _entry(pen, (83, tops[0]), "姓名/Name", f"{person.surname} {person.given_names}", 38)
    write(pen, (83, tops[0] + 86), person.name, 38, spacing=2)
    _entry(pen, (83, tops[1]), "性别/Sex", f"{'男' if person.sex == 'M' else '女'}/{person.sex}")
    _entry(pen, (307, tops[1]), "出生日期/Date of Birth", f"{person.date_of_birth:%Y.%m.%d}")
    _entry(pen, (83, tops[2]), "国籍/Nationality", f"{country}/{alpha3}")
    _entry(
        pen, (83, tops[3]), "有效期限/Period of Validity", f"{person.date_of_issue:%Y.%m.%d}-{expiry(person):%Y.%m.%d}"
    )
    if year == 2017:
        _entry(pen, (83, 446), "签发机关/Issuing Authority", AUTHORITY, 28)
        write(pen, (83, 506), "National Immigration Administration, PRC", 20)
    write(pen, (83, tops[4] + 15), "证件号码/Card No." if year == 2017 else "证件号码/ID NO.", 24, fill=LABEL)
    write(pen, (307, tops[4]), number(person, year), 50, ocr=True, spacing=2)
    write(pen, (700, 440), "SPECIMEN 样本 非真实证件", 18, fill=MARK)
    return card


def _entry(pen: ImageDraw.ImageDraw, place: tuple[int, int], name: str, value: str, size: int = 34) -> None:
    write(pen, place, name, 24, fill=LABEL)
    write(pen, (place[0], place[1] + 30), value, size)


def _back(year: Year) -> Image.Image:
    card, pen = drawing.title_side(14, "外国人永久居留身份证", size=56, spacing=8)
    write(pen, (268, 240), "FOREIGN PERMANENT RESIDENT ID CARD", 26)
    if year == 2023:
        drawing.label(pen, (196, 472), "签发机关")
        write(pen, (366, 470), AUTHORITY, 34)
    return card
