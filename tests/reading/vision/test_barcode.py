"""Barcodes in pictures: the specimens of zxing, any angle, blurred, tilted and small ones, codes of cards; what that costs."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from shiming.reading.documents._people import person
from shiming.reading.documents.us_driver_licence import sample
from shiming.reading.vision import barcode

_DATA = os.environ.get("SHIMING_TESTDATA")
_F = zxingcpp.BarcodeFormat
_WHO = person(4)
_CONTENT = sample.text(_WHO).encode()


@cache
def _back() -> np.ndarray:
    return cv2.cvtColor(np.asarray(sample.draw(_WHO, _portrait())["back"]), cv2.COLOR_RGB2BGR)


def _portrait():
    from PIL import Image

    return Image.new("RGB", (300, 400), (150, 150, 160))


def _scene(angle: float, width: float, size: tuple[int, int] = (4000, 3000), tilt: float = 0.0) -> np.ndarray:
    """The back turned by ``angle``, so many pixels wide, its far side narrower by ``tilt``, on a grey table."""
    back = _back()
    high, wide = back.shape[:2]
    half = np.array([width, width * high / wide]) / 2
    narrow = 1 - tilt
    flat = np.array([(-narrow, -narrow), (narrow, -narrow), (1, 1), (-1, 1)]) * half
    turn = np.radians(angle)
    turned = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.asarray(turned + np.array(size) / 2, np.float32)
    source = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    table = np.full((size[1], size[0], 3), (96, 104, 118), np.uint8)
    matrix = cv2.getPerspectiveTransform(source, corners)
    return cv2.warpPerspective(back, matrix, size, table, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)


def _found(image: np.ndarray) -> bool:
    return [s.data for s in barcode.find(image)] == [_CONTENT]


@pytest.mark.parametrize("angle", range(0, 181, 15))
def test_at_any_angle_in_a_picture_of_twelve_megapixels_at_a_glance(angle):
    image = _scene(angle, 1800)
    (symbol,) = barcode.glance(image)
    assert (symbol.symbology, symbol.data) == ("PDF417", _CONTENT)
    assert abs((symbol.angle - angle + 180) % 360 - 180) < 3
    for x, y in symbol.box((4000, 3000)):
        assert 0.2 < x < 0.8
        assert 0.15 < y < 0.85


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("a card a sixth of the frame", lambda: _scene(20, 640)),
        ("tilted", lambda: _scene(-25, 1000, (1600, 1200), 0.25)),
        ("blurred by 3 pixels", lambda: cv2.GaussianBlur(_scene(10, 1250, (1600, 1200)), (0, 0), 3)),
        ("in a fifth of the light", lambda: (_scene(35, 1100, (1600, 1200)) * 0.2).astype(np.uint8)),
        ("a card 640 pixels wide", lambda: _scene(8, 640, (1000, 750))),
        ("a card 480 pixels wide", lambda: _scene(0, 480, (640, 480))),
        ("the code alone", lambda: _scene(12, 800, (1000, 750))[90:480]),
    ],
)  # fmt: skip
def test_hard_ones(name, image):
    assert _found(image())


def test_the_specimens():
    if not _DATA:
        pytest.skip("SHIMING_TESTDATA names no folder")
    files = sorted(Path(_DATA, "aamva-pdf417").glob("zxing*/**/*.png")) + sorted(
        Path(_DATA, "aamva-pdf417").glob("zxing*/**/*.webp")
    )
    assert len(files) >= 80
    right, wrong = 0, []
    for file in files:
        image = cv2.imread(str(file))
        found = barcode.find(image)
        binary, plain = file.with_suffix(".bin"), file.with_suffix(".txt")
        if binary.exists():
            good = any(s.data == binary.read_bytes() for s in found)
        elif plain.exists():
            good = any(s.text.strip() == plain.read_text("utf-8").strip() for s in found)
        else:
            good = bool(found)
        right += good
        if found and not good:
            wrong.append(file.name)
    assert wrong == []
    assert right == len(files)


@pytest.mark.parametrize(
    ("form", "content", "name"),
    [
        (_F.QRCode, "LPA:1$smdp.example.com$QR-G-5C-1LS-1W1Z9P7", "QR Code"),
        (_F.MicroQRCode, "12345", "Micro QR Code"),
        (_F.Aztec, "8986001234", "Aztec"),
        (_F.DataMatrix, "8986001234", "Data Matrix"),
        (_F.Code128, "89860112851083069510", "Code 128"),
        (_F.Code39, "89860112851083069510", "Code 39"),
        (_F.ITF, "89860112851083069510", "ITF"),
        (_F.EAN13, "4006381333931", "EAN-13"),
    ],
)
@pytest.mark.parametrize("angle", [0, 30, 90, 135])
def test_codes_of_cards(form, content, name, angle):
    bars = np.asarray(zxingcpp.create_barcode(content, form).to_image(scale=4))
    if name in ("Code 128", "Code 39", "ITF", "EAN-13"):
        bars = np.repeat(bars, 3, axis=0)
    side = 1400
    matrix = cv2.getRotationMatrix2D((bars.shape[1] / 2, bars.shape[0] / 2), angle, 1.0)
    matrix[:, 2] += side / 2 - np.array(bars.shape[::-1]) / 2
    image = cv2.warpAffine(bars, matrix, (side, side), flags=cv2.INTER_AREA, borderValue=255)
    assert [(s.symbology, s.data, s.text) for s in barcode.find(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))] == [
        (name, content.encode(), content)
    ]


def test_control_characters_stay_as_they_are():
    image = np.asarray(zxingcpp.create_barcode(_CONTENT, _F.PDF417).to_image(scale=3))
    (symbol,) = barcode.find(image)
    assert symbol.text == _CONTENT.decode()
    assert "\n\x1e\r" in symbol.text


def test_nothing_is_read_out_of_noise_and_the_work_is_bounded():
    noise = np.random.default_rng(1).integers(0, 256, (3000, 4000), np.uint8)
    start = time.thread_time()
    assert zxingcpp.read_barcodes(noise) == []
    once = time.thread_time() - start  # 0.9 to 2 s of CPU; white noise is the worst there is, a page costs a third
    start = time.thread_time()
    assert barcode.find(noise) == ()
    assert time.thread_time() - start < 3 * once
    start = time.thread_time()
    assert barcode.glance(cv2.GaussianBlur(noise, (0, 0), 3)) == ()
    assert time.thread_time() - start < once / 2


def test_a_glance_at_a_page_without_bars_is_cheap():
    from shiming.reading.documents.cn_resident_id import sample as card

    page = np.asarray(card.draw(person(1), _portrait())["back"])
    barcode.glance(page)
    start = time.process_time()
    for _ in range(10):
        assert barcode.glance(page) == ()
    assert (time.process_time() - start) / 10 < 0.04  # CPU: 6-8 ms measured
