"""What is measured of one face: place, size, light and sharpness of its pixels, and the geometry of its mesh."""

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
# Eyes and mouth corners on the chip that light and sharpness are measured on: forehead to chin, no background.
_CHIP_POINTS = np.array([[0.30, 0.36], [0.70, 0.36], [0.50, 0.58], [0.34, 0.76], [0.66, 0.76]]) * _CHIP


def measure(image: Pixels, detection: Detection, mesh: Mesh) -> Face:
    """The face with all its measures (names in ``face.py``)."""
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
            **_light(image, mesh),
        },
    )


def _outside(low: Array, high: Array, width: int, height: int) -> float:
    inside = np.clip(np.minimum(high, [width, height]) - np.maximum(low, 0), 0, None)
    return float(1.0 - inside.prod() / max(float((high - low).prod()), 1e-6))


def _light(image: Pixels, mesh: Mesh) -> dict[str, float]:
    matrix = similarity_transform(five_points(mesh).astype(np.float64), _CHIP_POINTS)
    luma = cv2.cvtColor(warp(image, matrix, _CHIP), cv2.COLOR_BGR2GRAY)
    return {
        "sharpness": float(cv2.Laplacian(luma, cv2.CV_64F).var()),
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "saturated": float((luma >= _SATURATED).mean()),
        "dynamic_range": _entropy(luma),
    }


def _entropy(luma: Pixels) -> float:
    share = np.bincount(luma.ravel(), minlength=256) / luma.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())
