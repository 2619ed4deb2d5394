"""Draws driving licences of the European model for made-up people: own drawing, no emblem, marked as a specimen."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from PIL import Image, ImageDraw

from shiming.countries.de.identifiers import licence_digit
from shiming.reading.documents import _people
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, years_later

__all__ = ["SIZE", "SamplePerson", "draw", "expected", "number", "person"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_LABEL, _MARK, _BLUE = (122, 64, 96), (196, 84, 84), (24, 60, 148)
_DATES = {"IT": "%d/%m/%Y", "ES": "%d-%m-%Y", "FR": "%d.%m.%Y", "NL": "%d.%m.%Y", "DK": "%d.%m.%y"}
"""How a state writes dates; the others as annex I: day.month.year."""
_AUTHORITY = "MUSTERSTADT"
_SERIAL = "0123456789CFGHJKLMNPRTVWXYZ"
_LEGEND = ("1. Name", "2. Vorname", "3. Geburtsdatum und -ort", "4a. Ausstellungsdatum", "4b. Ablaufdatum", "5. Nummer")
_NAMES = (
    ("MEIER", "ANNA MARIA", "HAMBURG"),
    ("GARCÍA LÓPEZ", "CARMEN", "SEVILLA"),
    ("LEFÈVRE", "JEANNE", "LYON"),
    ("ROSSI", "GIULIA", "TORINO"),
    ("VAN DEN BERG", "SANNE", "UTRECHT"),
    ("KOWALSKA", "ŁUCJA", "GDAŃSK"),
    ("ØSTERGÅRD", "METTE", "AARHUS"),
    ("O'BRIEN-WALSH", "SIOBHAN", "CORK"),
    ("NOVÁKOVÁ", "JANA", "BRNO"),
    ("SCHRÖDER", "JÖRG UWE", "KÖLN"),
)


@cache
def _states() -> dict[str, Any]:
    data = tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))
    return dict(data["countries"])


def person(seed: int, **overrides: Any) -> SamplePerson:
    """The made-up person of that seed, with a European name."""
    surname, given, place = _NAMES[seed % len(_NAMES)]
    return _people.person(
        seed,
        **{
            "surname": surname,
            "given_names": given,
            "place_of_birth": place,
            "name": f"{given} {surname}",
            **overrides,
        },
    )


def number(person: SamplePerson, country: str) -> str:
    """A licence number: the German has a right check digit, the others are digits or letters and digits."""
    rng = random.Random(person.number)  # noqa: S311 - made-up people, not secrets
    if country == "DE":
        nine = rng.choice("BCFGHJK") + f"{rng.randint(0, 99):02d}" + "".join(rng.choice(_SERIAL) for _ in range(6))
        return f"{nine}{licence_digit(nine)}{rng.randint(1, 9)}"
    if country == "IT":
        return f"U1{rng.choice('ABCDEFGH')}{rng.randint(100000, 999999)}{rng.choice('ABCDEFGH')}"
    return str(rng.randint(10**8, 10**10 - 1))


def expected(person: SamplePerson, country: str = "DE") -> dict[str, str]:
    """What a reader should answer for the front."""
    return {
        "surname": person.surname,
        "given_names": person.given_names,
        "date_of_birth": person.date_of_birth.isoformat(),
        "place_of_birth": person.place_of_birth,
        "date_of_issue": person.date_of_issue.isoformat(),
        "date_of_expiry": years_later(person.date_of_issue, 15).isoformat(),
        "issuing_authority": _AUTHORITY,
        "number": number(person, country),
        "categories": "AM/B/L",
    }


def draw(person: SamplePerson, portrait: Image.Image, country: str = "DE") -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried fonts lack."""
    return {"front": _front(person, portrait, country), "back": _back()}


def _front(person: SamplePerson, portrait: Image.Image, country: str) -> Image.Image:
    state = _states()[country]
    card = wavy_paper(SIZE, (248, 224, 232), (240, 228, 240), seed=5)
    card.paste(portrait.convert("RGB").resize((280, 350), Image.Resampling.LANCZOS), (34, 170))
    pen = ImageDraw.Draw(card)
    pen.rectangle((34, 34, 154, 118), fill=_BLUE)
    write(pen, (94 - 17 * len(state["sign"]), 44), state["sign"], 48, fill=(255, 255, 255), weight=1)
    write(pen, (190, 30), state["titles"][0], 44, fill=_LABEL, weight=1)
    write(pen, (190, 84), state["name"], 28, fill=_LABEL)
    form = _DATES.get(country, "%d.%m.%Y")
    born, issued, ends = (
        f"{day:{form}}" for day in (person.date_of_birth, person.date_of_issue, years_later(person.date_of_issue, 15))
    )
    rows = [
        ("1.", person.surname), ("2.", person.given_names), ("3.", f"{born} {person.place_of_birth}"),
        ("4a.", issued), ("4b.", ends), ("5.", number(person, country)),
    ]  # fmt: skip
    for i, (label, value) in enumerate(rows):
        y = 132 + i * 58
        write(pen, (364, y + 8), label, 26, fill=_LABEL)
        write(pen, (430, y), value, 36)
    write(pen, (672, 314), "4c.", 26, fill=_LABEL)
    write(pen, (728, 310), _AUTHORITY, 27)
    write(pen, (364, 492), "7.", 26, fill=_LABEL)
    write(pen, (364, 572), "9.", 26, fill=_LABEL)
    write(pen, (430, 564), "AM/B/L", 36)
    write(pen, (660, 580), "SPECIMEN 样本", 24, fill=_MARK)
    return card


def _back() -> Image.Image:
    card = wavy_paper(SIZE, (248, 224, 232), (240, 228, 240), seed=6)
    pen = ImageDraw.Draw(card)
    for x, head in ((400, "9."), (520, "10."), (680, "11."), (840, "12.")):
        write(pen, (x, 24), head, 26, fill=_LABEL)
    for i, name in enumerate(
        ("AM", "A1", "A2", "A", "B1", "B", "C1", "C", "D1", "D", "BE", "C1E", "CE", "D1E", "DE", "L")
    ):
        y = 62 + i * 34
        write(pen, (400, y), name, 26)
        pen.line((390, y + 34, 980, y + 34), fill=_LABEL)
        held = name in ("AM", "B", "L")
        write(pen, (520, y), "18.01.13" if held else "-", 24)
        write(pen, (680, y), "-", 24)
    for i, line in enumerate(_LEGEND):
        write(pen, (30, 60 + i * 40), line, 22, fill=_LABEL)
    write(pen, (30, 590), "SPECIMEN 样本", 24, fill=_MARK)
    return card
