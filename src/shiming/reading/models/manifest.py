"""What a manifest says of a model, and the reading of manifests: ``registry.toml`` and an operator's own have one form."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ACCURACY = 1e-12

ROLES: Mapping[str, str] = {
    "face-embedding": "compares a selfie with a portrait",
    "face-detection": "finds faces in pictures",
    "face-landmarks": "fits 468 points to a face: alignment, pose, eyes, quality",
    "spoof-signal": "weak signal that a selfie shows a print or a screen; it only warns",
    "text-detection": "finds lines of text on documents",
    "text-recognition": "reads lines of text on documents",
    "text-direction": "tells lines of text that stand upside down",
}
"""What a model of each role is used for."""
FORMATS = ("openvino-ir", "onnx", "tflite", "dlib")
COSINE, EUCLIDEAN = "cosine", "1 - euclidean distance"


class ModelRefused(Exception):  # noqa: N818 - the word the house uses
    """A model may not be used: a wrong digest, a broken manifest, or terms nobody accepted. Says what to do."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model. ``url`` is its official address, where it may be fetched alone."""

    name: str
    sha256: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Measured error (fractions): impostor pairs taken for one person, and genuine pairs missed."""

    false_match_rate: float
    false_non_match_rate: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A similarity, and the error rates measured there (fractions); ``idlike`` with one side made an ID portrait."""

    similarity: float
    false_match_rate: float
    false_non_match_rate: float
    idlike: Rates | None = None


@dataclass(frozen=True, slots=True)
class FaceModel:
    """What only face-embedding models have: how a face is laid out for it, and its measured error.

    ``points`` are left eye, right eye, nose tip, left and right mouth corner (as seen in the picture) as fractions of a
    chip of ``width`` x ``height`` pixels; empty where the model's own library aligns. A pixel p goes in as
    (p - mean) * scale, channel by channel in the order of ``colour``. ``rates`` are the thresholds by false-match rate,
    the loosest first; ``match`` and ``uncertain`` are two of them. ``measured_on`` names the set, ``command`` reproduces
    the figures.
    """

    width: int
    height: int
    colour: str
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    dimensions: int
    metric: str
    points: tuple[tuple[float, float], ...]
    rates: tuple[Threshold, ...]
    match: Threshold
    uncertain: Threshold
    may_reject: bool
    measured_on: str
    command: str
    clip: float = 0.0
    """The largest component, in either direction, that a stored template keeps: what is beyond it is cut. 0: not measured, so
    templates of this model are not kept."""


@dataclass(frozen=True, slots=True)
class SpoofModel:
    """What only spoof-signal models have: they see the face's box made ``crop`` times as large, squeezed to ``size`` x ``size``
    pixels, BGR 0..255, and answer with one number a class; class ``live`` is a live face."""

    crop: float
    size: int
    live: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted terms that bar commercial use, when (ISO 8601, UTC), and what they wrote."""

    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the registry. ``package`` is the Python package that carries its files, if any."""

    name: str
    role: str
    title: str
    licence: str
    training_data: str
    non_commercial: bool
    origin: str
    format: str
    files: tuple[WeightFile, ...]
    package: str | None = None
    face: FaceModel | None = None
    spoof: SpoofModel | None = None
    obtained: str | None = None
    """How an operator gets the files where no address offers them."""
    acceptance: Acceptance | None = None
    """Non-commercial terms, accepted in writing for this installation."""

    @property
    def sha256(self) -> str:
        """The digest of the file that holds the weights. It names the space in which templates can be compared."""
        return self.files[0 if self.format == "dlib" else -1].sha256

    @property
    def usable(self) -> bool:
        """Whether its terms allow it here."""
        return self.acceptance is not None or not self.non_commercial


def parse(text: str, source: str) -> tuple[Model, ...]:
    """The entries of a manifest in the form of ``registry.toml``. Raises :class:`ModelRefused` naming what is wrong."""
    try:
        data = tomllib.loads(text)
        return tuple(_entry(name, row) for name, row in data.items())
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as failure:
        raise ModelRefused(
            f"manifest {source}: expected entries as in reading/models/registry.toml, got {type(failure).__name__}: "
            f"{failure}; compare it with that file"
        ) from failure


def _entry(name: str, row: dict[str, Any]) -> Model:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name {name!r} may hold lower-case letters, digits, dots and hyphens only")
    if not row["files"]:
        raise ValueError(f"{name} names no file")
    return Model(
        name=name,
        role=_one_of(row["role"], tuple(ROLES), "role"),
        title=row["title"],
        licence=row["licence"],
        training_data=row["training_data"],
        non_commercial=bool(row["non_commercial"]),
        origin=row["origin"],
        format=_one_of(row["format"], FORMATS, "format"),
        files=tuple(_file(file) for file in row["files"]),
        package=row.get("package"),
        face=_face(row) if row["role"] == "face-embedding" else None,
        spoof=_spoof(row["crop"]) if row["role"] == "spoof-signal" else None,
        obtained=row.get("obtained"),
        acceptance=_acceptance(row["acceptance"]) if "acceptance" in row else None,
    )


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"expected a {what} of {', '.join(allowed)}, got {value!r}")
    return value


def _file(row: dict[str, str]) -> WeightFile:
    if not _FILE_NAME.fullmatch(row["name"]):
        raise ValueError(f"the file name {row['name']!r} must be a plain relative path")
    if not _SHA256.fullmatch(row["sha256"]):
        raise ValueError(f"sha256 of {row['name']} must be 64 lower-case hexadecimal digits")
    return WeightFile(row["name"], row["sha256"], row.get("url"))


def _acceptance(row: dict[str, str]) -> Acceptance:
    by, at, text = (str(row[name]).strip() for name in ("by", "at", "text"))
    if not (by and at and text):
        raise ValueError("an acceptance names who accepted (by), when (at) and what was written (text)")
    return Acceptance(by, at, text)


def _face(row: dict[str, Any]) -> FaceModel:
    template, measured = row["template"], row["measured"]
    width, height = _size(template["size"])
    points = tuple((float(x), float(y)) for x, y in template["points"])
    if len(points) != (0 if row["format"] == "dlib" else 5):
        raise ValueError(f"expected 5 points (none for dlib, which aligns itself), got {len(points)}")
    rates = tuple(_threshold(rate) for rate in measured["rates"])
    _ordered(rates)
    return FaceModel(
        width=width,
        height=height,
        colour=_one_of(template["colour"], ("BGR", "RGB"), "colour"),
        mean=_channels(template["mean"]),
        scale=_channels(template["scale"]),
        dimensions=int(template["dimensions"]),
        metric=_one_of(template["metric"], (COSINE, EUCLIDEAN), "metric"),
        points=points,
        rates=rates,
        match=_at(rates, float(measured["match"]), "match"),
        uncertain=_at(rates, float(measured["uncertain"]), "uncertain"),
        may_reject=bool(measured["may_reject"]),
        measured_on=measured["set"],
        command=measured["command"],
        clip=float(template.get("clip", 0.0)),
    )


def _size(size: int | list[int]) -> tuple[int, int]:
    """Width and height; one number is both."""
    width, height = (size, size) if isinstance(size, int) else size
    if min(width, height) < 1:
        raise ValueError(f"expected a size of pixels, got {size}")
    return int(width), int(height)


def _channels(value: float | list[float]) -> tuple[float, float, float]:
    """One number a channel; a single one is for all."""
    a, b, c = value if isinstance(value, list) else (value,) * 3
    return float(a), float(b), float(c)


def _threshold(row: dict[str, Any]) -> Threshold:
    return Threshold(
        similarity=float(row["similarity"]),
        false_match_rate=float(row["false_match_rate"]),
        false_non_match_rate=float(row["false_non_match_rate"]),
        idlike=Rates(**row["idlike"]) if "idlike" in row else None,
    )


def _ordered(rates: tuple[Threshold, ...]) -> None:
    for looser, stricter in pairwise(rates):
        if not (looser.false_match_rate > stricter.false_match_rate and looser.similarity < stricter.similarity):
            raise ValueError(
                "expected rates from the loosest to the strictest, similarity rising as false matches fall"
            )


def _at(rates: tuple[Threshold, ...], rate: float, what: str) -> Threshold:
    for threshold in rates:
        if abs(threshold.false_match_rate - rate) < _ACCURACY:
            return threshold
    raise ValueError(f"{what} names the false-match rate {rate:g}, which is not among the measured rates")


def _spoof(row: dict[str, Any]) -> SpoofModel:
    return SpoofModel(crop=float(row["scale"]), size=int(row["size"]), live=int(row["live"]))
