"""Draws an identity card in size TD2 of Utopia: portrait, print and zone on one side."""

from __future__ import annotations

from PIL import Image

from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._zone_drawing import cells, expiry, millimetres, paper, portrait_on, write_zone, zone

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "mrz", "person"]

SIZE = millimetres(105, 74)


def mrz(person: SamplePerson) -> tuple[str, ...]:
    """Both lines of the zone, every check digit right."""
    return zone("TD2", "I", person)


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """The side, RGB, at 300 dots an inch. Raises ``ValueError`` naming characters the carried font lacks."""
    page = paper(SIZE, "IDENTITY CARD", seed=6)
    portrait_on(page, portrait, (48, 130, 368, 548))
    cells(
        page,
        (
            (410, 130, "Surname / Nom", person.surname),
            (410, 215, "Given names / Prénoms", person.given_names),
            (410, 300, "Sex / Sexe", person.sex),
            (560, 300, "Nationality / Nationalité", person.nationality),
            (410, 385, "Date of birth / Date de naissance", person.date_of_birth),
            (830, 385, "Document No.", person.passport_number),
            (410, 470, "Date of issue / Date de délivrance", person.date_of_issue),
            (830, 470, "Date of expiry", expiry(person)),
            (410, 555, "Authority / Autorité", "CIVIL REGISTRY"),
        ),
    )
    write_zone(page, mrz(person), 74, SIZE[1] - 177)
    return {"front": page}
