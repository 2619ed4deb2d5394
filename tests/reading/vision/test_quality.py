"""Picture measures on small drawn pictures: each tells what it is named after, and keeps still about the rest."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from shiming import checks
from shiming.reading.documents import _specimen
from shiming.reading.vision import covering, look, quality, raster
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import View
from shiming.registration.values import Field

_SKINS = ((224, 172, 135), (141, 85, 52), (92, 56, 36))
_TABLES = {"wood": (146, 100, 62), "dark": (44, 42, 40), "white": (234, 233, 229)}
_CARD = (150, 120, 850, 560)


def _scene(table: str = "dark", seed: int = 1) -> np.ndarray:
    """A pale card with rows of print on a table, BGR."""
    rng = np.random.default_rng(seed)
    picture = np.empty((700, 1000, 3), np.float32)
    picture[:] = _TABLES[table]
    x0, y0, x1, y1 = _CARD
    picture[y0:y1, x0:x1] = (232, 238, 242)
    for row in range(5):
        for column in range(14):
            top, left = y0 + 70 + row * 70, x0 + 70 + column * 38
            picture[top : top + 26, left : left + 5 + int(rng.integers(18))] = (40, 40, 44)
    picture += rng.normal(0, 2, picture.shape)
    return np.clip(picture[..., ::-1], 0, 255).astype(np.uint8)


def _quad(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _page(picture: np.ndarray) -> Page:
    height, width = picture.shape[:2]
    lines = [_quad(220, 190 + row * 70, 740, 216 + row * 70) for row in range(5)]
    return Page(View.of(picture), lines, np.eye(3), (width, height), 0.0)


def _with_finger(
    picture: np.ndarray, skin: tuple[int, int, int], tip: tuple[int, int], start: tuple[int, int]
) -> np.ndarray:
    return cv2.line(picture.copy(), start, tip, skin[::-1], 90, cv2.LINE_AA)


@pytest.mark.parametrize("table", list(_TABLES))
def test_a_card_on_any_table_is_covered_by_nothing(table: str) -> None:
    assert covering.measure(_page(_scene(table)), _quad(*_CARD)) == {"covered": 0.0}


@pytest.mark.parametrize("table", list(_TABLES))
@pytest.mark.parametrize("skin", _SKINS)
def test_a_finger_of_any_skin_is_seen_where_it_lies(table: str, skin: tuple[int, int, int]) -> None:
    found = covering.measure(_page(_with_finger(_scene(table), skin, (500, 400), (520, 900))), _quad(*_CARD))
    assert 0.03 < found["covered"] < 0.12
    assert found["covered_left"] == pytest.approx(0.46, abs=0.03)
    assert found["covered_right"] == pytest.approx(0.56, abs=0.03)
    assert found["covered_top"] == pytest.approx(0.51, abs=0.04)


def test_a_finger_at_the_edge_and_a_portrait_are_none() -> None:
    held = _with_finger(_scene(), _SKINS[0], (500, 590), (520, 900))
    assert covering.measure(_page(held), _quad(*_CARD))["covered"] == 0.0
    portrait = cv2.rectangle(_scene(), (600, 200), (780, 420), _SKINS[0][::-1], -1)
    assert covering.measure(_page(portrait), _quad(*_CARD))["covered"] == 0.0
    bleeding = cv2.rectangle(_scene("wood"), (640, 200), (849, 420), _SKINS[0][::-1], -1)
    assert covering.measure(_page(bleeding), _quad(*_CARD))["covered"] > 0.0
    kept_out = covering.measure(_page(bleeding), _quad(*_CARD), [_quad(620, 180, 870, 440)])
    assert kept_out["covered"] == 0.0


def _striped(picture: np.ndarray, period: float) -> np.ndarray:
    """As a raster of red, green and blue beats with a sensor of that period, in pixels."""
    x = np.arange(picture.shape[1], dtype=np.float32) / period * 2 * np.pi
    stripes = np.stack([np.sin(x + phase) for phase in (0, 2.1, 4.2)], axis=-1)[None]
    return np.clip(picture + 9 * stripes, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("period", [3.1, 5.4, 11.0])
def test_a_screens_raster_is_told_from_paper(period: float) -> None:
    limit = checks.limits()["quality.raster"]
    paper, shown = (raster.of_document(picture, _quad(*_CARD)) for picture in (_scene(), _striped(_scene(), period)))
    assert paper["raster"] < limit < shown["raster"]


def test_grey_stripes_and_small_pictures_are_no_raster() -> None:
    x = np.arange(1000, dtype=np.float32) / 5.4 * 2 * np.pi
    ribbed = np.clip(_scene() + 12 * np.sin(x)[None, :, None], 0, 255).astype(np.uint8)
    found = raster.of_document(ribbed, _quad(*_CARD))
    assert found["raster"] < checks.limits()["quality.raster"]
    assert found["raster_fine"] < checks.limits()["quality.raster_fine"], "level lines are print"
    assert raster.of_document(_scene(), _quad(150, 120, 350, 250)) == {}


def _ribbed(picture: np.ndarray, period: float, degrees: float) -> np.ndarray:
    """As the pixels of a screen that is turned by so much, once a camera has smoothed their colours away."""
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    turn = np.radians(degrees)
    along = (x * np.cos(turn) + y * np.sin(turn)) / period * 2 * np.pi
    return np.clip(picture + 6 * np.sin(along)[..., None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("period", "degrees"), [(2.4, 5), (3.0, 30), (3.8, 84)])
def test_a_fine_raster_of_light_is_told_from_paper_and_from_coarse_print(period: float, degrees: float) -> None:
    limit = checks.limits()["quality.raster_fine"]
    paper, print_, shown = (
        raster.of_document(picture, _quad(*_CARD))["raster_fine"]
        for picture in (_scene(), _ribbed(_scene(), 7.5, degrees), _ribbed(_scene(), period, degrees))
    )
    assert max(paper, print_) < limit < shown


def test_a_reflection_beside_the_print_and_one_over_it() -> None:
    beside = cv2.circle(_scene(), (800, 520), 40, (255, 255, 255), -1)
    over = cv2.circle(_scene(), (400, 345), 40, (255, 255, 255), -1)
    measured = [quality.of_page(_page(picture), _quad(*_CARD), 1.0) for picture in (_scene(), beside, over)]
    limits = checks.limits()
    assert measured[0]["glare"] == measured[0]["glare_print"] == 0.0
    assert measured[1]["glare"] > limits["quality.glare"]
    assert measured[1]["glare_print"] < limits["quality.glare_print"] < measured[2]["glare_print"]


def test_the_documents_share_of_the_picture() -> None:
    measured = quality.of_page(_page(_scene()), _quad(*_CARD), 2.0)
    assert measured["document_share"] == pytest.approx(0.7)
    assert measured["document_width"] == 1400


def test_a_picture_saved_again_looks_the_same_and_another_does_not() -> None:
    rng = np.random.default_rng(5)
    picture, other = (cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (800, 600)) for _ in range(2))
    again = cv2.imdecode(cv2.imencode(".jpg", cv2.resize(picture, (500, 375)), [1, 60])[1], 1)
    mine = int(look.of(picture), 16)
    most = checks.limits()["quality.look"]
    assert (mine ^ int(look.of(again), 16)).bit_count() <= most
    assert (mine ^ int(look.of((picture * 0.7).astype(np.uint8)), 16)).bit_count() <= most
    assert (mine ^ int(look.of(other), 16)).bit_count() > 12


def _fields(**values: str) -> dict[str, Field]:
    return {name: Field(value, value, 0.99, "mrz") for name, value in values.items()}


@pytest.mark.parametrize(
    ("lines", "fields", "count"),
    [
        (["姓名 李梅", "SPECIMEN 样本"], {}, 1),
        (["SPÉCIMEN", "MUSTER"], {}, 2),
        (["MUSTERMANN ERIKA", "AVOIDANCE"], {}, 0),
        (["견본"], {}, 1),
        ([], _fields(issuing_country="UTO", surname="ERIKSSON"), 2),
        ([], _fields(issuing_country="SWE", surname="ERIKSSON"), 0),
        (["SPECIMEN"], _fields(issuing_country="D", surname="MUSTERMANN"), 2),
    ],
)
def test_marks_of_a_specimen(lines: list[str], fields: dict[str, Field], count: int) -> None:
    assert _specimen.marks(lines, fields) == count
