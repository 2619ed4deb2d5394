"""What lines of text say: PP-OCR v6 from rapidocr's wheel. A caller recognises only the lines it needs.

Recognition can be held to an alphabet (a machine-readable zone has 37 characters), which decides look-alikes by the network's
own probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from shiming.reading.timing import step
from shiming.reading.vision import han, networks
from shiming.reading.vision.view import Image as Image
from shiming.reading.vision.view import Quad as Quad
from shiming.reading.vision.view import View

_HEIGHT = 48
_MIN_WIDTH = 160
"""Narrower lines are padded to this: the network was trained on 320, and reads single characters badly below 160."""
_MAX_WIDTH = 2400
FIELD = 1_000
"""Columns (:func:`columns`) of the widest line that may be a field's: no field's in 96 sides of the bench has more than 506."""
_DIRECTION_WIDTH = 192
_BLANK = 0
_FAINT = 1e-6
"""What is less likely is no rival: the networks' own numbers end there."""
_NOWHERE = np.zeros((4, 2), np.float32)
_WIDTHS = (32, 64)
"""Lines are padded to a multiple of the first, wide ones (from 640) of the second: the engine compiles anew, and keeps memory,
for each width. Padding to 8 and to 32 read alike; padding short lines to 64 changed a space in one of fifty."""
_WIDE = 640
_SQUEEZED = 0.8
"""Of their width, lines that are not wide are shown to the networks at first. Of 500 drawn lines of Chinese people's fields the
first then has 5.0 % of the characters wrong instead of 5.2, the second 10.1 instead of 12.1, for a fifth less CPU; at 0.7 both
have more. Small Latin print loses by it: a line without a Chinese character is shown as wide as it is."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: what it says, how sure (mean probability 0..1), where.

    ``probabilities`` has a row a character: the probability of each character of the alphabet it was read with (the raw
    network output for the whole dictionary is not kept: None). ``places`` is each character's middle along the line (0..1).
    ``rivals`` has, for each Chinese character, the likeliest other one in its place with its probability ("" and 0 for others).
    """

    text: str
    confidence: float
    quad: Quad
    certain: tuple[float, ...] = ()
    probabilities: np.ndarray[Any, Any] | None = None
    places: tuple[float, ...] = ()
    rivals: tuple[tuple[str, float], ...] = ()


@cache
def _characters(second: bool = False) -> tuple[str, ...]:
    """What a network's columns stand for; the first is its blank."""
    network = networks.second_recogniser() if second else networks.recogniser()
    return ("\0", *network.characters, " ")


def preload() -> None:
    """Loads the models and runs them once, so that the first picture of a process costs what the others cost."""
    cv2.setNumThreads(1)
    blank = np.full((64, 320, 3), 255, np.uint8)
    cv2.putText(blank, "A1<", (10, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    quad = np.array([[0, 0], [320, 0], [320, 64], [0, 64]], np.float32)
    upside_down(blank, [quad])
    recognise(blank, [quad])
    say(blank, second=True)


def versions() -> dict[str, str]:
    """Name and version of the engine, for replay."""
    return {
        "ocr": f"rapidocr {version('rapidocr')} PP-OCRv6 small, openvino {version('openvino')}",
        "ocr-second": "PP-OCRv4 mobile",
    }


def known(alphabet: str, *, second: bool = False) -> str:
    """The characters of an alphabet that a recogniser can answer at all."""
    characters = set(_characters(second))
    return "".join(c for c in alphabet if c in characters)


@cache
def known_to_second() -> frozenset[str]:
    """The characters that the second recogniser can answer at all."""
    return frozenset(_characters(second=True))


def upside_down(image: Image | View, quads: Sequence[Quad]) -> list[float]:
    """Of each line how sure (0..1) it is that it stands on its head; below zero: how sure that it stands upright."""
    if not quads:
        return []
    with step("orient"):
        view = _view(image)
        tensor = np.concatenate([_direction_input(view.crop(quad, fine=False)) for quad in quads])
        upright, turned = networks.classifier()(tensor).T
    return [float(down) if down > up else -float(up) for up, down in zip(upright, turned, strict=True)]


def _direction_input(line: Image) -> np.ndarray[Any, Any]:
    """(1, 3, 48, 192) in -1..1: the line as wide as it is, squeezed when it is wider."""
    height, width = line.shape[:2]
    wanted = min(_DIRECTION_WIDTH, max(1, math.ceil(width * _HEIGHT / height)))
    pixels = np.zeros((1, 3, _HEIGHT, _DIRECTION_WIDTH), np.float32)
    small = cv2.resize(line, (wanted, _HEIGHT), interpolation=cv2.INTER_LINEAR)
    pixels[0, :, :, :wanted] = small.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    return pixels


def recognise(image: Image | View, quads: Sequence[Quad], alphabet: str | None = None) -> list[Line]:
    """What the lines say, in their order. With ``alphabet`` no other character is ever answered."""
    with step("recognise"):
        return [_decoded(*_output(crop(image, quad)), quad, alphabet) for quad in quads]


def recognise_twice(image: Image | View, quads: Sequence[Quad], alphabet: str) -> list[tuple[Line, Line]]:
    """What the lines say without restriction and in an alphabet, at the cost of one reading."""
    with step("recognise"):
        return [_twice(_output(crop(image, quad)), quad, alphabet) for quad in quads]


def _twice(output: tuple[np.ndarray[Any, Any], float], quad: Quad, alphabet: str) -> tuple[Line, Line]:
    # One line after the other: what the network says of a long one takes 20 MB until it is decoded.
    return _decoded(*output, quad, None), _decoded(*output, quad, alphabet)


def say(line: Image, *, second: bool = False, alphabet: str | None = None) -> tuple[str, tuple[float, ...]]:
    """What a line that is cut out says, by the one or the other recogniser, and how likely (0..1) each character is."""
    output, share = _output(line, second=second)
    read = _decoded(output, share, _NOWHERE, alphabet, second=second)
    return read.text, read.certain


def crop(image: Image | View, quad: Quad) -> Image:
    """The line cut out, level, at its own size; a line higher than wide is taken to be written downwards as it is."""
    return _view(image).crop(np.ascontiguousarray(quad, np.float32))


def _view(image: Image | View) -> View:
    return image if isinstance(image, View) else View.of(image)


def columns(quad: Quad) -> int:
    """How wide a line is to the network, pixels: what reading it costs (some 30 microseconds of CPU each)."""
    sides = float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0]))
    return max(_MIN_WIDTH, _wanted(max(sides), max(1.0, min(sides))))


def _wanted(width: float, height: float, *, whole: bool = False) -> int:
    """How wide a line of that size is shown, pixels, at first or as wide as it is (``whole``)."""
    level = width * _HEIGHT / height
    return min(_MAX_WIDTH, max(1, round(level if whole or level > _WIDE else _SQUEEZED * level)))


def _network_input(line: Image, *, whole: bool) -> tuple[np.ndarray[Any, Any], float]:
    """(1, 3, 48, width) in -1..1, and the share of the width that is picture."""
    height, width = line.shape[:2]
    wanted = _wanted(width, height, whole=whole)
    method = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    small = cv2.resize(line, (wanted, _HEIGHT), interpolation=method)
    grid = _WIDTHS[wanted > _WIDE]
    padded = max(_MIN_WIDTH, -(-wanted // grid) * grid)
    pixels = np.zeros((1, 3, _HEIGHT, padded), np.float32)
    pixels[0, :, :, :wanted] = small.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    return pixels, wanted / padded


@cache
def _columns(alphabet: str, second: bool) -> np.ndarray[Any, Any]:
    """A network's output columns of an alphabet, blank first."""
    characters = _characters(second)
    return np.array([_BLANK, *(characters.index(c) for c in alphabet)])


def _output(line: Image, *, second: bool = False) -> tuple[np.ndarray[Any, Any], float]:
    """What a network says of a line, and the share of its input that was picture."""
    network = networks.second_recogniser() if second else networks.recogniser()
    pixels, share = _network_input(line, whole=False)
    output = network(pixels)[0]
    height, width = line.shape[:2]
    if _wanted(width, height) == _wanted(width, height, whole=True) or _chinese(second)[output.argmax(axis=1)].any():
        return output, share
    pixels, share = _network_input(line, whole=True)
    return network(pixels)[0], share


@cache
def _chinese(second: bool) -> np.ndarray[Any, Any]:
    """Which of a network's columns are Chinese characters."""
    return np.array([han.is_chinese(character) for character in _characters(second)])


def _decoded(
    output: np.ndarray[Any, Any], share: float, quad: Quad, alphabet: str | None, *, second: bool = False
) -> Line:
    """Greedy CTC: the best character of each step, repeats and blanks dropped."""
    if alphabet:
        output = output[:, _columns(alphabet, second)]
        output = output / np.maximum(output.sum(axis=1, keepdims=True), 1e-6)
    best = output.argmax(axis=1)
    kept = (best != _BLANK) & np.concatenate([[True], best[1:] != best[:-1]])
    steps = np.flatnonzero(kept)
    names = f"\0{alphabet}" if alphabet else _characters(second)
    text = "".join(names[i] for i in best[steps])
    certain = tuple(float(output[t, best[t]]) for t in steps)
    places = tuple(float(min(1.0, (t + 0.5) / len(best) / share)) for t in steps)
    mean = float(np.mean(certain)) if certain else 0.0
    rivals = () if alphabet else tuple(_rival(output[t], names) for t in steps)
    return Line(text, mean, quad, certain, output[steps, 1:] if alphabet else None, places, rivals)


def _rival(step: np.ndarray[Any, Any], names: Sequence[str]) -> tuple[str, float]:
    """The likeliest Chinese character beside the one that was answered, forms of one counting as one; ("", 0) for none."""
    best = int(step.argmax())
    answer = names[best]
    if not han.is_chinese(answer):
        return "", 0.0
    others = step.copy()
    others[_BLANK] = 0.0
    while others[best] > _FAINT:
        other = names[best]
        if han.is_chinese(other) and han.key(other) != han.key(answer):
            return other, float(others[best])
        others[best] = 0.0
        best = int(others.argmax())
    return "", 0.0
