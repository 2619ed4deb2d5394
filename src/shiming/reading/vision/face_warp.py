"""Cuts turned squares out of pictures."""

from __future__ import annotations

import cv2
import numpy as np

from shiming.reading.vision.face_runtime import Pixels


def warp(image: Pixels, matrix: np.ndarray, size: int) -> Pixels:
    """``image`` through a 2x3 similarity into a square of ``size`` pixels; shrunk in steps first, so that nothing aliases."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    back = np.linalg.inv(matrix[:, :2])
    corners = (np.array([[0, 0], [size, 0], [0, size], [size, size]]) - matrix[:, 2]) @ back.T
    low = np.clip(np.floor(corners.min(axis=0)) - 2, 0, [image.shape[1], image.shape[0]]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 2, 0, [image.shape[1], image.shape[0]]).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    moved = matrix.copy()
    moved[:, 2] += moved[:, :2] @ low
    if part.size == 0:
        return np.zeros((size, size, 3), np.uint8)
    if scale < 0.5:
        wanted = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
        factor = np.array([wanted[0] / part.shape[1], wanted[1] / part.shape[0]])
        part = cv2.resize(part, wanted, interpolation=cv2.INTER_AREA)
        moved[:, 2] += moved[:, :2] @ (0.5 / factor - 0.5)
        moved[:, :2] = moved[:, :2] / factor
    return np.asarray(cv2.warpAffine(part, moved, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
