"""Fits ``reading/certainty.toml``: how likely a character is right, given what both recognisers said of it.

``python bench/calibrate_reading.py [--lines N] [--only KIND]`` draws lines of names, addresses, authorities and dates of the
bench's tuning people, one name in ten with characters out of all of GBK, small and large, blurred, shaken, noisy and squeezed by
JPEG; reads each as the product does; and counts, by kind and measure of the evidence, how many characters were right. The counts
are made monotone (pool adjacent violators) and written as knots. Characters of GB 2312's second level are what both recognisers
take for commoner ones; beside the people's lines as many are drawn with nothing else, which count as little as such characters
are rare. Nothing of the report's people is drawn.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reading_people import person, second_level, wrapped
from reading_pictures import GRID

from shiming.reading import _second_look, _votes, certainty
from shiming.reading._votes import Vote, letters_of
from shiming.reading.vision import alignment, han, ocr

_FOLDER = Path("/usr/share/fonts")
_FONTS = (
    ("opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("truetype/wqy/wqy-zenhei.ttc", 0),
    ("truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
    ("truetype/arphic/ukai.ttc", 0),
)
_RARE = 0.1
_THIRD = 0.25
"""Share of the lines without a difference that are voted on too; those with one always are."""
_LEAST = 40
"""Characters a knot rests on at least."""
_LONG_LINE = 6
_RARE_WEIGHT = 0.05
"""What a character of a line of rare ones counts: of the Chinese characters on the people's cards 1 in 50 is of the second level,
and lines of six of them, at as many lines as the people's, make them 2 in 5."""
_SHAKEN = 0.15
"""Share of the lines that the camera moved over, by up to a third of their height."""
Seen = tuple[certainty.Evidence, float, bool]
KINDS: tuple[certainty.Evidence, ...] = ("alone", "agree", "clear", "differ", "voted", "lone")


def _texts(rng: random.Random) -> list[tuple[str, float]]:
    """Lines to draw, and what each counts."""
    usual = _usual(rng)
    rare = ["".join(rng.choice(second_level()) for _ in range(_LONG_LINE)) for _ in usual]
    return [(text, 1.0) for text in usual] + [(text, _RARE_WEIGHT) for text in rare]


def _usual(rng: random.Random) -> list[str]:
    who = person(rng.randint(*GRID["seeds"]["tuning"]))
    name = who.name
    if rng.random() < _RARE:
        name = name[0] + "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(rng.choice((1, 2))))
    ends = f"{who.date_of_expiry:%Y.%m.%d}" if who.date_of_expiry else "长期"
    return [
        rng.choice(("姓名", "")) + name,
        *wrapped(who.address),
        who.issuing_authority,
        f"{who.date_of_issue:%Y.%m.%d}-{ends}",
    ]


def _drawn(text: str, rng: random.Random) -> Any:
    """The line as a photograph shows it, BGR; None where no font here has all of it."""
    file, index = rng.choice([font for font in _FONTS if (_FOLDER / font[0]).exists()])
    font = ImageFont.truetype(str(_FOLDER / file), 60, index=index)
    nothing = bytes(font.getmask("\U0010fffd"))
    if any(bytes(font.getmask(c)) == nothing or not font.getmask(c).getbbox() for c in text):
        return None
    spacing = rng.uniform(0, 6)
    width = int(sum(font.getlength(c) + spacing for c in text)) + 24
    paper = tuple(rng.randint(205, 245) for _ in range(3))
    image = Image.new("RGB", (width, 84), paper)
    pen, x = ImageDraw.Draw(image), 12.0
    for character in text:
        pen.text((x, 6), character, font=font, fill=(28, 28, 32))
        x += font.getlength(character) + spacing
    return _photographed(np.asarray(image)[:, :, ::-1].astype(np.float32), rng)


def _photographed(pixels: Any, rng: random.Random) -> Any:
    height = round(14 * (54 / 14) ** rng.random())
    scale = height / pixels.shape[0]
    small = cv2.resize(pixels, (max(8, int(pixels.shape[1] * scale)), height), interpolation=cv2.INTER_AREA)
    blur = rng.choice((0, 0, rng.uniform(0.3, 2.4))) * height / 48
    if blur > 0.2:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    if rng.random() < _SHAKEN:
        small = _shaken(small, height * rng.uniform(0.06, 0.33), rng.uniform(0, np.pi))
    small = (small - 235) * rng.uniform(0.45, 1.0) + rng.uniform(130, 240)
    small += np.random.default_rng(rng.randint(0, 1 << 30)).normal(0, rng.choice((1, 2, 4, 9, 18)), small.shape)
    jpeg = cv2.imencode(".jpg", np.clip(small, 0, 255).astype(np.uint8), [1, rng.choice((95, 85, 60, 30, 15))])[1]
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)


def _shaken(pixels: Any, far: float, angle: float) -> Any:
    size = 2 * round(far) + 1
    streak = np.zeros((size, size), np.float32)
    middle, reach = size // 2, (far / 2 * np.cos(angle), far / 2 * np.sin(angle))
    ends = [(round(middle + sign * reach[0]), round(middle + sign * reach[1])) for sign in (-1, 1)]
    cv2.line(streak, *ends, 1.0)
    return cv2.filter2D(pixels, -1, streak / streak.sum(), borderType=cv2.BORDER_REPLICATE)


def _evidence(line: Any, truth: str, rng: random.Random, voting: bool) -> list[Seen]:
    height, width = line.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    read = ocr.recognise(line, [whole])[0]
    first, other = letters_of(read.text, read.certain), letters_of(*ocr.say(line, second=True))
    rivals = _second_look.rivals_of(read)
    real = [(c, 1.0) for c in truth]
    expected = {i: truth[j] for i, j in alignment.pairs(first, real) if i is not None and j is not None}

    def right(at: int, character: str) -> bool:
        return at in expected and han.key(character) == han.key(expected[at])

    laid = alignment.pairs(first, other)
    seen: list[Seen] = [("alone", p, right(i, c)) for i, (c, p) in enumerate(first)]
    doubted = []
    for i, j in laid:
        if i is not None:
            kind, measure = _second_look.compared(first[i], None if j is None else other[j], rivals[i][1])
            seen.append((kind, measure, right(i, first[i][0])))
            doubted += [i] if kind == "differ" else []
    if voting and not doubted and first and rng.random() < _THIRD:
        doubted = [rng.randrange(len(first))]
    if voting and doubted:
        span = 0, len(first)
        cast = [Vote(first, False, alignment.pairs(first, first), span), Vote(other, True, laid, span)]
        middles = [place * width for c, place in zip(read.text, read.places, strict=True) if not c.isspace()]
        cast += _votes.looked_again(first, line, found := _votes.windows(doubted, middles, line))
        for at in (at for window in found for at in range(*window.span)):
            best, kind, measure = _votes.settled(cast, at)
            if best:
                seen.append((kind, measure, right(at, best)))
    return seen


def knots(measures: Sequence[float], right: Sequence[bool], counts: Sequence[float]) -> list[list[float]]:
    """Monotone [measure, share right] by pooling adjacent violators; a share is pulled down, as if one more were wrong.

    ``counts`` is what each character counts.
    """
    order = np.argsort(measures)
    x, y, n = np.asarray(measures)[order], np.asarray(right, float)[order], np.asarray(counts)[order]
    pools: list[list[float]] = []
    for start in range(0, len(x), _LEAST):
        block = slice(start, start + _LEAST)
        pools.append([float((x * n)[block].sum()), float((y * n)[block].sum()), float(n[block].sum())])
        while len(pools) > 1 and pools[-2][1] / pools[-2][2] >= pools[-1][1] / pools[-1][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    shares = np.maximum.accumulate([good / (weight + 1) for _, good, weight in pools])
    found = [[round(total / n, 4), round(float(share), 5)] for (total, _, n), share in zip(pools, shares, strict=True)]
    thin = [point for i, point in enumerate(found) if i in (0, len(found) - 1) or point[1] - found[i - 1][1] > 0.0005]
    return [[0.0, 0.02], *thin, [1.0, thin[-1][1]]]


def main(argv: list[str] | None = None) -> int:
    """Draws, reads, counts, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="print, do not write")
    parser.add_argument(
        "--only", action="append", choices=KINDS, help="the kinds to write; the others stay as they are"
    )
    args = parser.parse_args(argv)
    rng = random.Random(args.seed)
    found: dict[str, list[tuple[float, bool, float]]] = defaultdict(list)
    voting = not args.only or bool({"voted", "lone"} & set(args.only))
    drawn = 0
    while drawn < args.lines:
        for text, counts in _texts(rng):
            line = _drawn(text, rng)
            if line is None:
                continue
            drawn += 1
            for kind, measure, right in _evidence(line, text, rng, counts == 1.0 and voting):
                if kind == "clear" or counts == 1.0:
                    found[kind].append((measure, right, counts))
    path = Path(certainty.__file__).with_name("certainty.toml")
    text = path.read_text("utf-8")
    for kind in args.only or KINDS:
        if not found[kind]:
            parser.error(f"{args.lines} lines showed nothing of kind {kind!r}; draw more (--lines)")
        text = _with_table(text, kind, found[kind], f"{datetime.now(UTC):%Y-%m-%d}, {drawn} lines (seed {args.seed})")
    if args.dry:
        print(text)
    else:
        path.write_text(text, "utf-8")
        print(f"wrote {path}", file=sys.stderr)
    return 0


def _with_table(text: str, kind: str, rows: Sequence[tuple[float, bool, float]], origin: str) -> str:
    """The data file with what was counted of one kind."""
    measures, right, counts = zip(*rows, strict=True)
    table = ", ".join(f"[{x}, {y}]" for x, y in knots(measures, right, counts))
    values = {
        "fitted": f'"{origin}"',
        "characters": str(len(rows)),
        "wrong": str(right.count(False)),
        "knots": f"[{table}]",
    }
    head, rest = text.split(f"\n[{kind}]\n", 1)
    section, bracket, tail = rest.partition("\n\n[")
    for key, value in values.items():
        section = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", section)
    return f"{head}\n[{kind}]\n{section}{bracket}{tail}"


if __name__ == "__main__":
    sys.exit(main())
