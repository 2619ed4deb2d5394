"""Reading pictures of drawn documents, as a phone takes them: every way round, askew, blurred; and what quality says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from shiming import checks, reading
from shiming.intake.pictures import Refused
from shiming.reading.documents import portraits
from shiming.reading.documents._people import person
from shiming.reading.documents.cn_resident_id import sample as card_sample
from shiming.reading.documents.passport import sample as passport_sample
from shiming.reading.vision import face
from shiming.registration.serial import reading_from_json, reading_to_json
from shiming.registration.values import Reading

_PERSON = person(3)
_GREY = Image.new("RGB", (400, 500), (150, 150, 160))


def _scene(card: Image.Image, angle: float = 0, width: float = 0.7, blur: float = 0, light: float = 1.0) -> np.ndarray:
    pixels = cv2.cvtColor(np.asarray(card), cv2.COLOR_RGB2BGR)
    height, across = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((across / 2, height / 2), -angle, 1500 * width / across)
    matrix[:, 2] += (750 - across / 2, 750 - height / 2)
    table = np.random.default_rng(1).normal(60, 8, (1500, 1500, 3)).clip(0, 255).astype(np.uint8)
    mask = cv2.warpAffine(np.full((height, across), 255, np.uint8), matrix, (1500, 1500))
    seen = np.where(mask[..., None] > 127, cv2.warpAffine(pixels, matrix, (1500, 1500), flags=cv2.INTER_AREA), table)
    seen = cv2.GaussianBlur(seen, (0, 0), blur) if blur else seen
    return np.clip(seen.astype(np.float32) * light, 0, 255).astype(np.uint8)


def _read(pixels: np.ndarray) -> Reading:
    return reading.read_picture(cv2.imencode(".jpg", pixels)[1].tobytes())


def _values(read: Reading) -> dict[str, str | None]:
    return {name: field.value for name, field in read.fields.items()}


_FRONT = {
    "name": _PERSON.name,
    "sex": _PERSON.sex,
    "ethnicity": _PERSON.ethnicity,
    "date_of_birth": _PERSON.date_of_birth.isoformat(),
    "address": _PERSON.address,
    "number": _PERSON.number,
}


@pytest.mark.parametrize("angle", [0, 90, 180, 270, 15, -20, 110])
def test_a_card_is_read_whichever_way_it_lies(angle: float) -> None:
    read = _read(_scene(card_sample.draw(_PERSON, _GREY)["front"], angle))
    assert read.document is not None
    assert (read.document.type, read.document.side, read.document.country) == ("cn-resident-id", "front", "CN")
    assert _values(read) == _FRONT
    assert all(0 <= x <= 1 and 0 <= y <= 1 for field in read.fields.values() for x, y in field.box or ())


def test_the_back_and_a_card_without_end() -> None:
    read = _read(_scene(card_sample.draw(_PERSON, _GREY)["back"], -10))
    assert _PERSON.date_of_expiry is None
    assert _values(read) == {
        "issuing_authority": _PERSON.issuing_authority,
        "date_of_issue": _PERSON.date_of_issue.isoformat(),
        "date_of_expiry": None,
    }
    assert read.fields["date_of_expiry"].raw == "长期"


@pytest.mark.parametrize("angle", [0, 90, 12])
def test_a_passport_is_read_by_its_zone(angle: float) -> None:
    drawn = passport_sample.draw(_PERSON, _GREY)
    read = _read(_scene(drawn["front"] if isinstance(drawn, dict) else drawn, angle))
    assert read.document is not None
    assert read.document.type == "passport"
    assert read.mrz is not None
    assert read.mrz.valid
    values = _values(read)
    assert values["number"] == _PERSON.passport_number
    assert (values["surname"], values["given_names"]) == (_PERSON.surname, _PERSON.given_names)
    assert values["date_of_birth"] == _PERSON.date_of_birth.isoformat()


def test_measures_tell_good_captures_from_bad() -> None:
    limits = checks.limits()
    card = card_sample.draw(_PERSON, _GREY)["front"]
    good = _read(_scene(card)).quality
    assert good["blur"] < limits["quality.blur"] < _read(_scene(card, blur=3)).quality["blur"]
    assert _read(_scene(card, light=0.2)).quality["brightness"] < limits["quality.dark"] < good["brightness"]
    assert _read(_scene(card, light=2.0)).quality["overexposed"] > limits["quality.overexposed"] > good["overexposed"]
    grey = cv2.cvtColor(cv2.cvtColor(_scene(card), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    assert _read(grey).quality["chroma"] < limits["quality.chroma"] < good["chroma"]
    cut = _scene(card)[:, :1180]
    assert _read(cut).quality["margin"] < limits["quality.margin"] < good["margin"]
    shining = cv2.circle(_scene(card), (700, 700), 90, (255, 255, 255), -1)
    assert _read(shining).quality["glare"] > limits["quality.glare"] > good["glare"]
    assert abs(good["document_width"] - 1050) < 60


@pytest.mark.parametrize("turn", [0, 90, 180])
def test_a_second_document_beside_is_told_however_it_lies(turn: float) -> None:
    sides = card_sample.draw(_PERSON, _GREY)
    beside = _scene(sides["back"], turn, width=0.45)[350:1150]
    alone, nothing = _scene(sides["front"])[400:1100], np.full_like(beside, 60)
    assert _read(np.vstack([alone, beside])).quality["documents"] == 2
    assert _read(np.vstack([alone, nothing])).quality["documents"] == 1


def test_portraits_on_documents_are_people_even_small_ones_and_a_cat_is_none() -> None:
    limits = checks.limits()
    for name in portraits.names():
        for width in (0.4, 0.6, 0.9):
            (found, *_) = (
                _read(_scene(passport_sample.draw(_PERSON, portraits.portrait(name))["front"], width=width)).faces or ()
            )
            assert found.confidence > limits["portrait.confidence"], (name, width)
            assert found.measures["dynamic_range"] > limits["portrait.dynamic_range"]
    for name in portraits.names(human=False):
        for found in _read(_scene(card_sample.draw(_PERSON, portraits.portrait(name))["front"])).faces or ():
            doubtful = found.confidence < limits["portrait.confidence"]
            assert doubtful or found.measures["dynamic_range"] < limits["portrait.dynamic_range"]


def test_no_document_is_no_error_and_no_picture_is() -> None:
    empty = _read(np.full((300, 400, 3), 120, np.uint8))
    assert (empty.document, empty.fields, empty.mrz) == (None, {}, None)
    with pytest.raises(Refused):
        reading.read_picture(b"not a picture")


@pytest.mark.testdata
@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="needs SHIMING_TESTDATA")
def test_specimens() -> None:
    root = Path(os.environ["SHIMING_TESTDATA"]) / "mrz"
    right = ("passports/Canada.png", "passports/Japan.png", "passports/Qatar.png", "fastmrz/data/td3.jpg")
    for name in right:
        path = next(p for p in root.rglob(Path(name).name) if str(p).endswith(name))
        read = reading.read_picture(path.read_bytes())
        assert read.mrz is not None, name
        assert read.mrz.valid, name
    for name in ("passports/ICAO_Example2.png", "id_cards/Malta_BAD.png", "customer-docs/passport_mrz_invalid.png"):
        path = next(p for p in root.rglob(Path(name).name) if str(p).endswith(name))
        read = reading.read_picture(path.read_bytes())
        assert read.mrz is None or not read.mrz.valid, name


def test_a_photo_holding_the_card_is_read_with_face_and_print():
    """Row E3 with the real reader: the holder's face and, of the card in the hand, at least name and number."""
    from shiming.reading.documents.sample import sample_person, sample_set

    who = sample_person(1)
    read = reading.read_picture(sample_set(1)["holding"], kind="holding", documents=["cn-resident-id"], side="front")
    assert read.document is not None
    assert read.document.type == "cn-resident-id"
    assert {name: read.fields[name].value for name in ("name", "number")} == {"name": who.name, "number": who.number}
    assert read.faces
    largest = max(read.faces, key=lambda face: face.box[2] - face.box[0])
    assert largest.box[2] < 0.5, "the largest face is the person's, not the card's"
    assert read.portrait is not None
    assert read.portrait.box[0] > 0.8, "the portrait is the card's"
    assert reading_from_json(json.loads(json.dumps(reading_to_json(read)))) == read


def test_the_portrait_on_the_card_in_the_hand_is_told_from_a_strangers():
    from shiming.reading.documents.sample import sample_set

    own, strangers = (sample_set(1, portrait=name)["holding"] for name in portraits.names()[:2])
    read = reading.read_picture(own, kind="holding", documents=["cn-resident-id"], side="front")
    assert read.portrait is not None
    same = face.compare(own, own, a_face=read.portrait)
    assert same.similarity is not None
    assert same.similarity >= same.match
    other = face.compare(own, strangers, a_face=read.portrait)
    assert other.similarity is not None
    assert other.similarity < other.match
