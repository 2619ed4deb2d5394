"""Draws the data page of a passport of Utopia (UTO, the country of the ICAO specimens): a TD3 page with a right MRZ."""

from __future__ import annotations

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents._zone_drawing import LABEL, MARK, cells, expiry, portrait_on, write_zone, zone

__all__ = ["SIZE", "SamplePerson", "draw", "expiry", "mrz", "person"]

SIZE = (1476, 1039)
"""125 x 88 mm at 300 dots an inch."""


def mrz(person: SamplePerson) -> tuple[str, ...]:
    """Both lines of the machine-readable zone, 44 characters each, every check digit right."""
    return zone("TD3", "P", person)


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """The data page, RGB, 1476x1039. Raises ``ValueError`` naming characters the carried font lacks."""
    page = wavy_paper(SIZE, (232, 230, 244), (238, 244, 228), seed=3)
    portrait_on(page, portrait, (66, 200, 438, 678))
    pen = ImageDraw.Draw(page)
    write(pen, (66, 48), "UTOPIA", 58, fill=LABEL, spacing=10, weight=1)
    write(pen, (480, 58), "PASSPORT / PASSEPORT", 44, fill=LABEL)
    write(pen, (1110, 66), "SPECIMEN 样本", 30, fill=MARK)
    cells(
        page,
        (
            (480, 150, "Type / Type", "P"),
            (690, 150, "Code / Code", person.nationality),
            (980, 150, "Passport No. / Passeport No.", person.passport_number),
            (480, 250, "Surname / Nom", person.surname),
            (480, 345, "Given names / Prénoms", person.given_names),
            (480, 440, "Nationality / Nationalité", "UTOPIAN"),
            (480, 535, "Date of birth / Date de naissance", person.date_of_birth),
            (980, 535, "Sex / Sexe", person.sex),
            (1120, 535, "Place of birth", person.place_of_birth),
            (480, 630, "Date of issue / Date de délivrance", person.date_of_issue),
            (980, 630, "Authority / Autorité", "PASSPORT OFFICE"),
            (480, 725, "Date of expiry / Date d'expiration", expiry(person)),
        ),
        38,
    )
    write_zone(page, mrz(person), 78, 862)
    return {"front": page}
