"""Where words end, by the ink alone."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from shiming.reading.documents._drawing import write
from shiming.reading.vision.spacing import breaks


def _cut(said, size=40, spacing=0.0):
    image = Image.new("RGB", (900, 60), (230, 226, 220))
    end = write(ImageDraw.Draw(image), (6, 2), said, size, spacing=spacing)
    return np.asarray(image)[:, : round(end) + 6, ::-1].copy()


@pytest.mark.parametrize("said", ["LI XIUYING", "ANNA MARIA DER HEIDE", "WILLIAM", "TAI MAN", "Tai Man", "A1 B2"])
@pytest.mark.parametrize("size", [24, 32, 40])
def test_a_gap_for_every_space(said, size):
    assert len(breaks(_cut(said, size))) == said.count(" ")


def test_letters_that_are_spaced_out_are_one_word():
    assert breaks(_cut("UTOPIA", 40, spacing=16)) == []


def test_print_that_is_too_small_tells_nothing():
    assert breaks(_cut("LI XIUYING", 14)) == []


def test_nothing_is_found_where_nothing_is():
    assert breaks(np.full((40, 200, 3), 200, np.uint8)) == []
