"""What only an attacker sends: bent pictures, odd pages, made-up zones. Nothing but ``Refused`` comes out."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from shiming import reading
from shiming.cli import main
from shiming.intake.pictures import Refused, decode, limits
from shiming.reading.documents._people import person
from shiming.reading.documents.cn_resident_id import sample
from shiming.registration.reasons import catalogue

# The same cases every time: a run that fails can be run again, and a run that passed will pass.
_SETTINGS = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


def _card(size: tuple[int, int]) -> Image.Image:
    return sample.draw(person(3), Image.new("RGB", (400, 500), "grey"))["front"].resize(size)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


_SMALL = _card((300, 190))
_WHOLE = [
    _encoded(_SMALL, "JPEG"),
    _encoded(_SMALL, "JPEG", progressive=True, exif=Image.Exif()),
    _encoded(_SMALL, "PNG"),
    _encoded(_SMALL.convert("P"), "PNG", transparency=0),
    _encoded(_SMALL.convert("RGBA"), "WEBP"),
    _encoded(_SMALL, "AVIF"),
]
_EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255))


@st.composite
def bent_files(draw: st.DrawFn) -> bytes:
    """A picture with some bytes replaced, near its head or anywhere, with a piece repeated or cut out, or its end gone."""
    data = bytearray(draw(st.sampled_from(_WHOLE)))
    reach = draw(st.sampled_from((60, 700, len(data))))
    for place, value in draw(st.lists(_EDIT, max_size=12)):
        data[int(place * min(reach, len(data)))] = value
    start, length = int(draw(st.floats(0, 1)) * len(data)), draw(st.integers(0, 300))
    match draw(st.sampled_from(("keep", "repeat", "drop", "cut"))):
        case "repeat":
            data[start:start] = data[start : start + length]
        case "drop":
            del data[start : start + length]
        case "cut":
            del data[start:]
    return bytes(data)


@given(bent_files())
@settings(max_examples=400, **_SETTINGS)
def test_bent_files_are_decoded_or_refused(data: bytes) -> None:
    try:
        pixels = decode(data)
    except Refused as refused:
        assert refused.code in catalogue()
    else:
        assert pixels.ndim == 3
        assert max(pixels.shape[:2]) <= limits()["longest"]


@given(bent_files())
@settings(max_examples=40, **_SETTINGS)
def test_bent_files_are_read_or_refused(data: bytes) -> None:
    try:
        read = reading.read_picture(data)
    except Refused as refused:
        assert refused.code in catalogue()
    else:
        assert all(0 <= field.confidence <= 1 for field in read.fields.values())


_LINES = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), min_size=1, max_size=30)
_WORDS = st.lists(st.tuples(st.integers(-40, 700), st.integers(-40, 700), st.integers(6, 90), _LINES), max_size=5)


@given(width=st.integers(1, 700), height=st.integers(1, 700), words=_WORDS, tone=st.integers(0, 255))
@settings(max_examples=40, **_SETTINGS)
def test_odd_pages_are_read(width: int, height: int, words: list[tuple[int, int, int, str]], tone: int) -> None:
    page = Image.new("L", (width, height), tone)
    pen = ImageDraw.Draw(page)
    for x, y, size, text in words:
        pen.text((x, y), text, fill=255 - tone, font_size=size)
    read = reading.read_picture(_encoded(page, "PNG"))
    assert all(value >= 0 for value in read.quality.values())


_ZONES = (
    ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"],
    ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"],
    ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"],
)


@st.composite
def bent_zones(draw: st.DrawFn) -> bytes:
    """A specimen's zone with characters of any kind put in, left out or exchanged; or no zone at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    text = "\n".join(draw(st.sampled_from(_ZONES)))
    for _ in range(draw(st.integers(0, 4))):
        at, character = draw(st.integers(0, len(text) - 1)), draw(st.characters(exclude_categories=("Cs",)))
        text = text[:at] + character + text[at + draw(st.integers(0, 2)) :]
    return text.encode("utf-8")


@given(bent_zones())
@settings(max_examples=300, **_SETTINGS)
def test_bent_zones_have_their_lines(data: bytes) -> None:
    source, out = mock.Mock(buffer=io.BytesIO(data)), io.StringIO()
    with mock.patch.object(sys, "stdin", source), contextlib.redirect_stdout(out):
        status = main(["mrz", "--json"])
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines
    assert status == int(any(line["error"] for line in lines))
    assert all(line["error"] or not line["valid"] or all(line["checks"].values()) for line in lines)
