"""Draws a Chinese resident identity card of a made-up person: own drawing, no state emblem, marked as a specimen."""

from __future__ import annotations

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._people import SamplePerson, person

__all__ = ["SIZE", "SamplePerson", "draw", "person"]

SIZE = (1011, 638)
"""85.6 x 54 mm at 300 dots an inch."""
_LABEL = (48, 92, 142)
_MARK = (196, 84, 84)
_ADDRESS_LINE = 11


def draw(person: SamplePerson, portrait: Image.Image) -> dict[str, Image.Image]:
    """Both sides, RGB, 1011x638. Raises ``ValueError`` naming characters the carried font lacks."""
    return {"front": _front(person, portrait), "back": _back(person)}


def _label(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str) -> None:
    write(pen, place, text, 31, fill=_LABEL)


def _front(person: SamplePerson, portrait: Image.Image) -> Image.Image:
    card = wavy_paper(SIZE, (224, 238, 240), (240, 232, 226), seed=1)
    card.paste(portrait.convert("RGB").resize((304, 380), Image.Resampling.LANCZOS), (652, 82))
    pen = ImageDraw.Draw(card)
    _label(pen, (72, 76), "姓 名")
    write(pen, (184, 69), person.name, 40, spacing=4)
    _label(pen, (72, 152), "性 别")
    write(pen, (184, 148), "男" if person.sex == "M" else "女", 35)
    _label(pen, (292, 152), "民 族")
    write(pen, (402, 148), person.ethnicity, 35)
    _label(pen, (72, 226), "出 生")
    born = person.date_of_birth
    write(pen, (184, 221), str(born.year), 35, spacing=1)
    _label(pen, (286, 226), "年")
    write(pen, (338, 221), str(born.month), 35)
    _label(pen, (394, 226), "月")
    write(pen, (444, 221), str(born.day), 35)
    _label(pen, (500, 226), "日")
    _label(pen, (72, 302), "住 址")
    for row, line in enumerate(_wrapped(person.address)):
        write(pen, (184, 296 + row * 50), line, 35, spacing=2)
    _label(pen, (72, 540), "公民身份号码")
    write(pen, (330, 534), person.number, 42, spacing=6)
    write(pen, (694, 472), "SPECIMEN 样本 非真实证件", 18, fill=_MARK)
    return card


def _wrapped(text: str) -> list[str]:
    """The address in lines as wide as eleven Chinese characters; Latin letters and digits take half a place."""
    lines, line, taken = [], "", 0.0
    for character in text:
        width = 0.55 if character.isascii() else 1.0
        if taken + width > _ADDRESS_LINE:
            lines.append(line)
            line, taken = "", 0.0
        line, taken = line + character, taken + width
    return [*lines, line] if line else lines


def _back(person: SamplePerson) -> Image.Image:
    card = wavy_paper(SIZE, (228, 240, 232), (244, 232, 230), seed=2)
    pen = ImageDraw.Draw(card)
    pen.ellipse((66, 62, 206, 202), outline=_MARK, width=5)
    write(pen, (92, 104), "样本", 46, fill=_MARK)
    write(pen, (300, 66), "中华人民共和国", 54, spacing=18)
    write(pen, (268, 158), "居 民 身 份 证", 76, spacing=8, weight=1)
    write(pen, (760, 262), "SPECIMEN 非真实证件", 18, fill=_MARK)
    _label(pen, (196, 446), "签发机关")
    write(pen, (366, 443), person.issuing_authority, 35, spacing=1)
    _label(pen, (196, 534), "有效期限")
    ends = f"{person.date_of_expiry:%Y.%m.%d}" if person.date_of_expiry else "长期"
    write(pen, (366, 531), f"{person.date_of_issue:%Y.%m.%d}-{ends}", 35, spacing=1)
    return card
