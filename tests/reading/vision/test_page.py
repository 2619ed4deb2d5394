"""Where a document lies in a picture, however it was photographed: its page, its outline, the places of its fields."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from shiming import reading
from shiming.reading import documents
from shiming.reading.documents import _anchors, portraits
from shiming.reading.documents._drawing import _corners, font, photograph
from shiming.reading.documents.cn_resident_id import sample as card
from shiming.reading.documents.sample import sample_person
from shiming.reading.vision import blocks, detection, mrz_lines, ocr, page
from shiming.reading.vision.ocr import Line
from shiming.reading.vision.view import View

_FRAME = (1600, 1200)
_CLOSE = 0.025
"""Of the card's width, that a field's box may be off: a detected box stands 0.01 around its print."""


@cache
def _drawn():
    return card.draw(sample_person(7), portraits.portrait("drawn"))["front"]


def _truly(*, rotate=0, size=_FRAME, scale=0.78, shift=(0.0, 0.0), skew=0.0, tilt=0.0):
    """From fractions of the card to fractions of the picture, as a (3, 3) matrix."""
    corners = _corners(_drawn().size, size, scale, shift, skew, tilt) / np.array(size, np.float32)
    for _ in range(rotate // 90):  # a quarter turn counter-clockwise
        corners = np.stack([corners[:, 1], 1 - corners[:, 0]], axis=1)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    return cv2.getPerspectiveTransform(unit, corners.astype(np.float32))


def _number_on_card():
    """Left, top, right, bottom of the printed number, fractions of the card (``cn_resident_id/sample.py``)."""
    width = sum(font(42).getlength(c) + 6 for c in sample_person(7).number) - 6
    x0, y0, _, y1 = font(42).getbbox(sample_person(7).number)
    return np.array([330 + x0, 534 + y0, 330 + width, 534 + y1]) / np.array([*card.SIZE, *card.SIZE])


def _assert_known_and_in_place(read, where):
    person = sample_person(7)
    assert read.document is not None
    assert (read.document.type, read.document.side) == ("cn-resident-id", "front")
    assert {name: field.value for name, field in read.fields.items()} == {
        "name": person.name,
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "date_of_birth": person.date_of_birth.isoformat(),
        "address": person.address,
        "number": person.number,
    }
    left, top, right, bottom = _number_on_card()
    box = np.array(read.fields["number"].box, np.float64).reshape(-1, 1, 2)
    seen = cv2.perspectiveTransform(box, np.linalg.inv(where))[:, 0] * (1, card.SIZE[1] / card.SIZE[0])
    true = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) * (1, card.SIZE[1] / card.SIZE[0])
    assert np.abs(seen - true).max() < _CLOSE, (seen, true)


@pytest.mark.parametrize(
    "how",
    [
        {"rotate": 90, "skew": 4, "background": "wood"},
        {"rotate": 180, "skew": -3, "tilt": 8},
        {"rotate": 270, "tilt": 8, "background": "cloth"},
        {"skew": 40, "scale": 0.6, "background": "wood"},
        {"tilt": 25, "skew": 5, "background": "wood"},
        {"tilt": 40, "skew": -6},
        {"tilt": 40, "skew": 30, "scale": 0.6, "background": "cloth"},
        {"rotate": 90, "tilt": 35, "skew": 8},
        {"background": "white", "skew": -2, "tilt": 6},
        {"scale": 0.3, "shift": (0.3, -0.25), "skew": 8, "tilt": 12, "background": "wood"},
    ],
    ids=lambda how: " ".join(f"{key} {value}" for key, value in how.items()),
)
def test_a_card_is_read_and_its_number_placed_however_it_lies(how):
    lies = {key: value for key, value in how.items() if key != "background"}
    read = reading.read_picture(photograph(_drawn(), seed=5, **how), side="front", quality=False)
    _assert_known_and_in_place(read, _truly(**lies))


def test_a_card_of_a_thousand_pixels_in_twelve_megapixels():
    how = {"size": (4000, 3000), "scale": 0.25, "shift": (-0.3, 0.3), "skew": 8, "tilt": 12}
    read = reading.read_picture(photograph(_drawn(), seed=5, background="plain", **how), side="front", quality=False)
    _assert_known_and_in_place(read, _truly(**how))


def _writing(desk, rows, size=1.9):
    for row in range(rows):
        cv2.putText(desk, "minutes of the meeting of the works council", (30, 60 + 62 * row), 0, size, (40, 40, 40), 3)
    return desk


def _laid(desk, where):
    """The card laid on a desk, as JPEG."""
    height, width = desk.shape[:2]
    pixels = cv2.cvtColor(np.asarray(_drawn()), cv2.COLOR_RGB2BGR)
    onto = np.diag([width, height, 1]) @ where @ np.diag([1 / pixels.shape[1], 1 / pixels.shape[0], 1])
    laid = cv2.warpPerspective(pixels, onto, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(pixels.shape[:2], 255, np.uint8), onto, (width, height))
    desk = np.where(mask[..., None] > 0, laid, desk)
    return cv2.imencode(".jpg", desk)[1].tobytes()


def _turned(desk, degrees):
    height, width = desk.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(desk, turn, (width, height), borderValue=(150, 150, 150))


def test_a_card_on_a_desk_among_larger_writing():
    desk = _turned(_writing(np.full((1500, 2000, 3), 150, np.uint8), 22), 25)
    where = _truly(size=(2000, 1500), scale=0.4, skew=-10, tilt=15)
    read = reading.read_picture(_laid(desk, where), side="front", quality=False)
    _assert_known_and_in_place(read, where)


def test_a_card_and_a_sheet_that_lies_on_its_head_are_told_apart():
    """Their lines are of one block; those that stand on their heads say nothing of how the card stands."""
    desk = np.full((1500, 2000, 3), 150, np.uint8)
    desk[40:1460, 40:1960] = _writing(np.full((1420, 1920, 3), 235, np.uint8), 22, 1.2)
    where = _truly(size=(2000, 1500), scale=0.34, shift=(-0.3, -0.2))
    picture = cv2.imdecode(np.frombuffer(_laid(np.ascontiguousarray(desk[::-1, ::-1]), where), np.uint8), 1)
    edge = cv2.perspectiveTransform(np.array([[(0, 0), (1, 0), (1, 1), (0, 1)]], np.float32), where) * (2000, 1500)
    pages = []
    list(page.candidates(picture, lambda level, _alone: bool(pages.append(level))))
    found = set()
    for level in pages:
        middles = [level.to_picture(quad).mean(axis=0) for quad in level.telling]
        on_card = [cv2.pointPolygonTest(edge.astype(np.float32), tuple(map(float, m)), False) >= 0 for m in middles]
        found.add((abs(level.angle) > 90, np.mean(on_card) > 0.8, np.mean(on_card) < 0.2))
    assert {(False, True, False), (True, False, True)} <= found


def test_of_a_known_card_only_its_own_lines_are_read(monkeypatch):
    """What the unit asks for suffices; without its say, all other writing beside it is read too."""
    desk = _writing(np.full((1500, 2000, 3), 200, np.uint8), 22, 0.8)
    picture = _laid(desk, _truly(size=(2000, 1500), scale=0.62))
    taken = []

    def counted(view, quads, alphabet, read=ocr.recognise_twice):
        taken[-1] += sum(ocr.columns(quad) for quad in quads)
        return read(view, quads, alphabet)

    monkeypatch.setattr(ocr, "recognise_twice", counted)
    found = []
    for ask in (documents.wanted, lambda unit, text, quads, side: list(quads)):
        monkeypatch.setattr(documents, "wanted", ask)
        taken.append(0)
        found.append(reading.read_picture(picture, side="front", quality=False))
    for read in found:
        assert {name: field.value for name, field in read.fields.items()}["address"] == sample_person(7).address
        assert read.document is not None
        assert len(read.fields) == 6
    assert taken[0] < 0.9 * taken[1]


def _line(matrix, x0, x1, y, height=4.0):
    corners = np.array([[[x0, y], [x1, y], [x1, y + height], [x0, y + height]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(corners, matrix)[0], np.float32)


_LEANING = np.array([[5.2, 0.4, 300.0], [-0.9, 4.1, 260.0], [-0.0009, 0.0004, 1.0]])
"""Some view of a page of 100 x 63 from the side."""


def test_converging_lines_are_level_everywhere():
    seen = [_line(_LEANING, 10, 90, y) for y in (5, 15, 25, 35, 45, 55)]
    slopes = [float((q[1] - q[0])[1] / (q[1] - q[0])[0]) for q in seen]
    assert max(slopes) - min(slopes) > 0.03
    found = blocks.blocks(seen)
    assert len(found) == 1
    level = [blocks.seen(blocks.levelling(found[0]), quad) for quad in seen]
    assert max(abs(float((q[1] - q[0])[1] / (q[1] - q[0])[0])) for q in level) < 0.003


def test_lines_that_lie_apart_or_across_are_other_blocks():
    card_lines = [_line(np.diag([4.0, 4.0, 1]), 10, 90, y) for y in (5, 15, 25, 35)]
    far = [_line(np.array([[4.0, 0, 900], [0, 4, 700], [0, 0, 1]]), 10, 60, y) for y in (5, 15)]
    turned = cv2.getRotationMatrix2D((200.0, 100.0), -60, 1.0)
    across = [cv2.transform(_line(np.diag([4.0, 4.0, 1]), 10, 40, 8)[None], turned)[0].astype(np.float32)]
    found = blocks.blocks([*card_lines, *far, *across])
    assert [len(block.quads) for block in found] == [4, 2, 1]


def test_an_outline_is_told_from_print_whose_place_is_known():
    ratio, places = 1.6, []
    onto = _LEANING @ np.diag([100.0, 100 / ratio, 1])
    lines = []
    for i, (x, right, y) in enumerate([(0.1, 0.3, 0.15), (0.1, 0.3, 0.4), (0.1, 0.5, 0.6), (0.3, 0.9, 0.85)]):
        word = "ABCD"[i] * 4
        places.append({"text": word, "x": x, "right": right, "y": y})
        lines.append(
            Line(word, 1.0, _line(onto, x - 0.005, right + 0.005, y - 0.02, 0.04), places=(0.1, 0.4, 0.6, 0.9))
        )
    outline = _anchors.outline(lines, places, ratio)
    true = cv2.perspectiveTransform(np.array([[(0, 0), (1, 0), (1, 1), (0, 1)]], np.float64), onto)[0]
    assert np.linalg.norm(outline - true, axis=1).max() / np.linalg.norm(true[1] - true[0]) < 0.04
    assert _anchors.outline([], places, ratio) is None


def test_no_text_no_page(monkeypatch):
    looked = []
    monkeypatch.setattr(detection, "detect", lambda image, longest: looked.append(longest) or [])
    assert page.find(np.full((1800, 2400, 3), 200, np.uint8)) is None
    assert len(looked) == 2
    assert page.find(np.full((500, 600, 3), 200, np.uint8)) is None
    assert len(looked) == 3


def test_a_line_that_the_page_cuts_is_told_from_one_at_the_pictures_edge():
    picture = np.zeros((600, 1000, 3), np.uint8)
    shift = np.array([[1.0, 0, 300], [0, 1, 200], [0, 0, 1]])

    def line(left, right):
        return np.array([[left, 50], [right, 50], [right, 80], [left, 80]], np.float32)

    part = page.Page(
        View.of(picture[200:500, 300:900]), [line(0, 400), line(100, 599), line(30, 500)], shift, (1000, 600), 0.0
    )
    assert [quad[0, 0] for quad in page._cut_lines(part)] == [0, 100]
    at_the_edge = page.Page(View.of(picture), [line(0, 400), line(100, 999)], np.eye(3), (1000, 600), 0.0)
    assert page._cut_lines(at_the_edge) == []


@pytest.mark.parametrize("seed", range(40))
def test_print_that_is_no_such_document_has_no_wild_outline(seed):
    random = np.random.default_rng(seed)
    places = [{"text": text, "x": x, "right": x + 0.2, "y": y} for text, x, y in _PLACES]
    lines = []
    for text, _, _ in _PLACES:
        x, y = random.uniform(0, 1500, 2)
        wide, high = random.uniform(10, 600), random.uniform(5, 60)
        quad = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)
        lines.append(
            Line(text, 1.0, quad, (1.0,) * len(text), None, tuple((i + 0.5) / len(text) for i in range(len(text))))
        )
    outline = _anchors.outline(lines, places, 85.6 / 54)
    if outline is not None:
        assert np.isfinite(outline).all()
        assert cv2.isContourConvex(outline.reshape(-1, 1, 2))
        sides = np.linalg.norm(np.roll(outline, -1, axis=0) - outline, axis=1)
        assert sides.max() < 8 * sides.min()


_PLACES = (("AAA", 0.07, 0.15), ("BBB", 0.07, 0.3), ("CCC", 0.5, 0.3), ("DDD", 0.07, 0.5), ("EEE", 0.4, 0.87))


def test_lines_that_a_picture_may_not_cost_any_more_are_no_zone_and_no_fault():
    quads = [np.array([(0, y), (900 - y, y), (900 - y, y + 30), (0, y + 30)], np.float32) for y in (0, 60, 120)]
    level = page.bare(np.zeros((200, 1000, 3), np.uint8), quads, 0.0)
    said = Line("P<UTOLI<<ANNA<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", 0.9, quads[1])
    asked = []

    def read(lines):
        asked.append(len(lines))
        return [(said, said)] if lines[0] is quads[1] else []

    assert mrz_lines.candidates(level, read) == [(said, said)]
    assert asked[:2] == [1, 1], "the line after the one left out was read"
