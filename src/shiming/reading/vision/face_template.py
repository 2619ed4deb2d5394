"""Turns an aligned face into a template, by the model the registry chose. Templates live only as long as a comparison."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from shiming.reading.models import FaceModel, Model, ModelRefused, best_face_model, find, model
from shiming.reading.models.manifest import COSINE
from shiming.reading.vision.face_mesh import Mesh, five_points
from shiming.reading.vision.face_runtime import Array, Network, Pixels
from shiming.reading.vision.face_warp import warp


class Embedder(Protocol):
    """One loaded face-embedding model."""

    model: Model
    face: FaceModel
    sha256: str
    """Digest of the file that holds the weights."""

    def template(self, image: Pixels, mesh: Mesh) -> Array:
        """The face's template, a vector of the model's dimensions."""

    def similarity(self, a: Array, b: Array) -> float:
        """How alike two templates are, in the model's own metric; higher is more alike."""


def chip(image: Pixels, mesh: Mesh, face: FaceModel) -> Pixels:
    """The face cut out upright as the model's template wants it: (height, width, 3) BGR."""
    wanted = np.array(face.points, np.float64) * (face.width, face.height)
    square = warp(
        image, similarity_transform(five_points(mesh).astype(np.float64), wanted), max(face.width, face.height)
    )
    return square[: face.height, : face.width]


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 2x3 rotation, scale and shift that brings ``source`` (n, 2) nearest to ``target`` in least squares (Umeyama)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(flip) @ vt
    scale = float((s * flip).sum() / (a**2).sum())
    linear = rotation * scale
    return np.concatenate([linear, (target.mean(axis=0) - linear @ source.mean(axis=0))[:, None]], axis=1)


_COLOURS = 3


class NetworkEmbedder:
    """A model in OpenVINO IR, ONNX or tflite, run by OpenVINO; similarity is its metric's: cosine, or 1 - distance."""

    def __init__(self, entry: Model, path: Path) -> None:
        if entry.face is None:
            raise ValueError(f"{entry.name} is no face-embedding model")
        self.model, self.face, self.sha256 = entry, entry.face, entry.sha256
        self._network = Network(path)
        self._mean, self._scale = np.array(self.face.mean, np.float32), np.array(self.face.scale, np.float32)
        self._colours_last = self._network.shape[-1] == _COLOURS

    def template(self, image: Pixels, mesh: Mesh) -> Array:
        """A vector of length 1 where cosine compares, else as the network gives it."""
        vector = self.vector(chip(image, mesh, self.face))
        if self.face.metric != COSINE:
            return vector
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)

    def vector(self, pixels: Pixels) -> Array:
        """The network's answer to a chip (height, width, 3) BGR."""
        if self.face.colour == "RGB":
            pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        tensor = (pixels.astype(np.float32) - self._mean) * self._scale
        return self._network((tensor if self._colours_last else tensor.transpose(2, 0, 1))[None])[0]

    def similarity(self, a: Array, b: Array) -> float:
        """Cosine, -1..1, or 1 - Euclidean distance, as the manifest says."""
        return float(a @ b) if self.face.metric == COSINE else 1.0 - float(np.linalg.norm(a - b))


class DlibEmbedder:
    """dlib's ResNet on a face that its 5-point predictor aligned; similarity is 1 - Euclidean distance."""

    def __init__(self, entry: Model, path: Path) -> None:
        import dlib  # a large library that is not needed where a better model is at hand

        if entry.face is None:
            raise ValueError(f"{entry.name} is no face-embedding model")
        self.model, self.face, self.sha256 = entry, entry.face, entry.sha256
        self._dlib: Any = dlib
        self._network = dlib.face_recognition_model_v1(str(path))
        self._predictor = dlib.shape_predictor(str(path.parent / entry.files[1].name))
        self._lock = threading.Lock()

    def template(self, image: Pixels, mesh: Mesh) -> Array:
        """A vector of 128."""
        upright, box = _upright(image, mesh)
        rgb = cv2.cvtColor(upright, cv2.COLOR_BGR2RGB)
        with self._lock:
            shape = self._predictor(rgb, self._dlib.rectangle(*box))
            face = self._dlib.get_face_chip(rgb, shape, size=self.face.width)
            return np.array(self._network.compute_face_descriptor(face), np.float32)

    def similarity(self, a: Array, b: Array) -> float:
        """1 - distance: 1 is the same picture, 0.4 dlib's textbook threshold."""
        return 1.0 - float(np.linalg.norm(a - b))


_UPRIGHT = 400
# Where dlib's own frontal detector boxes a face, in eye distances: medians over 131 pictures of LFW folds 1-2.
_BOX_SIDE, _BOX_DROP = 2.5, 0.5
_UPRIGHT_POINTS = np.array([[0.41, 0.42], [0.59, 0.42]], np.float64) * _UPRIGHT


def _upright(image: Pixels, mesh: Mesh) -> tuple[Pixels, tuple[int, int, int, int]]:
    """The head turned upright in a square, and the box dlib's own detector would draw there."""
    pixels = warp(image, similarity_transform(five_points(mesh)[:2].astype(np.float64), _UPRIGHT_POINTS), _UPRIGHT)
    eye_distance = float(_UPRIGHT_POINTS[1, 0] - _UPRIGHT_POINTS[0, 0])
    middle, eyes = _UPRIGHT / 2, float(_UPRIGHT_POINTS[0, 1])
    half = _BOX_SIDE / 2 * eye_distance
    centre = eyes + _BOX_DROP * eye_distance
    return pixels, (int(middle - half), int(centre - half), int(middle + half), int(centre + half))


_FORMATS: dict[str, Callable[[Model, Path], Embedder]] = {
    "openvino-ir": NetworkEmbedder,
    "onnx": NetworkEmbedder,
    "tflite": NetworkEmbedder,
    "dlib": DlibEmbedder,
}


@cache
def embedder(name: str | None = None) -> Embedder:
    """The named model loaded, or the best that is here; once a process. Raises ``ModelRefused`` when there is none."""
    if name is None:
        return embedder(best_face_model()[0].name)
    entry = model(name)
    path = find(name)
    if path is None:
        raise ModelRefused(f"the files of model {name!r} are not here; `shiming models fetch {name}` gets them")
    return _FORMATS[entry.format](entry, path)


def try_out(entry: Model, path: Path) -> None:
    """Runs a face-embedding network once on a grey chip; other models are not looked at.

    Raises ``ModelRefused`` where the file cannot be run, or answers with something other than its manifest says.
    """
    if entry.face is None or entry.format == "dlib":
        return
    face = entry.face
    try:
        network = NetworkEmbedder(entry, path)
        got = len(network.vector(np.full((face.height, face.width, _COLOURS), 127, np.uint8)))
    except (RuntimeError, ValueError) as failure:
        reason = (str(failure).strip() or type(failure).__name__).splitlines()[-1]
        raise ModelRefused(
            f"{path}: expected a network in the format {entry.format} that takes {face.width} x {face.height} pixels of three "
            f"colours, got: {reason}; compare the manifest's format and size with the file"
        ) from failure
    if got != face.dimensions:
        raise ModelRefused(f"{path}: expected {face.dimensions} dimensions as its manifest says, got {got}")
