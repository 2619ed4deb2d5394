"""Reflections and too much light, for ``signals.py``, beyond what ``reading_pictures.py`` draws."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import reading_pictures as drawing
import signals_pictures as pictures


def window(drawn: pictures.Drawn, seed: int) -> bytes:
    """The light of a window: a bright slanting band with soft edges, over a value."""
    rng = np.random.default_rng((seed, 37))
    picture = pictures.pixels(pictures.photo(drawn, seed))
    x, y, scale = _on_print(drawn, seed, rng)
    across, down = _coordinates(picture)
    turn = math.radians(rng.uniform(50, 130))
    away = np.abs((across - x) * math.cos(turn) + (down - y) * math.sin(turn))
    wide = scale * rng.uniform(0.05, 0.09)
    along = np.abs(-(across - x) * math.sin(turn) + (down - y) * math.cos(turn))
    strength = np.clip((1.25 - away / wide) / 0.4, 0, 1) * np.clip((1.2 - along / (scale * 0.28)) / 0.4, 0, 1)
    return pictures.jpeg(picture + 300 * strength[..., None] * rng.uniform(0.95, 1.2))


def lamp(drawn: pictures.Drawn, seed: int) -> bytes:
    """A blown-out reflection of a twelfth of the document, over a value."""
    rng = np.random.default_rng((seed, 39))
    picture = pictures.pixels(pictures.photo(drawn, seed))
    x, y, scale = _on_print(drawn, seed, rng)
    across, down = _coordinates(picture)
    away = np.hypot((across - x) / 1.3, (down - y) * 1.3) / (scale * rng.uniform(0.12, 0.15))
    strength = np.clip((1.2 - away) / 0.3, 0, 1)[..., None]
    return pictures.jpeg(picture * (1 - strength) + 255 * strength)


def lamps(drawn: pictures.Drawn, seed: int) -> bytes:
    """Two or three small lamps, or a torch and its ghosts, each over a value."""
    rng = np.random.default_rng((seed, 41))
    picture = pictures.pixels(pictures.photo(drawn, seed))
    across, down = _coordinates(picture)
    for _ in range(int(rng.integers(2, 4))):
        x, y, scale = _on_print(drawn, seed, rng)
        away = np.hypot(across - x, down - y) / (scale * rng.uniform(0.05, 0.075))
        picture = picture + 290 * np.clip((1.3 - away) / 0.5, 0, 1)[..., None]
    return pictures.jpeg(picture)


def haze(drawn: pictures.Drawn, seed: int) -> bytes:
    """Light straight into the lens: all is lifted, and little of the contrast is left."""
    rng = np.random.default_rng((seed, 43))
    picture = pictures.pixels(pictures.photo(drawn, seed))
    left = rng.uniform(0.16, 0.22)
    return pictures.jpeg(255 * (1 - left) + picture * left + 6)


def _on_print(drawn: pictures.Drawn, seed: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """A place on a value, in pixels of the photo, and the document's width there."""
    boxes = pictures.values(drawn)
    x0, y0, x1, y1 = boxes[int(rng.integers(len(boxes)))]
    corners = pictures.corners(drawn, seed)
    flat = drawing._rectangle(drawn.image.width, drawn.image.height)
    onto = cv2.getPerspectiveTransform(flat, np.asarray(corners, np.float32))
    place = np.array([[[rng.uniform(x0, x1), (y0 + y1) / 2]]], np.float32)
    x, y = cv2.perspectiveTransform(place, onto)[0, 0]
    return float(x), float(y), float(np.linalg.norm(corners[1] - corners[0]))


def _coordinates(picture: Any) -> tuple[Any, Any]:
    down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    return across, down
