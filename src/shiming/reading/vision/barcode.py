"""Barcodes in pictures, by zxing-cpp: PDF417, QR, Micro QR, Aztec, Data Matrix, Code 128, Code 39, ITF, EAN.

What is answered has passed its code's own error correction or check character; nothing is guessed. zxing-cpp reads matrix codes
any way round, but a PDF417 only within 2 degrees of level, so places that look like bars are cut out, turned level by their own
edges, enlarged, sharpened and evened out until one is read. Work is counted in pixels and bounded (``barcode.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import zxingcpp
from stdnum import ean, luhn

from shiming.reading.timing import step
from shiming.reading.vision.ocr import Image, Quad
from shiming.registration.values import Box

Grey = np.ndarray[Any, np.dtype[np.uint8]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
_F = zxingcpp.BarcodeFormat
# Codabar and the like have no check worth the name: noise now and then reads as one.
_EVERY = (
    _F.PDF417, _F.MicroPDF417, _F.QRCode, _F.MicroQRCode, _F.Aztec, _F.DataMatrix,
    _F.Code128, _F.Code39, _F.ITF, _F.EAN13, _F.EAN8,
)  # fmt: skip
_BARS = (_F.PDF417, _F.MicroPDF417, _F.Code128, _F.Code39, _F.ITF, _F.EAN13, _F.EAN8)
"""What is read level only. Matrix codes are read any way round: turning the picture for them brings nothing."""
_FIRST = (_F.PDF417,)
"""What a licence bears."""

_WIDEST = 25
"""Degrees by which a tilted code's rows or bars may stand from where its region as a whole points."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One barcode: its symbology as ISO/IEC names it (``PDF417``, ``QR Code``, ``Code 128`` ...), its content, its place.

    ``data`` are the bytes encoded, ``text`` the same as characters (by the code's own character set marks, else guessed),
    control characters kept. ``quad`` is in pixels of the picture, clockwise from the code's own top left.
    """

    symbology: str
    data: bytes
    text: str
    quad: Quad

    def box(self, size: tuple[int, int]) -> Box:
        """Its place as fractions of a picture of (width, height), within 0..1."""
        points = np.clip(self.quad / np.array(size, np.float32), 0, 1)
        a, b, c, d = ((round(float(x), 4), round(float(y), 4)) for x, y in points)
        return (a, b, c, d)

    @property
    def angle(self) -> float:
        """How far its rows stand from level, degrees, clockwise positive, -180..180."""
        across = self.quad[1] - self.quad[0]
        return float(np.degrees(np.arctan2(across[1], across[0])))


@dataclass(frozen=True, slots=True)
class _View:
    """A picture to look at; ``matrix`` maps its pixels to those of the whole picture."""

    image: Grey
    matrix: Matrix
    formats: tuple[Any, ...] = _BARS


@cache
def _limit(group: str, name: str) -> float:
    data = tomllib.loads(files(__package__).joinpath("barcode.toml").read_text("utf-8"))
    return float(data[group][name]["value"])


def versions() -> dict[str, str]:
    """Name and version of the engine, for replay."""
    return {"barcode": f"zxing-cpp {version('zxing-cpp')}"}


def glance(image: Image) -> tuple[Symbol, ...]:
    """The document's barcode where it is found at little cost: some 6 ms where nothing looks like bars."""
    grey = _grey(image)
    with step("barcode"):
        least = _limit("region", "shape")
        regions = [r for r in _regions(grey, _limit("region", "area")) if r.size[0] >= least * r.size[1]][:2]
        return _first(replace(_rectified(grey, region, 1.0), formats=_FIRST) for region in regions)


def find(image: Image, angle: float | None = None, share: float = 1.0) -> tuple[Symbol, ...]:
    """The barcodes of a picture, by every means there is until one is found.

    ``angle``: how far its text stands from level, where known. ``share``: of the work that may be done, 0..1.
    """
    with step("barcode"):
        return _first(_affordable(_attempts(_grey(image), angle), share))


def _attempts(grey: Grey, angle: float | None) -> Iterator[_View]:
    reduced = replace(_reduced(grey, _limit("effort", "look")), formats=_EVERY)
    yield reduced
    regions = _regions(grey, _limit("region", "small"))
    yield from (_rectified(grey, region, 1.0) for region in regions)
    if reduced.image.size < grey.size:
        yield _View(grey, np.eye(3), _EVERY)
    if angle is not None:
        yield _turned(grey, angle)
    for region in regions:
        yield from _closer(grey, region)
    if max(grey.shape) < _limit("effort", "look"):
        for factor in (2.0, 3.0):
            yield from (replace(view, formats=_EVERY) for view in _treated(_scaled(grey, factor)))
    for tile in _tiles(grey):
        yield from (_within(tile, view) for view in _close_in(tile.image))
    for turn in np.arange(_limit("sweep", "step"), 90, _limit("sweep", "step")):
        yield replace(_within(reduced, _turned(reduced.image, float(turn))), formats=_FIRST)
    yield from (replace(_within(tile, _scaled(tile.image, 2.0)), formats=_EVERY) for tile in _tiles(grey))


def _close_in(tile: Grey) -> Iterator[_View]:
    for region in _regions(tile, _limit("region", "area")):
        yield from (_rectified(tile, region, factor) for factor in (1.0, 2.0))


def _within(outer: _View, view: _View) -> _View:
    return replace(view, matrix=outer.matrix @ view.matrix)


def _affordable(views: Iterator[_View], share: float) -> Iterator[_View]:
    left = _limit("effort", "pixels") * share
    for view in views:
        left -= view.image.size * _WEIGHTS[view.formats]
        if left < 0:
            return
        yield view


_WEIGHTS = {_EVERY: 1.0, _BARS: 0.35, _FIRST: 0.15}
"""What a pixel costs, relative: on noise 76, 25 and 9 ns; on a page of text 7, 5 and 2."""


def _first(views: Iterable[_View]) -> tuple[Symbol, ...]:
    return next((found for view in views if (found := _read(view))), ())


def _read(view: _View) -> tuple[Symbol, ...]:
    formats = zxingcpp.BarcodeFormats(list(view.formats))
    results = zxingcpp.read_barcodes(view.image, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    symbols = [_symbol(result, view.matrix) for result in results if _checked(result)]
    # A linear code on a slant is met more than once.
    return tuple({(symbol.symbology, symbol.data): symbol for symbol in symbols}.values())


def _checked(result: Any) -> bool:
    """ITF alone has no check character and is read in parts, too: only a number that carries its own check counts."""
    return (
        result.format != _F.ITF or (luhn.is_valid(result.text) and len(result.text) >= 18) or ean.is_valid(result.text)
    )


def _symbol(result: Any, matrix: Matrix) -> Symbol:
    place = result.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    points = np.array([[[corner.x, corner.y]] for corner in corners], np.float64)
    quad = np.asarray(cv2.perspectiveTransform(points, matrix).reshape(-1, 2), np.float32)
    # The text mode "HRI", zxing's default, would write <LF> and <RS> for control characters.
    return Symbol(str(result.format), bytes(result.bytes), result.text, quad)


def _grey(image: Image) -> Grey:
    return np.asarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _reduced(grey: Grey, longest: float) -> _View:
    return _scaled(grey, min(1.0, longest / max(grey.shape)))


def _scaled(grey: Grey, factor: float) -> _View:
    if factor == 1.0:
        return _View(grey, np.eye(3))
    height, width = grey.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(grey, size, interpolation=method), np.uint8)
    return _View(scaled, np.diag([width / size[0], height / size[1], 1.0]))


def _turned(grey: Grey, angle: float) -> _View:
    """The whole picture turned back by ``angle`` degrees, on a canvas that holds it."""
    height, width = grey.shape
    size = np.array([width, height], np.float64)
    return _cut(grey, size / 2, angle, _extent(size, angle), 1.0)


def _extent(size: np.ndarray[Any, Any], angle: float) -> np.ndarray[Any, Any]:
    c, s = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    return np.array([size[0] * c + size[1] * s, size[0] * s + size[1] * c])


def _cut(grey: Grey, centre: np.ndarray[Any, Any], angle: float, size: np.ndarray[Any, Any], factor: float) -> _View:
    """A rectangle of the picture that stands ``angle`` degrees from level, cut out level and enlarged ``factor`` times."""
    turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, factor)
    wanted = np.maximum(8, np.round(size * factor)).astype(int)
    turn[:, 2] += wanted / 2 - centre
    method = cv2.INTER_CUBIC if factor >= 1 else cv2.INTER_AREA
    cut = cv2.warpAffine(grey, turn, (int(wanted[0]), int(wanted[1])), flags=method, borderMode=cv2.BORDER_REPLICATE)
    return _View(np.asarray(cut, np.uint8), np.linalg.inv(np.vstack([turn, [0.0, 0.0, 1.0]])))


def _treated(view: _View) -> Iterator[_View]:
    """As it is, sharpened, and with its contrast evened out."""
    yield view
    soft = cv2.GaussianBlur(view.image, (0, 0), 2.5)
    yield _View(np.asarray(cv2.addWeighted(view.image, 2.5, soft, -1.5, 0), np.uint8), view.matrix)
    yield _View(np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(view.image), np.uint8), view.matrix)


def _closer(grey: Grey, region: _Region) -> Iterator[_View]:
    most = _limit("effort", "enlarged")
    for factor in (1.0, 2.0, 3.0):
        if factor == 1.0 or factor * region.size.max() <= most:
            yield from _treated(_rectified(grey, region, factor))
            yield _cut(grey, region.centre, region.angle, region.size, factor)


def _rectified(grey: Grey, region: _Region, factor: float) -> _View:
    """The region as if seen from straight above: its own bars made upright and its rows level at all four edges."""
    view = _cut(grey, region.centre, region.angle, region.size, 1.0)
    corners = _corners(view.image)
    height, width = view.image.shape
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    wanted = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    there = cv2.getPerspectiveTransform(
        corners @ view.matrix[:2, :2].T.astype(np.float32) + view.matrix[:2, 2].astype(np.float32), wanted
    )
    flat = cv2.warpPerspective(grey, there, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _View(np.asarray(flat, np.uint8), np.linalg.inv(there))


def _corners(image: Grey) -> Quad:
    """Where the edges of the code in a roughly level cutout cross, taken out to the cutout's margins."""
    small = _reduced(image, _limit("region", "look"))
    height, width = small.image.shape
    across = cv2.Sobel(small.image, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(small.image, cv2.CV_32F, 0, 1, ksize=3)
    third = (slice(None), slice(0, width * 2 // 5)), (slice(None), slice(width * 3 // 5, None))
    half = (slice(0, height // 2), slice(None)), (slice(height // 2, None), slice(None))
    left, right = (_direction(across[part], down[part]) for part in third)
    top, bottom = (_direction(down[part], -across[part]) for part in half)
    # A line a side: through the middle of the cutout's side, square to the gradients near it.
    sides = [
        (np.array([0.0, height / 2]), np.array([-np.sin(left), np.cos(left)])),
        (np.array([width, height / 2]), np.array([-np.sin(right), np.cos(right)])),
        (np.array([width / 2, 0.0]), np.array([np.cos(top), np.sin(top)])),
        (np.array([width / 2, height]), np.array([np.cos(bottom), np.sin(bottom)])),
    ]
    pairs = ((0, 2), (1, 2), (1, 3), (0, 3))
    return np.array([_crossing(sides[i], sides[j]) for i, j in pairs], np.float32) * np.float32(small.matrix[0, 0])


def _direction(along: np.ndarray[Any, Any], aside: np.ndarray[Any, Any]) -> float:
    """The commonest direction, in radians, of gradients that point mostly ``along``; 0 where there are none."""
    strength = along * along + aside * aside
    strong = (strength > _limit("region", "energy")) & (np.abs(aside) < np.abs(along) * np.tan(np.radians(_WIDEST)))
    if not strong.any():
        return 0.0
    angles = np.degrees(np.arctan(aside[strong] / along[strong]))
    counts, edges = np.histogram(angles, bins=2 * _WIDEST, range=(-_WIDEST, _WIDEST), weights=strength[strong])
    smooth = np.convolve(counts, np.array([1, 2, 3, 2, 1]), "same")
    peak = int(np.argmax(smooth))
    near = slice(max(0, peak - 2), peak + 3)
    middle = float(np.average((edges[:-1] + edges[1:])[near] / 2, weights=smooth[near]))
    return float(np.radians(middle))


def _crossing(one: tuple[Any, Any], other: tuple[Any, Any]) -> np.ndarray[Any, Any]:
    (p, u), (q, v) = one, other
    share = ((q - p)[0] * v[1] - (q - p)[1] * v[0]) / (u[0] * v[1] - u[1] * v[0])
    return np.asarray(p + share * u)


def _tiles(grey: Grey) -> Iterator[_View]:
    """A large picture in overlapping parts: a small code needs its own threshold, and to be found at all."""
    height, width = grey.shape
    side = int(_limit("effort", "look"))
    if max(height, width) <= side:
        return
    for top in range(0, max(1, height - side // 4), side * 3 // 4):
        for left in range(0, max(1, width - side // 4), side * 3 // 4):
            tile = np.ascontiguousarray(grey[top : top + side, left : left + side])
            yield _View(tile, np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]]))


@dataclass(frozen=True, slots=True)
class _Region:
    """A place that looks like bars: its middle and (width, height) in pixels of the picture, and its rows' direction, degrees."""

    centre: np.ndarray[Any, Any]
    size: np.ndarray[Any, Any]
    angle: float


def _regions(grey: Grey, least: float) -> list[_Region]:
    """Places with many edges of one direction side by side, the largest first; ``least``: fraction of the picture.

    By the structure tensor of the reduced picture.
    """
    small = _reduced(grey, _limit("region", "look"))
    across = cv2.Sobel(small.image, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(small.image, cv2.CV_32F, 0, 1, ksize=3)
    window = int(_limit("region", "window"))
    xx, yy, xy = (cv2.boxFilter(p, -1, (window, window)) for p in (across * across, down * down, across * down))
    energy = np.maximum(xx + yy, 1)
    one_way = np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / energy
    dense = cv2.boxFilter(cv2.magnitude(across, down), -1, (window, window)) ** 2 / energy
    bars = (energy > _limit("region", "energy")) & (one_way > _limit("region", "coherence"))
    mask = (bars & (dense > _limit("region", "density"))).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((window // 2, window // 2), np.uint8)), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    order = sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA]))
    large = [i for i in order[: int(_limit("effort", "regions"))] if stats[i, cv2.CC_STAT_AREA] >= least * mask.size]
    return [_region(labels == i, (xx, yy, xy), small.matrix[0, 0]) for i in large]


def _region(inside: np.ndarray[Any, Any], tensor: Sequence[Any], factor: float) -> _Region:
    xx, yy, xy = (float(part[inside].sum()) for part in tensor)
    angle = float(np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)))
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = np.argwhere(inside)[:, ::-1] @ axes.T
    low, high = points.min(axis=0), points.max(axis=0)
    size = (high - low) * (1 + 2 * _limit("region", "margin")) + _limit("region", "window")
    return _Region(((low + high) / 2) @ axes * factor, size * factor, angle)
