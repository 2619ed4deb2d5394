"""Faces: find them, measure them, compare two. The one interface to face reading; its parts are ``face_*.py`` beside it.

Names of the measures of a :class:`~shiming.registration.values.Face` (components as in ISO/IEC 29794-5 where they exist;
none is claimed to conform to it):

* ``inter_eye``: distance between the eye centres in pixels of the given picture
* ``yaw`` ``pitch`` ``roll``: head pose in degrees; all 0 for a head that looks straight at the camera; to the person's own
  left, down and clockwise +
* ``eyes_open``: opening by width, of the eye that is more closed; ``mouth_open``: the same of the lips
* ``size``: height of the face (brow to chin) by height of the picture; ``offset_x`` ``offset_y``: how far its middle is
  from the picture's, by the picture's width and height; ``cut``: fraction of its box outside the picture
* ``sharpness``: variance of the Laplacian on the face brought to 128 px; ``brightness``: mean luma 0..255 of the face;
  ``contrast``: its standard deviation; ``saturated``: share of it at the top of the scale; ``dynamic_range``: its entropy, bits;
  ``shading``: its gentlest slopes by its steepest, near 0 on flat drawings
* ``under_exposed`` ``over_exposed``: share of the face with luma below 26 and from 247; ``evenness``: overlap 0..1 of the
  histograms of both cheeks; ``background``: mean step from pixel to pixel beside the head (the face 64 px high)
* ``eyes_dark``: share of the eyes' places darker than half the cheeks, of the eye that has less; ``mouth_hue``
  ``mouth_tone``: distance in CIELAB of lower cheeks and chin from the brow, by a and b alone and with lightness
* ``mesh_score``: how sure the mesh is that this is a human face, 0..1
* ``turn``: on a document, how far in degrees clockwise its text stood from level in the picture
* ``signal_*``: weak heuristics of a picture taken of a screen or a print (``face_signals.py``); not on documents
* ``signal_live``: how live the passive nets take the face to be, 0..1 (``face_spoof.py``), where they are here; not on documents
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from shiming.intake.pictures import Refused, decode
from shiming.reading.models import model
from shiming.reading.vision.face_detector import Detection, around, overlap, searches, settings
from shiming.reading.vision.face_index import Codes, quantise
from shiming.reading.vision.face_measures import measure, quality
from shiming.reading.vision.face_mesh import Mesh, fit
from shiming.reading.vision.face_runtime import Array, Pixels
from shiming.reading.vision.face_signals import signals
from shiming.reading.vision.face_spoof import live_score
from shiming.reading.vision.face_template import Embedder, chip, embedder
from shiming.registration.values import Face, FaceComparison

Picture = bytes | Pixels
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A face and its mesh, for whoever works on pixels; lives only while a picture is read."""

    face: Face
    mesh: Mesh


def find_faces(image: Pixels, *, small: bool = False, level: bool = False, near: bool = False) -> tuple[Face, ...]:
    """The faces of a BGR picture (height, width, 3) uint8, the dominant one first; empty where there is none.

    ``small`` is for pictures of documents, whichever way they lie, and goes by size alone for dominance; ``level`` says that
    the document is known to lie upright, which spares the search for its turn; ``near`` that the picture is little more than
    the document, which spares the search for small faces.
    """
    found = locate(image, small=small, level=level, near=near)
    faces = tuple(f.face for f in found)
    if small or not faces:
        return faces
    live = live_score(image, found[0])
    seen = {
        **quality(image, found[0].mesh),
        **signals(image, faces[0].box),
        **({} if live is None else {"signal_live": live}),
    }
    return (replace(faces[0], measures={**faces[0].measures, **seen}), *faces[1:])


def locate(image: Pixels, *, small: bool = False, level: bool = False, near: bool = False) -> tuple[Located, ...]:
    """As :func:`find_faces`, with meshes and without signals."""
    turned = small and not level
    for detections in searches(image, thorough=turned, near=near):
        sure = _sure(image, detections)
        if sure:
            righted = [_righted(image, f) for f in sure] if turned else sure
            first, *rest = sorted(_distinct(righted), key=lambda f: -weight(f.face, small=small))
            return (_surer(image, first) if small and level else first, *rest)
    return ()


def _sure(image: Pixels, detections: Iterable[Detection]) -> list[Located]:
    found = [_located(image, detection) for detection in detections]
    return [f for f in found if f.mesh.score >= settings()["detector.mesh_score"]]


def _surer(image: Pixels, found: Located) -> Located:
    """The face, looked at from nearer where it was in doubt: a person's is surer then, an animal's is not."""
    if found.face.confidence >= settings()["search.sure"]:
        return found
    low, high = found.mesh.points[:, :2].min(axis=0), found.mesh.points[:, :2].max(axis=0)
    side = float((high - low).max()) * settings()["search.around"]
    return max((found, *_around(image, (low + high) / 2, side, 0.0)), key=lambda f: f.face.confidence)


def _righted(image: Pixels, found: Located) -> Located:
    """The face as the surest of four quarter turns sees it: a head on its side or its head may pass for an upright one."""
    low, high = found.mesh.points[:, :2].min(axis=0), found.mesh.points[:, :2].max(axis=0)
    side = float((high - low).max()) * settings()["search.around"]
    roll = np.radians(found.face.measures["roll"])
    seen = [f for k in range(4) for f in _around(image, (low + high) / 2, side, roll + k * np.pi / 2)]
    return max((found, *seen), key=lambda f: f.face.confidence)


def _around(image: Pixels, centre: Array, side: float, angle: float) -> list[Located]:
    return _sure(image, around(image, centre, side, angle))


def _known(image: Pixels, face: Face) -> tuple[Located, ...]:
    """The face that a reading found, found again in its place and turn."""
    size = np.array([image.shape[1], image.shape[0]], np.float32)
    low, high = np.array(face.box[:2], np.float32) * size, np.array(face.box[2:], np.float32) * size
    side = float((high - low).max()) * settings()["search.around"]
    middle = np.asarray((low + high) / 2, np.float32)
    seen = _around(image, middle, side, np.radians(face.measures.get("turn", 0.0)))
    return tuple(sorted(_distinct(seen), key=lambda f: -weight(f.face, small=True)))


def dominant(image: Pixels, found: tuple[Located, ...], *, small: bool = False) -> Located | None:
    """The one face a picture is about: clearly the largest, or on a selfie the largest and nearest the middle.

    None when there is no face, or when two have about the same claim.
    """
    if not found:
        return None
    if len(found) > 1:
        ratio = settings()["dominance.ratio_document" if small else "dominance.ratio"]
        if weight(found[0].face, small=small) < ratio * weight(found[1].face, small=small):
            return None
    return found[0]


def align(image: Pixels, located: Located, name: str | None = None) -> Pixels:
    """The face as the named (or best) model wants it: (height, width, 3) BGR, upright.

    Raises ``ValueError`` for a model whose own library aligns.
    """
    face = model(name).face if name else embedder().face
    if face is None or not face.points:
        raise ValueError(f"model {name or embedder().model.name!r} has no alignment template; its library aligns")
    return chip(image, located.mesh, face)


def compare(
    a: Picture, b: Picture, *, a_small: bool = True, a_face: Face | None = None, name: str | None = None
) -> FaceComparison:
    """Compares the dominant faces of two pictures (encoded bytes, or BGR arrays).

    ``a_small``: ``a`` shows a document, which may lie any way. ``a_face`` is the face that its reading found, if one did:
    it is compared without being searched for again. ``name`` asks for one model; without it the best that is here is used.
    ``error`` is FACE_NONE, FACE_MULTIPLE, FACE_TOO_SMALL, FACE_POSE, IMG_DARK, PORTRAIT_NOT_HUMAN or the code a picture was
    refused with, when there was no comparison. Raises
    ``ModelRefused`` when no model is here.
    """
    chosen = embedder(name)
    return _compared(chosen, _template(chosen, a, small=a_small, known=a_face), _template(chosen, b, small=False))


def compare_many(
    pairs: Iterable[tuple[Key, Key]], load: Callable[[Key], tuple[Picture, bool]], *, name: str | None = None
) -> Iterator[FaceComparison]:
    """Compares many pairs, one answer a pair in their order; each distinct picture is loaded and read once.

    ``load(key)`` gives the picture and whether it shows a document; it may raise ``Refused``, whose code becomes the
    pair's ``error``. Templates live only inside this generator.
    """
    chosen = embedder(name)
    read: dict[Key, Array | str] = {}
    for pair in pairs:
        for key in pair:
            if key not in read:
                read[key] = _read(chosen, load, key)
        yield _compared(chosen, read[pair[0]], read[pair[1]])


def stored_template(picture: Picture, name: str) -> Codes | str:
    """The template of a selfie's dominant face as it is stored, by the named model; a reason code where there is none.

    Raises ``ModelRefused`` when the model is not here.
    """
    chosen = embedder(name)
    found = _template(chosen, picture, small=False)
    return found if isinstance(found, str) else quantise(found, chosen.face.clip)


def preload() -> None:
    """Loads the networks and runs each once, so that the first person does not wait."""
    chosen = embedder()
    blank = np.full((256, 256, 3), 127, np.uint8)
    locate(blank)
    detection = Detection(np.array([64, 64, 192, 192], np.float32), _BLANK_POINTS, 1.0)
    mesh = fit(blank, detection)
    chosen.template(blank, mesh)
    live_score(blank, Located(measure(blank, detection, mesh), mesh))


_BLANK_POINTS = np.array([[96, 96], [160, 96], [128, 128], [128, 160], [64, 112], [192, 112]], np.float32)


def _read(chosen: Embedder, load: Callable[[Key], tuple[Picture, bool]], key: Key) -> Array | str:
    try:
        picture, small = load(key)
    except Refused as refused:
        return refused.code
    return _template(chosen, picture, small=small)


def _template(chosen: Embedder, picture: Picture, *, small: bool, known: Face | None = None) -> Array | str:
    """The template of a picture's dominant face, or the reason code why there is none."""
    try:
        image = decode(picture) if isinstance(picture, bytes) else picture
    except Refused as refused:
        return refused.code
    found = (_known(image, known) if known else ()) or locate(image, small=small)
    located = dominant(image, found, small=small)
    if located is None:
        return "FACE_MULTIPLE" if found else "FACE_NONE"
    return _unfit(located.face) or chosen.template(image, located.mesh)


def _unfit(face: Face) -> str | None:
    """The reason code why a face found cannot be compared at all, by the numbers of ``face.toml``; None where it can."""
    m, bound = face.measures, {name: settings()[f"compare.{name}"] for name in _COMPARABLE}
    if m["inter_eye"] < bound["inter_eye"]:
        return "FACE_TOO_SMALL"
    if m["brightness"] < bound["brightness"]:
        return "IMG_DARK"
    if face.confidence < bound["confidence"] or m["dynamic_range"] < bound["dynamic_range"]:
        return "PORTRAIT_NOT_HUMAN"
    return "FACE_POSE" if abs(m["yaw"]) > bound["yaw"] else None


_COMPARABLE = ("inter_eye", "yaw", "brightness", "dynamic_range", "confidence")


def _compared(chosen: Embedder, a: Array | str, b: Array | str) -> FaceComparison:
    error = next((side for side in (a, b) if isinstance(side, str)), None)
    similarity = None if isinstance(a, str) or isinstance(b, str) else chosen.similarity(a, b)
    face = chosen.face
    return FaceComparison(
        similarity=similarity,
        match=face.match.similarity,
        uncertain=face.uncertain.similarity,
        false_match_rate=face.match.false_match_rate,
        model=chosen.model.name,
        model_sha256=chosen.sha256,
        may_reject=face.may_reject,
        error=error,
    )


def _located(image: Pixels, detection: Detection) -> Located:
    mesh = fit(image, detection)
    return Located(measure(image, detection, mesh), mesh)


def _distinct(found: list[Located]) -> list[Located]:
    """Where two meshes fell onto one head, the surer one."""
    kept: list[Located] = []
    for candidate in sorted(found, key=lambda f: -f.face.confidence):
        box = np.array(candidate.face.box)
        if all(overlap(box, np.array(f.face.box)) < settings()["detector.overlap"] for f in kept):
            kept.append(candidate)
    return kept


def weight(face: Face, *, small: bool) -> float:
    """A face's claim to be the one meant: its eye distance, on selfies less the farther it is from the middle."""
    claim = face.measures["inter_eye"]
    if small:
        return claim
    distance = np.hypot(face.measures["offset_x"], face.measures["offset_y"]) / np.hypot(0.5, 0.5)
    return float(claim * max(1.0 - distance, 0.05))
