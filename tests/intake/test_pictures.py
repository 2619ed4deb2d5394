"""Picture intake survives anything: refusals with their codes, pixels as they should be, memory and time within the budget."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shiming.intake.pictures import Refused, decode, inspect, limits, normalise

_BUDGET_MB = 300
_BUDGET_SECONDS = 3.0


def _bytes(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _gradient(width: int, height: int) -> Image.Image:
    across = np.linspace(0, 255, width, dtype=np.uint8)
    down = np.linspace(0, 255, height, dtype=np.uint8)
    pixels = np.stack(
        [np.tile(across, (height, 1)), np.tile(down[:, None], (1, width)), np.full((height, width), 90)], 2
    )
    return Image.fromarray(pixels.astype(np.uint8))


def _png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def _code(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        decode(data)
    return refused.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_allowed_format_is_decoded(kind: str) -> None:
    data = _bytes(_gradient(300, 200), kind)
    assert inspect(data).media_type == f"image/{kind.lower()}"
    pixels = decode(data)
    assert pixels.shape == (200, 300, 3)
    assert pixels.dtype == np.uint8
    # BGR: blue is constant, green grows downwards, red to the right.
    assert abs(int(pixels[100, 150, 0]) - 90) < 12
    assert int(pixels[190, 150, 1]) > int(pixels[10, 150, 1]) + 150
    assert int(pixels[100, 290, 2]) > int(pixels[100, 10, 2]) + 150


def test_what_is_no_picture_is_refused() -> None:
    assert _code(b"") == "IMG_EMPTY"
    assert _code(b"%PDF-1.7 and so on") == "IMG_FORMAT"
    assert _code(_bytes(_gradient(20, 20), "GIF")) == "IMG_FORMAT"
    assert _code(_bytes(_gradient(20, 20), "TIFF")) == "IMG_FORMAT"
    assert _code(b"\xff\xd8\xff" + b"\0" * (limits()["bytes"] + 1)) == "IMG_TOO_LARGE"
    assert _code(b"\x89PNG\r\n\x1a\nnonsense") == "IMG_CORRUPT"


def test_pixels_are_counted_before_any_is_decoded() -> None:
    assert _code(_png_header(20_000, 20_000)) == "IMG_TOO_MANY_PIXELS"
    assert _code(_png_header(4001, 4000)) == "IMG_TOO_MANY_PIXELS"
    assert inspect(_png_header(4000, 4000)).width == 4000
    assert _code(_bytes(Image.new("L", (8001, 5001)), "JPEG")) == "IMG_TOO_MANY_PIXELS"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    frames = [_gradient(64, 64), Image.new("RGB", (64, 64), "red")]
    assert _code(_bytes(frames[0], kind, save_all=True, append_images=frames[1:])) == "IMG_ANIMATED"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_truncated_picture_is_refused(kind: str, kept: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    data = _bytes(noise, kind)
    assert _code(data[: int(len(data) * kept)]) == "IMG_CORRUPT"


def test_thousands_of_scans_are_refused() -> None:
    data = _bytes(_gradient(64, 64), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    assert _code(data[:start] + data[start:-2] * 60 + data[-2:]) == "IMG_CORRUPT"


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "I;16"])
def test_every_mode_becomes_bgr(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.fromarray(np.full((40, 60), 51400, np.uint16)) if mode == "I;16" else Image.new("L", (60, 40), 200)
    picture = source if mode == "I;16" else source.convert("RGB").convert(mode)
    pixels = decode(_bytes(picture, kind))
    assert pixels.shape == (40, 60, 3)
    expected = 255 if mode == "1" else 200
    assert abs(int(pixels.mean()) - expected) < (60 if mode == "1" else 6)


def test_what_is_transparent_becomes_white() -> None:
    pixels = decode(_bytes(Image.new("RGBA", (8, 8), (10, 20, 30, 0)), "PNG"))
    assert int(pixels.min()) == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    from PIL import ImageOps

    upright = Image.new("RGB", (80, 48), "black")
    upright.paste("white", (0, 0, 20, 12))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _bytes(upright, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))[:, :, ::-1]
    assert np.array_equal(decode(data), expected)


def test_what_is_kept_has_no_metadata_and_is_small() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera that gives itself away"
    kept = normalise(_bytes(_gradient(3000, 1500), "JPEG", exif=exif, comment=b"where I live"))
    picture = Image.open(io.BytesIO(kept))
    assert picture.size == (1200, 2400)
    assert not picture.getexif()
    assert b"camera" not in kept
    assert b"where I live" not in kept


_CHILD = """
import sys, time, threading, psutil
from shiming.intake.pictures import Refused, decode, limits
data = open(sys.argv[1], "rb").read()
limits()
process, peak, going = psutil.Process(), 0, True
def watch():
    global peak
    while going:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.002)
rest = process.memory_info().rss
watcher = threading.Thread(target=watch); watcher.start()
start = time.thread_time()
try:
    decode(data); answer = "ok"
except Refused as refused:
    answer = refused.code
spent = time.thread_time() - start
going = False; watcher.join()
print(answer, (max(peak, process.memory_info().rss) - rest) / 1e6, spent)
"""


def _noisy(width: int, height: int) -> Image.Image:
    tile = np.random.default_rng(2).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    across, down = -(-width // 512), -(-height // 512)
    return Image.fromarray(np.tile(tile, (down, across, 1))[:height, :width])


def _heic_of_most_pixels() -> bytes | None:
    """The wheel that reads HEIC cannot write it: made by libheif's own program where that is, else left out."""
    encoder = shutil.which("heif-enc")
    if encoder is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jpg", Path(folder) / "out.heic"
        source.write_bytes(_bytes(_gradient(4000, 4000), "JPEG"))
        subprocess.run([encoder, "-q", "50", str(source), "-o", str(target)], check=True, capture_output=True)
        return target.read_bytes()


_WORST = {
    "jpeg-40mp-grain": lambda: _bytes(_noisy(8000, 5000), "JPEG", quality=35),
    "jpeg-40mp-progressive": lambda: _bytes(_noisy(8000, 5000), "JPEG", quality=20, progressive=True),
    "jpeg-40mp-progressive-444": lambda: _bytes(_gradient(8000, 5000), "JPEG", progressive=True, subsampling=0),
    "png-16mp-grain": lambda: _bytes(_noisy(2500, 2500), "PNG", compress_level=1),
    "png-16mp-alpha": lambda: _bytes(_gradient(4000, 4000).convert("RGBA"), "PNG", compress_level=1),
    "png-16mp-grey16": lambda: _bytes(Image.fromarray(np.full((4000, 4000), 9000, np.uint16)), "PNG", compress_level=1),
    "png-16mp-palette": lambda: _bytes(_gradient(4000, 4000).convert("P"), "PNG", compress_level=1),
    "webp-16mp": lambda: _bytes(_gradient(4000, 4000), "WEBP", method=0),
    "webp-16mp-lossless": lambda: _bytes(_gradient(4000, 4000), "WEBP", lossless=True, method=0, quality=0),
    "avif-16mp": lambda: _bytes(_gradient(4000, 4000), "AVIF", speed=10),
    "avif-16mp-444": lambda: _bytes(_gradient(4000, 4000), "AVIF", speed=10, subsampling="4:4:4"),
    "heic-16mp": _heic_of_most_pixels,
    "png-bomb": lambda: _png_header(20_000, 20_000),
}


@pytest.mark.parametrize("name", _WORST)
def test_worst_pictures_stay_within_memory_and_time(name: str, tmp_path: Path) -> None:
    data = _WORST[name]()
    if data is None:
        reason = "no HEIC encoder here: on Debian, apt install libheif-examples"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    assert len(data) <= limits()["bytes"], "the test's own picture must be within the size limit"
    place = tmp_path / name
    place.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", _CHILD, str(place)], capture_output=True, text=True, check=True)
    answer, memory, seconds = done.stdout.split()
    assert answer == ("IMG_TOO_MANY_PIXELS" if name == "png-bomb" else "ok")
    assert float(memory) < _BUDGET_MB
    assert float(seconds) < _BUDGET_SECONDS


@pytest.mark.testdata
@pytest.mark.skipif("SHIMING_TESTDATA" not in os.environ, reason="needs SHIMING_TESTDATA")
def test_hostile_pictures_get_a_clear_answer() -> None:
    from shiming.registration.reasons import catalogue

    files = [p for p in (Path(os.environ["SHIMING_TESTDATA"]) / "hostile-images").rglob("*") if p.is_file()]
    assert len(files) > 50
    for path in files:
        code, shape = _answer(path.read_bytes())
        assert code is None or code in catalogue(), path.name
        assert shape is None or max(shape) <= limits()["longest"], path.name


def _answer(data: bytes) -> tuple[str | None, tuple[int, ...] | None]:
    try:
        return None, decode(data).shape
    except Refused as refused:
        return refused.code, None
