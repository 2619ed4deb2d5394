"""Documents shown on a screen and photographed from it, for ``signals.py``: its pixels, and what a camera makes of them.

Light adds linearly; every pixel is patches of red, green and blue with dark gaps; the lens blurs by about a sensor's pixel, which
sees one colour each (Bayer), and what is between them the camera guesses. Nothing of it is measured: screens and cameras differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import reading_pictures as drawing
from PIL import Image, ImageDraw

Drawn = drawing._Drawn
_FRAMES = ((1600, 1200), (2000, 1500))
_LOOKS = 9
"""Points of the screen that each pixel of the sensor gathers light from."""
_TILE = 48
"""Across of the drawing of two by two of a screen's pixels."""


@cache
def _stripes() -> Any:
    """Red, green and blue beside each other with a dark gap between rows and between pixels: monitors, notebooks."""
    y, x = np.mgrid[0:_TILE, 0:_TILE] * 2 / _TILE
    lit = ((y % 1) < 0.83) & ((x * 3) % 1 < 0.85)
    return _balanced(np.stack([(np.floor((x % 1) * 3) == i) & lit for i in range(3)], axis=-1))


@cache
def _diamonds() -> Any:
    """Green dots in each pixel, larger red and blue ones in every second, by turns: phones with organic diodes."""
    y, x = np.mgrid[0:_TILE, 0:_TILE] * 2 / _TILE
    odd = (np.floor(x) + np.floor(y)) % 2 == 1
    green = np.hypot(x % 1 - 0.25, y % 1 - 0.25) < 0.24
    big = np.abs(x % 1 - 0.75) + np.abs(y % 1 - 0.75) < 0.36
    return _balanced(np.stack([big & odd, green, big & ~odd], axis=-1))


def _balanced(lit: Any) -> Any:
    """Two by two pixels, so bright that white is white from afar."""
    return (lit / lit.mean(axis=(0, 1))).astype(np.float32)


_KINDS: dict[str, tuple[Callable[[], Any], tuple[float, float], tuple[int, int]]] = {
    "monitor": (_stripes, (0.95, 1.6), (1280, 800)),
    "notebook": (_stripes, (0.6, 1.0), (1920, 1200)),
    "phone": (_diamonds, (0.55, 1.1), (2000, 940)),
}
"""What a pixel looks like, sensor's pixels to each, and how many the screen has."""
KINDS = tuple(_KINDS)


def screen(drawn: Drawn, seed: int, kind: str) -> bytes:
    """The document on a screen of that kind, photographed from some distance and angle by one of two cameras."""
    rng = np.random.default_rng((seed, 17, KINDS.index(kind)))
    mask, (least, most), size = _KINDS[kind]
    frame = _FRAMES[int(rng.integers(2))]
    shown = _shown(drawn, size, rng)
    # So near that the document, which is all that is wanted, nearly fills the picture; the screen's edge may be outside.
    pitch = float(np.clip(rng.uniform(0.72, 0.92) * frame[0] / _across(drawn, size), least, most))
    onto = _seen_from(size, pitch, frame, rng)
    light = _light(np.asarray(shown, np.float32), onto, mask(), frame, rng.uniform(0.35, 0.8), rng)
    light += rng.uniform(0.004, 0.03)  # the room's own light on the glass
    picture = _developed(light * rng.uniform(0.85, 1.1), rng)
    if frame != _FRAMES[0] and rng.integers(2):
        picture = cv2.resize(picture, _FRAMES[0], interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(80, 95))])[1])


def _across(drawn: Drawn, size: tuple[int, int]) -> int:
    down = min(size[1] * 0.9, size[0] * 0.8 * drawn.image.height / drawn.image.width)
    return int(down * drawn.image.width / drawn.image.height)


def _shown(drawn: Drawn, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A viewer's window: the document on its ground, with a bar above."""
    ground = int(rng.integers(10, 245))
    shown = Image.new("RGB", size, (ground,) * 3)
    ImageDraw.Draw(shown).rectangle((0, 0, size[0], size[1] // 30), fill=(60, 62, 66))
    across = _across(drawn, size)
    down = int(across * drawn.image.height / drawn.image.width)
    small = drawn.image.convert("RGB").resize((across, down), Image.Resampling.LANCZOS)
    shown.paste(small, ((size[0] - across) // 2, (size[1] - down) // 2))
    return shown


def _seen_from(size: tuple[int, int], pitch: float, frame: tuple[int, int], rng: np.random.Generator) -> Any:
    """From pixels of the sensor to pixels of the screen."""
    turn = math.radians(rng.uniform(-8, 8))
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    half = np.array(size, np.float64) * pitch / 2
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    corners = flat @ rotation.T + np.array(frame) / 2 + rng.uniform(-0.03, 0.03, (4, 2)) * frame[0]
    return cv2.getPerspectiveTransform(corners.astype(np.float32), drawing._rectangle(*size))


def _light(shown: Any, onto: Any, tile: Any, frame: tuple[int, int], blur: float, rng: np.random.Generator) -> Any:
    """Linear light on each of the sensor's pixels, all three colours."""
    linear = (shown / 255) ** 2.2
    # A grid of places, each moved a little, spread as the lens spreads a point and wide as a pixel.
    side = math.isqrt(_LOOKS)
    grid = (np.stack(np.meshgrid(range(side), range(side)), -1).reshape(-1, 2) + 0.5) / side - 0.5
    offsets = grid + rng.uniform(-0.5, 0.5, grid.shape) / side + rng.normal(0, blur, grid.shape)
    across, down = np.arange(frame[0], dtype=np.float32)[None], np.arange(frame[1], dtype=np.float32)[:, None]
    light = np.zeros((frame[1], frame[0], 3), np.float32)
    for dx, dy in offsets.astype(np.float32):
        x, y, z = (np.float32(a) * (across + dx) + np.float32(b) * (down + dy) + np.float32(c) for a, b, c in onto)
        x, y = x / z, y / z
        seen = cv2.remap(linear, x - 0.5, y - 0.5, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
        place = (y * (_TILE // 2)).astype(np.int32) % _TILE * _TILE + (x * (_TILE // 2)).astype(np.int32) % _TILE
        light += seen * tile.reshape(-1, 3)[place]
    return light / len(offsets)


def _developed(light: Any, rng: np.random.Generator) -> Any:
    """One colour a pixel with its noise, the others guessed, colours smoothed and light sharpened as phones do."""
    raw = np.empty(light.shape[:2], np.float32)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        raw[row::2, column::2] = light[row::2, column::2, channel]
    raw += rng.normal(0, 0.006, raw.shape)
    encoded = np.clip(raw, 0, 1) ** (1 / 2.2) * 65535
    # RGGB by its first row is what OpenCV names by its second: BG.
    whole = cv2.cvtColor(encoded.astype(np.uint16), cv2.COLOR_BayerBG2BGR).astype(np.float32) / 65535
    luma, *colours = cv2.split(cv2.cvtColor(whole, cv2.COLOR_BGR2YCrCb))
    if smooth := (0.0, 1.0, 2.0)[int(rng.integers(3))]:
        colours = [cv2.GaussianBlur(colour, (0, 0), smooth) for colour in colours]
    luma += rng.uniform(0, 0.5) * (luma - cv2.GaussianBlur(luma, (0, 0), 1.2))
    done = cv2.cvtColor(cv2.merge([luma, *colours]), cv2.COLOR_YCrCb2BGR) * 255
    return np.clip(done, 0, 255).astype(np.uint8)
