"""A document that lies on its side or its head: its portrait is found, and compared as if it lay upright."""

from __future__ import annotations

from functools import cache

import pytest

from shiming import reading
from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents.cn_resident_id import sample as card
from shiming.reading.documents.sample import sample_person
from shiming.reading.models import best_face_model, find
from shiming.reading.vision import face
from shiming.registration.values import Face, FaceComparison

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)
_TOLERANCE = 0.08


@cache
def _picture(name: str, turn: int) -> bytes:
    drawn = card.draw(sample_person(4), portraits.portrait(name))["front"]
    return photograph(drawn, background="wood", rotate=turn, skew=6, tilt=8, seed=4, scale=0.65)


@cache
def _portrait(name: str, turn: int) -> Face:
    faces = reading.read_picture(_picture(name, turn), side="front", quality=False).faces
    assert faces
    return faces[0]


def _compared(name: str, turn: int, selfie: str, known: Face | None) -> FaceComparison:
    return face.compare(_picture(name, turn), portraits.selfie(selfie, seed=4), a_face=known)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize(("name", "other"), [("collins", "hopper"), ("hopper", "collins")])
def test_a_turned_document_compares_like_an_upright_one(name: str, other: str, turn: int, known: bool) -> None:
    upright = _compared(name, 0, name, _portrait(name, 0)).similarity
    portrait = _portrait(name, turn) if known else None
    same, wrong = _compared(name, turn, name, portrait), _compared(name, turn, other, portrait)
    assert upright is not None
    assert same.similarity is not None
    assert wrong.similarity is not None
    assert same.similarity == pytest.approx(upright, abs=_TOLERANCE)
    assert same.similarity >= same.match
    assert wrong.similarity < wrong.match
    if best_face_model()[0].name != "dlib-face-recognition-resnet-v1":
        assert wrong.similarity < wrong.uncertain


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_reading_says_how_the_document_lay(turn: int) -> None:
    # ``rotate`` turns the picture counter-clockwise; the text then stands that much counter-clockwise, the card 6 clockwise.
    away = (_portrait("collins", turn).measures["turn"] - (6 - turn) + 180) % 360 - 180
    assert abs(away) < 4
