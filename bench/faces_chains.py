"""What is measured: the product's own chain with a model of its registry, and the rival's calls of dlib."""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from shiming.reading.models import find
from shiming.reading.vision.face import dominant, locate
from shiming.reading.vision.face_runtime import Array, Pixels
from shiming.reading.vision.face_template import embedder

DLIB = "dlib-face-recognition-resnet-v1"


class Chain(Protocol):
    """From a picture to a template."""

    name: str
    metric: str

    def template(self, image: Pixels, *, document: bool) -> Array | None:
        """The template of the face the picture is about; None where no face, or no one face, was found."""


class Own:
    """BlazeFace, mesh, alignment and a model of the registry, exactly as ``shiming face compare`` runs them."""

    def __init__(self, model: str) -> None:
        self._embedder = embedder(model)
        self.name, self.metric = model, self._embedder.face.metric

    def template(self, image: Pixels, *, document: bool) -> Array | None:
        # The portrait was cut out level, as the reader cuts one out of a document.
        face = dominant(image, locate(image, small=document, level=True), small=document)
        return None if face is None else self._embedder.template(image, face.mesh)


class FaceRecognition:
    """What ``face_recognition.face_encodings(image, face_locations(image))`` of face_recognition 1.3 does, call by call.

    HOG detector on the picture doubled once, 5-point predictor, one encoding without jitter. Of several faces the one nearest
    the middle is taken, where LFW has the person it names. The library itself also loads a 68-point file at import, which its
    encodings do not use and whose training data bars commercial use; so its calls are made here without it.
    """

    name, metric = "face_recognition (dlib, HOG detector)", "1 - euclidean distance"

    def __init__(self) -> None:
        import dlib

        path = find(DLIB)
        if path is None:
            raise FileNotFoundError("dlib's files are not here; run `python build_weights.py`")
        self._detect: Any = dlib.get_frontal_face_detector()
        self._points: Any = dlib.shape_predictor(str(path.parent / "shape_predictor_5_face_landmarks.dat"))
        self._network: Any = dlib.face_recognition_model_v1(str(path))
        self._rectangle: Any = dlib.rectangle

    def template(self, image: Pixels, *, document: bool) -> Array | None:
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        found = self._detect(rgb, 1)
        if not found:
            return None
        height, width = rgb.shape[:2]
        middle = np.array([width / 2, height / 2])
        box = min(found, key=lambda b: float(np.linalg.norm([b.center().x, b.center().y] - middle)))
        inside = self._rectangle(
            max(box.left(), 0), max(box.top(), 0), min(box.right(), width), min(box.bottom(), height)
        )
        return np.array(self._network.compute_face_descriptor(rgb, self._points(rgb, inside), 1), np.float32)
