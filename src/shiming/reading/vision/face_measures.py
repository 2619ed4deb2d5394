"""What is measured of one face: place, size, light and sharpness of its pixels, what covers it, and its mesh's geometry."""

from __future__ import annotations

import cv2
import numpy as np

from shiming.reading.vision.face_detector import Detection
from shiming.reading.vision.face_mesh import Mesh, five_points, measures
from shiming.reading.vision.face_runtime import Array, Pixels
from shiming.reading.vision.face_template import similarity_transform
from shiming.reading.vision.face_warp import warp
from shiming.registration.values import Face

_CHIP = 128
_SATURATED = 250
"""Of 255: luma from which a pixel of skin has lost its detail."""
_SMOOTH, _RIM = 2.0, 8
"""Pixels of the chip: the blur before slopes are taken, and the rim left out of them."""
_NEARLY_BLACK, _NEARLY_WHITE = 26, 247
"""Of 255: ISO/IEC 29794-5 counts luma below and from there on as under- and over-exposed."""
# Eyes and mouth corners on the chip that light and sharpness are measured on: forehead to chin, no background.
_CHIP_POINTS = np.array([[0.30, 0.36], [0.70, 0.36], [0.50, 0.58], [0.34, 0.76], [0.66, 0.76]]) * _CHIP


def measure(image: Pixels, detection: Detection, mesh: Mesh, *, lit: bool = True) -> Face:
    """The face with all its measures (names in ``face.py``); without those of its light where ``lit`` is false."""
    height, width = image.shape[:2]
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    middle = (low + high) / 2
    box = (low[0] / width, low[1] / height, high[0] / width, high[1] / height)
    return Face(
        box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        confidence=round(detection.score * mesh.score, 4),
        measures={
            **measures(mesh),
            "size": float((high[1] - low[1]) / height),
            "offset_x": float(abs(middle[0] / width - 0.5)),
            "offset_y": float(abs(middle[1] / height - 0.5)),
            "cut": _outside(low, high, width, height),
            **(light(image, mesh) if lit else {}),
        },
    )


def _outside(low: Array, high: Array, width: int, height: int) -> float:
    inside = np.clip(np.minimum(high, [width, height]) - np.maximum(low, 0), 0, None)
    return float(1.0 - inside.prod() / max(float((high - low).prod()), 1e-6))


def light(image: Pixels, mesh: Mesh) -> dict[str, float]:
    """Sharpness, brightness and shading of the face's pixels."""
    matrix = similarity_transform(five_points(mesh).astype(np.float64), _CHIP_POINTS)
    luma = cv2.cvtColor(warp(image, matrix, _CHIP), cv2.COLOR_BGR2GRAY)
    return {
        "sharpness": float(cv2.Laplacian(luma, cv2.CV_64F).var()),
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "saturated": float((luma >= _SATURATED).mean()),
        "dynamic_range": _entropy(luma),
        "shading": _shading(luma),
    }


def _shading(luma: Pixels) -> float:
    """Quarter of the face with the gentlest slopes by its steepest ones, 0..1: skin is round everywhere, a flat drawing is not.

    Grain of film or print is smoothed away first, which would else fill what is flat.
    """
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), _SMOOTH)[_RIM:-_RIM, _RIM:-_RIM]
    slope = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    gentle, steep = np.percentile(slope, [25, 97])
    return float(gentle / max(float(steep), 1e-6))


def _entropy(luma: Pixels) -> float:
    share = np.bincount(luma.ravel(), minlength=256) / luma.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


# Places on the chip, as fractions of its side (left, right, top, bottom): eyes with their lids, and cheeks beside the nose.
_EYES = ((0.18, 0.42, 0.28, 0.43), (0.58, 0.82, 0.28, 0.43))
_CHEEKS = ((0.16, 0.38, 0.48, 0.68), (0.62, 0.84, 0.48, 0.68))
# Mesh points whose skin is compared: between and above the brows, and on lower cheeks and chin, where a mask would lie.
_UPPER = (8, 9, 108, 151, 337)
_LOWER = ((187, 205), (411, 425), (175, 199, 200))
_PATCH = 4
_BINS = 32
_BACKGROUND_FACE = 64
"""Height in pixels that the face is brought to before its background is looked at."""
_DARK_EYE = 0.5


def quality(image: Pixels, mesh: Mesh) -> dict[str, float]:
    """Exposure, evenness and what covers the face; names in ``face.py``. For the one face that a selfie is about."""
    matrix = similarity_transform(five_points(mesh).astype(np.float64), _CHIP_POINTS)
    chip = warp(image, matrix, _CHIP)
    luma = cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY)
    return {
        "under_exposed": float((luma < _NEARLY_BLACK).mean()),
        "over_exposed": float((luma >= _NEARLY_WHITE).mean()),
        "evenness": _alike(*(_part(luma, place) for place in _CHEEKS)),
        "background": _unrest(image, mesh),
        **_covered(chip, mesh.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]),
    }


def _part(chip: np.ndarray, place: tuple[float, float, float, float]) -> np.ndarray:
    left, right, top, bottom = (round(edge * _CHIP) for edge in place)
    return chip[top:bottom, left:right]


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """How much the histograms of two parts overlap, 0..1."""
    shares = [np.histogram(part, bins=_BINS, range=(0, 256))[0] / max(part.size, 1) for part in (one, other)]
    return float(np.minimum(*shares).sum())


def _unrest(image: Pixels, mesh: Mesh) -> float:
    """Mean step (of 255 a pixel) beside and above the head, the face brought to one size; 0 where nothing is seen."""
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    scale = _BACKGROUND_FACE / max(float(high[1] - low[1]), 1.0)
    # As far as a face's height on each side, and no further down than the mouth: shoulders are no background.
    reach = float(high[1] - low[1])
    left, top = (int(max(v, 0)) for v in (low[0] - reach, low[1] - reach))
    right, bottom = int(high[0] + reach), int(high[1] - reach / 4)
    part = image[top:bottom, left:right]
    wanted = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    if part.size == 0 or min(wanted) < 2:
        return 0.0
    small = cv2.resize(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), wanted, interpolation=cv2.INTER_AREA)
    across, down = (cv2.Sobel(small, cv2.CV_32F, x, 1 - x, scale=0.25) for x in (1, 0))
    seen = np.ones(small.shape, np.uint8)
    middle = ((low + high) / 2 - (left, top)) * scale
    # Hair is taken for head: an ellipse larger than the mesh by seven tenths.
    axes = (int((high - low)[0] * scale * 0.85), int(_BACKGROUND_FACE * 0.85))
    cv2.ellipse(seen, (int(middle[0]), int(middle[1]) - _BACKGROUND_FACE // 10), axes, 0, 0, 360, 0, -1)
    return float(cv2.magnitude(across, down)[seen > 0].mean()) if seen.any() else 0.0


def _covered(chip: Pixels, points: np.ndarray) -> dict[str, float]:
    """Signs of sunglasses (``eyes_dark``) and of a mask (``mouth_hue``, ``mouth_tone``). A hand has skin's own colour: unseen."""
    lab = cv2.cvtColor(chip.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    cheek = float(np.median(np.concatenate([_part(lab, place)[..., 0].ravel() for place in _CHEEKS])))
    dark = [float((_part(lab, place)[..., 0] < _DARK_EYE * cheek).mean()) for place in _EYES]
    upper = _skin(lab, points, _UPPER)
    away = np.stack([_skin(lab, points, place) - upper for place in _LOWER])
    return {
        "eyes_dark": min(dark),
        "mouth_hue": float(np.median(np.linalg.norm(away[:, 1:], axis=1))),
        "mouth_tone": float(np.median(np.linalg.norm(away, axis=1))),
    }


def _skin(lab: np.ndarray, points: np.ndarray, ids: tuple[int, ...]) -> np.ndarray:
    """The median colour (CIELAB) about mesh points on the chip; points outside it count at its edge."""
    places = np.clip(points[list(ids)].astype(int), _PATCH, _CHIP - _PATCH - 1)
    patches = [lab[y - _PATCH : y + _PATCH + 1, x - _PATCH : x + _PATCH + 1].reshape(-1, 3) for x, y in places]
    return np.asarray(np.median(np.concatenate(patches), axis=0))
