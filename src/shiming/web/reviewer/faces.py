"""Faces at one scale, so that portrait and selfie can be compared by eye."""

from __future__ import annotations

import io

from PIL import Image

from shiming.registration.values import Face, Reading

SIZE = (360, 440)
"""Width and height of a crop in pixels."""
FACE_HEIGHT = 220
"""Height of the face box in a crop, in pixels: the same in both pictures."""


def main_face(reading: Reading | None) -> Face | None:
    """The largest face of a reading."""
    if reading is None or not reading.faces:
        return None
    return max(reading.faces, key=lambda f: (f.box[2] - f.box[0]) * (f.box[3] - f.box[1]))


def crop(jpeg: bytes, face: Face) -> bytes:
    """The face, scaled so that its box is ``FACE_HEIGHT`` high, in the middle of a JPEG of ``SIZE``."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
        picture = opened.convert("RGB")
    left, top, right, bottom = face.box
    scale = FACE_HEIGHT / max((bottom - top) * picture.height, 1.0)
    width, height = SIZE[0] / scale, SIZE[1] / scale
    x = (left + right) / 2 * picture.width - width / 2
    y = (top + bottom) / 2 * picture.height - height / 2
    part = picture.transform(
        SIZE, Image.Transform.EXTENT, (x, y, x + width, y + height), Image.Resampling.BICUBIC, fillcolor=(6, 11, 13)
    )
    out = io.BytesIO()
    part.save(out, "JPEG", quality=90)
    return out.getvalue()
