"""Where the built scripts and style sheets are: ``manifest.json`` maps a source's path under ``web/src`` to its hashed file."""

from __future__ import annotations

import json
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
PREFIX = "/static/"


class AssetMissing(RuntimeError):  # noqa: N818 - said to whoever builds
    """A page asked for something the build did not make."""


class Assets:
    """The manifest, read again when a new build has replaced it."""

    def __init__(self, folder: Path = DIST) -> None:
        self.folder = folder
        self._stamp = 0
        self._names: dict[str, str] = {}

    def url(self, source: str) -> str:
        """The address of a built file, e.g. of ``islands/camera-doc.ts``. Raises ``AssetMissing``."""
        self._refresh()
        try:
            return PREFIX + self._names[source]
        except KeyError:
            raise AssetMissing(
                f"expected {source!r} in {self.folder / 'manifest.json'}, which has {len(self._names)} entries; "
                "build the web assets with `python hatch_build.py`"
            ) from None

    def _refresh(self) -> None:
        manifest = self.folder / "manifest.json"
        try:
            stamp = manifest.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if stamp != self._stamp:
            self._names = json.loads(manifest.read_text("utf-8"))
            self._stamp = stamp


assets = Assets()
