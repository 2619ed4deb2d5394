"""Pictures with one fault each, for ``signals.py``: what ``reading_pictures.py`` cannot draw, drawn over its cards and tables.

Two documents together, documents cut off, copies, portraits that are none, specimens; fingers, screens and reflections are in the
files beside this one. The same seed gives the same picture.
"""

from __future__ import annotations

import io
import math
from typing import Any

import cv2
import numpy as np
import reading_pictures as drawing
from PIL import Image, ImageDraw
from reading_people import person

from shiming.reading.documents._drawing import write

Drawn = drawing._Drawn
SIDES = (*drawing.CARD_SIDES, "passport")
_FRAME = (1600, 1200)
_VALUES = {"front": (11, 13, 14, 20, -1), "back": (-1, -2)}
"""Which of a card's pieces of text are values."""
_TABLES = ("dark", "wood", "cloth", "white", "clutter")


def document(seed: int, side: str) -> Drawn:
    """A side of that seed's person, with where its text stands."""
    if side in drawing.CARD_SIDES:
        return drawing._card(person(seed), side, seed)
    return drawing._zone_page(person(seed), side)


def values(drawn: Drawn) -> list[drawing.Box]:
    """Where what is read of it stands, without labels and titles, in pixels of the drawing: what is hidden there is missed."""
    if "mrz" not in drawn.truth:
        return [drawn.text[index] for index in _VALUES["front" if "name" in drawn.truth else "back"]]
    width, height = drawn.image.size
    return [(int(0.05 * width), int(0.8 * height), int(0.95 * width), int(0.95 * height))]


def ordinary(seed: int, **more: Any) -> dict[str, Any]:
    """A careful capture on one of the tables, a little askew; ``more`` is laid over it."""
    rng = np.random.default_rng((seed, 3))
    how = {**drawing.GRID["common"], "class": "clean", "background": _TABLES[seed % len(_TABLES)]}
    return {**how, "skew": float(rng.uniform(-5, 5)), "tilt": float(rng.uniform(0, 12)), "card": 1150, **more}


def photo(drawn: Drawn, seed: int, **more: Any) -> bytes:
    """The drawing photographed as :func:`ordinary` says."""
    return bytes(drawing._photograph(drawn, ordinary(seed, **more), np.random.default_rng((seed, 5))))


def pixels(file: bytes) -> Any:
    """A picture as (height, width, 3) BGR floats, 0..255."""
    return cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR).astype(np.float32)


def jpeg(picture: Any, quality: int = 90) -> bytes:
    """A picture as :func:`pixels` gives it, as a file."""
    return bytes(
        cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    )


def brighter(drawn: Drawn, seed: int, times: float) -> bytes:
    """The light multiplied, what is over the scale lost."""
    return photo(drawn, seed, dark=1 - times)


def cut_off(drawn: Drawn, seed: int, share: float) -> bytes:
    """That share of the document's width or height outside the picture."""
    picture = pixels(photo(drawn, seed, skew=0, tilt=0))
    (left, top), (right, bottom) = _inner(drawn, seed, share)
    cut = (picture[:, left:], picture[top:], picture[:, :right], picture[:bottom])[seed % 4]
    return jpeg(cut)


def corner_off(drawn: Drawn, seed: int, share: float) -> bytes:
    """That share outside on two sides at once."""
    picture = pixels(photo(drawn, seed, skew=0, tilt=0))
    (left, top), (right, bottom) = _inner(drawn, seed, share)
    cut = (picture[top:, left:], picture[top:, :right], picture[:bottom, left:], picture[:bottom, :right])[seed % 4]
    return jpeg(cut)


def _inner(drawn: Drawn, seed: int, share: float) -> Any:
    places = corners(drawn, seed, skew=0, tilt=0)
    low, high = places.min(axis=0), places.max(axis=0)
    room = (high - low) * share
    return (low + room).astype(int), (high - room).astype(int)


def thumbnail(drawn: Drawn, seed: int) -> bytes:
    """A small picture of it, enlarged: there are pixels enough, and nothing in them."""
    picture = pixels(photo(drawn, seed))
    size = picture.shape[1], picture.shape[0]
    small = cv2.resize(picture, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    return jpeg(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC))


def copy(drawn: Drawn, seed: int, light: str) -> bytes:
    """A black-and-white copy in white light, under a warm lamp, or in dim light."""
    file = photo(drawn, seed, photocopy=True, background="plain")
    if light == "white":
        return file
    tint, rest = ((0.72, 0.9, 1.0), 1.0) if light == "warm" else ((0.9, 1.0, 0.97), 0.4)
    return jpeg(pixels(file) * np.array(tint, np.float32) * rest)


def corners(drawn: Drawn, seed: int, **more: Any) -> Any:
    how = ordinary(seed, **more)
    size = how["card"], round(how["card"] * drawn.image.height / drawn.image.width)
    return drawing._corners(size, tuple(how["frame"]), how["skew"], how["tilt"], np.random.default_rng((seed, 5)))


LAYOUTS = ("beside", "below", "overlapping", "turned")


def several(seed: int, side: str, layout: str) -> bytes:
    """Two documents on one table: ``beside`` or ``below`` each other, the second partly under the first, or lying across."""
    rng = np.random.default_rng((seed, 23))
    kinds = [kind for kind in SIDES if kind != side or layout == "beside"]
    other = kinds[int(rng.integers(len(kinds)))]
    second, first = document(seed + (other == side), other), document(seed, side)
    frame, middles, spans, turns = _LAYOUTS[layout]
    table = drawing._table(_TABLES[seed % 4], frame, np.random.default_rng((seed, 19)))
    order = (1, 0) if layout == "overlapping" else (0, 1)
    for place in order:
        drawn, turn = (first, second)[place], math.radians(turns[place] + rng.uniform(-4, 4))
        scale = min(spans[place][0] / drawn.image.width, spans[place][1] / drawn.image.height)
        size = int(drawn.image.width * scale), int(drawn.image.height * scale)
        shown = np.asarray(drawn.image.convert("RGB").resize(size, Image.Resampling.LANCZOS), np.float32)
        flat = drawing._rectangle(*size) - np.array(size, np.float32) / 2
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        places = (flat @ rotation.T + np.array(middles[place]) * frame).astype(np.float32)
        onto = cv2.getPerspectiveTransform(drawing._rectangle(*size), places)
        table = drawing._laid(shown, onto, table, flat=False)
    return jpeg((table + rng.normal(0, 2, table.shape))[..., ::-1])


_LAYOUTS: dict[str, tuple[tuple[int, int], Any, Any, tuple[int, int]]] = {
    "beside": ((2400, 1100), ((0.26, 0.5), (0.74, 0.5)), ((1080, 900), (1080, 900)), (0, 0)),
    "below": ((1600, 1200), ((0.5, 0.26), (0.5, 0.74)), ((780, 480), (780, 480)), (0, 0)),
    "overlapping": ((1600, 1200), ((0.42, 0.4), (0.62, 0.66)), ((900, 640), (900, 640)), (0, 3)),
    "turned": ((2000, 1200), ((0.32, 0.5), (0.81, 0.5)), ((1080, 760), (900, 620)), (0, 90)),
}
"""The picture's size, where the middles of the two lie, how much room each has, and how they are turned."""


_PORTRAITS = {"front": (0.631, 0.118, 0.933, 0.707), "passport": (0.03, 0.17, 0.31, 0.68)}
"""Left, top, right and bottom of the portrait, as fractions of the document."""


def without_portrait(drawn: Drawn, seed: int, side: str, instead: str) -> bytes:
    """``paper`` where the portrait would be, a black ``bar`` over it, or a ``note`` stuck on it."""
    left, top, right, bottom = _portrait_place(drawn, side)
    image = drawn.image.copy()
    width, height = image.size
    if instead == "paper":
        patch = image.crop((int(0.40 * width), int(0.02 * height), int(0.58 * width), int(0.09 * height)))
        image.paste(patch.resize((right - left, bottom - top)), (left, top))
    else:
        fill = (14, 14, 16) if instead == "bar" else (250, 226, 118)
        room = 0 if instead == "bar" else width // 60
        ImageDraw.Draw(image).rectangle((left - room, top - room, right + room, bottom + room), fill=fill)
    return photo(Drawn(image, drawn.truth, drawn.text), seed)


def with_portrait(drawn: Drawn, seed: int, side: str, portrait: Image.Image) -> bytes:
    """Another picture where the portrait is."""
    left, top, right, bottom = _portrait_place(drawn, side)
    image = drawn.image.copy()
    image.paste(portrait.convert("RGB").resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))
    return photo(Drawn(image, drawn.truth, drawn.text), seed)


def _portrait_place(drawn: Drawn, side: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = _PORTRAITS[side]
    width, height = drawn.image.size
    return int(left * width), int(top * height), int(right * width), int(bottom * height)


def cartoon(seed: int) -> Image.Image:
    """A face as a child or a messenger draws it: flat colours, outlines."""
    rng = np.random.default_rng((seed, 47))
    ground, skin = (tuple(int(v) for v in rng.integers(low, high, 3)) for low, high in ((150, 255), (170, 250)))
    image = Image.new("RGB", (400, 500), ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((70, 390, 330, 680), fill=tuple(int(v) for v in rng.integers(30, 200, 3)))
    pen.ellipse((90, 80, 310, 400), fill=skin, outline=(30, 26, 24), width=int(rng.integers(0, 9)))
    pen.pieslice((84, 60, 316, 330), 180, 360, fill=tuple(int(v) for v in rng.integers(10, 120, 3)))
    for x in (150, 250):
        pen.ellipse((x - 24, 210, x + 24, 244), fill="white", outline=(20, 20, 20), width=3)
        pen.ellipse((x - 10, 216, x + 10, 238), fill=(30, 40, 60))
    pen.arc((150, 270, 250, 350), 20, 160, fill=(150, 40, 50), width=9)
    pen.line((200, 240, 190, 290, 206, 292), fill=(90, 60, 50), width=5)
    return image


def specimen(drawn: Drawn, seed: int) -> bytes:
    """The word printed on the document where nothing else stands, as on specimens and templates."""
    image = drawn.image.convert("RGB").copy()
    word = ("SPECIMEN", "样本", "SPECIMEN 样本")[seed % 3]
    x, y = (0.64, 0.73) if "name" in drawn.truth else (0.6, 0.5)
    place = (image.width * x, image.height * y)
    write(ImageDraw.Draw(image), place, word, image.height // 17, fill=(196, 84, 84))
    return photo(Drawn(image, drawn.truth, drawn.text), seed)


def tables(seed: int) -> bytes:
    """A table with no document on it."""
    table = drawing._table(_TABLES[seed % len(_TABLES)], _FRAME, np.random.default_rng((seed, 29)))
    return jpeg(table[..., ::-1])


def saved_again(file: bytes, seed: int) -> bytes:
    """The same picture, smaller and darker, as another file."""
    rng = np.random.default_rng((seed, 31))
    image = Image.open(io.BytesIO(file))
    scale = rng.uniform(0.5, 0.95)
    small = np.asarray(image.resize((int(image.width * scale), int(image.height * scale))), np.float32)
    return jpeg(small[..., ::-1] * rng.uniform(0.8, 1.1), 75)
