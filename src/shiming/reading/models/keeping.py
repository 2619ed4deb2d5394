"""Brings models into the data folder: from their official address, or from an operator's own file. Digests always checked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2

from shiming.reading.models.registry import (
    Model,
    ModelRefused,
    data_folder,
    digest,
    manifest_path,
    model,
    models,
    parse,
)

_MAX_BYTES = 1_000_000_000
_TIMEOUT = 60.0
Progress = Callable[[str], None]


def fetch(name: str, progress: Progress, client: httpx2.Client | None = None) -> Path:
    """Downloads a model's files from their official addresses into the data folder and returns the first one's path.

    ``client`` is the HTTP client to use. Raises :class:`ModelRefused` for a model without address or with terms not
    accepted, for an address that does not answer, and for a file with another digest than the registry's.
    """
    entry = model(name)
    if any(file.url is None for file in entry.files):
        carrier = entry.package or "this program's own package"
        raise ModelRefused(f"model {name!r} has no address of its own: it comes with {carrier}; reinstall that")
    if entry.non_commercial and not entry.accepted:
        raise ModelRefused(f"model {name!r} may not be used commercially ({entry.licence}) and is not fetched")
    folder = data_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with client or httpx2.Client(timeout=_TIMEOUT, follow_redirects=True) as session:
        for file in entry.files:
            target = folder / file.name
            if target.is_file() and digest(target) == file.sha256:
                progress(f"{file.name}: already here")
                continue
            progress(f"{file.name}: fetching from {file.url}")
            _download(session, file.url or "", target, file.sha256)
    return folder / entry.files[0].name


def add(file: Path, manifest: Path, *, accept_non_commercial: bool = False) -> Model:
    """Takes an operator's own model: its manifest (as ``registry.toml``, one entry) and its first file; others lie beside it.

    Raises :class:`ModelRefused` for a manifest or a digest that is wrong, a name that is taken, or non-commercial terms
    that were not accepted.
    """
    text = manifest.read_text("utf-8")
    entries = parse(text, manifest.name)
    if len(entries) != 1:
        raise ModelRefused(f"manifest {manifest.name}: expected one model, got {len(entries)}; split it")
    entry = entries[0]
    if entry.name in models():
        raise ModelRefused(f"model {entry.name!r} is in the registry already; give the new one another name")
    if entry.non_commercial and not accept_non_commercial:
        raise ModelRefused(
            f"model {entry.name!r} may not be used commercially ({entry.licence}); give --accept-non-commercial if your "
            "use is not commercial"
        )
    sources = [file, *(file.parent / other.name for other in entry.files[1:])]
    for source, wanted in zip(sources, entry.files, strict=True):
        got = digest(source)
        if got != wanted.sha256:
            raise ModelRefused(f"{source}: expected SHA-256 {wanted.sha256} as its manifest says, got {got}")
    folder = data_folder()
    for source, wanted in zip(sources, entry.files, strict=True):
        target = folder / wanted.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    accepted = (
        f"\n[{entry.name}.acceptance]\nnon_commercial = true\n" if entry.non_commercial and not entry.accepted else ""
    )
    manifest_path(entry.name).write_text(text.rstrip() + "\n" + accepted, "utf-8")
    return model(entry.name)


def _download(session: httpx2.Client, url: str, target: Path, sha256: str) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with session.stream("GET", url) as answer, part.open("wb") as stream:
            answer.raise_for_status()
            size = 0
            for block in answer.iter_bytes():
                size += len(block)
                if size > _MAX_BYTES:
                    raise ModelRefused(f"{url}: more than {_MAX_BYTES} bytes; that is not the file expected")
                stream.write(block)
        got = digest(part)
        if got != sha256:
            raise ModelRefused(f"{url}: expected SHA-256 {sha256}, got {got}; the file was not kept")
        part.replace(target)
    except httpx2.HTTPError as failure:
        raise ModelRefused(
            f"{url}: expected the file, got {type(failure).__name__}: {failure}; check network and proxy, or fetch the "
            "file elsewhere and put its folder into SHIMING_MODELS"
        ) from failure
    finally:
        part.unlink(missing_ok=True)
