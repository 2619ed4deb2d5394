"""The pictures that ``reading.toml`` describes, of people who do not exist: ``reading_pictures.py OUTDIR --seeds 1-20``.

Chinese resident identity cards are drawn here, after GA 448 and in the fonts of the system, not in the one that the product's own
samples are written in; they bear no state emblem, and nobody has their numbers. Passports and cards with a zone come from the
product's samples. The same seed, side and case give the same picture.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reading_people import person, wrapped

from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import font as carried_font
from shiming.reading.documents._people import SamplePerson

GRID = tomllib.loads(Path(__file__).with_name("reading.toml").read_text("utf-8"))
CASES: tuple[str, ...] = tuple(case["name"] for case in GRID["case"])
CARD_SIDES = ("front", "back")
ZONE_SIDES = {
    "passport": "passport",
    "td1": "id_card_td1",
    "td2": "id_card_td2",
    "visa-a": "visa_mrv_a",
    "visa-b": "visa_mrv_b",
}
"""Sides with a machine-readable zone, by the sample module that draws them; a module that is not there is left out."""

_FONTS = (
    ("Noto Sans CJK SC", "opentype/noto/NotoSansCJK-Regular.ttc", 2, 5),
    ("WenQuanYi Zen Hei", "truetype/wqy/wqy-zenhei.ttc", 0, 3),
    ("Droid Sans Fallback", "truetype/droid/DroidSansFallbackFull.ttf", 0, 2),
    ("AR PL SungtiL GB", "truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0, 1),
)
"""Name, file below /usr/share/fonts, face in the file, how many in eleven cards are written in it. The cards are in a sans face
(黑体); the last, a light serif one, stands for worn print."""
_FONT_ROOT = Path("/usr/share/fonts")

WIDTH, HEIGHT = 2022, 1275
"""85.6 x 54 mm at 600 dots an inch: the cards are drawn at twice what is ever photographed."""
_LABEL, _INK = (52, 98, 150), (26, 26, 30)
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph. ``klass``: clean, readable or beyond. ``truth``: what is printed, by field; a card without end has None."""

    name: str
    seed: int
    side: str
    case: str
    klass: str
    jpeg: bytes
    truth: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Drawn:
    image: Image.Image
    truth: dict[str, str | None]
    text: tuple[Box, ...]
    """Where text stands, in pixels of the drawing."""


def case(name: str) -> dict[str, Any]:
    """A case with what is common to all filled in. Raises ``KeyError`` for an unknown one."""
    found = next((c for c in GRID["case"] if c["name"] == name), None)
    if found is None:
        raise KeyError(f"no case {name!r}; there are {', '.join(CASES)}")
    return {**GRID["common"], **found}


def fonts() -> tuple[list[str], list[str]]:
    """The names of the fonts that are here, and of those that are missing."""
    here = [name for name, file, _, _ in _FONTS if (_FONT_ROOT / file).exists()]
    return here, [name for name, *_ in _FONTS if name not in here]


Plan = list[tuple[int, str, str]]
"""Seed, side and case of each picture."""


def plan(seeds: Iterable[int], cases: Sequence[str] = CASES, sides: Sequence[str] = CARD_SIDES) -> Plan:
    """One picture a person and side; the cases go round by seed, shifted from side to side."""
    planned = []
    for seed in seeds:
        for place, side in enumerate(sides):
            planned.append((seed, side, cases[(seed + place * 7) % len(cases)]))
    return planned


def for_report(n_sides: int = 1000) -> Plan:
    """That many card sides of the report's people; beyond two a person, they come again in other cases."""
    first, last = GRID["seeds"]["report"]
    people = last - first + 1
    planned: Plan = []
    for again in range(-(-n_sides // (2 * people))):
        shifted = [CASES[(i + 11 * again) % len(CASES)] for i in range(len(CASES))]
        planned += plan(range(first, last + 1), shifted)
    return planned[:n_sides]


def pictures(
    seeds: Iterable[int], cases: Sequence[str] = CASES, sides: Sequence[str] = CARD_SIDES
) -> Iterator[Picture]:
    """The pictures of :func:`plan`, drawn one by one."""
    return draw(plan(seeds, cases, sides))


def draw(planned: Plan) -> Iterator[Picture]:
    """The pictures of a plan, drawn one by one."""
    for seed, side, name in planned:
        how = case(name)
        rng = np.random.default_rng((seed, CASES.index(name), sum(side.encode())))
        drawn = _card(person(seed), side, seed) if side in CARD_SIDES else _zone_page(person(seed), side)
        slug = re.sub(r"\W+", "-", name)
        yield Picture(
            f"{seed}-{side}-{slug}.jpg", seed, side, name, how["class"], _photograph(drawn, how, rng), drawn.truth
        )


# Cards


@cache
def _font(file: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT_ROOT / file), size, index=index)


@cache
def _has(file: str, index: int, character: str) -> bool:
    font = _font(file, index, 40)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd"))


def _face(seed: int, text: str) -> tuple[str, int]:
    """The font of a seed's card: one that has every character of the text."""
    here = [row for row in _FONTS if (_FONT_ROOT / row[1]).exists()]
    if not here:
        raise SystemExit("no Chinese font here; apt install fonts-noto-cjk fonts-wqy-zenhei fonts-arphic-gbsn00lp")
    turn = [row for row in here for _ in range(row[3])]
    first = turn[seed * 7 % len(turn)]
    for _, file, index, _ in (first, *here):
        if all(_has(file, index, c) for c in text if not c.isspace()):
            return file, index
    raise ValueError(f"no font here has all of {text!r}")


class _Pen:
    """Writes on a drawing and keeps where."""

    def __init__(self, image: Image.Image, face: tuple[str, int]) -> None:
        self.draw, self.face, self.boxes = ImageDraw.Draw(image), face, list[Box]()

    def write(
        self, x: float, y: float, text: str, size: int, *, spacing: float = 0, fill: Any = _INK, width: int = 0
    ) -> float:
        """One line, ``x`` its left edge and ``y`` its middle, as fractions of the card; gives where it ends, in pixels."""
        font = _font(*self.face, size)
        left = at = x * WIDTH
        top = y * HEIGHT - size * 0.56
        for character in text:
            self.draw.text((at, top), character, font=font, fill=fill, stroke_width=width, stroke_fill=fill)
            at += font.getlength(character) + spacing
        self.boxes.append((int(left), int(top), int(at), int(top + size * 1.15)))
        return at

    def digits(self, x: float, y: float, text: str, size: int, end: float) -> None:
        """In OCR-B, spread evenly from ``x`` to ``end`` (fractions of the card)."""
        font = carried_font(size, ocr=True)
        pitch = (end - x) * WIDTH / len(text)
        top = y * HEIGHT - size * 0.5
        for i, character in enumerate(text):
            self.draw.text((x * WIDTH + i * pitch, top), character, font=font, fill=_INK, stroke_width=1)
        self.boxes.append((int(x * WIDTH), int(top), int(end * WIDTH), int(top + size)))


def _card(who: SamplePerson, side: str, seed: int) -> _Drawn:
    rng = np.random.default_rng((seed, 11))
    face = _face(seed, who.name + who.address + who.issuing_authority + who.ethnicity + "·")
    image = _paper(side, int(rng.integers(3))).copy()
    pen = _Pen(image, face)
    # Print is off its place by up to 0.3 mm on real cards, all fields of one pass together.
    off = rng.uniform(-0.0035, 0.0035), rng.uniform(-0.005, 0.005)
    truth = _front(pen, image, who, seed, off) if side == "front" else _back(pen, who, off)
    return _Drawn(image, truth, tuple(pen.boxes))


def _front(pen: _Pen, image: Image.Image, who: SamplePerson, seed: int, off: tuple[float, float]) -> dict[str, Any]:
    x, y = off
    for text, left, middle in (
        ("姓", 0.072, 0.150), ("名", 0.116, 0.150), ("性", 0.072, 0.268), ("别", 0.116, 0.268), ("民", 0.290, 0.268),
        ("族", 0.334, 0.268), ("出", 0.072, 0.382), ("生", 0.116, 0.382), ("住", 0.072, 0.500), ("址", 0.116, 0.500),
    ):  # fmt: skip
        pen.write(left, middle, text, 56, fill=_LABEL)
    pen.write(0.072, 0.862, "公民身份号码", 56, spacing=3, fill=_LABEL)
    size, spacing = (78, 8.0) if len(who.name) <= 8 else (66, 0.0)
    pen.write(0.182 + x, 0.148 + y, who.name, size, spacing=spacing)
    pen.write(0.182 + x, 0.268 + y, "男" if who.sex == "M" else "女", 68)
    pen.write(0.385 + x, 0.268 + y, who.ethnicity, 68, spacing=4)
    born = who.date_of_birth
    pen.write(0.182 + x, 0.382 + y, str(born.year), 68, spacing=2)
    pen.write(0.290, 0.382, "年", 56, fill=_LABEL)
    pen.write(0.340 + x, 0.382 + y, str(born.month), 68, spacing=2)
    pen.write(0.392, 0.382, "月", 56, fill=_LABEL)
    pen.write(0.440 + x, 0.382 + y, str(born.day), 68, spacing=2)
    pen.write(0.496, 0.382, "日", 56, fill=_LABEL)
    for row, line in enumerate(wrapped(who.address)):
        pen.write(0.182 + x, 0.498 + y + row * 0.082, line, 67, spacing=5)
    pen.digits(0.338 + x, 0.862 + y, who.number, 80, 0.868 + x)
    _portrait(image, seed)
    return {
        "name": who.name,
        "sex": who.sex,
        "ethnicity": who.ethnicity,
        "date_of_birth": born.isoformat(),
        "address": who.address,
        "number": who.number,
    }


def _portrait(image: Image.Image, seed: int) -> None:
    """One of the two photographs that the samples carry, in other light for other people: 26 x 32 mm."""
    rng = np.random.default_rng((seed, 13))
    picture = (
        portraits.portrait(portraits.names()[seed % 2]).convert("RGB").resize((610, 752), Image.Resampling.LANCZOS)
    )
    pixels = np.asarray(picture).astype(np.float32) * rng.uniform(0.8, 1.1, 3) + rng.uniform(-10, 14)
    done = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    image.paste(done if rng.random() < 0.5 else done.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (1276, 150))


def _back(pen: _Pen, who: SamplePerson, off: tuple[float, float]) -> dict[str, Any]:
    x, y = off
    pen.draw.ellipse((132, 124, 430, 422), outline=(190, 70, 66), width=14, fill=(226, 196, 178))
    pen.write(0.285, 0.172, "中华人民共和国", 112, spacing=44, width=1)
    pen.write(0.270, 0.330, "居民身份证", 158, spacing=84, width=3)
    pen.write(0.196, 0.735, "签发机关", 58, spacing=4, fill=_INK)
    pen.write(0.196, 0.862, "有效期限", 58, spacing=4, fill=_INK)
    pen.write(0.360 + x, 0.733 + y, who.issuing_authority, 66, spacing=4 if len(who.issuing_authority) < 17 else 0)
    ends = f"{who.date_of_expiry:%Y.%m.%d}" if who.date_of_expiry else "长期"
    pen.write(0.360 + x, 0.860 + y, f"{who.date_of_issue:%Y.%m.%d}-{ends}", 66, spacing=3)
    return {
        "issuing_authority": who.issuing_authority,
        "date_of_issue": who.date_of_issue.isoformat(),
        "date_of_expiry": who.date_of_expiry.isoformat() if who.date_of_expiry else None,
    }


@cache
def _paper(side: str, variant: int) -> Image.Image:
    """Pale paper with fine waves and a rosette, blue to pink, as on such cards."""
    rng = np.random.default_rng((variant, sum(side.encode())))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    low, high = np.array((214, 232, 240), np.float32), np.array((242, 226, 224), np.float32)
    mix = (0.5 + 0.5 * np.sin(x / WIDTH * 3.0 + y / HEIGHT * 2.0 + variant))[..., None]
    paper = low * (1 - mix) + high * mix
    for turn in range(4):
        bend = 26 * np.sin(x / rng.uniform(120, 260) + rng.uniform(0, 6))
        wave = np.sin((y + bend) / rng.uniform(4.5, 8))
        paper -= (np.clip(wave - 0.7, 0, 1) * 60)[..., None] * np.array(
            ((1, 0.6, 0.5), (0.5, 0.7, 1))[turn % 2], np.float32
        )
    away = np.hypot(x - WIDTH * 0.36, y - HEIGHT * 0.5)
    petals = np.sin(away / 11 + 5 * np.sin(7 * np.arctan2(y - HEIGHT * 0.5, x - WIDTH * 0.36)))
    paper -= (np.clip(petals - 0.75, 0, 1) * (away < 360) * 50)[..., None]
    return Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))


# Pages with a zone


@cache
def _sample(module: str) -> Any:
    try:
        return import_module(f"shiming.reading.documents.{module}.sample")
    except ModuleNotFoundError:
        return None


def zone_sides() -> tuple[str, ...]:
    """The sides with a zone that can be drawn here."""
    return tuple(side for side, module in ZONE_SIDES.items() if _sample(module))


def _zone_page(who: SamplePerson, side: str) -> _Drawn:
    module = _sample(ZONE_SIDES[side])
    if module is None:
        raise KeyError(f"no sample of {side} to draw")
    sides = module.draw(who, portraits.portrait(portraits.names()[0]))
    image = sides.get("back", sides["front"]) if side == "td1" else sides["front"]
    lines = module.mrz(who)
    truth: dict[str, str | None] = {"mrz": "\n".join(lines)}
    bottom = (0, int(image.height * 0.55), image.width, image.height)
    return _Drawn(image, truth, (bottom,))


# Photographs


def _photograph(drawn: _Drawn, how: dict[str, Any], rng: np.random.Generator) -> bytes:
    card = drawn.image.convert("RGB")
    size = how["card"], round(how["card"] * card.height / card.width)
    small = card.resize(size, Image.Resampling.LANCZOS) if size[0] < card.width else card
    pixels = np.asarray(small).astype(np.float32)
    if how.get("photocopy"):
        pixels = _copied(pixels, rng)
    frame = tuple(how["frame"])
    corners = _corners(size, frame, how["skew"], how["tilt"], rng)
    onto = cv2.getPerspectiveTransform(_rectangle(pixels.shape[1], pixels.shape[0]), corners)
    table = _table(how["background"], frame, rng)
    if how.get("photocopy"):
        table = _sheet(table, corners)
    picture = _laid(pixels, onto, table, flat=bool(how.get("photocopy")))
    if how["glare"]:
        over = how["class"] == "beyond"
        _shine(picture, onto, pixels.shape, _scaled(drawn, pixels.shape[1]), how["glare"], over, rng)
    if how["shadow"]:
        _shade(picture, corners, how["shadow"], rng)
    picture = _optics(picture, how, rng)
    turned = np.rot90(picture, how["rotate"] // 90)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(turned)).save(out, "JPEG", quality=how["jpeg"])
    return out.getvalue()


def _optics(picture: Any, how: dict[str, Any], rng: np.random.Generator) -> Any:
    """Blur of focus and of motion, too little light, the sensor's noise; 8 bits at the end."""
    if how["blur"]:
        picture = cv2.GaussianBlur(picture, (0, 0), how["blur"])
    if how["motion"]:
        picture = cv2.filter2D(picture, -1, _streak(how["motion"], rng.uniform(0, 180)))
    picture *= 1 - how["dark"]
    if how["noise"]:
        # One small field of noise, laid out again and again: drawing 36 million values would cost more than reading them.
        tile = rng.normal(0, how["noise"], (600, 800, 3)).astype(np.float32)
        rows, columns = picture.shape[0] // 600 + 1, picture.shape[1] // 800 + 1
        picture += np.tile(tile, (rows, columns, 1))[: picture.shape[0], : picture.shape[1]]
    return np.clip(picture, 0, 255).astype(np.uint8)


def _rectangle(width: float, height: float) -> Any:
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def _scaled(drawn: _Drawn, width: int) -> list[Box]:
    scale = width / drawn.image.width
    return [tuple(int(v * scale) for v in box) for box in drawn.text]  # type: ignore[misc]


def _corners(card: tuple[int, int], frame: tuple[int, int], skew: float, tilt: float, rng: np.random.Generator) -> Any:
    """Where the corners lie in the photo: turned in its plane, seen from the side by ``tilt``, somewhere near the middle."""
    width, height = card
    flat = _rectangle(width, height).astype(np.float64) - (width / 2, height / 2)
    turn, lean = math.radians(skew), math.radians(tilt)
    side = rng.choice((0, 90, 180, 270)) + rng.uniform(-12, 12)
    axis = math.radians(side)
    distance = max(frame[0] * 1.3, width * 1.6)
    points = []
    for x, y in flat:
        across, down = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        along, away = across * math.cos(axis) + down * math.sin(axis), -across * math.sin(axis) + down * math.cos(axis)
        near = distance / (distance - away * math.sin(lean))
        along, away = along * near, away * math.cos(lean) * near
        points.append((along * math.cos(axis) - away * math.sin(axis), along * math.sin(axis) + away * math.cos(axis)))
    laid = np.array(points)
    laid -= (laid.min(axis=0) + laid.max(axis=0)) / 2
    span = laid.max(axis=0) - laid.min(axis=0)
    room = np.maximum(np.array(frame) - span - 12, 0)
    # The whole card is in the photo: what sticks out at this size is brought closer to the middle, or shrunk into the frame.
    laid *= min(1.0, *((np.array(frame) - 12) / span))
    return (laid + np.array(frame) / 2 + rng.uniform(-0.35, 0.35, 2) * room).astype(np.float32)


def _laid(pixels: Any, onto: Any, table: Any, flat: bool) -> Any:
    """The card on the table with rounded corners and the shadow of its edge; ``flat``: print on a sheet, without either."""
    height, width = table.shape[:2]
    mask = np.zeros(pixels.shape[:2], np.float32)
    radius = 1 if flat else pixels.shape[1] // 27
    cv2.rectangle(mask, (radius, 0), (mask.shape[1] - radius, mask.shape[0]), 1, -1)
    cv2.rectangle(mask, (0, radius), (mask.shape[1], mask.shape[0] - radius), 1, -1)
    for x in (radius, mask.shape[1] - 1 - radius):
        for y in (radius, mask.shape[0] - 1 - radius):
            cv2.circle(mask, (x, y), radius, 1, -1)
    laid = cv2.warpPerspective(pixels, onto, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpPerspective(mask, onto, (width, height), flags=cv2.INTER_LINEAR)
    if not flat:
        under = cv2.blur(cv2.blur(np.roll(seen, (7, 5), (0, 1)), (25, 25)), (25, 25))
        table *= (1 - 0.4 * under)[..., None]
    table *= (1 - seen)[..., None]
    laid *= seen[..., None]
    table += laid
    return table


def _copied(pixels: Any, rng: np.random.Generator) -> Any:
    """As a copier gives it back: grey, hard, with its grain and specks."""
    grey = cv2.cvtColor(pixels.astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = np.clip((grey - 125) * 1.4 + 138 + rng.normal(0, 7, grey.shape), 12, 248)
    for _ in range(60):
        x, y = int(rng.integers(grey.shape[1])), int(rng.integers(grey.shape[0]))
        cv2.circle(grey, (x, y), 1, 60, -1)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def _sheet(table: Any, corners: Any) -> Any:
    """A white sheet under the copied card, larger than it."""
    middle = corners.mean(axis=0)
    wide = ((corners - middle) * 1.22 + middle).astype(np.int32)
    cv2.fillConvexPoly(table, wide, (236.0, 235.0, 232.0))
    return table


def _shine(
    picture: Any,
    onto: Any,
    card: tuple[int, ...],
    text: Sequence[Box],
    share: float,
    over: bool,
    rng: np.random.Generator,
) -> None:
    """A blown-out reflection over that share of the card: beside its text, or over it."""
    height, width = card[:2]
    radius = math.sqrt(height * width * share / math.pi)
    taken = np.zeros((height, width), np.float32)
    for x0, y0, x1, y1 in text:
        taken[max(0, y0) : y1, max(0, x0) : x1] = 1
    # How much text a reflection around each point would hide.
    hidden = cv2.blur(taken, (int(radius * 3.4), int(radius * 2.4)), borderType=cv2.BORDER_REPLICATE)
    edge = int(radius * 0.5)
    inner = hidden[edge : height - edge : 8, edge : width - edge : 8]
    best = inner >= inner.max() * 0.95 if over else inner <= inner.min() + 1e-6
    ys, xs = np.nonzero(best)
    pick = int(rng.integers(len(ys)))
    centre = np.array([[[edge + xs[pick] * 8, edge + ys[pick] * 8]]], np.float32)
    x, y = cv2.perspectiveTransform(centre, onto)[0, 0]
    scale = math.sqrt(abs(np.linalg.det(onto[:2, :2])))
    across, down = (np.arange(n, dtype=np.float32) for n in (picture.shape[1], picture.shape[0]))
    away = np.sqrt(
        ((across - x) / (radius * scale * 1.3))[None, :] ** 2 + ((down - y) / (radius * scale / 1.3))[:, None] ** 2
    )
    strength = np.clip((1.2 - away) / 0.3, 0, 1)[..., None]
    picture *= 1 - strength
    picture += 255 * strength


def _shade(picture: Any, corners: Any, share: float, rng: np.random.Generator) -> None:
    """The shadow of a hand or phone over a part of the card, with a soft edge."""
    angle = rng.uniform(0, 2 * math.pi)
    middle = corners.mean(axis=0) + rng.uniform(-0.15, 0.15, 2) * (corners.max(axis=0) - corners.min(axis=0))
    y, x = (np.arange(n, dtype=np.float32) for n in picture.shape[:2])
    across = (x - middle[0])[None, :] * math.cos(angle) + (y - middle[1])[:, None] * math.sin(angle)
    soft = picture.shape[1] * 0.02
    picture *= 1 - share / (1 + np.exp(-across / soft))[..., None]


def _streak(length: int, angle: float) -> Any:
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    dx, dy = math.cos(math.radians(angle)) * middle, math.sin(math.radians(angle)) * middle
    ends = [(round((middle + s * dx) * 16), round((middle + s * dy) * 16)) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1, 1, cv2.LINE_AA, shift=4)
    return kernel / kernel.sum()


# Tables

_TONES = {
    "dark": (44, 42, 40),
    "wood": (146, 100, 62),
    "cloth": (92, 106, 128),
    "white": (234, 233, 229),
    "plain": (118, 124, 116),
}


def _table(kind: str, frame: tuple[int, int], rng: np.random.Generator) -> Any:
    width, height = frame
    if kind == "clutter":
        table = _clutter(width, height, rng).astype(np.float32)
    else:
        table = np.empty((height, width, 3), np.float32)
        table[:] = _TONES[kind]
    scale = max(1.0, width / 1600)
    x, y = np.arange(width, dtype=np.float32) / scale, np.arange(height, dtype=np.float32) / scale
    if kind == "wood":
        bend = 5 * np.sin(x / rng.uniform(250, 450)) + rng.uniform(0, 6)
        grain = np.sin(y[:, None] / 9 + bend[None, :] + 1.5 * np.sin(y / 61)[:, None])
        grain += 0.6 * np.sin(y[:, None] / 3.1 + 2 * bend[None, :])
        table *= (1 + 0.10 * grain)[..., None]
    if kind == "cloth":
        table *= (1 + 0.10 * np.sin(x * 1.1)[None, :] * np.sin(y * 1.1)[:, None])[..., None]
    table *= np.linspace(rng.uniform(1.0, 1.12), rng.uniform(0.86, 1.0), width, dtype=np.float32)[None, :, None]
    return table


_WORDS = (
    "会议记录",
    "2025年度工作计划",
    "电话",
    "合计金额",
    "收货人",
    "Invoice No.",
    "Total",
    "user manual",
    "请妥善保管",
    "第三页",
    "￥128.00",
)


def _clutter(width: int, height: int, rng: np.random.Generator) -> Any:
    """A desk: sheets with writing, bright cards and notes, a keyboard's keys, pens, coins."""
    scale = width / 1600
    desk = Image.new("RGB", (width, height), (128, 104, 82))
    file, index = _FONTS[0][1:3]
    if not (_FONT_ROOT / file).exists():
        file, index = _face(0, "会议")
    for _ in range(9):
        sheet = _thing(rng, scale, (file, index))
        turned = sheet.rotate(float(rng.uniform(0, 360)), expand=True, resample=Image.Resampling.BILINEAR)
        at = int(rng.uniform(-0.1, 0.9) * width), int(rng.uniform(-0.15, 0.85) * height)
        desk.paste(turned, at, turned)
    pen = ImageDraw.Draw(desk)
    for _ in range(7):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(16, 40) * scale
        tone = int(rng.integers(120, 210))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(tone, tone - 15, tone - 50), outline=(70, 60, 40))
    for _ in range(4):
        x, y, angle = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, 6.3)
        end = x + math.cos(angle) * 520 * scale, y + math.sin(angle) * 520 * scale
        pen.line((x, y, *end), fill=tuple(int(v) for v in rng.integers(0, 220, 3)), width=int(20 * scale))
    return np.asarray(desk)


def _thing(rng: np.random.Generator, scale: float, face: tuple[str, int]) -> Image.Image:
    kind = rng.choice(("sheet", "sheet", "note", "keys"))
    if kind == "note":
        size = int(rng.uniform(160, 420) * scale), int(rng.uniform(120, 300) * scale)
        return Image.new("RGBA", size, (*(int(v) for v in rng.integers(90, 255, 3)), 255))
    thing = Image.new(
        "RGBA", (int(700 * scale), int(460 * scale)), (246, 245, 240, 255) if kind == "sheet" else (40, 40, 44, 255)
    )
    pen = ImageDraw.Draw(thing)
    if kind == "sheet":
        font = _font(*face, max(10, int(24 * scale)))
        for row in range(9):
            words = "  ".join(str(rng.choice(_WORDS)) for _ in range(4))
            pen.text((int(30 * scale), int((24 + 46 * row) * scale)), words, font=font, fill=(50, 50, 70, 255))
        return thing
    for x in range(10):
        for y in range(5):
            box = tuple(int(v * scale) for v in (14 + x * 68, 16 + y * 86, 70 + x * 68, 88 + y * 86))
            pen.rounded_rectangle(box, int(8 * scale), fill=(72, 72, 78, 255))
    return thing


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(argv: list[str] | None = None) -> int:
    """Writes the pictures and ``truth.jsonl``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUTDIR")
    parser.add_argument("--seeds", type=_range, default=range(1, 21), metavar="FIRST-LAST")
    parser.add_argument("--case", action="append", choices=CASES, help="only these; all in turn by default")
    parser.add_argument("--side", action="append", choices=(*CARD_SIDES, *ZONE_SIDES), help="front and back by default")
    args = parser.parse_args(argv)
    missing = fonts()[1]
    if missing:
        print(f"without the fonts {', '.join(missing)}, which are not here", file=sys.stderr)
    args.folder.mkdir(parents=True, exist_ok=True)
    with (args.folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for picture in pictures(args.seeds, args.case or CASES, args.side or CARD_SIDES):
            (args.folder / picture.name).write_bytes(picture.jpeg)
            row = {"file": picture.name, "side": picture.side, "case": picture.case, "class": picture.klass}
            print(json.dumps({**row, "truth": picture.truth}, ensure_ascii=False), file=truth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
