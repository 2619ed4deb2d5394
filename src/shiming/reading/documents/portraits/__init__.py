"""Portraits and selfies for made-up documents. Origins and terms of each picture: ``LICENCES.md``."""

from __future__ import annotations

import io
from importlib.resources import files

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_FILES = ("collins", "hopper", "cat")
_HUMAN = ("collins", "hopper")
_SELFIE = (600, 800)


def names(*, human: bool = True) -> tuple[str, ...]:
    """Portraits there are: of people, or (``human=False``) those a check must not take for one."""
    return _HUMAN if human else ("cat", "drawn")


def portrait(name: str) -> Image.Image:
    """The portrait of that name, RGB, upright, about 4:5. Raises ``KeyError`` naming what there is."""
    if name == "drawn":
        return _drawn()
    if name not in _FILES:
        raise KeyError(f"no portrait {name!r}; there are {', '.join((*_FILES, 'drawn'))}")
    with files(__package__).joinpath(f"{name}.jpg").open("rb") as handle:
        return Image.open(handle).convert("RGB")


def selfie(name: str, *, seed: int = 0, quality: int = 92) -> bytes:
    """A selfie of that person, JPEG, 600x800: the same picture under other light, mildly warped, before another wall.

    It is no second photograph, and easier to match than one (``LICENCES.md``).
    """
    rng = np.random.default_rng(seed)
    source = portrait(name)
    picture = source.resize(_fit(source.size), Image.Resampling.LANCZOS)
    picture = picture.filter(ImageFilter.UnsharpMask(radius=3, percent=120, threshold=2))
    array = np.asarray(picture).astype(np.float32)
    height, width = array.shape[:2]
    angle, scale = float(rng.uniform(-3, 3)), float(rng.uniform(0.97, 1.0))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    matrix[0, 1] += 0.02
    array = cv2.warpAffine(array, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    light = np.linspace(0.92, 1.08, width, dtype=np.float32)[None, :, None]
    warm = np.array([1.03, 1.0, 0.95], dtype=np.float32)
    array = array * light * warm
    wall = _wall(rng, *_SELFIE)
    wall = _blend(wall, array)
    wall += rng.normal(0, 2.0, wall.shape).astype(np.float32)
    out = io.BytesIO()
    Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    factor = max(_SELFIE[0] / size[0], _SELFIE[1] / size[1]) * 0.98
    return round(size[0] * factor), round(size[1] * factor)


def _wall(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    tone = rng.uniform(150, 210, 3).astype(np.float32)
    slope = np.linspace(1.08, 0.9, height, dtype=np.float32)[:, None, None]
    return np.ones((height, width, 3), np.float32) * tone * slope


def _blend(wall: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Lays the picture on the wall, fading out at the sides and the top so that the old background goes away."""
    height, width = wall.shape[:2]
    top = max(0, (picture.shape[0] - height) // 2)
    left = max(0, (picture.shape[1] - width) // 2)
    crop = picture[top : top + height, left : left + width]
    y, x = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]].astype(np.float32)
    across = np.abs(x / crop.shape[1] - 0.5) / 0.5
    upward = np.clip(0.5 - y / crop.shape[0], 0, 1) / 0.5
    reach = np.sqrt(across**2 + (0.9 * upward) ** 2)
    mask = np.clip((1.12 - reach) / 0.2, 0, 1)[..., None]
    out = wall.copy()
    spare = ((height - crop.shape[0]), (width - crop.shape[1]) // 2)
    place = out[spare[0] : spare[0] + crop.shape[0], spare[1] : spare[1] + crop.shape[1]]
    place[:] = crop * mask + place * (1 - mask)
    return out


def _drawn() -> Image.Image:
    image = Image.new("RGB", (320, 400), (214, 226, 236))
    pen = ImageDraw.Draw(image)
    for left in (60, 200):
        pen.polygon([(left, 150), (left + 30, 40), (left + 60, 150)], fill=(186, 132, 84))
    pen.ellipse((50, 100, 270, 330), fill=(200, 146, 96))
    for left in (100, 180):
        pen.ellipse((left, 170, left + 44, 214), fill="white")
        pen.ellipse((left + 14, 182, left + 32, 204), fill="black")
    pen.polygon([(145, 245), (175, 245), (160, 262)], fill=(90, 50, 40))
    pen.arc((130, 250, 160, 285), 0, 180, fill="black", width=3)
    pen.arc((160, 250, 190, 285), 0, 180, fill="black", width=3)
    for height in (255, 268, 281):
        pen.line((60, height - 6, 130, height), fill="black", width=2)
        pen.line((190, height, 260, height - 6), fill="black", width=2)
    pen.rectangle((90, 330, 230, 400), fill=(120, 140, 170))
    return image
