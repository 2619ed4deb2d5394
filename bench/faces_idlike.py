"""A press picture made the portrait of an identity document, as far as a still can be: small, soft, flat, noisy, compressed.

What it leaves out: ageing between the two pictures, security print and holograms over the face, a chip's JPEG 2000, another
camera. Real documents are worse.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from shiming.reading.vision.face_mesh import Mesh, five_points
from shiming.reading.vision.face_runtime import Pixels
from shiming.reading.vision.face_template import similarity_transform
from shiming.reading.vision.face_warp import warp

WIDTH, HEIGHT = 100, 126
"""Pixels: an ID-1 card's portrait photographed with the card 400 to 500 pixels wide."""
_EYES = np.array([[37.5, 56.0], [62.5, 56.0]])
_BLUR, _CONTRAST, _EXPOSURE, _NOISE, _QUALITY = 0.8, 0.85, 8.0, 5.0, 60
_UPSCALED = 2


def portrait(image: Pixels, mesh: Mesh, name: str) -> Pixels:
    """The portrait, twice as large as it was stored, as a reader would bring it; ``name`` seeds exposure and noise."""
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    matrix = similarity_transform(five_points(mesh)[:2].astype(np.float64), _EYES)
    small = warp(image, matrix, HEIGHT)[:, :WIDTH].astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), _BLUR)
    small = (small - 128) * _CONTRAST + 128 + chance.uniform(-_EXPOSURE, _EXPOSURE)
    small += chance.normal(0, _NOISE, small.shape)
    stored = cv2.imencode(".jpg", np.clip(small, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    back = cv2.imdecode(stored, cv2.IMREAD_COLOR)
    return np.asarray(
        cv2.resize(back, (WIDTH * _UPSCALED, HEIGHT * _UPSCALED), interpolation=cv2.INTER_CUBIC), np.uint8
    )
