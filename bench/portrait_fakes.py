"""Portraits that no human face is in, drawn by chance: cartoons flat and shaded, cats, masks of geometry, blank fields, print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from shiming.reading.vision.face_runtime import Pixels

_W, _H = 400, 504
Chance = np.random.Generator
_SKINS = (
    (180, 205, 240),
    (150, 190, 230),
    (110, 150, 200),
    (60, 90, 140),
    (0, 220, 255),
    (200, 230, 120),
    (240, 240, 240),
)


def cartoon(chance: Chance) -> Pixels:
    """A face of flat colours with outlines, as in a comic."""
    image = np.full((_H, _W, 3), [int(v) for v in chance.integers(150, 256, 3)], np.uint8)
    skin = _SKINS[chance.integers(len(_SKINS))]
    hair = tuple(int(v) for v in chance.integers(0, 160, 3))
    x, y = _W // 2 + int(chance.integers(-15, 16)), _H // 2
    w, h = int(chance.integers(95, 135)), int(chance.integers(130, 175))
    cv2.ellipse(image, (x, y - h // 3), (w + 15, h), 0, 0, 360, hair, -1)
    cv2.rectangle(image, (x - 45, y + h // 2), (x + 45, _H), skin, -1)
    cv2.ellipse(image, (x, y), (w, h), 0, 0, 360, skin, -1)
    cv2.ellipse(image, (x, y), (w, h), 0, 0, 360, (30, 30, 30), 3)
    apart, eye = int(w * chance.uniform(0.38, 0.5)), int(w * chance.uniform(0.12, 0.3))
    for side in (-1, 1):
        at = (x + side * apart, y - h // 8)
        cv2.ellipse(image, at, (eye, int(eye * chance.uniform(0.6, 1.2))), 0, 0, 360, (255, 255, 255), -1)
        cv2.ellipse(image, at, (eye, eye), 0, 0, 360, (30, 30, 30), 2)
        cv2.circle(image, at, max(eye // 2, 3), (40, 30, 20), -1)
        brow = at[1] - int(eye * 1.5)
        cv2.line(image, (at[0] - eye, brow), (at[0] + eye, brow - 4), hair, 6)
    cv2.line(image, (x, y), (x - 10, y + h // 4), (60, 60, 90), 4)
    cv2.line(image, (x - 10, y + h // 4), (x + 8, y + h // 4), (60, 60, 90), 4)
    cv2.ellipse(image, (x, y + h // 2), (w // 3, int(h * chance.uniform(0.05, 0.14))), 0, 0, 180, (60, 60, 190), -1)
    return image


def shaded(chance: Chance) -> Pixels:
    """A cartoon with soft edges, light from one side, cheeks and grain: drawn to look like a photograph."""
    image = cv2.GaussianBlur(cartoon(chance), (0, 0), chance.uniform(2, 5)).astype(np.float32)
    across = np.linspace(chance.uniform(0.6, 1.0), chance.uniform(1.0, 1.3), _W)[None, :, None]
    down = np.linspace(1.1, chance.uniform(0.6, 0.9), _H)[:, None, None]
    soft = cv2.GaussianBlur(chance.normal(0, 60, (_H, _W)), (0, 0), 9)[..., None] * 6
    return np.asarray(np.clip(image * across * down + soft + chance.normal(0, 6, image.shape), 0, 255), np.uint8)


def cat(chance: Chance) -> Pixels:
    """A photographed cat's head, cropped, mirrored and lit by chance: the sample's, and scikit-image's where it is installed."""
    pictures = [np.frombuffer(files("shiming.reading.documents").joinpath("portraits/cat.jpg").read_bytes(), np.uint8)]
    found = sorted(Path("build/bench/venv").glob("lib/python3*/site-packages/skimage/data/chelsea.png"))
    pictures += [np.frombuffer(path.read_bytes(), np.uint8) for path in found]
    image = cv2.imdecode(pictures[chance.integers(len(pictures))], cv2.IMREAD_COLOR)
    height, width = image.shape[:2]
    share = chance.uniform(0.6, 1.0)
    h = int(min(height, width * _H / _W) * share)
    w = int(h * _W / _H)
    top, left = int(chance.integers(0, height - h + 1)), int(chance.integers(0, width - w + 1))
    part = cv2.resize(image[top : top + h, left : left + w], (_W, _H), interpolation=cv2.INTER_AREA)
    part = part[:, ::-1] if chance.random() < 0.5 else part
    return np.asarray(np.clip(part.astype(np.float32) * chance.uniform(0.7, 1.25), 0, 255), np.uint8)


def pattern(chance: Chance) -> Pixels:
    """A blank field, a gradient, stripes or print."""
    kind = chance.integers(3)
    image = np.full((_H, _W, 3), [int(v) for v in chance.integers(80, 256, 3)], np.uint8)
    if kind == 1:
        image = np.asarray(image * np.linspace(0.3, 1, _H)[:, None, None], np.uint8)
    if kind == 2:
        for line in range(10):
            cv2.putText(image, "SPECIMEN 0123", (10, 50 + 48 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40, 40, 40), 3)
    return image


KINDS: dict[str, Callable[[Chance], Pixels]] = {
    "cartoon, flat": cartoon,
    "cartoon, shaded": shaded,
    "cat": cat,
    "blank, gradient, print": pattern,
}


def fakes(kind: str, count: int) -> Iterator[Pixels]:
    """So many pictures of that kind, the same each time."""
    for seed in range(count):
        yield KINDS[kind](np.random.default_rng(seed))


def degraded(image: Pixels, seed: int) -> Pixels:
    """A picture brought through the same loss as ``faces_idlike.portrait`` brings a face."""
    chance = np.random.default_rng(seed)
    small = cv2.resize(image, (100, 126), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = (cv2.GaussianBlur(small, (0, 0), 0.8) - 128) * 0.85 + 128 + chance.uniform(-8, 8)
    small += chance.normal(0, 5, small.shape)
    stored = cv2.imencode(".jpg", np.clip(small, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    back = cv2.imdecode(stored, cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(back, (200, 252), interpolation=cv2.INTER_CUBIC), np.uint8)
