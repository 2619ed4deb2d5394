"""The model registry: which weight files may run, where they are, and what was measured of them."""

from shiming.reading.models.manifest import FaceModel, Model, ModelRefused, SpoofModel, Threshold, WeightFile
from shiming.reading.models.registry import best_face_model, find, model, models

__all__ = [
    "FaceModel",
    "Model",
    "ModelRefused",
    "SpoofModel",
    "Threshold",
    "WeightFile",
    "best_face_model",
    "find",
    "model",
    "models",
]
