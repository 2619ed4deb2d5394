"""What the samples of documents with a machine-readable zone share: their zone, and the print beside it, of Utopia (UTO)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import font, wavy_paper, write
from shiming.reading.documents._people import SamplePerson, years_later
from shiming.reading.transliteration import transliterate
from shiming.reading.vision import mrz

LABEL, MARK = (92, 72, 118), (196, 84, 84)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SIZE, _PITCH = 48, 30.0
"""Of OCR-B size I at 300 dots an inch: letters' size, and ten characters an inch (ICAO 9303 part 3, 4.3)."""


def millimetres(width: float, height: float) -> tuple[int, int]:
    """Pixels of a document of this size at 300 dots an inch."""
    return round(width / 25.4 * 300), round(height / 25.4 * 300)


def expiry(person: SamplePerson) -> date:
    """The last day of a sample's document: ten years after issue."""
    return years_later(person.date_of_issue, 10)


def zone(name: str, kind: str, person: SamplePerson, optional: str = "") -> tuple[str, ...]:
    """The person's zone in a format of :mod:`shiming.reading.vision.mrz`, every check digit right."""
    return mrz.compose(
        name,
        kind=kind,
        issuer=person.nationality,
        surname=transliterate(person.surname),
        given_names=transliterate(person.given_names),
        number=person.passport_number,
        nationality=person.nationality,
        born=person.date_of_birth,
        sex=person.sex,
        ends=expiry(person),
        optional=optional,
    )


def write_zone(page: Image.Image, lines: Sequence[str], left: int, top: int, pitch: int = 78) -> None:
    """Writes the lines in OCR-B on a plain ground that reaches to the lower edge; all in pixels."""
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, top - 24, *page.size), fill=(244, 244, 242))
    spacing = _PITCH - font(_SIZE, ocr=True).getlength("0")
    for row, line in enumerate(lines):
        write(pen, (left, top + row * pitch), line, _SIZE, ocr=True, spacing=spacing)


def paper(size: tuple[int, int], title: str, seed: int) -> Image.Image:
    """A blank side with its country, its title, and the word that it is none."""
    page = wavy_paper(size, (232, 230, 244), (238, 244, 228), seed=seed)
    pen = ImageDraw.Draw(page)
    write(pen, (48, 26), "UTOPIA", 44, fill=LABEL, spacing=8, weight=1)
    write(pen, (300, 34), title, 34, fill=LABEL)
    write(pen, (size[0] - 250, 40), "SPECIMEN 样本", 26, fill=MARK)
    return page


def portrait_on(page: Image.Image, portrait: Image.Image, box: tuple[int, int, int, int]) -> None:
    """Pastes the portrait into left, top, right, bottom."""
    left, top, right, bottom = box
    page.paste(portrait.convert("RGB").resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))


def cells(page: Image.Image, placed: Sequence[tuple[int, int, str, Any]], size: int = 34) -> None:
    """Label and value at each left, top."""
    pen = ImageDraw.Draw(page)
    for left, top, label, value in placed:
        write(pen, (left, top), label, round(size * 0.56), fill=LABEL)
        text = written(value) if isinstance(value, date) else str(value)
        write(pen, (left, top + round(size * 0.74)), text, size)


def written(day: date) -> str:
    """A day as passports print it: 05 MAR 1990."""
    return f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}"


def visa(
    person: SamplePerson, portrait: Image.Image, lines: Sequence[str], size: tuple[int, int], left: int
) -> Image.Image:
    """A visa's side of that size, its zone of these lines beginning at ``left``; all in pixels."""
    page = paper(size, "VISA", seed=7)
    portrait_on(page, portrait, (48, 130, 368, 548))
    cells(
        page,
        (
            (410, 130, "Place of issue", person.place_of_birth),
            (830, 130, "Number of entries", "MULTIPLE"),
            (410, 215, "Valid from", person.date_of_issue),
            (830, 215, "Valid until", expiry(person)),
            (410, 300, "Surname, given names", f"{person.surname} {person.given_names}"),
            (410, 385, "Passport No.", person.passport_number),
            (830, 385, "Sex", person.sex),
            (410, 470, "Date of birth", person.date_of_birth),
            (830, 470, "Nationality", person.nationality),
        ),
    )
    write_zone(page, lines, left, size[1] - 177)
    return page
