"""Weak heuristic signals that a selfie was taken of a screen or a print. None of them is presentation attack detection.

A careful fake shows none of them and an honest picture may show any: they tell a reviewer where to look, nothing more.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from shiming.reading.vision.face_runtime import Pixels

_SIDE = 256


def signals(image: Pixels, box: tuple[float, float, float, float]) -> dict[str, float]:
    """The signals of the face in ``box`` (fractions of the picture).

    * ``signal_moire``: highest peak of the face's mid and high spatial frequencies over their ring's median; a raster
      of a screen or a print photographed makes one
    * ``signal_border``: length of the straight lines around the face that are parallel to the picture's sides, by the face's
      width; the rim of a phone or a sheet makes them
    * ``signal_blocks``: step at the 8-pixel JPEG grid over the step elsewhere; pictures saved again and again have more
    """
    height, width = image.shape[:2]
    left, top, right, bottom = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    face = luma[max(top, 0) : bottom, max(left, 0) : right]
    return {
        "signal_moire": _moire(face),
        "signal_border": _border(luma, (left, top, right, bottom)),
        "signal_blocks": _blocks(luma),
    }


def _moire(face: Pixels) -> float:
    if min(face.shape) < 32:
        return 0.0
    side = min(_SIDE, min(face.shape))
    top, left = (face.shape[0] - side) // 2, (face.shape[1] - side) // 2
    part = face[top : top + side, left : left + side].astype(np.float32)
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft2((part - part.mean()) * window)).ravel()
    best = 0.0
    for ring in _rings(side):
        values = np.sort(spectrum[ring])
        median = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        best = max(best, float(values[-1] / max(float(median), 1e-6)))
    return best


@lru_cache(maxsize=8)
def _rings(side: int) -> tuple[np.ndarray, ...]:
    """Places of the mid and high frequencies in half a spectrum (the other half mirrors it), a ring each.

    Searching them anew for every face, in the whole spectrum, took 16 ms of CPU a face.
    """
    y, x = np.indices((side, side // 2 + 1))
    y = (y + side // 2) % side - side // 2
    radius = np.hypot(y, x).astype(int)
    radius[(x == 0) & (y < 0)] = 0
    flat = radius.ravel()
    order = np.argsort(flat, kind="stable").astype(np.int32)
    return tuple(np.split(order, np.searchsorted(flat[order], np.arange(side // 6, side // 2)))[1:-1])


def _border(luma: Pixels, box: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = box
    face_width = max(right - left, 1)
    scale = 100.0 / face_width
    if scale < 1.0:
        luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left, top, right, bottom = (round(v * scale) for v in box)
        face_width = 100
    edges = cv2.Canny(luma, 60, 160)
    lines = cv2.HoughLinesP(edges, 1, np.pi / 180, 80, minLineLength=int(face_width * 1.2), maxLineGap=4)
    if lines is None:
        return 0.0
    total = 0.0
    for x1, y1, x2, y2 in lines.reshape(-1, 4):
        length = float(np.hypot(x2 - x1, y2 - y1))
        upright = abs(x2 - x1) < 0.1 * length and not left < (x1 + x2) / 2 < right
        level = abs(y2 - y1) < 0.1 * length and not top < (y1 + y2) / 2 < bottom
        total += length if upright or level else 0.0
    return total / face_width


def _blocks(luma: Pixels) -> float:
    steps = np.abs(np.diff(luma.astype(np.int16), axis=1)).mean(axis=0)
    if len(steps) < 32:
        return 1.0
    by_phase = [float(steps[phase::8].mean()) for phase in range(8)]
    return max(by_phase) / max(float(np.median(by_phase)), 1e-6)
