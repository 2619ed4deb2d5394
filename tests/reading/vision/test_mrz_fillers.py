"""Doubtful fillers of a zone's names against its sure ones: stamped, blurred, small, and K, which looks most alike."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import font, write
from shiming.reading.vision import mrz, mrz_columns, mrz_fillers, mrz_heights
from shiming.reading.vision.ocr import Line

_LINES = ("P<UTOAL<KAABI<<OKKO<KIRK<LE<KC<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
_LEFT, _TOP, _PITCH, _STEP, _TALL = 40, 20, 30, 78, 60
_PLACES = tuple((i + 0.45) / 44 for i in range(44))
Picture = np.ndarray[Any, np.dtype[np.uint8]]


def _picture(shrunk: int, *, stamped: bool = False, noise: float = 0) -> Picture:
    page = Image.new("RGB", (1400, 200), (244, 244, 242))
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(_LINES):
        spacing = _PITCH - font(48, ocr=True).getlength("0")
        write(pen, (_LEFT, _TOP + _STEP * row), line, 48, ocr=True, spacing=spacing)
    image = np.asarray(page)[:, :, ::-1].astype(np.float32)
    if stamped:
        ink = np.full(image.shape, 255, np.uint8)
        for x in range(150, 900, 45):
            cv2.line(ink, (x, 10), (x + 70, 110), (60, 40, 225), 9, cv2.LINE_AA)
        image = image * ink.astype(np.float32) / 255
    image = cv2.resize(image, None, fx=1 / shrunk, fy=1 / shrunk, interpolation=cv2.INTER_AREA)
    image += np.random.default_rng(5).normal(0, noise, image.shape) if noise else 0
    return np.clip(image, 0, 255).astype(np.uint8)


def _quad(row: int, shrunk: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    left, top = _LEFT / shrunk, (_TOP + _STEP * row) / shrunk
    right, bottom = left + 44 * _PITCH / shrunk, top + _TALL / shrunk
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def _rows(shrunk: int) -> list[mrz_heights.Row]:
    return [mrz_heights.Row(_quad(row, shrunk), _PLACES, "?" * 44) for row in range(2)]


def _known(doubts: str) -> list[str | None]:
    """What is sure: in the names, every second of these characters is not."""
    seen = 0
    said: list[str | None] = []
    for character in "".join(_LINES):
        seen += character in doubts
        said.append(None if character in doubts and seen % 2 else character)
    return said


@pytest.mark.parametrize("shrunk", [1, 2, 3, 4])
@pytest.mark.parametrize("fault", [{}, {"stamped": True}, {"noise": 12}])
def test_fillers_are_told_from_k(shrunk: int, fault: dict[str, Any]) -> None:
    said = _known("<K")
    odds = mrz_fillers.log_odds(_picture(shrunk, **fault), _rows(shrunk), said)
    doubtful = [(c, o) for c, o, known in zip("".join(_LINES), odds, said, strict=True) if known is None]
    assert sum(c == "<" for c, _ in doubtful) > 8
    assert sum(c == "K" for c, _ in doubtful) > 2
    assert all(o >= 2 for c, o in doubtful if c == "<")
    assert all(o <= -1 for c, o in doubtful if c == "K")


def test_without_a_sure_filler_nothing_is_said() -> None:
    said = [None if c == "<" else c for c in "".join(_LINES)]
    assert not any(mrz_fillers.log_odds(_picture(1), _rows(1), said))


def test_where_columns_are_lost_nothing_is_said() -> None:
    """Places half a column off show halves of two characters each."""
    rows = [mrz_heights.Row(row.quad, tuple(0.9 * p + 0.1 * p**2 for p in _PLACES), row.known) for row in _rows(1)]
    odds = mrz_fillers.log_odds(_picture(1), rows, _known("<K"))
    letters = [o for c, o in zip("".join(_LINES), odds, strict=True) if c not in "<K"]
    assert not any(o > 0 for o in letters)


def _line(row: int, shrunk: int, doubts: dict[int, dict[str, float]]) -> Line:
    """A line read with certainty but for some columns, of which the network's probabilities are given."""
    rows = np.zeros((44, len(mrz.ALPHABET)))
    for i, character in enumerate(_LINES[row]):
        for c, share in doubts.get(i, {character: 0.999}).items():
            rows[i, mrz.ALPHABET.index(c)] = share
    text = "".join(mrz.ALPHABET[i] for i in rows.argmax(axis=1))
    sure = tuple(float(p) for p in rows.max(axis=1))
    return Line(text, min(sure), _quad(row, shrunk), sure, rows, _PLACES)


@pytest.mark.parametrize("shrunk", [1, 3])
@pytest.mark.parametrize("doubt", [{"K": 0.41, "R": 0.3, "<": 0.22, "C": 0.07}, {"K": 0.52, "<": 0.48}])
def test_a_stamped_filler_that_was_read_as_k_is_a_filler_but_not_surely(shrunk: int, doubt: dict[str, float]) -> None:
    """As on the specimen of Qatar: ``AL<KAABI`` was read ``ALKKAABI``, and a zone adds up whatever its names say."""
    doubts = {7: doubt}
    layout = next(f for f in mrz.FORMATS if f.name == "TD3")
    lines = [_line(0, shrunk, doubts), _line(1, shrunk, {})]
    orders = mrz_columns.orders(lines, layout)
    assert orders is not None
    cells = mrz_columns.read(_picture(shrunk, stamped=True), lines, orders, layout)
    assert mrz_columns.text(cells[0]) == _LINES[0]
    assert 0.5 < cells[0][7].certain < 0.9


def test_a_k_that_was_read_as_a_filler_is_doubted() -> None:
    doubts = {8: {"<": 0.6, "K": 0.4}}
    layout = next(f for f in mrz.FORMATS if f.name == "TD3")
    lines = [_line(0, 2, doubts), _line(1, 2, {})]
    orders = mrz_columns.orders(lines, layout)
    assert orders is not None
    cell = mrz_columns.read(_picture(2), lines, orders, layout)[0][8]
    assert (cell.character, cell.certain < 0.9) == ("K", True)
