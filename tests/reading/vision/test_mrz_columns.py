"""From lines to columns: lost and stray characters, and the heights that tell letters from digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import font, write
from shiming.reading.vision import mrz, mrz_columns, mrz_heights
from shiming.reading.vision.ocr import Line

_QUAD = np.array([[0, 0], [1320, 0], [1320, 48], [0, 48]], np.float32)


def _line(text: str, columns: list[int], wide: int = 44, sure: float = 0.99) -> Line:
    """A line whose characters stand in these columns of ``wide``."""
    rows = np.full((len(text), len(mrz.ALPHABET)), (1 - sure) / 36)
    for i, character in enumerate(text):
        rows[i, mrz.ALPHABET.index(character)] = sure
    places = tuple((c + 0.5) / wide for c in columns)
    return Line(text, sure, _QUAD, (sure,) * len(text), rows, places)


def _said(line: Line, columns: int) -> str | None:
    order = mrz_columns.fitted(line, columns)
    return None if order is None else "".join("_" if i is None else line.text[i] for i in order)


def test_lost_fillers_are_put_where_the_gap_is() -> None:
    text = "P<UTOO<<ANNA" + "<" * 32
    kept = [c for c in range(44) if c not in (7, 20, 21)]
    line = _line("".join(text[c] for c in kept), kept)
    said = _said(line, 44)
    assert said is not None
    assert (said[7], said.count("_"), said.replace("_", "<")) == ("_", 3, text)


def test_a_lost_letter_leaves_a_hole_that_is_not_called_sure() -> None:
    text = "P<UTOLILLIE<<ANNA" + "<" * 27
    kept = [c for c in range(44) if c != 8]
    line = _line("".join(text[c] for c in kept), kept)
    assert _said(line, 44) == text[:8] + "_" + text[9:]
    layout = next(f for f in mrz.FORMATS if f.name == "TD3")
    image = np.full((60, 1320, 3), 255, np.uint8)
    second = _line("L898902C36UTO7408122F1204159ZE184226B<<<<<10", list(range(44)))
    orders = mrz_columns.orders([line, second], layout)
    assert orders is not None
    assert mrz_columns.read(image, [line, second], orders, layout)[0][8].certain < 0.5


def test_a_stray_character_is_left_out() -> None:
    text = "I<UTOD231458907" + "<" * 15
    columns: list[float] = [*range(4), 3.5, *range(4, 30)]
    line = _line(text[:4] + "1" + text[4:], [0] * 31, wide=30)
    line = Line(
        line.text, line.confidence, _QUAD, line.certain, line.probabilities, tuple((c + 0.5) / 30 for c in columns)
    )
    assert _said(line, 30) == text


def test_a_line_without_fillers_of_another_length_fits_nothing() -> None:
    assert _said(_line("ABCDEFGHIJ", list(range(10))), 30) is None


def _picture(lines: tuple[str, ...]) -> np.ndarray:
    page = Image.new("RGB", (1400, 40 + 78 * len(lines)), (244, 244, 242))
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        write(pen, (40, 20 + 78 * row), line, 48, ocr=True, spacing=30 - font(48, ocr=True).getlength("0"))
    return np.ascontiguousarray(np.asarray(page)[:, :, ::-1])


@pytest.mark.parametrize("shrunk", [1, 2, 3])
def test_heights_tell_o_from_zero(shrunk: int) -> None:
    lines = ("P<UTOOOSTHUIZEN<<HUGO<<<<<<<<<<<<<<<<<<<<<<<", "O0DX0AEOK4GBR7408122F3004159<<<<<<<<<<<<<<<8")
    image = _picture(lines)[::shrunk, ::shrunk]
    rows = []
    for row, line in enumerate(lines):
        top, pitch = (20 + 78 * row) / shrunk, 30 / shrunk
        box = [
            [40 / shrunk, top],
            [40 / shrunk + 44 * pitch, top],
            [40 / shrunk + 44 * pitch, top + 60 / shrunk],
            [40 / shrunk, top + 60 / shrunk],
        ]
        known = "".join(
            "L" if c.isalpha() and c != "O" else "D" if c in "3456789" else "<" if c == "<" else "?" for c in line
        )
        rows.append(mrz_heights.Row(np.array(box, np.float32), tuple((i + 0.45) / 44 for i in range(44)), known))
    odds = mrz_heights.log_odds(np.ascontiguousarray(image), rows)
    for line, said in zip(lines, odds, strict=True):
        for character, one in zip(line, said, strict=True):
            if character == "O":
                assert one is not None
                assert one < -1
            if character == "0":
                assert one is not None
                assert one > 1


def test_heights_say_nothing_where_letters_and_digits_are_alike() -> None:
    image = np.full((60, 1320, 3), 255, np.uint8)
    row = mrz_heights.Row(_QUAD, tuple((i + 0.5) / 44 for i in range(44)), "L" * 22 + "D" * 22)
    assert mrz_heights.log_odds(image, [row]) == [[None] * 44]


def test_slanted_print_gets_no_column_between_two_letters() -> None:
    text = "NGUYEN<<JOAO<PEDRO" + "<" * 12
    line = _line(text[:28], list(range(28)), wide=30)
    # As read at 40 degrees: the first letters lie further apart than the fillers at the far end.
    slanted = replace(line, places=tuple((c + 0.5) / 30 + (0.015 if c > 2 else 0.0) for c in range(28)))
    said = _said(slanted, 30)
    assert said is not None
    assert said.replace("_", "<") == text


def test_a_letter_that_one_look_did_not_see_is_not_sure() -> None:
    seen, unseen = mrz_columns.Cell("Y", 1.0, {"Y": 1.0}), mrz_columns._UNSEEN
    ((once,),) = mrz_columns.together([[[seen]], [[unseen]]])
    ((twice,),) = mrz_columns.together([[[seen]], [[seen]]])
    ((filler,),) = mrz_columns.together([[[mrz_columns.FILLER]], [[unseen]]])
    assert once.character == "Y"
    assert once.certain < 0.9 < min(twice.certain, filler.certain)
