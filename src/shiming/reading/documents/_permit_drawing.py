"""What the samples of the mainland travel permits share: a front, and a back with its three machine-readable lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from PIL import Image, ImageDraw

from shiming.reading.documents import _chinese_drawing as drawing
from shiming.reading.documents._chinese_drawing import LABEL, MARK, SIZE
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, years_later
from shiming.reading.documents._zone_drawing import write_zone
from shiming.reading.vision.mrz import check_digit

_AUTHORITY = "中华人民共和国出入境管理局"


@dataclass(frozen=True, slots=True)
class Permit:
    """What stands on a permit: its person, number, and titles; ``own_card`` is the number of their card at home."""

    person: SamplePerson
    number: str
    title: str
    english: str
    code: str
    own_card: str
    own_title: str
    nationality: tuple[str, str] | None = None
    place: str | None = None

    @property
    def ends(self) -> date:
        """The last day: five years from the day of issue, that day counted."""
        return years_later(self.person.date_of_issue, 5) - timedelta(days=1)

    @property
    def authority(self) -> str:
        """Who issued it."""
        return _AUTHORITY


def zone(permit: Permit) -> tuple[str, str, str]:
    """Three lines of thirty characters: the first as readers at the border take it, the others made up but for the name."""
    who = permit.person
    number = permit.number.ljust(9, "<")
    ends, born = f"{permit.ends:%y%m%d}", f"{who.date_of_birth:%y%m%d}"
    first = f"{permit.code}{number}{check_digit(number)}01<{ends}{check_digit(ends)}{who.sex}{born}{check_digit(born)}"
    own = "".join(c for c in permit.own_card if c.isalnum())
    second = f"{'<' * 18}{'B' if who.date_of_birth.year < 2000 else 'C'}{own}".ljust(29, "<")
    third = f"{who.surname}<<{who.given_names}".replace(" ", "<").ljust(30, "<")[:30]
    return first, second + check_digit(second), third


def front(permit: Permit, portrait: Image.Image, seed: int) -> Image.Image:
    """The side with the portrait."""
    card, pen = _paper(seed)
    who = permit.person
    write(pen, (60, 36), permit.title, 46, spacing=8, weight=1)
    write(pen, (60, 98), permit.english, 22, fill=LABEL)
    drawing.paste_portrait(card, portrait, (54, 160), (264, 340))
    left = 334
    _entry(pen, (left, 142), "姓名 Name", who.name if permit.nationality is None else None)
    write(pen, (left, 204 if permit.nationality is None else 168), f"{who.surname}, {who.given_names}", 30)
    _entry(pen, (left, 264), "出生日期 Date of Birth", f"{who.date_of_birth:%Y.%m.%d}")
    _entry(pen, (left + 300, 264), "性别 Sex", f"{'男' if who.sex == 'M' else '女'}/{who.sex}")
    if permit.nationality:
        _entry(pen, (left + 450, 264), "国籍 Nationality", "/".join(permit.nationality))
    _entry(pen, (left, 349), "有效期限 Period of Validity", f"{who.date_of_issue:%Y.%m.%d}-{permit.ends:%Y.%m.%d}")
    _entry(pen, (left, 434), "签发机关 Issuing Authority", permit.authority)
    if permit.place:
        _entry(pen, (left + 450, 434), "签发地点 Place of Issue", permit.place)
    _entry(pen, (left, 519), "证件号码 Document No.", permit.number)
    _entry(pen, (left + 300, 519), "换证次数 Issue No.", "01")
    write(pen, (60, 520), "SPECIMEN 样本", 18, fill=MARK)
    return card


def back(permit: Permit, seed: int) -> Image.Image:
    """The side with the holder's own card and the machine-readable lines."""
    card, pen = _paper(seed)
    write(pen, (60, 80), permit.own_title, 30, fill=LABEL)
    write(pen, (420, 80), permit.own_card, 32)
    write(pen, (60, 150), "SPECIMEN 样本 非真实证件", 20, fill=MARK)
    write_zone(card, zone(permit), 52, 424, 68)
    return card


def _paper(seed: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    card = wavy_paper(SIZE, (222, 236, 244), (240, 232, 240), seed=seed)
    return card, ImageDraw.Draw(card)


def _entry(pen: ImageDraw.ImageDraw, place: tuple[int, int], name: str, value: str | None) -> None:
    write(pen, place, name, 20, fill=LABEL)
    if value is not None:
        write(pen, (place[0], place[1] + 26), value, 32)


def turn(person: SamplePerson, choices: Sequence[str]) -> str:
    """One of these, by the person."""
    return choices[person.date_of_birth.day % len(choices)]
