"""What the samples of Chinese cards draw with: labels, wrapped addresses, the rows of a card's front, a title side."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
LABEL = (48, 92, 142)
MARK = (196, 84, 84)
_ADDRESS_LINE = 11


def label(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int = 31) -> None:
    """A printed label."""
    write(pen, place, text, size, fill=LABEL)


def wrapped(text: str, widest: int = _ADDRESS_LINE) -> list[str]:
    """The address in lines as wide as eleven Chinese characters; Latin letters and digits take half a place."""
    lines, line, taken = [], "", 0.0
    for character in text:
        width = 0.55 if character.isascii() else 1.0
        if taken + width > widest:
            lines.append(line)
            line, taken = "", 0.0
        line, taken = line + character, taken + width
    return [*lines, line] if line else lines


def paste_portrait(card: Image.Image, portrait: Image.Image, place: tuple[int, int], size: tuple[int, int]) -> None:
    """The portrait at its place, ``size`` (width, height) in pixels."""
    card.paste(portrait.convert("RGB").resize(size, Image.Resampling.LANCZOS), place)


def personal_rows(
    pen: ImageDraw.ImageDraw, person: SamplePerson, tops: Sequence[int], *, ethnicity: bool = True
) -> None:
    """Name, sex (and ethnicity), birth and address as on a resident identity card; ``tops`` of the four labels in pixels."""
    label(pen, (72, tops[0]), "姓 名")
    write(pen, (184, tops[0] - 7), person.name, 40, spacing=4)
    label(pen, (72, tops[1]), "性 别")
    write(pen, (184, tops[1] - 4), "男" if person.sex == "M" else "女", 35)
    if ethnicity:
        label(pen, (292, tops[1]), "民 族")
        write(pen, (402, tops[1] - 4), person.ethnicity, 35)
    label(pen, (72, tops[2]), "出 生")
    born, top = person.date_of_birth, tops[2]
    write(pen, (184, top - 5), str(born.year), 35, spacing=1)
    label(pen, (286, top), "年")
    write(pen, (338, top - 5), str(born.month), 35)
    label(pen, (394, top), "月")
    write(pen, (444, top - 5), str(born.day), 35)
    label(pen, (500, top), "日")
    label(pen, (72, tops[3]), "住 址")
    for row, line in enumerate(wrapped(person.address)):
        write(pen, (184, tops[3] - 6 + row * 50), line, 35, spacing=2)


def period(person: SamplePerson) -> str:
    """First and last day as printed."""
    ends = f"{person.date_of_expiry:%Y.%m.%d}" if person.date_of_expiry else "长期"
    return f"{person.date_of_issue:%Y.%m.%d}-{ends}"


def title_side(seed: int, title: str, *, size: int, spacing: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A side with 中华人民共和国 and the document's name below it; a ring that says specimen where the emblem would be."""
    card = wavy_paper(SIZE, (228, 240, 232), (244, 232, 230), seed=seed)
    pen = ImageDraw.Draw(card)
    pen.ellipse((66, 62, 206, 202), outline=MARK, width=5)
    write(pen, (92, 104), "样本", 46, fill=MARK)
    write(pen, (300, 66), "中华人民共和国", 54, spacing=18)
    write(pen, (268, 158), title, size, spacing=spacing, weight=1)
    write(pen, (760, 262), "SPECIMEN 非真实证件", 18, fill=MARK)
    return card, pen
