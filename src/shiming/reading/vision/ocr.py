"""Text in pictures: PP-OCR v6 through rapidocr on onnxruntime, one thread, models from the wheel.

Detection and recognition are separate, so that a caller recognises only the lines it needs. Recognition can be held to an
alphabet (a machine-readable zone has 37 characters), which decides look-alikes by the network's own probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from shiming.reading.timing import step

Image = np.ndarray[Any, np.dtype[np.uint8]]
Quad = np.ndarray[Any, np.dtype[np.float32]]
"""Four corners (4, 2) in pixels, clockwise from the top left of the text."""

_HEIGHT = 48
_MIN_WIDTH = 160
"""Narrower lines are padded to this: the network was trained on 320, and reads single characters badly below 160."""
_MAX_WIDTH = 2400
_BLANK = 0
_GRID = 96
"""Pictures are padded to a multiple of this for detection: the engine compiles anew, and keeps memory, for each size."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: what it says, how sure (mean probability 0..1), where.

    ``probabilities`` has a row a character: the probability of each character of the alphabet it was read with (the raw
    network output for the whole dictionary is not kept: None). ``places`` is each character's middle along the line (0..1).
    """

    text: str
    confidence: float
    quad: Quad
    certain: tuple[float, ...] = ()
    probabilities: np.ndarray[Any, Any] | None = None
    places: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Models:
    detector: Any
    recogniser: Any
    classifier: Any
    characters: tuple[str, ...]


@cache
def _models() -> _Models:
    from rapidocr import EngineType, RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "EngineConfig.openvino.inference_num_threads": 1,
            "EngineConfig.openvino.num_streams": 1,
            # Detection took 110 ms under OpenVINO where onnxruntime took 430 (640x480, AVX-512); recognition is alike.
            "Det.engine_type": EngineType.OPENVINO,
            "Det.limit_type": "max",
            "Det.limit_side_len": 4096,
            "Rec.rec_batch_num": 1,
        }
    )
    recogniser = engine._load_rec_model()
    characters = tuple(str(c) for c in recogniser.postprocess_op.character)
    return _Models(engine._load_det_model(), recogniser, engine._load_cls_model(), characters)


def preload() -> None:
    """Loads the models and runs them once, so that the first picture of a process costs what the others cost."""
    cv2.setNumThreads(1)
    blank = np.full((64, 320, 3), 255, np.uint8)
    cv2.putText(blank, "A1<", (10, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    quad = np.array([[0, 0], [320, 0], [320, 64], [0, 64]], np.float32)
    detect(blank, 320)
    upside_down(blank, [quad])
    recognise(blank, [quad])


def versions() -> dict[str, str]:
    """Name and version of the engine, for replay."""
    return {"ocr": f"rapidocr {version('rapidocr')} PP-OCRv6 small, onnxruntime {version('onnxruntime')}"}


def known(alphabet: str) -> str:
    """The characters of an alphabet that the recogniser can answer at all."""
    characters = set(_models().characters)
    return "".join(c for c in alphabet if c in characters)


def detect(image: Image, longest: int) -> list[Quad]:
    """Where text is: a quad a line, at most tilted 45 degrees either way of its long side, seen at ``longest`` pixels."""
    height, width = image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    with step("detect"):
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
        below, right = (-small.shape[0] % _GRID, -small.shape[1] % _GRID)
        boxes = _models().detector(cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_REPLICATE)).boxes
    if boxes is None:
        return []
    edge = np.array([width - 1, height - 1], np.float32)
    return [np.asarray(np.clip(np.asarray(box, np.float32) / scale, 0, edge), np.float32) for box in boxes]


def upside_down(image: Image, quads: Sequence[Quad]) -> float:
    """The share (0..1) of these lines' evidence that says they stand on their head."""
    if not quads:
        return 0.0
    with step("orient"):
        results = _models().classifier([crop(image, quad) for quad in quads]).cls_res
    turned = sum(float(score) for label, score in results if label == "180")
    return turned / max(1e-6, sum(float(score) for _, score in results))


def recognise(image: Image, quads: Sequence[Quad], alphabet: str | None = None) -> list[Line]:
    """What the lines say, in their order. With ``alphabet`` no other character is ever answered."""
    with step("recognise"):
        return [_decoded(*_output(crop(image, quad)), quad, alphabet) for quad in quads]


def recognise_twice(image: Image, quads: Sequence[Quad], alphabet: str) -> list[tuple[Line, Line]]:
    """What the lines say without restriction and in an alphabet, at the cost of one reading."""
    with step("recognise"):
        outputs = [(_output(crop(image, quad)), quad) for quad in quads]
        return [(_decoded(*out, quad, None), _decoded(*out, quad, alphabet)) for out, quad in outputs]


def crop(image: Image, quad: Quad) -> Image:
    """The line cut out, level, at its own size; a line higher than wide is taken to be written downwards as it is."""
    width = max(1, round(float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])))))
    height = max(1, round(float(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])))))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(quad, np.float32), corners)
    return np.asarray(
        cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _network_input(line: Image) -> tuple[np.ndarray[Any, Any], float]:
    """(1, 3, 48, width) in -1..1, and the share of the width that is picture."""
    height, width = line.shape[:2]
    wanted = min(_MAX_WIDTH, max(1, round(width * _HEIGHT / height)))
    method = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    small = cv2.resize(line, (wanted, _HEIGHT), interpolation=method)
    padded = max(_MIN_WIDTH, -(-wanted // 8) * 8)
    pixels = np.zeros((1, 3, _HEIGHT, padded), np.float32)
    pixels[0, :, :, :wanted] = small.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    return pixels, wanted / padded


@cache
def _columns(alphabet: str) -> np.ndarray[Any, Any]:
    """The network's output columns of an alphabet, blank first."""
    characters = _models().characters
    return np.array([_BLANK, *(characters.index(c) for c in alphabet)])


def _output(line: Image) -> tuple[np.ndarray[Any, Any], float]:
    pixels, share = _network_input(line)
    return np.asarray(_models().recogniser.session(pixels))[0], share


def _decoded(output: np.ndarray[Any, Any], share: float, quad: Quad, alphabet: str | None) -> Line:
    """Greedy CTC: the best character of each step, repeats and blanks dropped."""
    if alphabet:
        output = output[:, _columns(alphabet)]
        output = output / np.maximum(output.sum(axis=1, keepdims=True), 1e-6)
    best = output.argmax(axis=1)
    kept = (best != _BLANK) & np.concatenate([[True], best[1:] != best[:-1]])
    steps = np.flatnonzero(kept)
    names = f"\0{alphabet}" if alphabet else _models().characters
    text = "".join(names[i] for i in best[steps])
    certain = tuple(float(output[t, best[t]]) for t in steps)
    places = tuple(float(min(1.0, (t + 0.5) / len(best) / share)) for t in steps)
    mean = float(np.mean(certain)) if certain else 0.0
    return Line(text, mean, quad, certain, output[steps, 1:] if alphabet else None, places)
