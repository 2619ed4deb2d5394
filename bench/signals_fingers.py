"""Fingers over documents, for ``signals.py``: of several skins, from all sides, one or two, on a value, an edge or a corner."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import signals_pictures as pictures

_SKIN = (
    (224, 172, 135), (198, 134, 96), (141, 85, 52), (92, 56, 36), (240, 200, 170), (232, 186, 150), (172, 112, 74), (64, 40, 28),
)  # fmt: skip
"""Red, green and blue of skins in white light."""
_EDGES = ((0.02, 0.5), (0.98, 0.55), (0.55, 0.97), (0.5, 0.02))
HOLDS = ("edge", "value", "two", "corner")


def finger(drawn: pictures.Drawn, seed: int, hold: str) -> bytes:
    """``edge``: the document held by its edge. ``value``: a fingertip on a value. ``two``: two fingers there. ``corner``: a thumb
    from a corner over the value nearest to it.
    """
    rng = np.random.default_rng((seed, 7))
    picture, corners = pictures.pixels(pictures.photo(drawn, seed)), pictures.corners(drawn, seed)
    width = float(np.linalg.norm(corners[1] - corners[0]))
    flat = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    onto = cv2.getPerspectiveTransform(flat, np.asarray(corners, np.float32))
    x, y = _EDGES[seed % 4] if hold == "edge" else _place(drawn, hold, rng)
    tip = cv2.perspectiveTransform(np.array([[[x, y]]], np.float32), onto)[0, 0]
    away = _from_corner(x, y) if hold == "corner" else _from_edge(x, y, hold == "edge", rng)
    radius = width * rng.uniform(*((0.09, 0.13) if hold == "corner" else (0.07, 0.11)))
    # The pad lies on the print, not only the nail's edge.
    at = tip - away * radius * 0.4 * (hold != "edge")
    skin = np.array(_SKIN[int(rng.integers(len(_SKIN)))][::-1], np.float32)
    picture = _with_finger(picture, at, away, radius, skin, rng)
    if hold == "two":
        beside = np.array([-away[1], away[0]]) * radius * 1.9 + away * radius * rng.uniform(-0.3, 0.8)
        picture = _with_finger(picture, at + beside, away, radius * 0.9, skin, rng)
    return pictures.jpeg(picture)


def _place(drawn: pictures.Drawn, hold: str, rng: np.random.Generator) -> tuple[float, float]:
    """The middle, or somewhere along it, of a value's line, as fractions of the document."""
    boxes = pictures.values(drawn)
    size = np.array(drawn.image.size)
    if hold == "corner":
        ends = [(np.array((x, (y0 + y1) / 2)) / size) for x0, y0, x1, y1 in boxes for x in (x0, x1)]
        x, y = min(ends, key=lambda at: min(at[0], 1 - at[0]) + min(at[1], 1 - at[1]))
        return float(x), float(y)
    x0, y0, x1, y1 = boxes[int(rng.integers(len(boxes)))]
    return float(rng.uniform(x0, x1) / size[0]), float((y0 + y1) / 2 / size[1])


def _from_edge(x: float, y: float, held: bool, rng: np.random.Generator) -> Any:
    """The way a finger comes: from the edge that is nearest, or, unless it only holds on, from one across, as hands do."""
    reach = {"left": x, "right": 1 - x, "bottom": (1 - y) * 0.63, "top": y * 0.63}
    by_reach = sorted(reach, key=lambda name: reach[name])
    edge = by_reach[0] if rng.random() < 0.75 or held else by_reach[1]
    outward = {"left": (-1, 0.2), "right": (1, 0.2), "bottom": (0.2, 1), "top": (0.2, -1)}[edge]
    away = np.array(outward, np.float64) + rng.normal(0, 0.15, 2)
    return away / np.linalg.norm(away)


def _from_corner(x: float, y: float) -> Any:
    away = np.array((np.sign(x - 0.5) or 1, np.sign(y - 0.5) or 1), np.float64)
    return away / np.linalg.norm(away)


def _with_finger(picture: Any, tip: Any, away: Any, radius: float, tone: Any, rng: np.random.Generator) -> Any:
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = (x - tip[0]) * away[0] + (y - tip[1]) * away[1]
    across = (x - tip[0]) * -away[1] + (y - tip[1]) * away[0]
    distance = np.hypot(along - np.maximum(along, radius), across)
    mask = cv2.GaussianBlur(np.clip((radius - distance) / 2 + 0.5, 0, 1), (0, 0), 2)[..., None]
    shade = (np.sqrt(np.clip(1 - (distance / radius) ** 2, 0.05, 1)) * 0.45 + 0.6)[..., None]
    grain = cv2.GaussianBlur(rng.normal(0, 20, (height, width)).astype(np.float32), (0, 0), 3)[..., None]
    nail_at = np.hypot((along - radius * 0.85) / (radius * 0.65), across / (radius * 0.55))
    nail = np.clip((1 - nail_at) * 10, 0, 1)[..., None] * 0.5
    skin = (tone * shade + grain) * (1 - nail) + (tone * 0.8 + np.array((76, 78, 90), np.float32)) * nail
    under = cv2.GaussianBlur(np.roll(mask[..., 0], (8, 6), (0, 1)), (0, 0), 12)[..., None]
    return picture * (1 - 0.4 * under) * (1 - mask) + skin * mask
