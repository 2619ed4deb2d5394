"""Frames decoded within limits, and the one face followed through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shiming.intake.pictures import Refused, decode, inspect
from shiming.reading.liveness._limits import limits
from shiming.reading.vision.face import Located
from shiming.reading.vision.face_detector import Detection, overlap, searches, settings
from shiming.reading.vision.face_measures import measure
from shiming.reading.vision.face_mesh import Mesh, carried, fit
from shiming.reading.vision.face_runtime import Array, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One readable frame: its index among those that came, its capture time in ms, its pixels, its face.

    ``second``: eye distance of the largest other face by the person's; ``faces``: how many of about one size.
    """

    index: int
    at: int
    image: Pixels
    face: Located | None
    second: float = 0.0
    faces: int = 0


def readable(frames: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, int, Pixels]]:
    """Index, time and pixels of each frame that is a picture of a size we take."""
    for index, (at, data) in enumerate(frames):
        try:
            header = inspect(data)
            if header.width * header.height <= limits()["frames.pixels"]:
                yield index, at, decode(data, int(limits()["frames.longest"]))
        except Refused:
            continue


def followed(frames: Sequence[tuple[int, bytes]]) -> list[Frame]:
    """The readable frames with the face that goes through them: in the first the largest, then the one nearest to the last."""
    found: list[Frame] = []
    last: _Last | None = None
    for index, at, image in readable(frames):
        frame, detection = _looked_at(index, at, image, last)
        found.append(frame)
        last = _Last(frame.face.mesh, detection) if frame.face else last
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    """The face where it was seen last: its mesh, and what the detector said of it if it saw it then."""

    mesh: Mesh
    detection: Detection | None


def _looked_at(index: int, at: int, image: Pixels, last: _Last | None) -> tuple[Frame, Detection | None]:
    detections = next(iter(searches(image, thorough=False)))
    chosen = _chosen(detections, last.mesh if last else None)
    face = _fitted(image, chosen, last) if chosen else None
    if face is None and last is not None:
        # The detector loses heads that are turned far; the mesh still finds them where they were.
        chosen, face = None, _fitted(image, _from(last.mesh))
    if face is None:
        return Frame(index, at, image, None), None
    own = max(face.face.measures["inter_eye"], 1.0)
    second, faces = 0.0, 1
    for other in detections:
        if other is chosen or _covers(other, face.mesh):
            continue
        ratio = float(np.linalg.norm(other.points[1] - other.points[0])) / own
        if ratio > max(second, limits()["frames.second_face"]) and _fitted(image, other) is not None:
            second, faces = ratio, faces + 1
    return Frame(index, at, image, face, second, faces), chosen


def _chosen(detections: list[Detection], last: Mesh | None) -> Detection | None:
    if last is None or not detections:
        return max(detections, key=lambda d: float(np.ptp(d.box[0::2])), default=None)
    middle = last.points[:, :2].mean(axis=0)
    return min(detections, key=lambda d: float(np.linalg.norm((d.box[:2] + d.box[2:]) / 2 - middle)))


def _fitted(image: Pixels, detection: Detection, last: _Last | None = None) -> Located | None:
    known = (last.detection, last.mesh) if last and last.detection else None
    mesh = carried(image, known, detection) if known else None
    if mesh is None or mesh.score < settings()["detector.mesh_score"]:
        mesh = fit(image, detection)
    if mesh.score < settings()["detector.mesh_score"]:
        return None
    # Only the straight frames, one of which becomes the portrait, are asked for their light.
    return Located(measure(image, detection, mesh, lit=False), mesh)


def _from(mesh: Mesh) -> Detection:
    flat = mesh.points[:, :2]
    box: Array = np.concatenate([flat.min(axis=0), flat.max(axis=0)])
    return Detection(box, flat[[33, 263, 1, 13, 234, 454]], mesh.score)


def _covers(other: Detection, mesh: Mesh) -> bool:
    flat = mesh.points[:, :2]
    own = np.concatenate([flat.min(axis=0), flat.max(axis=0)])
    return bool(overlap(own, other.box) >= settings()["detector.overlap"])
