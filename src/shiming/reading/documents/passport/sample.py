"""Draws the data page of a passport of Utopia (UTO, the country of the ICAO specimens): a TD3 page with a right MRZ."""

from __future__ import annotations

import unicodedata
from datetime import date

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import font, wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person, years_later

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "mrz", "person"]

SIZE = (1476, 1039)
"""125 x 88 mm at 300 dots an inch."""
_LABEL = (92, 72, 118)
_MARK = (196, 84, 84)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LETTERS = {
    "Æ": "AE",
    "Ä": "AE",
    "Ö": "OE",
    "Ø": "OE",
    "Ü": "UE",
    "Å": "AA",
    "Œ": "OE",
    "ß": "SS",
    "Þ": "TH",
    "Ð": "D",
    "Ñ": "N",
}


def expiry(person: SamplePerson) -> date:
    """The last day of the passport: ten years after issue."""
    return years_later(person.date_of_issue, 10)


def _letters(text: str) -> str:
    """A name as ICAO 9303 part 3 writes it in the MRZ: A-Z and ``<``."""
    spelt = "".join(_LETTERS.get(c, c) for c in text.upper())
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    return "".join(c if "A" <= c <= "Z" else "" if c in "'’" else "<" for c in plain)


def _digit(text: str) -> str:
    total = 0
    for place, character in enumerate(text):
        value = 0 if character == "<" else int(character, 36)
        total += value * (7, 3, 1)[place % 3]
    return str(total % 10)


def mrz(person: SamplePerson) -> tuple[str, str]:
    """Both lines of the machine-readable zone, 44 characters each, every check digit right."""
    first = f"P<{person.nationality}{_letters(person.surname)}<<{_letters(person.given_names)}".ljust(44, "<")[:44]
    number, optional = person.passport_number.ljust(9, "<"), "<" * 14
    born, ends = f"{person.date_of_birth:%y%m%d}", f"{expiry(person):%y%m%d}"
    number += _digit(number)
    dated = f"{born}{_digit(born)}", f"{ends}{_digit(ends)}"
    optional += "<"
    composite = _digit(number + dated[0] + dated[1] + optional)
    return first, f"{number}{person.nationality}{dated[0]}{person.sex}{dated[1]}{optional}{composite}"


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """The data page, RGB, 1476x1039. Raises ``ValueError`` naming characters the carried font lacks."""
    page = wavy_paper(SIZE, (232, 230, 244), (238, 244, 228), seed=3)
    page.paste(portrait.convert("RGB").resize((372, 478), Image.Resampling.LANCZOS), (66, 200))
    pen = ImageDraw.Draw(page)
    write(pen, (66, 48), "UTOPIA", 58, fill=_LABEL, spacing=10, weight=1)
    write(pen, (480, 58), "PASSPORT / PASSEPORT", 44, fill=_LABEL)
    write(pen, (1110, 66), "SPECIMEN 样本", 30, fill=_MARK)
    _cell(pen, (480, 150), "Type / Type", "P")
    _cell(pen, (690, 150), "Code / Code", person.nationality)
    _cell(pen, (980, 150), "Passport No. / Passeport No.", person.passport_number)
    _cell(pen, (480, 250), "Surname / Nom", person.surname)
    _cell(pen, (480, 345), "Given names / Prénoms", person.given_names)
    _cell(pen, (480, 440), "Nationality / Nationalité", "UTOPIAN")
    _cell(pen, (480, 535), "Date of birth / Date de naissance", _written(person.date_of_birth))
    _cell(pen, (980, 535), "Sex / Sexe", person.sex)
    _cell(pen, (1120, 535), "Place of birth", person.place_of_birth)
    _cell(pen, (480, 630), "Date of issue / Date de délivrance", _written(person.date_of_issue))
    _cell(pen, (980, 630), "Authority / Autorité", "PASSPORT OFFICE")
    _cell(pen, (480, 725), "Date of expiry / Date d'expiration", _written(expiry(person)))
    pen.rectangle((0, 838, *SIZE), fill=(244, 244, 242))
    # OCR-B size I: ten characters an inch, so 30 pixels each at 300 dots an inch.
    size = 48
    pitch = 30.0 - font(size, ocr=True).getlength("0")
    for row, line in enumerate(mrz(person)):
        write(pen, (78, 862 + row * 78), line, size, ocr=True, spacing=pitch)
    return {"front": page}


def _written(day: date) -> str:
    return f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}"


def _cell(pen: ImageDraw.ImageDraw, place: tuple[int, int], label: str, value: str) -> None:
    write(pen, place, label, 21, fill=_LABEL)
    write(pen, (place[0], place[1] + 28), value, 38)
