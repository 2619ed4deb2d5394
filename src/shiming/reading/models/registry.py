"""Finds the registry's models (``registry.toml`` and what an operator added) on this machine, and refuses wrong files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from shiming.platform.settings import Settings
from shiming.reading.models.manifest import Model, ModelRefused, WeightFile, parse

_MANIFEST = "manifest-{}.toml"


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
    # A shipped entry is never replaced by an operator's: it is found without a look at the settings, which cost 15 ms.
    try:
        return _shipped().get(name) or models()[name]
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
    if not entry.usable:
        raise ModelRefused(
            f"model {name!r} may not be used commercially ({entry.licence}); add it again with --accept-non-commercial "
            "and --accepted-by if your use is not commercial"
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
    here = [(m, path) for m in models().values() if m.face and m.usable and (path := find(m.name))]
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


def digest(path: Path) -> str:
    """SHA-256 of a file, as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def _shipped() -> Mapping[str, Model]:
    text = files(__package__).joinpath("registry.toml").read_text("utf-8")
    return {m.name: m for m in parse(text, "registry.toml")}


def _folders(entry: Model) -> Iterator[Path]:
    settings = Settings()
    if settings.models is not None:
        yield from (Path(part) for part in str(settings.models).split(os.pathsep) if part)
    yield settings.data / "models"
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
