"""How likely a character is to be right: from what was seen of it to a probability, by a table fitted to drawn documents.

A recogniser's own probability is no such thing: on small print it says 0.95 of a wrong character. See ``docs/decisions/0021``.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import numpy as np

Evidence = Literal["alone", "agree", "clear", "differ", "voted", "lone"]
"""What was seen of a character; ``certainty.toml`` says what each is and how it is measured."""


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("certainty.toml").read_text("utf-8"))


class Rivals(NamedTuple):
    """Probabilities of another character: from where on it is ``possible``, and from where on it is what is printed.

    ``rarer``: it is rare, and both read a common one; ``silent``: the second cannot read it and read nothing. ``sure``: how sure
    it then is.
    """

    possible: float
    rarer: float
    silent: float
    sure: float


@cache
def _knots(kind: Evidence) -> tuple[list[float], list[float]]:
    measures, right = zip(*_table()[kind]["knots"], strict=True)
    return list(measures), list(right)


def right(kind: Evidence, measure: float, height: float) -> float:
    """The probability (0..1) that a character is right.

    ``measure`` (0..1) is the evidence's, ``height`` the line's in pixels of the picture.
    """
    sure = float(np.interp(measure, *_knots(kind)))
    small = _table()["height"]
    return round(min(sure, small["most"]) if height < small["least"] else sure, 5)


def clear(first: float, second: float, rival: float) -> float:
    """The measure of ``clear``: how far a Chinese character that both read stands out from others, 0..1.

    The two recognisers' probabilities, and the first one's of its likeliest other character. What they leave for error is taken
    together as a geometric mean: the second is seldom sure, and a rival's small share tells where its certainty does not.
    """
    most = float(_table()["clear"]["decades"])
    doubts = (1.0 - first, 1.0 - second, rival)
    return -sum(math.log10(min(1.0, max(doubt, 10.0**-most))) for doubt in doubts) / (len(doubts) * most)


@cache
def rivals() -> Rivals:
    """What the likeliest other character of a place means."""
    return Rivals(**{name: float(_table()["rival"][name]) for name in Rivals._fields})


def free(sure: float) -> float:
    """How sure a text is reported that nothing else on its document proves (a name, an address), all of it right at ``sure``."""
    limits = _table()["free"]
    return sure if sure >= limits["least"] else min(sure, float(limits["most"]))


def listed() -> float:
    """How sure a character is, at least, that a list of what can be printed there proves."""
    return float(_table()["listed"]["least"])
