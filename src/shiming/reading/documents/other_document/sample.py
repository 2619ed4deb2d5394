"""Draws identity cards in the manner of many countries for made-up people: own drawing, no emblem, marked as a specimen.

Each manner has its labels, where values stand, and how dates are written; none is the design of a real document.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Literal

from PIL import Image, ImageDraw

from shiming.reading.documents import _people
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, years_later

__all__ = ["MANNERS", "SIZE", "SamplePerson", "draw", "expected", "person"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_LABEL, _MARK = (70, 90, 110), (196, 84, 84)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a country's card says things (``sample.toml``)."""

    country: str
    title: str
    labels: tuple[tuple[str, str], ...]
    where: Literal["below", "right"]
    date: str
    sexes: tuple[str, str] = ("M", "F")
    nationality: tuple[str, str] = ("", "")
    """As printed, and as alpha-3."""


def _manners() -> dict[str, Manner]:
    data = tomllib.loads(files(__package__).joinpath("sample.toml").read_text("utf-8"))
    return {
        name: Manner(**{**row, "labels": tuple((f, label) for f, label in row["labels"])}) for name, row in data.items()
    }


MANNERS = _manners()
"""Manners by the language of their labels."""
_YEARS = {"平成": 1988, "昭和": 1925}


def person(seed: int, **overrides: Any) -> SamplePerson:
    """The made-up person of that seed."""
    return _people.person(seed, **overrides)


def _written(day: date, form: str) -> str:
    if form == "ja":
        era = "平成" if day.year > 1989 else "昭和"
        return f"{era}{day.year - _YEARS[era]}年{day.month}月{day.day}日"
    if form == "buddhist":
        return f"{day:%d %b} {day.year + 543}"
    return f"{day:{form}}".upper()


def _printed(field: str, value: str, how: Manner) -> str:
    if field.startswith("date"):
        return _written(date.fromisoformat(value), how.date)
    if field == "sex":
        return how.sexes[value == "F"]
    return how.nationality[0] if field == "nationality" else value


def expected(person: SamplePerson, manner: str = "en") -> dict[str, str]:
    """What a reader should answer for the front."""
    rng = random.Random(person.number)  # noqa: S311 - made-up people, not secrets
    says = {
        "surname": person.surname,
        "given_names": person.given_names,
        "name": person.name if manner == "ja" else f"{person.given_names} {person.surname}",
        "sex": person.sex,
        "date_of_birth": person.date_of_birth.isoformat(),
        "place_of_birth": person.place_of_birth,
        "nationality": MANNERS[manner].nationality[1],
        "number": str(rng.randint(10**7, 10**8 - 1)),
        "personal_number": str(rng.randint(10**10, 10**11 - 1)),
        "date_of_issue": person.date_of_issue.isoformat(),
        "date_of_expiry": years_later(person.date_of_issue, 10).isoformat(),
        "address": "ZENITH 12",
    }
    return {field: says[field] for field, _ in MANNERS[manner].labels}


def draw(person: SamplePerson, portrait: Image.Image, manner: str = "en") -> dict[str, Image.Image]:
    """The front, RGB, 1011x638. Raises ``ValueError`` naming characters the carried fonts lack."""
    how = MANNERS[manner]
    says = expected(person, manner)
    card = wavy_paper(SIZE, (232, 240, 226), (240, 232, 236), seed=11)
    card.paste(portrait.convert("RGB").resize((270, 337), Image.Resampling.LANCZOS), (36, 150))
    pen = ImageDraw.Draw(card)
    write(pen, (60, 30), how.title, 46, fill=_LABEL, weight=1, spacing=4)
    for i, (field, label) in enumerate(how.labels):
        value = _printed(field, says[field], how)
        if how.where == "below":
            x, y = 350 + 340 * (i % 2), 120 + 112 * (i // 2)
            write(pen, (x, y), label, 22, fill=_LABEL)
            write(pen, (x, y + 32), value, 34)
        else:
            y = 120 + 72 * i
            write(pen, (350, y + 6), label, 24, fill=_LABEL)
            write(pen, (610, y), f": {value}" if manner == "id" else value, 32)
    write(pen, (40, 580), "SPECIMEN 样本", 24, fill=_MARK)
    return {"front": card}
