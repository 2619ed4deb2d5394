"""Lines of text as the recogniser would answer them, without a picture: for tests of what is made of them."""

import numpy as np

from shiming.reading.documents import Text
from shiming.reading.vision.ocr import Line
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import View


def line(text: str, x: float, y: float, height: float = 20, sure: float = 0.99) -> Line:
    """A level line whose top left is (x, y); a Chinese character is as wide as high, any other half of that."""
    widths = np.array([1.0 if c >= "\u3000" else 0.5 for c in text]) * height
    right = x + float(widths.sum())
    quad = np.array([[x, y], [right, y], [right, y + height], [x, y + height]], np.float32)
    ends = np.cumsum(widths)
    places = tuple(float(v) for v in (ends - widths / 2) / ends[-1])
    return Line(text, sure, quad, (sure,) * len(text), None, places)


def text(*lines: Line) -> Text:
    """A page of 1000 x 630 with these lines."""
    page = Page(View.of(np.zeros((630, 1000, 3), np.uint8)), [item.quad for item in lines], np.eye(3), (1000, 630), 0.0)
    return Text(page, lines)
