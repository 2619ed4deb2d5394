"""Reads the manifest (``registry.toml`` and what an operator added), finds weight files and refuses wrong ones."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shiming.platform.settings import Settings

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MANIFEST = "manifest-{}.toml"


class ModelRefused(Exception):  # noqa: N818 - the word the house uses
    """A model may not be used: a wrong digest, a broken manifest, or terms nobody accepted. Says what to do."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model. ``url`` is its official address, where it may be fetched alone."""

    name: str
    sha256: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A similarity, and the error rates measured there (fractions)."""

    similarity: float
    false_match_rate: float
    false_non_match_rate: float


@dataclass(frozen=True, slots=True)
class FaceModel:
    """What only face-embedding models have: how a face is laid out for it, and its measured error.

    ``points`` are left eye, right eye, nose tip, left and right mouth corner (as seen in the picture) as fractions of a
    chip of ``size`` x ``size`` pixels; empty where the model's own library aligns. A pixel p
    goes in as (p - mean) * scale. ``measured_on`` names the set, ``command`` reproduces the figures.
    """

    size: int
    colour: str
    mean: float
    scale: float
    dimensions: int
    metric: str
    points: tuple[tuple[float, float], ...]
    match: Threshold
    uncertain: Threshold
    may_reject: bool
    measured_on: str
    command: str


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
    accepted: bool = False
    """An operator accepted non-commercial terms for this installation."""


def models() -> Mapping[str, Model]:
    """Every model by name: the shipped registry, then what an operator added to the data folder."""
    found = dict(_shipped())
    folder = data_folder()
    if folder.is_dir():
        for path in sorted(folder.glob(_MANIFEST.format("*"))):
            found.update((m.name, m) for m in parse(path.read_text("utf-8"), path.name) if m.name not in _shipped())
    return found


def model(name: str) -> Model:
    """The entry of that name. Raises :class:`ModelRefused` when the registry has none."""
    try:
        return models()[name]
    except KeyError:
        raise ModelRefused(
            f"model {name!r} is not in the registry; `shiming models list` names all, `models add` takes another"
        ) from None


def find(name: str) -> Path | None:
    """The path of a model's first file, its digests checked; None where a file of it is nowhere.

    Searched in this order: the folders of ``SHIMING_MODELS``, the data folder's ``models/``, the carrying package.
    Raises :class:`ModelRefused` for an unknown name, a file with another digest, or non-commercial terms not accepted.
    """
    entry = model(name)
    if entry.non_commercial and not entry.accepted:
        raise ModelRefused(
            f"model {name!r} may not be used commercially ({entry.licence}); add it again with --accept-non-commercial "
            "if your use is not commercial"
        )
    for folder in _folders(entry):
        paths = [folder / file.name for file in entry.files]
        if all(path.is_file() for path in paths):
            for path, file in zip(paths, entry.files, strict=True):
                _check(path, file)
            return paths[0]
    return None


def best_face_model() -> tuple[Model, Path]:
    """The face-embedding model whose files are here and that misses the fewest genuine faces at its match threshold.

    Raises :class:`ModelRefused` when none is here.
    """
    here = [(m, path) for m in models().values() if m.face and _usable(m) and (path := find(m.name))]
    if not here:
        raise ModelRefused(
            "no face-embedding model is here; expected at least dlib's in the package: run `python build_weights.py` in a "
            "source tree, or `shiming models fetch face-reidentification-retail-0095`"
        )
    return min(here, key=lambda pair: pair[0].face.match.false_non_match_rate if pair[0].face else 1.0)


def data_folder() -> Path:
    """Where fetched and added models are kept."""
    return Settings().data / "models"


def manifest_path(name: str) -> Path:
    """Where the manifest of an added model is kept."""
    return data_folder() / _MANIFEST.format(name)


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


def digest(path: Path) -> str:
    """SHA-256 of a file, as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def _shipped() -> Mapping[str, Model]:
    text = files(__package__).joinpath("registry.toml").read_text("utf-8")
    return {m.name: m for m in parse(text, "registry.toml")}


def _usable(entry: Model) -> bool:
    return entry.accepted or not entry.non_commercial


def _entry(name: str, row: dict[str, Any]) -> Model:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name {name!r} may hold lower-case letters, digits, dots and hyphens only")
    return Model(
        name=name,
        role=row["role"],
        title=row["title"],
        licence=row["licence"],
        training_data=row["training_data"],
        non_commercial=bool(row["non_commercial"]),
        origin=row["origin"],
        format=row["format"],
        files=tuple(_file(file) for file in row["files"]),
        package=row.get("package"),
        face=_face(row) if row["role"] == "face-embedding" else None,
        accepted=bool(row.get("acceptance", {}).get("non_commercial", False)),
    )


def _file(row: dict[str, str]) -> WeightFile:
    if not _FILE_NAME.fullmatch(row["name"]):
        raise ValueError(f"the file name {row['name']!r} must be a plain relative path")
    if not _SHA256.fullmatch(row["sha256"]):
        raise ValueError(f"sha256 of {row['name']} must be 64 lower-case hexadecimal digits")
    return WeightFile(row["name"], row["sha256"], row.get("url"))


def _face(row: dict[str, Any]) -> FaceModel:
    template, measured = row["template"], row["measured"]
    return FaceModel(
        size=int(template["size"]),
        colour=template["colour"],
        mean=float(template["mean"]),
        scale=float(template["scale"]),
        dimensions=int(template["dimensions"]),
        metric=template["metric"],
        points=tuple((float(x), float(y)) for x, y in template["points"]),
        match=Threshold(**measured["match"]),
        uncertain=Threshold(**measured["uncertain"]),
        may_reject=bool(measured["may_reject"]),
        measured_on=measured["set"],
        command=measured["command"],
    )


def _folders(entry: Model) -> Iterator[Path]:
    setting = Settings().models
    if setting is not None:
        yield from (Path(part) for part in str(setting).split(os.pathsep) if part)
    yield data_folder()
    if entry.package is None:
        yield Path(str(files("shiming.reading.vision"))) / "weights"
        return
    spec = find_spec(entry.package)
    if spec is not None:
        yield from (Path(place) for place in spec.submodule_search_locations or ())


def _check(path: Path, file: WeightFile) -> None:
    stat = path.stat()
    got = _digest_of(path, stat.st_mtime_ns, stat.st_size)
    if got != file.sha256:
        raise ModelRefused(
            f"{path}: expected SHA-256 {file.sha256}, got {got}. Remove the file and fetch it again from its official "
            "address (`shiming models list` names it); never use a weight file of unknown content."
        )


@cache
def _digest_of(path: Path, _modified: int, _size: int) -> str:
    """The digest, read once a process for each state of the file (time and size are part of the key)."""
    return digest(path)
