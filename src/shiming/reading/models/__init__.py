"""The model registry: which weight files may run, where they are, and what was measured of them."""

from shiming.reading.models.registry import (
    FaceModel,
    Model,
    ModelRefused,
    WeightFile,
    best_face_model,
    find,
    model,
    models,
)

__all__ = ["FaceModel", "Model", "ModelRefused", "WeightFile", "best_face_model", "find", "model", "models"]
