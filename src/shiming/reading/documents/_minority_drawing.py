"""Second scripts on samples of resident identity cards: lines above or columns beside the Chinese ones.

Cards issued in regions of national autonomy bear the local script too (Resident Identity Card Law, article 4): Mongolian,
Tibetan, Uyghur, Kazakh, Korean, Yi, Zhuang ... Only Zhuang is written in letters that the carried font has. The others are drawn
as strokes that look like their letters and mean nothing; a reader has no use for them, they must only not disturb it.
"""

from __future__ import annotations

import random
from typing import Any, Literal

from PIL import Image, ImageDraw

from shiming.reading.documents._chinese_drawing import LABEL
from shiming.reading.documents._drawing import write

Script = Literal["zhuang", "tibetan", "arabic", "yi", "hangul", "mongolian"]
SCRIPTS: tuple[Script, ...] = ("zhuang", "tibetan", "arabic", "yi", "hangul", "mongolian")
_INK = (24, 24, 28)
_ZHUANG = {
    "name": ("singqmingz", "Lij Meizvah"),
    "sex": ("singqbied", "mbwk minzcuz Bouxcuengh"),
    "birth": ("seng'", "nienz nyied hauh"),
    "address": ("dieg youq", "Gvangjsih Bouxcuengh Swcigih Namzningz"),
    "number": ("gunghminz sinhfwn hauhmax", ""),
    "authority": ("gihgvanh cengfat", "Namzningz Si Gunghanhgiz"),
    "period": ("geizhanh mizyauq", ""),
}


def line(pen: ImageDraw.ImageDraw, place: tuple[int, int], script: Script, entry: str, size: int, widest: int) -> None:
    """A line of an entry (``name`` ... ``period``) in a script, label and value, at most ``widest`` pixels wide."""
    label, value = _ZHUANG[entry]
    x, y = place
    if script == "zhuang":
        end = write(pen, (x, y), label, size, fill=LABEL)
        write(pen, (end + size, y), value, size)
        return
    rng = random.Random(f"{script}{entry}")  # noqa: S311 - strokes, not secrets
    if script == "arabic":  # from right to left, the label at the right
        _strokes(pen, (x + widest - 4 * size, y), script, 6, size, LABEL, rng)
        _strokes(pen, (x + widest // 3, y), script, len(value) // 2, size, _INK, rng)
        return
    end = _strokes(pen, (x, y), script, 4, size, LABEL, rng)
    _strokes(pen, (end + size, y), script, min(len(value), (widest - (end - x)) // size), size, _INK, rng)


def column(card: Image.Image, box: tuple[int, int, int, int], entry: str) -> None:
    """A column of Mongolian, read downwards, in left, top, right, bottom of the card."""
    left, top, right, bottom = box
    rng = random.Random(f"mongolian{entry}")  # noqa: S311 - strokes, not secrets
    pen = ImageDraw.Draw(card)
    middle = (left + right) // 2
    y = top
    while y < bottom - 6:
        word = min(bottom, y + rng.randint(24, 60))
        pen.line((middle, y, middle, word), fill=_INK, width=2)
        for tooth in range(y + 4, word, 7):
            pen.line(
                (middle, tooth, middle + rng.choice((-1, 1)) * rng.randint(4, right - middle), tooth + 3),
                fill=_INK,
                width=2,
            )
        y = word + 10


def _strokes(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    script: Script,
    letters: int,
    size: int,
    fill: Any,
    rng: random.Random,
) -> int:
    """Meaningless letters of about that look; gives where they end."""
    x, y = place
    pitch = round(size * {"arabic": 0.5, "tibetan": 0.7, "yi": 0.95, "hangul": 0.95}.get(script, 0.8))
    for _ in range(letters):
        _letter(pen, (x, y, x + pitch - 3, y + size), script, fill, rng)
        x += pitch
    return x


def _letter(
    pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], script: Script, fill: Any, rng: random.Random
) -> None:
    left, top, right, bottom = box
    high = bottom - top
    if script == "tibetan":  # a head line, stems below it, a vowel above
        pen.line((left, top + high // 3, right, top + high // 3), fill=fill, width=3)
        for stem in sorted(rng.sample(range(left, right), 2)):
            pen.line(
                (stem, top + high // 3, stem + rng.randint(-3, 3), bottom - rng.randint(0, high // 4)),
                fill=fill,
                width=2,
            )
        if rng.random() < 0.4:
            pen.arc((left, top, right, top + high // 3), 180, 360, fill=fill, width=2)
    elif script == "arabic":  # joined at the base line, bows and dots
        base = bottom - high // 3
        pen.line((left - 3, base, right + 3, base), fill=fill, width=3)
        pen.arc((left, base - high // 3, right, base + high // 4), rng.choice((0, 180)), 360, fill=fill, width=2)
        if rng.random() < 0.5:
            x, y = (left + right) // 2, base + rng.choice((-1, 1)) * high // 3
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=fill)
    elif script == "yi":
        pen.arc((left, top + 4, right, bottom), rng.randint(0, 180), rng.randint(220, 360), fill=fill, width=2)
        pen.line((left + rng.randint(0, 6), top + 3, right, top + high // 2), fill=fill, width=2)
    else:  # blocks of strokes and rings
        ring = (left + 2, bottom - high // 3, left + 2 + high // 3, bottom)
        pen.ellipse(ring, outline=fill, width=2)
        pen.line((left + 2, top + 4, right - 8, top + 4), fill=fill, width=2)
        pen.line((right - 4, top, right - 4, bottom - 6), fill=fill, width=2)
