"""Draws a side of a document as its layout says: title, labels with values below them, the portrait where it belongs.

For units whose ``layout.toml`` is all there is: what is drawn follows the labels, so that a sample changes with its layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import wavy_paper, write
from shiming.reading.documents._labelled import Asked, Shown

SIZE = (1011, 638)
"""A card of size ID-1 at 300 dots an inch."""
COLUMNS, TOP, ROW = (0.36, 0.70), 0.24, 0.17
"""Left edges of the two columns, top of the first label and distance of the rows, as fractions of the card."""
_LABEL, _MARK = (64, 88, 112), (196, 84, 84)
_DATES = {"dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}


def draw_side(shown: Shown, values: Mapping[str, str], portrait: Image.Image | None, *, seed: int = 1) -> Image.Image:
    """The side with these values (ISO 8601 dates are written in the layout's order), RGB, 1011x638, marked as a specimen.

    Raises ``ValueError`` naming characters the carried fonts lack.
    """
    card = wavy_paper(SIZE, (230, 238, 232), (240, 234, 226), seed=seed)
    pen = ImageDraw.Draw(card)
    if shown.marks:
        write(pen, (0.06 * SIZE[0], 0.06 * SIZE[1]), shown.marks[0], 44, fill=_LABEL, weight=1)
    if portrait is not None and shown.portrait is not None:
        left, top, right, bottom = (round(v * SIZE[i % 2]) for i, v in enumerate(shown.portrait))
        card.paste(portrait.convert("RGB").resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))
    for i, asked in enumerate(shown.fields):
        x, y = COLUMNS[i % 2] * SIZE[0], (TOP + ROW * (i // 2)) * SIZE[1]
        write(pen, (x, y), asked.labels[0], 22, fill=_LABEL)
        write(pen, (x, y + 30), _written(asked, values.get(asked.name, "")), 34)
    write(pen, (0.06 * SIZE[0], 0.93 * SIZE[1]), "SPECIMEN 样本", 22, fill=_MARK)
    return card


def _written(asked: Asked, value: str) -> str:
    if asked.kind == "date" and value:
        return f"{date.fromisoformat(value):{_DATES[asked.order or 'dmy']}}"
    return value
