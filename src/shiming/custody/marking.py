"""How a copy of a document is kept where policy demands it: marked with what it is for, named fields blacked out.

Done once, between reading and keeping: what is covered here was never stored. The mark leaves faces free, since the
portrait is compared afterwards.
"""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from shiming.platform.limits import limit
from shiming.registration.values import Box, CopyRule, Face, Reading

_ROOM = "shiming.custody"
_INK = (150, 0, 0)
_HALO = (255, 255, 255)


def prepare(picture: bytes, reading: Reading, rule: CopyRule, text: str) -> tuple[bytes, tuple[str, ...]]:
    """The picture as it may be kept, and the fields that should be black and whose place was not found.

    ``picture`` is a JPEG of ours, never a file as it was handed in.
    """
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
        kept = opened.convert("RGB")
    lost = tuple(name for name in rule.black_out if not _black_out(kept, reading, name))
    if rule.mark:
        kept = _marked(kept, reading.faces or (), text)
    out = io.BytesIO()
    kept.save(out, "JPEG", quality=int(limit(_ROOM, "copy.jpeg_quality")))
    return out.getvalue(), lost


def _black_out(picture: Image.Image, reading: Reading, name: str) -> bool:
    """Covers one field. A field that is not on this side was not read, and there is nothing to cover."""
    field = reading.fields.get(name)
    if field is None:
        return True
    if field.box is None:
        return False
    ImageDraw.Draw(picture).polygon(_corners(picture, field.box), fill=(0, 0, 0))
    return True


def _corners(picture: Image.Image, box: Box) -> list[tuple[float, float]]:
    """The corners in pixels, moved outwards, so that no stroke looks out at an edge."""
    points = [(x * picture.width, y * picture.height) for x, y in box]
    middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    height = max(y for _, y in points) - min(y for _, y in points)
    margin = height * limit(_ROOM, "copy.margin")

    def outwards(value: float, centre: float) -> float:
        return value + margin if value > centre else value - margin

    return [(outwards(x, middle[0]), outwards(y, middle[1])) for x, y in points]


def _marked(picture: Image.Image, faces: tuple[Face, ...], text: str) -> Image.Image:
    """The mark, line under line over the whole picture, shifted from line to line; faces stay free."""
    size = max(int(picture.height * limit(_ROOM, "copy.letter")), 8)
    font = ImageFont.load_default(size)
    layer = picture.copy()
    draw = ImageDraw.Draw(layer)
    width = int(draw.textlength(f"{text}   ", font=font))
    step = int(size * limit(_ROOM, "copy.spacing"))
    for line, top in enumerate(range(size, picture.height, step)):
        for left in range(-(line * width // 3) % width - width, picture.width, width):
            draw.text((left, top), text, font=font, fill=_INK, stroke_width=max(size // 16, 1), stroke_fill=_HALO)
    mask = Image.new("L", picture.size, int(255 * limit(_ROOM, "copy.opacity")))
    free = ImageDraw.Draw(mask)
    for face in faces:
        left_, top_, right, bottom = face.box
        free.rectangle(
            (left_ * picture.width, top_ * picture.height, right * picture.width, bottom * picture.height), fill=0
        )
    return Image.composite(layer, picture, mask)
