"""``shiming face compare`` on pictures that cannot be compared: a clear code each, and never a crash."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from shiming.reading.documents import portraits
from shiming.reading.models import find

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)
PROGRAM = Path(sys.executable).with_name("shiming")


def selfie():
    return cv2.imdecode(np.frombuffer(portraits.selfie("collins", seed=1), np.uint8), cv2.IMREAD_COLOR)


def small(side):
    """The selfie, ``side`` pixels high."""
    image = selfie()
    scale = side / image.shape[0]
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def two():
    """Two of one size side by side."""
    return np.hstack([selfie(), selfie()[:, ::-1]])


def drawing():
    """A face of flat colours."""
    image = np.full((504, 400, 3), 230, np.uint8)
    cv2.ellipse(image, (200, 230), (130, 170), 0, 0, 360, (40, 60, 90), -1)
    cv2.ellipse(image, (200, 252), (115, 155), 0, 0, 360, (150, 190, 230), -1)
    for x in (150, 250):
        cv2.ellipse(image, (x, 232), (24, 16), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(image, (x, 232), 10, (40, 30, 20), -1)
        cv2.line(image, (x - 24, 205), (x + 24, 202), (40, 60, 90), 6)
    cv2.line(image, (200, 250), (190, 290), (60, 60, 90), 4)
    cv2.line(image, (190, 290), (210, 290), (60, 60, 90), 4)
    cv2.ellipse(image, (200, 330), (40, 14), 0, 0, 180, (60, 60, 190), -1)
    return image


def blackened():
    """A hand's breadth of black over eyes, nose and mouth."""
    image = selfie()
    h, w = image.shape[:2]
    cv2.rectangle(image, (0, int(0.15 * h)), (w, int(0.9 * h)), (60, 60, 60), -1)
    return image


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def huge(pixels):
    return png(np.zeros((pixels // 8000, 8000, 3), np.uint8))


CASES = {
    "empty wall": (lambda: png(np.full((400, 300, 3), 180, np.uint8)), {"FACE_NONE"}),
    "two people": (lambda: png(two()), {"FACE_MULTIPLE"}),
    "tiny": (lambda: png(small(20)), {"FACE_NONE", "FACE_TOO_SMALL"}),
    "covered": (lambda: png(blackened()), {"FACE_NONE"}),
    "dark": (lambda: png((selfie() * 0.06).astype(np.uint8)), {"IMG_DARK", "FACE_NONE"}),
    "cartoon": (lambda: png(drawing()), {"PORTRAIT_NOT_HUMAN", "FACE_NONE"}),
    "animal": (
        lambda: files("shiming.reading.documents").joinpath("portraits/cat.jpg").read_bytes(),
        {"PORTRAIT_NOT_HUMAN", "FACE_NONE"},
    ),
    "cut short": (lambda: portraits.selfie("collins", seed=1)[:3000], {"IMG_CORRUPT"}),
    "one pixel": (lambda: png(np.zeros((1, 1, 3), np.uint8)), {"FACE_NONE"}),
    "no picture": (lambda: b"%PDF-1.7 no picture", {"IMG_FORMAT"}),
    "no byte": (lambda: b"", {"IMG_EMPTY"}),
    "beyond 40 megapixels": (lambda: huge(48_000_000), {"IMG_TOO_MANY_PIXELS"}),
}


def test_each_has_a_code_of_its_own_and_the_next_pair_is_answered(tmp_path):
    (tmp_path / "good.png").write_bytes(png(selfie()))
    for name, (make, _) in CASES.items():
        (tmp_path / f"{name}.png").write_bytes(make())
    lines = [f"good.png\t{name}.png" for name in CASES] + ["good.png\tgood.png"]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines))
    done = subprocess.run(
        [PROGRAM, "face", "compare", "--pairs", "pairs.tsv", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    *answers, last = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert last["outcome"] == "match"
    got = {name: a["error"] and a["error"]["code"] for name, a in zip(CASES, answers, strict=True)}
    assert {name: code for name, code in got.items() if code not in CASES[name][1]} == {}
    assert all(a["similarity"] is None and a["error"]["message"] != a["error"]["code"] for a in answers)


@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="SHIMING_TESTDATA is not set")
def test_no_press_picture_is_refused_as_unfit():
    from shiming.intake.pictures import decode
    from shiming.reading.vision import face

    root = Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw"
    paths = sorted(root.glob("*/*.jpg"))[::40]
    found = [face.locate(decode(path.read_bytes())) for path in paths]
    assert len(paths) > 30
    assert [face._unfit(one[0].face) for one in found if one] == [None] * sum(map(bool, found))
