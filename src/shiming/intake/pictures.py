"""Pictures that people hand in: looked at header first, then decoded small, or refused with a reason code.

Nothing but :class:`Refused` ever leaves this module for a bad file. A file's pixels are touched only after its header
was found to be of an allowed format and within ``limits.toml``.
"""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import pi_heif
from PIL import Image

from shiming.platform import memory

pi_heif.register_heif_opener(thumbnails=False)
pi_heif.options.DECODE_THREADS = 1

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
_FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"]
_MAGIC = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF....WEBP|....ftyp(?:avi[fs]|hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL)
_ORIENTATION_TAG = 0x0112
_BAND = 128
"""Rows turned from Pillow's pixels into OpenCV's at a time: 2 MB of a phone's picture."""
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
"""What a JPEG's scans begin with, and what it ends with."""
_HALF = 0.5


class Refused(Exception):  # noqa: N818 - the word the house uses: the picture is refused, nothing broke
    """The picture cannot be taken. ``code`` is the reason code that says why and what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture's header says: size in pixels as stored, and the EXIF orientation (1..8) that makes it upright."""

    media_type: str
    width: int
    height: int
    orientation: int


@cache
def limits() -> Mapping[str, int]:
    """The limits of ``limits.toml`` by name."""
    data = tomllib.loads(files(__package__).joinpath("limits.toml").read_text("utf-8"))
    return {name: int(row["value"]) for name, row in data["picture"].items()}


def announced_type(media_type: str) -> str:
    """The media type that a caller announces, or the general one: it is kept in clear, so no other text will do."""
    return media_type if media_type in _MEDIA_TYPES.values() else "application/octet-stream"


def inspect(data: bytes) -> Header:
    """Reads the header and decides whether the picture may be decoded; touches no pixel.

    Raises :class:`Refused` with ``IMG_EMPTY IMG_TOO_LARGE IMG_FORMAT IMG_CORRUPT IMG_TOO_MANY_PIXELS IMG_ANIMATED``.
    """
    with _opened(data) as picture:
        return _header(picture)


def decode(data: bytes, longest: int | None = None) -> Pixels:
    """The upright picture as (height, width, 3) BGR uint8, its longest side at most ``longest`` pixels (default 2400).

    Transparent parts become white, 16-bit and grey pictures 8-bit colour. Raises :class:`Refused` as
    :func:`inspect` does, and ``IMG_CORRUPT`` for a truncated or damaged file.
    """
    limit = longest or limits()["longest"]
    with _opened(data) as picture:
        header = _header(picture)
        try:
            pixels = _small_pixels(picture, data, limit)
        except Exception:
            # Decoders raise almost any type on damaged data; to the person they are one thing.
            raise Refused("IMG_CORRUPT") from None
    small = _shrunk(pixels, limit)
    if header.width * header.height > limits()["large"]:
        del pixels, picture
        memory.give_back()
    return _upright(small, header.orientation)


def normalise(data: bytes) -> bytes:
    """The picture as it is kept: upright JPEG without any metadata, longest side at most 2400. Raises :class:`Refused`."""
    return encode(decode(data))


def encode(pixels: Pixels) -> bytes:
    """BGR uint8 pixels as JPEG bytes."""
    done, buffer = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, limits()["jpeg_quality"]])
    if not done:
        raise Refused("IMG_CORRUPT")
    return bytes(buffer.tobytes())


def _opened(data: bytes) -> Image.Image:
    if not data:
        raise Refused("IMG_EMPTY")
    if len(data) > limits()["bytes"]:
        raise Refused("IMG_TOO_LARGE")
    if not _MAGIC.match(data[:16]):
        raise Refused("IMG_FORMAT")
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise Refused("IMG_TOO_MANY_PIXELS") from None
    except Exception:
        raise Refused("IMG_CORRUPT") from None


def _header(picture: Image.Image) -> Header:
    kind = picture.format or ""
    if kind not in _MEDIA_TYPES:
        raise Refused("IMG_FORMAT")
    width, height = picture.size
    jpeg = _MEDIA_TYPES[kind] == "image/jpeg"
    if width * height > limits()["pixels_jpeg" if jpeg else "pixels_other"]:
        raise Refused("IMG_TOO_MANY_PIXELS")
    if jpeg:
        _refuse_heavy_progressive(picture)
    elif getattr(picture, "n_frames", 1) > 1:
        # A JPEG with several frames (MPO) is a phone's still picture with its depth or gain map.
        raise Refused("IMG_ANIMATED")
    return Header(_MEDIA_TYPES[kind], width, height, _orientation(picture))


def _refuse_heavy_progressive(picture: Image.Image) -> None:
    if not picture.info.get("progressive"):
        return
    layers = [(h, v) for _, h, v, _ in getattr(picture, "layer", [])]
    across, down = (max((x[i] for x in layers), default=1) for i in (0, 1))
    share = sum(h * v for h, v in layers) / (across * down)
    if picture.size[0] * picture.size[1] * share * 2 > limits()["coefficients"]:
        raise Refused("IMG_TOO_MANY_PIXELS")


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:
        return 1  # damaged metadata is dropped anyway and says nothing about the pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _small_pixels(picture: Image.Image, data: bytes, longest: int) -> Pixels:
    if picture.format in ("JPEG", "MPO"):
        if data.count(_SCAN) > limits()["scans"]:
            raise Refused("IMG_CORRUPT")
        scale = _power_of_two(max(picture.size) / longest)
        if picture.mode in ("L", "RGB") and data.rfind(_END) > data.rfind(_SCAN):
            return _jpeg(data, scale)
        picture.draft(None, (picture.size[0] // scale, picture.size[1] // scale))
    elif picture.format == "WEBP":
        return _webp(data)
    picture.load()
    if picture.mode in ("I;16", "I;16B", "I"):
        return (np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8)
    if picture.mode in ("L", "RGB", "RGBA"):
        factor = max(1, int(max(picture.size) / longest))
        return _banded(picture.reduce(factor) if factor > 1 else picture)
    transparent = picture.mode in ("LA", "La", "PA", "RGBa") or "transparency" in picture.info
    return _banded(picture.convert("RGBA" if transparent else "RGB"))


def _power_of_two(ratio: float) -> int:
    return next(s for s in (8, 4, 2, 1) if s <= max(ratio, 1.0))


def _jpeg(data: bytes, scale: int) -> Pixels:
    # OpenCV decodes straight into the array, which takes Pillow half of its time again; but it says nothing of a file that was
    # cut off, so those without an end go to Pillow.
    how = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
    flags = how.get(scale, cv2.IMREAD_REDUCED_COLOR_8) | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None:
        raise Refused("IMG_CORRUPT")
    return np.asarray(pixels, np.uint8)


def _webp(data: bytes) -> Pixels:
    # OpenCV decodes straight into the array; Pillow's animation decoder keeps four whole canvases.
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise Refused("IMG_CORRUPT")
    return np.asarray(pixels, np.uint8)


def _banded(picture: Image.Image) -> Pixels:
    """A picture of mode L, RGB or RGBA, a band of rows after the other: as a whole it would be in memory four times."""
    width, height = picture.size
    depth = len(picture.getbands())
    pixels = np.empty((height, width, depth)[: 2 if depth == 1 else 3], np.uint8)
    for top in range(0, height, _BAND):
        below = min(height, top + _BAND)
        pixels[top:below] = _channels(np.asarray(picture.crop((0, top, width, below))))
    return pixels


def _channels(pixels: np.ndarray[Any, Any]) -> Pixels:
    if pixels.ndim == 2:
        return np.asarray(pixels, np.uint8)
    code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _shrunk(pixels: Pixels, longest: int) -> Pixels:
    height, width = pixels.shape[:2]
    ratio = longest / max(height, width)
    if ratio < 1:
        size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        # Above half the size four pixels beside each other are as good as all, in a sixth of the time.
        method = cv2.INTER_LINEAR if ratio > _HALF else cv2.INTER_AREA
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    return _on_white(pixels) if pixels.shape[2] == 4 else pixels


def _on_white(pixels: Pixels) -> Pixels:
    alpha = pixels[:, :, 3:].astype(np.uint16)
    blended = (pixels[:, :, :3] * alpha + 255 * (255 - alpha)) // 255
    return np.asarray(blended, np.uint8)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undoes the EXIF orientation: 2 mirrored, 3 half turn, 4 flipped, 5-8 the same on their side."""
    turned = pixels.transpose(1, 0, 2) if orientation >= 5 else pixels
    flip_rows = orientation in (3, 4, 7, 8)
    flip_columns = orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(turned[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1])
