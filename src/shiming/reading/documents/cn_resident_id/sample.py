"""Draws a Chinese resident identity card of a made-up person: own drawing, no state emblem, marked as a specimen."""

from __future__ import annotations

from PIL import Image, ImageDraw

from shiming.reading.documents import _chinese_drawing as drawing
from shiming.reading.documents import _minority_drawing as minority
from shiming.reading.documents._chinese_drawing import MARK, SIZE
from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._minority_drawing import Script
from shiming.reading.documents._people import SamplePerson, person

__all__ = ["SIZE", "SamplePerson", "draw", "person"]


def draw(person: SamplePerson, portrait: Image.Image, *, script: Script | None = None) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638; ``script``: with a second script beside the Chinese one.

    Raises ``ValueError`` naming characters the carried font lacks.
    """
    if script is None:
        return {"front": _front(person, portrait), "back": _back(person)}
    return {"front": _bilingual_front(person, portrait, script), "back": _bilingual_back(person, script)}


def _front(person: SamplePerson, portrait: Image.Image) -> Image.Image:
    card = wavy_paper(SIZE, (224, 238, 240), (240, 232, 226), seed=1)
    drawing.paste_portrait(card, portrait, (652, 82), (304, 380))
    pen = ImageDraw.Draw(card)
    drawing.personal_rows(pen, person, (76, 152, 226, 302))
    drawing.label(pen, (72, 540), "公民身份号码")
    write(pen, (330, 534), person.number, 42, spacing=6)
    write(pen, (694, 472), "SPECIMEN 样本 非真实证件", 18, fill=MARK)
    return card


def _back(person: SamplePerson) -> Image.Image:
    card, pen = drawing.title_side(2, "居 民 身 份 证", size=76, spacing=8)
    drawing.label(pen, (196, 446), "签发机关")
    write(pen, (366, 443), person.issuing_authority, 35, spacing=1)
    drawing.label(pen, (196, 534), "有效期限")
    write(pen, (366, 531), drawing.period(person), 35, spacing=1)
    return card


def _bilingual_front(person: SamplePerson, portrait: Image.Image, script: Script) -> Image.Image:
    card = wavy_paper(SIZE, (224, 238, 240), (240, 232, 226), seed=1)
    drawing.paste_portrait(card, portrait, (652, 82), (304, 380))
    pen = ImageDraw.Draw(card)
    # Beside a column of Mongolian the Chinese print stands further to the right, below a line in another script further down.
    beside = script == "mongolian"
    left, size = (126, 29) if beside else (84, 28)
    tops = (66, 140, 206, 276) if beside else (84, 168, 248, 330)
    entries = ("name", "sex", "birth", "address")
    for entry, top in zip(entries, tops, strict=True):
        if beside:
            minority.column(card, (72, top - 8, 104, top + 52), entry)
        else:
            minority.line(pen, (84, top - 36), script, entry, 24, 540)
    _bilingual_rows(pen, person, left, tops, size)
    if not beside:
        minority.line(pen, (84, 512), script, "number", 22, 400)
    drawing.label(pen, (left, 548), "公民身份号码", 27)
    write(pen, (340, 540), person.number, 42, spacing=6)
    write(pen, (694, 472), "SPECIMEN 样本 非真实证件", 18, fill=MARK)
    return card


def _bilingual_rows(
    pen: ImageDraw.ImageDraw, person: SamplePerson, left: int, tops: tuple[int, ...], size: int
) -> None:
    value, born = left + 100, person.date_of_birth
    for top, name in zip(tops, ("姓 名", "性 别", "出 生", "住 址"), strict=True):
        drawing.label(pen, (left, top), name, size - 1)
    write(pen, (value, tops[0] - 4), person.name, size + 5, spacing=3)
    write(pen, (value, tops[1] - 2), "男" if person.sex == "M" else "女", size + 2)
    drawing.label(pen, (value + 96, tops[1]), "民 族", size - 1)
    write(pen, (value + 190, tops[1] - 2), person.ethnicity, size + 2)
    write(pen, (value, tops[2] - 2), str(born.year), size + 2)
    for x, text, printed in (
        (88, "年", False),
        (132, str(born.month), True),
        (184, "月", False),
        (226, str(born.day), True),
    ):
        (write if printed else drawing.label)(pen, (value + x, tops[2] - 2 * printed), text, size + 2 * printed)
    drawing.label(pen, (value + 276, tops[2]), "日", size)
    for row, line in enumerate(drawing.wrapped(person.address, 13)):
        write(pen, (value, tops[3] - 2 + row * 40), line, size + 1, spacing=1)


def _bilingual_back(person: SamplePerson, script: Script) -> Image.Image:
    card, pen = drawing.title_side(2, "居 民 身 份 证", size=76, spacing=8)
    rows = (("authority", "签发机关", person.issuing_authority), ("period", "有效期限", drawing.period(person)))
    for row, (entry, name, value) in enumerate(rows):
        top = 430 + 100 * row
        if script == "mongolian":
            minority.column(card, (150, top - 14, 182, top + 52), entry)
        else:
            minority.line(pen, (196, top - 34), script, entry, 24, 560)
        drawing.label(pen, (206, top + 6), name, 29)
        write(pen, (372, top + 2), value, 33, spacing=1)
    return card
