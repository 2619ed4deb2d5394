"""Draws Singapore identity cards of made-up people: own drawing, no crest, marked as a specimen."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from shiming.countries.sg.identifiers import check_letter
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person

__all__ = ["SIZE", "SamplePerson", "draw", "expected", "number", "person"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_LABEL, _MARK = (150, 60, 90), (196, 84, 84)
_RACES = ("CHINESE", "MALAY", "INDIAN", "EURASIAN")


def number(person: SamplePerson) -> str:
    """An NRIC number with a right check letter: S for people born before 2000, T after."""
    first = "S" if person.date_of_birth.year < 2000 else "T"
    seven = f"{person.date_of_birth:%y}{person.number[-6:-1]}"
    return f"{first}{seven}{check_letter(first + seven)}"


def expected(person: SamplePerson) -> dict[str, dict[str, str]]:
    """What a reader should answer, by side."""
    rng = random.Random(person.number)  # noqa: S311 - made-up people, not secrets
    race = rng.choice(_RACES)
    front = {
        "number": number(person),
        "name": f"{person.surname} {person.given_names}",
        "ethnicity": race,
        "date_of_birth": person.date_of_birth.isoformat(),
        "sex": person.sex,
        "place_of_birth": "SINGAPORE",
    }
    street = f"APT BLK {rng.randint(100, 999)} ZENITH STREET {rng.randint(11, 99)}"
    back = {
        "number": number(person),
        "date_of_issue": person.date_of_issue.isoformat(),
        "address": f"{street} #{rng.randint(2, 20):02d}-{rng.randint(101, 999)} SINGAPORE {rng.randint(100000, 799999)}",
        "nationality": "MYS",
    }
    return {"front": front, "back": back}


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. The back is that of a permanent resident, which says the nationality too."""
    shown = expected(person)
    return {"front": _front(person, portrait, shown["front"]), "back": _back(person, shown["back"])}


def _cell(pen: ImageDraw.ImageDraw, place: tuple[int, int], label: str, *lines: str) -> None:
    write(pen, place, label, 24, fill=_LABEL)
    for i, line in enumerate(lines):
        write(pen, (place[0], place[1] + 30 + i * 42), line, 36)


def _front(person: SamplePerson, portrait: Image.Image, shown: dict[str, str]) -> Image.Image:
    card = wavy_paper(SIZE, (250, 230, 226), (236, 226, 240), seed=7)
    card.paste(portrait.convert("RGB").resize((300, 375), Image.Resampling.LANCZOS), (40, 170))
    pen = ImageDraw.Draw(card)
    write(pen, (60, 36), "REPUBLIC OF SINGAPORE", 40, fill=_LABEL, spacing=3, weight=1)
    end = write(pen, (60, 100), "IDENTITY CARD NO. ", 32, fill=_LABEL)
    write(pen, (end + 14, 96), shown["number"], 38)
    _cell(pen, (400, 176), "Name", shown["name"])
    _cell(pen, (400, 300), "Race", shown["ethnicity"])
    _cell(pen, (400, 392), "Date of birth", f"{person.date_of_birth:%d-%m-%Y}")
    _cell(pen, (760, 392), "Sex", person.sex)
    _cell(pen, (400, 490), "Country/Place of birth", shown["place_of_birth"])
    write(pen, (760, 590), "SPECIMEN 样本", 24, fill=_MARK)
    return card


def _back(person: SamplePerson, shown: dict[str, str]) -> Image.Image:
    card = wavy_paper(SIZE, (236, 226, 240), (250, 230, 226), seed=8)
    pen = ImageDraw.Draw(card)
    end = write(pen, (60, 60), "NRIC No. ", 28, fill=_LABEL)
    write(pen, (end + 10, 54), shown["number"], 36)
    _cell(pen, (60, 150), "Nationality", "MALAYSIAN")
    _cell(pen, (60, 250), "Date of issue", f"{person.date_of_issue:%d-%m-%Y}")
    street, unit = shown["address"].split(" #")
    flat, postal = unit.split(" ", 1)
    _cell(pen, (60, 360), "Address", street, f"#{flat}", postal)
    write(pen, (760, 590), "SPECIMEN 样本", 24, fill=_MARK)
    return card
