"""What every sample generator draws with: fonts, security-print-like background, and a photograph of the result."""

from __future__ import annotations

import io
import math
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Background = Literal["wood", "dark", "white", "cloth", "plain"]
Pixels = npt.NDArray[np.float32]
_TONES: dict[str, tuple[int, int, int]] = {
    "wood": (140, 96, 60),
    "dark": (38, 40, 46),
    "white": (232, 231, 228),
    "cloth": (86, 104, 132),
    "plain": (120, 126, 118),
}


_FIRST = "NotoSansSC-samples.otf"


@cache
def _font_bytes(name: str) -> bytes:
    return files(__package__).joinpath("fonts", name).read_bytes()


def font(size: int, *, ocr: bool = False) -> ImageFont.FreeTypeFont:
    """The font the samples are written in: Chinese and Latin, or OCR-B. ``size`` in pixels."""
    return _loaded("OCRB.otf" if ocr else _FIRST, size)


_OTHERS = ("NotoSansHK-samples.otf", "DejaVuSans-samples.ttf")
"""Fonts for what the first one lacks: traditional and Japanese characters, letters of central Europe, Türkiye, Viet Nam."""


@cache
def _loaded(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(_font_bytes(name)), size)


@cache
def _has(name: str, character: str) -> bool:
    face = _loaded(name, 24)
    return bytes(face.getmask(character)) != bytes(face.getmask("\U0010fffd"))


def _other(character: str) -> str | None:
    """The font that has a character which the first one lacks."""
    return next((name for name in _OTHERS if _has(name, character)), None)


def write(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: int,
    *,
    fill: Any = (24, 24, 28),
    ocr: bool = False,
    spacing: float = 0.0,
    weight: int = 0,
) -> float:
    """Writes one line with its top left at ``place`` and returns the x where it ends.

    ``spacing`` is extra pixels a character, ``weight`` a stroke's width in pixels. Raises ``ValueError`` naming the
    characters which the carried font does not have.
    """
    face = font(size, ocr=ocr)
    others = {} if ocr else {c: _other(c) for c in text if not c.isspace() and not _has(_FIRST, c)}
    missing = [c for c, other in others.items() if other is None]
    if missing:
        raise ValueError(f"the sample font has no {''.join(missing)!r}; use other characters or widen the subset")
    x, y = place
    if others:
        base = y + face.getmetrics()[0]
        for character in text:
            other = others.get(character)
            own = _loaded(other, size) if other else face
            pen.text((x, base), character, font=own, fill=fill, stroke_width=weight, anchor="ls")
            x += own.getlength(character) + spacing
        return x
    if spacing == 0.0:
        pen.text((x, y), text, font=face, fill=fill, stroke_width=weight)
        return x + face.getlength(text)
    for character in text:
        pen.text((x, y), character, font=face, fill=fill, stroke_width=weight)
        x += face.getlength(character) + spacing
    return x


def wavy_paper(
    size: tuple[int, int], low: tuple[int, int, int], high: tuple[int, int, int], *, seed: int
) -> Image.Image:
    """Pale paper between two colours with fine wavy lines, like security print. ``size`` is (width, height)."""
    width, height = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    mix = (0.5 + 0.5 * np.sin(x / width * 2.2 + y / height * 1.3))[..., None]
    paper = np.array(low, np.float32) * (1 - mix) + np.array(high, np.float32) * mix
    for turn in range(3):
        phase = float(rng.uniform(0, 6))
        wave = np.sin(y / (5.5 + turn) + 3 * np.sin(x / (70.0 + 24 * turn) + phase))
        paper -= (np.clip(wave - 0.82, 0, 1) * 55)[..., None] * np.array([1.0, 0.7, 0.6], np.float32)
    return Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))


def photocopy(image: Image.Image, *, seed: int = 0) -> Image.Image:
    """The same side as a photocopy: grey, hard contrast, paper grain."""
    rng = np.random.default_rng(seed)
    grey = np.asarray(image.convert("L")).astype(np.float32)
    grey = np.clip((grey - 128) * 1.35 + 140 + rng.normal(0, 5, grey.shape), 0, 250)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def _table(background: Background, width: int, height: int, rng: np.random.Generator) -> Pixels:
    table = np.ones((height, width, 3), np.float32) * np.array(_TONES[background], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if background == "wood":
        grain = np.sin(y / 9 + 5 * np.sin(x / 410) + 1.5 * np.sin(y / 61))
        table *= 1 + 0.13 * grain[..., None]
    if background == "cloth":
        table *= 1 + 0.09 * (np.sin(x * 1.1) * np.sin(y * 1.1))[..., None]
    table *= np.linspace(1.08, 0.9, width, dtype=np.float32)[None, :, None]
    return table + rng.normal(0, 3, table.shape).astype(np.float32)


def _corners(
    card: tuple[int, int], frame: tuple[int, int], scale: float, shift: tuple[float, float], skew: float, tilt: float
) -> Pixels:
    """Where the card's corners come to lie: turned by ``skew`` in its plane, leaned back by ``tilt``, as seen."""
    width = frame[0] * scale
    height = width * card[1] / card[0]
    flat = np.array([(-width, -height), (width, -height), (width, height), (-width, height)], np.float64) / 2
    turn, lean, distance = math.radians(skew), math.radians(tilt), frame[0] * 1.4
    points = []
    for x, y in flat:
        across, down = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        near = distance / (distance - down * math.sin(lean))
        points.append((across * near, down * math.cos(lean) * near))
    centre = np.array([frame[0] * (0.5 + shift[0]), frame[1] * (0.5 + shift[1])])
    return np.asarray(np.array(points) + centre, dtype=np.float32)


def _lay(card: Image.Image, table: Pixels, corners: Pixels) -> Pixels:
    height, width = table.shape[:2]
    source = np.array([(0, 0), (card.width, 0), (card.width, card.height), (0, card.height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    rounded = Image.new("L", card.size, 0)
    ImageDraw.Draw(rounded).rounded_rectangle((0, 0, card.width - 1, card.height - 1), card.width // 28, fill=255)
    flags = cv2.INTER_AREA
    laid = cv2.warpPerspective(np.asarray(card.convert("RGB")).astype(np.float32), matrix, (width, height), flags=flags)
    mask = cv2.warpPerspective(np.asarray(rounded).astype(np.float32) / 255, matrix, (width, height), flags=flags)
    shadow = cv2.GaussianBlur(np.roll(mask, (7, 5), (0, 1)), (0, 0), 9)[..., None]
    lit = table * (1 - 0.45 * shadow)
    return np.asarray(lit * (1 - mask[..., None]) + laid * mask[..., None], dtype=np.float32)


def _shine(picture: Pixels, corners: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """A blown-out reflection over about that share of the card."""
    area = cv2.contourArea(corners) * share
    span = corners.max(axis=0) - corners.min(axis=0)
    centre = corners.min(axis=0) + span * rng.uniform(0.3, 0.7, 2)
    radius = math.sqrt(area / math.pi)
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    away = np.sqrt(((x - centre[0]) / (radius * 1.4)) ** 2 + ((y - centre[1]) / (radius / 1.4)) ** 2)
    strength = np.clip(1.25 - away, 0, 0.25)[..., None] * 4
    return np.asarray(picture * (1 - strength) + 255 * strength, dtype=np.float32)


def photograph(
    image: Image.Image,
    *,
    background: Background = "dark",
    rotate: int = 0,
    skew: float = 0.0,
    tilt: float = 0.0,
    blur: float = 0.0,
    glare: float = 0.0,
    dark: float = 0.0,
    jpeg_quality: int = 90,
    noise: float = 2.0,
    scale: float = 0.78,
    shift: tuple[float, float] = (0.0, 0.0),
    seed: int = 0,
    size: tuple[int, int] = (1600, 1200),
) -> bytes:
    """A picture of the card on a table, as JPEG bytes.

    ``rotate``: how the phone was turned, in quarter turns counter-clockwise (0, 90, 180, 270 degrees). ``skew``: the
    card turned in its plane, degrees clockwise. ``tilt``: the camera not above it, degrees. ``blur``: Gaussian sigma,
    pixels. ``glare``: share of the card under a reflection, 0..1. ``dark``: light taken away, 0..1. ``noise``: sigma in
    grey levels. ``scale``: the card's width as a share of the picture's; ``shift``: its centre away from the middle, as
    a share of the picture. ``size``: (width, height) before ``rotate``.
    """
    if rotate % 90:
        raise ValueError(f"rotate takes quarter turns (0, 90, 180, 270), not {rotate}; use skew for other angles")
    rng = np.random.default_rng(seed)
    corners = _corners(image.size, size, scale, shift, skew, tilt)
    picture = _lay(image, _table(background, *size, rng), corners)
    if glare > 0:
        picture = _shine(picture, corners, glare, rng)
    if blur > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), blur).astype(np.float32)
    picture = picture * (1 - dark) + rng.normal(0, noise, picture.shape).astype(np.float32)
    turned = np.rot90(np.clip(picture, 0, 255).astype(np.uint8), rotate // 90)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(turned)).save(out, "JPEG", quality=jpeg_quality)
    return out.getvalue()
