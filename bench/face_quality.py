"""How often the selfie's checks speak: ``SHIMING_TESTDATA=... python bench/face_quality.py [--every N]``.

On press pictures of Labeled Faces in the Wild, where every word about the face itself is a false alarm (press pictures are
not selfies: they have open mouths, side light and bystanders by right), and on the same pictures spoilt one way each by
drawing: sunglasses, masks, side light, too dark, too bright, blurred. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from shiming.checks import selfie_face
from shiming.intake.pictures import decode
from shiming.programmes import resolve
from shiming.reading.vision.face import Located, find_faces, locate
from shiming.reading.vision.face_mesh import five_points
from shiming.reading.vision.face_runtime import Pixels
from shiming.registration.values import Case, EvidenceItem, Outcome, Reading

Spoil = Callable[[Pixels, Located], Pixels]
# Mesh points: along the jaw from ear to ear, then back over cheeks and nose below its bridge.
_MASK = (93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 280, 5, 50)
# FACE_TOO_SMALL, FACE_OFF_CENTRE and bystanders are of how the press takes pictures, not of the face.
_FRAMING = {"FACE_NONE", "FACE_MULTIPLE", "FACE_TOO_SMALL", "FACE_TOO_CLOSE", "FACE_OFF_CENTRE"}


def mask(colour: tuple[int, int, int]) -> Spoil:
    """A mask of that colour (BGR) over mouth and nose, with the face's own light on it."""

    def spoilt(image: Pixels, face: Located) -> Pixels:
        shape = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(shape, [face.mesh.points[list(_MASK), :2].astype(np.int32)], 255)
        light = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), 6)
        light /= max(float(light[shape > 0].mean()) if (shape > 0).any() else 1.0, 1.0)
        chance = np.random.default_rng(zlib.crc32(image.tobytes()))
        cloth = np.array(colour, np.float32) * light[..., None] + chance.normal(0, 3, image.shape)
        return _laid(image, np.clip(cloth, 0, 255), shape)

    return spoilt


def sunglasses(image: Pixels, face: Located) -> Pixels:
    left, right = five_points(face.mesh)[:2]
    distance = float(np.linalg.norm(right - left))
    shape = np.zeros(image.shape[:2], np.uint8)
    for x, y in (left, right):
        axes = (int(0.36 * distance), int(0.27 * distance))
        cv2.ellipse(shape, (int(x), int(y + 0.04 * distance)), axes, 0, 0, 360, 242, -1)
    return _laid(image, np.full(image.shape, 25, np.float32), shape)


def _laid(image: Pixels, over: np.ndarray, shape: Pixels) -> Pixels:
    share = cv2.GaussianBlur(shape, (0, 0), 1)[..., None] / 255.0
    return np.asarray(image * (1 - share) + over * share, np.uint8)


def side_light(image: Pixels, _face: Located) -> Pixels:
    ramp = np.linspace(0.1, 1.4, image.shape[1])[None, :, None]
    return np.asarray(np.clip(image * ramp, 0, 255), np.uint8)


SPOILT: dict[str, Spoil] = {
    "as it is": lambda image, _: image,
    "sunglasses, black": sunglasses,
    "mask, white": mask((225, 222, 218)),
    "mask, blue": mask((200, 160, 110)),
    "mask, black": mask((35, 33, 33)),
    "light from one side (1 : 14)": side_light,
    "a fifth of the light": lambda image, _: np.asarray(image * 0.2, np.uint8),
    "2.5 times the light": lambda image, _: np.asarray(np.clip(image * 2.5, 0, 255), np.uint8),
    "blurred, 5 px": lambda image, _: np.asarray(cv2.GaussianBlur(image, (0, 0), 5), np.uint8),
}


def table(every: int) -> Iterator[str]:
    """Of every ``every``-th picture, how many got each finding, by what was done to it; as Markdown."""
    root = Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw"
    said: dict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for path in sorted(root.glob("*/*.jpg"))[::every]:
        image = decode(path.read_bytes())
        found = locate(image)
        if not found:
            continue
        total += 1
        for name, spoil in SPOILT.items():
            said[name].update(_said(spoil(image, found[0])))
    yield "| picture | what was said of it (of " + f"{total}) |"
    yield "|---|---|"
    for name, counts in said.items():
        yield (
            f"| {name} | "
            + (", ".join(f"{what} {n / total:.1%}" for what, n in counts.most_common()) or "nothing")
            + " |"
        )


def _said(image: Pixels) -> set[str]:
    item = EvidenceItem("e", "selfie", Reading(faces=find_faces(image)))
    found = set()
    for one in selfie_face.run(_case(), item):
        if one.outcome not in (Outcome.FAIL, Outcome.WARN) or one.code in _FRAMING - {"FACE_NONE"}:
            continue
        why = {"FACE_COVERED": f" ({one.details.get('component')})"}.get(one.code, "")
        found.add(f"{one.code}{why}{'' if one.outcome is Outcome.FAIL else ', only a warning'}")
    return found


@cache
def _case() -> Case:
    return Case(resolve("carrier-5g"), date(2026, 11, 26), {}, None, {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=4)
    print("\n".join(table(parser.parse_args().every)))
