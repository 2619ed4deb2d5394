"""Faces found, measured and compared, on portraits of the repository and on Labeled Faces in the Wild."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from shiming.intake.pictures import Refused
from shiming.reading.documents import portraits
from shiming.reading.models import find
from shiming.reading.vision import face
from shiming.reading.vision.face_signals import signals

BEST = "face-reidentification-retail-0095"
DLIB = "dlib-face-recognition-resnet-v1"

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)


def picture(name):
    return cv2.cvtColor(np.asarray(portraits.portrait(name)), cv2.COLOR_RGB2BGR)


def on_table(portrait, size=(900, 1400), side=180, at=(300, 150)):
    """A small portrait in a large picture with other things in it, as on a photographed card."""
    table = np.full((*size, 3), (150, 170, 180), np.uint8)
    cv2.rectangle(table, (100, 80), (1300, 820), (230, 235, 240), -1)
    for line in range(6):
        cv2.putText(
            table, "SPECIMEN 0123456789", (600, 200 + 90 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40, 40, 40), 3
        )
    small = cv2.resize(portrait, (side, side * portrait.shape[0] // portrait.shape[1]), interpolation=cv2.INTER_AREA)
    table[at[0] : at[0] + small.shape[0], at[1] : at[1] + small.shape[1]] = small
    return table


def encoded(image, quality=85):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


@pytest.mark.parametrize("name", portraits.names())
def test_one_face_with_its_measures(name):
    (found,) = face.find_faces(picture(name))
    assert found.confidence > 0.8
    assert abs(found.measures["yaw"]) < 30
    assert abs(found.measures["roll"]) < 15
    assert found.measures["inter_eye"] > 30
    assert 0.1 < found.measures["size"] < 0.9
    assert {"signal_moire", "signal_border", "signal_blocks"} <= found.measures.keys()


@pytest.mark.parametrize("name", portraits.names())
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_small_portrait_is_found_whichever_way_the_document_lies(name, turns):
    table = on_table(picture(name))
    found = face.find_faces(np.ascontiguousarray(np.rot90(table, turns)), small=True)
    assert found
    left, top, right, bottom = found[0].box
    points = np.array([[150 / 1400, 300 / 900], [330 / 1400, 530 / 900]])
    for _ in range(turns):
        points = np.stack([points[:, 1], 1 - points[:, 0]], axis=1)
    low, high = points.min(axis=0) - 0.02, points.max(axis=0) + 0.02
    assert (np.array([left, top]) >= low).all()
    assert (np.array([right, bottom]) <= high).all()


def test_nothing_is_found_where_nothing_is():
    noise = np.random.default_rng(1).integers(0, 255, (400, 600, 3), dtype=np.uint8)
    for image in (
        np.full((400, 600, 3), 200, np.uint8),
        noise,
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((3, 900, 3), np.uint8),
    ):
        assert face.find_faces(image) == ()
        assert face.find_faces(image, small=True) == ()


def test_measures_tell_a_drawing_and_a_cat_from_a_photograph():
    for name in portraits.names(human=False):
        for found in face.find_faces(picture(name), small=True):
            assert found.confidence < 0.7 or found.measures["dynamic_range"] < 5.2
    for name in portraits.names():
        (found,) = face.find_faces(picture(name), small=True)
        assert found.confidence > 0.7
        assert found.measures["dynamic_range"] > 5.2


def test_turning_the_head_over_turns_the_roll():
    image = picture("collins")
    matrix = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), -20, 1.0)
    turned = cv2.warpAffine(image, matrix, (image.shape[1], image.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    change = face.find_faces(turned)[0].measures["roll"] - face.find_faces(image)[0].measures["roll"]
    assert change == pytest.approx(20, abs=4)


def test_blur_and_dark_move_their_measures():
    image = picture("collins")
    sharp = face.find_faces(image)[0].measures
    blurred = face.find_faces(cv2.GaussianBlur(image, (0, 0), 4))[0].measures
    dark = face.find_faces((image * 0.3).astype(np.uint8))[0].measures
    assert blurred["sharpness"] < sharp["sharpness"] / 3
    assert dark["brightness"] < sharp["brightness"] / 2


@pytest.mark.parametrize("side", [33, 100, 256, 301])
def test_the_raster_signal_is_the_highest_peak_of_a_ring_by_its_median(side):
    luma = np.random.default_rng(side).integers(0, 255, (side, side), np.uint8)
    size = min(side, 256)
    part = luma[(side - size) // 2 :, (side - size) // 2 :][:size, :size].astype(np.float32)
    window = np.outer(np.hanning(size), np.hanning(size)).astype(np.float32)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2((part - part.mean()) * window)))
    y, x = np.indices(spectrum.shape) - size // 2
    rings = [spectrum[np.hypot(y, x).astype(int) == ring] for ring in range(size // 6, size // 2 - 1)]
    whole = max(ring.max() / np.median(ring) for ring in rings)
    found = signals(cv2.merge([luma] * 3), (0.0, 0.0, 1.0, 1.0))["signal_moire"]
    assert found == pytest.approx(whole, rel=1e-5)


def test_a_raster_raises_the_moire_signal():
    image = cv2.resize(picture("collins"), (512, 640), interpolation=cv2.INTER_CUBIC)
    raster = (np.indices(image.shape[:2])[1] % 4 < 2)[..., None] * 24
    screen = np.clip(image.astype(int) - raster, 0, 255).astype(np.uint8)
    box = (0.2, 0.2, 0.8, 0.8)
    assert signals(screen, box)["signal_moire"] > 3 * signals(image, box)["signal_moire"]


@pytest.mark.parametrize("model", [DLIB, BEST])
def test_the_same_person_matches_and_another_does_not(model):
    if find(model) is None:
        pytest.skip(f"the files of {model} are not here (SHIMING_MODELS)")
    card, selfie = encoded(on_table(picture("collins"))), portraits.selfie("collins")
    same = face.compare(card, selfie, name=model)
    other = face.compare(card, portraits.selfie("hopper"), name=model)
    assert same.error is None
    assert same.similarity >= same.match
    assert other.similarity < other.uncertain
    assert same.model == model
    assert same.may_reject is (model == BEST)


def test_reasons_when_there_is_no_comparison():
    blank, good = np.full((300, 300, 3), 200, np.uint8), picture("collins")
    two = np.concatenate([good, good], axis=1)
    assert face.compare(good, blank).error == "FACE_NONE"
    assert face.compare(good, two).error == "FACE_MULTIPLE"
    assert face.compare(b"no picture", good).error == "IMG_FORMAT"
    assert face.compare(good, blank).similarity is None


def test_each_picture_is_loaded_once():
    loaded = []

    def load(key):
        loaded.append(key)
        if key == "gone":
            raise Refused("IMG_EMPTY")
        return picture(key), False

    pairs = [("collins", "hopper"), ("hopper", "collins"), ("gone", "collins"), ("collins", "gone")]
    answers = list(face.compare_many(pairs, load))
    assert loaded == ["collins", "hopper", "gone"]
    assert answers[0].similarity == pytest.approx(answers[1].similarity)
    assert [a.error for a in answers[2:]] == ["IMG_EMPTY", "IMG_EMPTY"]


def test_the_chip_has_eyes_where_the_template_wants_them():
    if find(BEST) is None:
        pytest.skip(f"the files of {BEST} are not here (SHIMING_MODELS)")
    image = picture("collins")
    chip = face.align(image, face.locate(image)[0], BEST)
    assert chip.shape == (128, 128, 3)
    padded = cv2.copyMakeBorder(chip, 64, 64, 64, 64, cv2.BORDER_REPLICATE)
    again = face.locate(padded)[0].mesh.points
    left_eye = again[[33, 133], :2].mean(axis=0) - 64
    assert left_eye == pytest.approx([0.3156 * 128, 0.4616 * 128], abs=8)


@pytest.mark.testdata
@pytest.mark.models
def test_labeled_faces_in_the_wild():
    root = Path(os.environ.get("SHIMING_TESTDATA", "/nowhere")) / "faces" / "lfw"
    if not (root / "pairs.tsv").is_file():
        pytest.skip("SHIMING_TESTDATA has no faces/lfw")
    if find(BEST) is None:
        pytest.skip(f"the files of {BEST} are not here (SHIMING_MODELS)")
    pairs = [line.split("\t") for line in (root / "pairs.tsv").read_text("utf-8").splitlines()][::15]
    answers = list(
        face.compare_many([(a, b) for a, b, _ in pairs], lambda n: ((root / n).read_bytes(), False), name=BEST)
    )
    assert not [a.error for a in answers if a.error]
    right = [(a.similarity >= a.uncertain) == (same == "1") for a, (_, _, same) in zip(answers, pairs, strict=True)]
    assert np.mean(right) >= 0.97
