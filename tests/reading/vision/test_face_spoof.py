"""The passive nets' signal: absent without their files, a number with them, and safe at the edges of a picture."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from shiming.intake.pictures import decode
from shiming.reading.documents import portraits
from shiming.reading.models import find, models
from shiming.reading.vision import face, face_spoof

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)
NETS = [m.name for m in models().values() if m.role == "spoof-signal"]
needs_nets = pytest.mark.skipif(
    any(find(name) is None for name in NETS), reason="SHIMING_MODELS holds no MiniFASNet files"
)


@pytest.fixture(autouse=True)
def fresh_nets():
    face_spoof._nets.cache_clear()
    yield
    face_spoof._nets.cache_clear()


def selfie():
    image = decode(portraits.selfie(portraits.names()[0], seed=1))
    return image, face.locate(image)[0]


def test_without_files_there_is_no_score_and_no_measure(tmp_path, monkeypatch):
    monkeypatch.setenv("SHIMING_MODELS", str(tmp_path))
    monkeypatch.setenv("SHIMING_DATA", str(tmp_path))
    image, located = selfie()
    assert face_spoof.live_score(image, located) is None
    assert "signal_live" not in face.find_faces(image)[0].measures


@needs_nets
def test_with_files_the_score_is_a_measure_of_the_selfie_only():
    image, located = selfie()
    score = face_spoof.live_score(image, located)
    assert 0.0 <= score <= 1.0
    assert face.find_faces(image)[0].measures["signal_live"] == pytest.approx(score)
    assert "signal_live" not in face.find_faces(image, small=True)[0].measures


@needs_nets
def test_one_net_alone_is_asked_alone(tmp_path, monkeypatch):
    image, located = selfie()
    both = face_spoof.live_score(image, located)
    name = models()[NETS[0]].files[0].name
    (tmp_path / name).symlink_to(find(NETS[0]))
    monkeypatch.setenv("SHIMING_MODELS", str(tmp_path))
    monkeypatch.setenv("SHIMING_DATA", str(tmp_path))
    face_spoof._nets.cache_clear()
    alone = face_spoof.live_score(image, located)
    assert alone is not None
    assert alone != pytest.approx(both, abs=1e-9)


@pytest.mark.parametrize("margin", [0.0, 0.2, 6.0])
def test_what_is_looked_at_lies_inside_the_picture(margin):
    image, located = selfie()
    flat = located.mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    pad = int(margin * float((high - low).max()))
    larger = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    for crop in (2.7, 4.0):
        left, top, right, bottom = face_spoof._around(larger, low + pad, high + pad, crop)
        assert 0 <= left < right <= larger.shape[1]
        assert 0 <= top < bottom <= larger.shape[0]
        if margin == 6.0:
            assert (right - left) / float((high - low)[0]) == pytest.approx(crop, rel=0.05)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (50, 1, 3)])
def test_a_strip_of_a_picture_still_gives_pixels(shape):
    image = np.zeros(shape, np.uint8)
    box = face_spoof._around(image, np.zeros(2, np.float32), np.array([40, 40], np.float32), 2.7)
    assert image[box[1] : box[3], box[0] : box[2]].size


@needs_nets
@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="SHIMING_TESTDATA is not set")
def test_press_pictures_mostly_count_as_live_which_is_why_it_is_weak():
    """Not one of these was taken in front of our camera: the signal does not see injected pictures."""
    root = Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw"
    scores = []
    for path in sorted(root.glob("*/*.jpg"))[::80]:
        image = decode(path.read_bytes())
        if found := face.locate(image):
            scores.append(face_spoof.live_score(image, found[0]))
    assert len(scores) >= 15
    assert float(np.mean(np.array(scores) > 0.5)) > 0.7
