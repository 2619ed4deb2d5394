"""Draws a driver's licence of the state of Winnemac, which does not exist: own drawing, no emblem, a real PDF417 on its back."""

from __future__ import annotations

from datetime import date

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person, years_later

__all__ = ["SIZE", "SamplePerson", "address", "draw", "expiry", "number", "person", "text"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_INK, _LABEL, _MARK = (24, 24, 28), (60, 74, 120), (196, 84, 84)
_ISSUER = "636099"
"""AAMVA gave this number to nobody."""
_STREETS = ("MAPLE ST", "N 3RD AVE", "OLD MILL RD", "LAKESIDE DR", "W ELM CT")


def number(person: SamplePerson) -> str:
    """The licence's number."""
    return f"W{int(person.passport_number[1:]) % 100_000_000:08d}"


def expiry(person: SamplePerson) -> date:
    """The last day of the licence: eight years after issue."""
    return years_later(person.date_of_issue, 8)


def address(person: SamplePerson) -> tuple[str, str, str, str]:
    """Street, city, state and ZIP code without hyphen."""
    key = int(person.passport_number[1:])
    return (
        f"{key % 9000 + 100} {_STREETS[key % len(_STREETS)]}",
        "ZENITH",
        "WN",
        f"{key % 90000 + 10000}{key % 9000 + 1000}",
    )


def text(person: SamplePerson, version: int = 10) -> str:
    """The barcode's content in a version of the standard (1-10), offsets and lengths right."""
    body = "DL" + "\n".join(_elements(person, version)) + "\r"
    own = "ZWZWA00\r"
    count, head = 2, 19 if version < 2 else 21
    offset = head + 10 * count
    header = (
        f"@\n\x1e\r{'AAMVA' if version < 2 else 'ANSI '}{_ISSUER}{version:02d}{'' if version < 2 else '01'}{count:02d}"
    )
    entries = f"DL{offset:04d}{len(body):04d}ZW{offset + len(body):04d}{len(own):04d}"
    return header + entries + body + own


def _elements(person: SamplePerson, version: int) -> list[str]:
    street, city, state, postal = address(person)
    form = "%Y%m%d" if version < 2 else "%m%d%Y"
    days = [("DBB", person.date_of_birth), ("DBA", expiry(person)), ("DBD", person.date_of_issue)]
    common = [f"{key}{day.strftime(form)}" for key, day in days]
    common += [f"DAG{street}", f"DAI{city}", f"DAJ{state}", f"DAK{postal}  ", "DAYBRO"]
    if version < 2:
        name = f"DAA{person.surname},{person.given_names},,"
        return [f"DAQ{number(person)}", name, *common, "DAU507", f"DBC{person.sex}"]
    names = [f"DCS{person.surname}", f"DCT{person.given_names}"]
    if version > 3:
        names = [f"DCS{person.surname}", "DDEN", f"DAC{person.given_names}", "DDFN", "DADNONE", "DDGN"]
    sex = "DBC1" if person.sex == "M" else "DBC2"
    return [
        f"DAQ{number(person)}",
        *names,
        *common,
        sex,
        "DAU067 in",
        "DCAD",
        "DCBNONE",
        "DCDNONE",
        "DCF0012345678",
        "DCGUSA",
    ]


def draw(person: SamplePerson, portrait: Image.Image, version: int = 10) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638; ``version``: the standard's that the barcode is written in."""
    return {"front": _front(person, portrait), "back": _back(person, version)}


def _front(person: SamplePerson, portrait: Image.Image) -> Image.Image:
    card = wavy_paper(SIZE, (228, 236, 246), (246, 238, 226), seed=5)
    card.paste(portrait.convert("RGB").resize((312, 390), Image.Resampling.LANCZOS), (44, 150))
    pen = ImageDraw.Draw(card)
    write(pen, (40, 26), "WINNEMAC", 62, fill=_LABEL, weight=1, spacing=4)
    write(pen, (560, 40), "DRIVER LICENSE", 42, fill=_LABEL)
    write(pen, (44, 560), "SPECIMEN", 26, fill=_MARK)
    _row(pen, (392, 122), "4d DLN", number(person))
    _row(pen, (716, 122), "9 CLASS", "D")
    _row(pen, (392, 180), "4b EXP", f"{expiry(person):%m/%d/%Y}")
    _row(pen, (392, 238), "1", person.surname)
    _row(pen, (392, 286), "2", person.given_names)
    street, city, state, postal = address(person)
    _row(pen, (392, 334), "8", street)
    write(pen, (414, 380), f"{city}, {state} {postal[:5]}-{postal[5:]}", 32, fill=_INK)
    _row(pen, (392, 436), "3 DOB", f"{person.date_of_birth:%m/%d/%Y}")
    _row(pen, (392, 494), "15 SEX", person.sex)
    _row(pen, (570, 494), "16 HGT", "5'-07\"")
    _row(pen, (800, 494), "18 EYES", "BRO")
    _row(pen, (392, 552), "4a ISS", f"{person.date_of_issue:%m/%d/%Y}")
    return card


def _row(pen: ImageDraw.ImageDraw, place: tuple[int, int], label: str, value: str) -> None:
    end = write(pen, (place[0], place[1] + 12), label, 22, fill=_LABEL)
    write(pen, (end + 10, place[1]), value, 34, fill=_INK)


def _back(person: SamplePerson, version: int) -> Image.Image:
    card = wavy_paper(SIZE, (240, 242, 244), (244, 242, 238), seed=6)
    code = zxingcpp.create_barcode(text(person, version).encode(), zxingcpp.BarcodeFormat.PDF417, ec_level=5)
    bars = np.array(code.to_image(scale=4))
    picture = Image.fromarray(bars)
    picture.thumbnail((930, 400), Image.Resampling.LANCZOS)
    card.paste(picture, ((SIZE[0] - picture.width) // 2, 40))
    pen = ImageDraw.Draw(card)
    below = 40 + picture.height + 20
    write(pen, (60, below), "CLASS D: OPERATOR", 26, fill=_INK)
    write(pen, (60, below + 44), "RESTRICTIONS: NONE   ENDORSEMENTS: NONE", 26, fill=_INK)
    write(pen, (60, below + 88), "SPECIMEN", 26, fill=_MARK)
    return card
