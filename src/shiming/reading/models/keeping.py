"""Brings models into the data folder: from their official address, or from an operator's own file. Digests always checked."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2

from shiming.platform.clock import Clock, SystemClock
from shiming.reading.models.manifest import Acceptance, Model, ModelRefused, parse
from shiming.reading.models.registry import data_folder, digest, manifest_path, model, models

_MAX_BYTES = 1_000_000_000
_TIMEOUT = 60.0
_STEPS = 10
"""So many lines of progress a file, where its size is known."""
_STEP_BYTES = 5_000_000
"""A line of progress each so many bytes, where it is not."""
Progress = Callable[[str], None]
Trial = Callable[[Model, Path], None]
"""Runs a model once; raises :class:`ModelRefused` where it is not what its manifest says."""


def fetch(name: str, progress: Progress, client: httpx2.Client | None = None) -> Path:
    """Downloads a model's files from their official addresses into the data folder and returns the first one's path.

    ``client`` is the HTTP client to use. Raises :class:`ModelRefused` for a model without address or with terms not
    accepted, for an address that does not answer, and for a file with another digest than the registry's.
    """
    entry = model(name)
    if any(file.url is None for file in entry.files):
        if entry.obtained:
            raise ModelRefused(f"model {name!r} has no address of its own: it is {entry.obtained}")
        carrier = entry.package or "this program's own package"
        raise ModelRefused(f"model {name!r} has no address of its own: it comes with {carrier}; reinstall that")
    if not entry.usable:
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
            _download(session, file.url or "", target, file.sha256, progress)
    return folder / entry.files[0].name


def acceptance(by: str, text: str, clock: Clock | None = None) -> Acceptance:
    """Who accepts non-commercial terms and in what words, at this moment. Raises :class:`ModelRefused` where one is empty."""
    if not by.strip() or not text.strip():
        raise ModelRefused(
            "non-commercial terms are accepted in writing only: expected a name (--accepted-by) and words "
            "(--accept-non-commercial), got nothing in one of them"
        )
    at = (clock or SystemClock()).now().isoformat(timespec="seconds")
    return Acceptance(by.strip(), at, text.strip())


def add(file: Path, manifest: Path, *, accepted: Acceptance | None = None, trial: Trial | None = None) -> Model:
    """Takes an operator's own model: its manifest (as ``registry.toml``, one entry) and its first file; others lie beside it.

    ``accepted`` is written into the kept manifest of a model whose terms bar commercial use; ``trial`` runs the model before
    it is taken. Raises :class:`ModelRefused` for a manifest or a digest that is wrong, a name that is taken, a model that
    ``trial`` refuses, or non-commercial terms that nobody accepted.
    """
    text = manifest.read_text("utf-8")
    entry = _acceptable(text, manifest.name, accepted)
    sources = [file, *(file.parent / other.name for other in entry.files[1:])]
    for source, wanted in zip(sources, entry.files, strict=True):
        got = digest(source)
        if got != wanted.sha256:
            raise ModelRefused(f"{source}: expected SHA-256 {wanted.sha256} as its manifest says, got {got}")
    if trial is not None:
        trial(entry, file)
    folder = data_folder()
    for source, wanted in zip(sources, entry.files, strict=True):
        target = folder / wanted.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    manifest_path(entry.name).write_text(text.rstrip() + "\n" + _written(entry, text), "utf-8")
    return model(entry.name)


def _acceptable(text: str, source: str, accepted: Acceptance | None) -> Model:
    entries = parse(text, source)
    if len(entries) != 1:
        raise ModelRefused(f"manifest {source}: expected one model, got {len(entries)}; split it")
    entry = entries[0]
    if entry.name in models():
        raise ModelRefused(f"model {entry.name!r} is in the registry already; give the new one another name")
    if entry.non_commercial and entry.acceptance is None:
        entry = replace(entry, acceptance=accepted)
    if not entry.usable:
        raise ModelRefused(
            f"model {entry.name!r} may not be used commercially ({entry.licence}). If your use is not commercial, say so in "
            'writing, which is kept with the model: --accept-non-commercial "WORDS" --accepted-by NAME'
        )
    return entry


def _written(entry: Model, text: str) -> str:
    """The acceptance as TOML, where the manifest itself holds none. A JSON string is a TOML basic string."""
    said = entry.acceptance
    if said is None or parse(text, "manifest")[0].acceptance is not None:
        return ""
    rows = {"by": said.by, "at": said.at, "text": said.text}
    # JSON leaves DEL as it is, which TOML forbids; escapes of pairs, which TOML does not know, are not asked for.
    lines = (f"{key} = {json.dumps(value.replace(chr(127), ''), ensure_ascii=False)}" for key, value in rows.items())
    return "\n".join([f"\n[{_key(entry.name)}.acceptance]", *lines, ""])


def _key(name: str) -> str:
    """A name as a TOML key: quoted where it has a dot."""
    return json.dumps(name) if "." in name else name


def _download(session: httpx2.Client, url: str, target: Path, sha256: str, progress: Progress) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with session.stream("GET", url) as answer, part.open("wb") as stream:
            answer.raise_for_status()
            told = _Told(target.name, int(answer.headers.get("content-length") or 0), progress)
            for block in answer.iter_bytes():
                if told.more(len(block)) > _MAX_BYTES:
                    raise ModelRefused(f"{url}: more than {_MAX_BYTES} bytes; that is not the file expected")
                stream.write(block)
        got = digest(part)
        if got != sha256:
            raise ModelRefused(f"{url}: expected SHA-256 {sha256}, got {got}; the file was not kept")
        part.replace(target)
        progress(f"{target.name}: its SHA-256 is the registry's; kept")
    except httpx2.HTTPError as failure:
        raise ModelRefused(
            f"{url}: expected the file, got {type(failure).__name__}: {failure}; check network and proxy, or fetch the "
            "file elsewhere and put its folder into SHIMING_MODELS"
        ) from failure
    finally:
        part.unlink(missing_ok=True)


class _Told:
    """Counts what has come of a file and tells it in steps. ``total`` is 0 where the server did not say."""

    def __init__(self, name: str, total: int, progress: Progress) -> None:
        self._name, self._total, self._progress = name, total, progress
        self._step = max(total // _STEPS, 1) if total else _STEP_BYTES
        self._size, self._next = 0, self._step

    def more(self, size: int) -> int:
        """Adds ``size`` bytes and returns all that came."""
        self._size += size
        if self._size >= self._next:
            self._next = (self._size // self._step + 1) * self._step
            of = f" of {self._total / 1e6:.1f}" if self._total else ""
            self._progress(f"{self._name}: {self._size / 1e6:.1f}{of} MB")
        return self._size
