"""Draws Hong Kong identity cards of made-up people: own drawing, no emblem, marked as a specimen."""

from __future__ import annotations

import random
from typing import Any

from PIL import Image, ImageDraw

from shiming.countries.hk.identifiers import check_digit
from shiming.reading.documents import _people
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson

__all__ = ["SIZE", "SamplePerson", "draw", "expected", "number", "person"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_LABEL, _MARK = (60, 90, 120), (196, 84, 84)
_NAMES = (
    ("陳", "CHAN", "大文", "Tai Man"),
    ("張", "CHEUNG", "麗華", "Lai Wah"),
    ("黃", "WONG", "志強", "Chi Keung"),
    ("劉", "LAU", "慧敏", "Wai Man"),
    ("葉", "YIP", "靜", "Ching"),
    ("鄭", "CHENG", "建國", "Kin Kwok"),
    ("馬", "MA", "雲", "Wan"),
)


def person(seed: int, **overrides: Any) -> SamplePerson:
    """The made-up person of that seed, with a name of Hong Kong."""
    chinese, surname, given_chinese, given = _NAMES[seed % len(_NAMES)]
    named = {"name": chinese + given_chinese, "surname": surname, "given_names": given}
    return _people.person(seed, **{**named, **overrides})


def number(person: SamplePerson) -> str:
    """A number with a right check digit, of the letter for people registered for the first time, X: made up."""
    six = person.number[-8:-2]
    return f"X{six}({check_digit('X' + six)})"


def expected(person: SamplePerson) -> dict[str, dict[str, str]]:
    """What a reader should answer, by side."""
    rng = random.Random(person.number)  # noqa: S311 - made-up people, not secrets
    codes = " ".join(f"{rng.randint(0, 9999):04d}" for _ in person.name)
    front = {
        "name": person.name,
        "surname": person.surname,
        "given_names": person.given_names,
        "name_codes": codes,
        "date_of_birth": person.date_of_birth.isoformat(),
        "sex": person.sex,
        "symbols": "***AZ" if person.sex == "M" else "***AU",
        "date_of_first_issue": f"{max(person.date_of_birth.year + 11, 1979)}-{rng.randint(1, 12):02d}",
        "date_of_issue": person.date_of_issue.isoformat(),
        "number": number(person),
    }
    return {"front": front}


def draw(person: SamplePerson, portrait: Image.Image, layout: int = 2018) -> dict[str, Image.Image]:
    """The front, RGB, 1011x638, in the layout of 2003 or 2018. Raises ``ValueError`` naming characters the fonts lack."""
    shown = expected(person)["front"]
    card = wavy_paper(SIZE, (226, 240, 240), (238, 236, 226), seed=9)
    card.paste(portrait.convert("RGB").resize((290, 362), Image.Resampling.LANCZOS), (44, 212))
    pen = ImageDraw.Draw(card)
    write(pen, (310, 20), "香港永久性居民身份證", 46, fill=_LABEL, spacing=6)
    write(pen, (310, 82), "HONG KONG PERMANENT IDENTITY CARD", 31, fill=_LABEL)
    write(pen, (364, 132), shown["name"], 44, spacing=10)
    write(pen, (364, 196), f"{person.surname}, {person.given_names}", 36)
    write(pen, (364, 250), shown["name_codes"], 30, spacing=2)
    write(pen, (364, 300), "出生日期 Date of Birth", 26, fill=_LABEL)
    end = write(pen, (364, 334), f"{person.date_of_birth:%d-%m-%Y}", 38)
    write(pen, (end + 60, 334), "男 M" if person.sex == "M" else "女 F", 36)
    write(pen, (364, 392), shown["symbols"], 34)
    year, month = shown["date_of_first_issue"].split("-")
    first = f"({month}-{year[2:]})"
    write(pen, (364, 436) if layout == 2018 else (700, 392), first, 32)
    write(pen, (364, 478), "簽發日期 Date of Issue", 26, fill=_LABEL)
    write(pen, (364, 516), f"{person.date_of_issue:%d-%m-%y}", 36)
    write(pen, (690, 528), shown["number"], 46)
    write(pen, (44, 590), "SPECIMEN 样本", 24, fill=_MARK)
    return {"front": card}
