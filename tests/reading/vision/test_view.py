"""Views of a picture, drawn only where somebody looks: what they show is what the whole would have shown."""

from __future__ import annotations

import cv2
import numpy as np

from shiming.reading.vision.view import View, half, smaller


def _scene(seed: int = 1) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 255, (40, 60, 3), np.uint8)
    return cv2.resize(rough, (1500, 1000), interpolation=cv2.INTER_CUBIC)


def _leaning() -> View:
    turn = np.vstack([cv2.getRotationMatrix2D((700, 500), 17, 0.9), [0, 0, 1]])
    turn[2, 0] = 1e-5
    return View(_scene(), np.asarray(turn, np.float64), (900, 700))


def _off(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32)).mean())


def test_a_line_cut_from_a_view_is_the_line_on_it_whole():
    view = _leaning()
    quad = np.array([[100, 80], [420, 95], [418, 140], [98, 125]], np.float32)
    straight = view.crop(quad)
    drawn = View.of(view.pixels).crop(quad)
    assert straight.shape == drawn.shape == (45, 320, 3)
    assert _off(straight, drawn) < 1.5
    assert _off(straight, View.of(view.pixels).crop(quad + np.float32(12))) > 5  # and of no other place


def test_a_part_at_another_size_is_that_part_shrunk():
    view = _leaning()
    wanted = cv2.resize(view.pixels[50:650, 100:800], (350, 300), interpolation=cv2.INTER_AREA)
    assert _off(_leaning().part((100, 50), (800, 650), (350, 300)), wanted) < 1.5


def test_what_is_drawn_much_smaller_is_averaged_not_picked():
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 200
    seen = View.of(stripes).through(np.diag([8.0, 8.0, 1.0]), (90, 90), fine=False)
    assert seen[5:-5, 5:-5].std() < 1
    assert abs(float(seen.mean()) - 100) < 2


def test_a_view_on_its_head_shows_the_same_turned_drawn_or_not():
    view, drawn = _leaning(), _leaning()
    whole = drawn.pixels
    assert _off(view.turned().pixels, whole[::-1, ::-1]) < 1.5
    assert np.array_equal(drawn.turned().pixels, whole[::-1, ::-1])


def test_a_shifted_view_is_the_picture_itself():
    scene = _scene()
    view = View(scene, np.array([[1.0, 0, 30], [0, 1, 20], [0, 0, 1]]), (400, 300))
    assert np.array_equal(view.pixels, scene[20:320, 30:430])


def test_smaller_is_averaged_over_all_pixels():
    noise = np.random.default_rng(2).integers(0, 255, (1203, 1601, 3), np.uint8)
    assert half(noise).shape == (601, 800, 3)
    small = smaller(noise, (200, 150))
    assert small.shape == (150, 200, 3)
    assert abs(float(small.mean()) - float(noise.mean())) < 1
    assert small.std() < noise.std() / 6
