"""Draws an identity card of Utopia in size TD1: portrait and print on the front, the zone on the back."""

from __future__ import annotations

from PIL import Image

from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._zone_drawing import cells, expiry, millimetres, paper, portrait_on, write_zone, zone

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "mrz", "person"]

SIZE = millimetres(85.6, 54)


def mrz(person: SamplePerson) -> tuple[str, ...]:
    """The three lines of the zone, 30 characters each, every check digit right."""
    return zone("TD1", "I", person)


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    front = paper(SIZE, "IDENTITY CARD", seed=4)
    portrait_on(front, portrait, (48, 130, 338, 510))
    cells(
        front,
        (
            (380, 110, "Surname / Nom", person.surname),
            (380, 195, "Given names / Prénoms", person.given_names),
            (380, 280, "Sex / Sexe", person.sex),
            (540, 280, "Nationality / Nationalité", person.nationality),
            (380, 365, "Date of birth / Date de naissance", person.date_of_birth),
            (380, 450, "Document No.", person.passport_number),
            (700, 450, "Date of expiry", expiry(person)),
        ),
    )
    back = paper(SIZE, "", seed=5)
    cells(
        back,
        (
            (48, 120, "Date of issue / Date de délivrance", person.date_of_issue),
            (540, 120, "Authority / Autorité", "CIVIL REGISTRY"),
            (48, 220, "Place of birth / Lieu de naissance", person.place_of_birth),
        ),
    )
    write_zone(back, mrz(person), 58, 388)
    return {"front": front, "back": back}
