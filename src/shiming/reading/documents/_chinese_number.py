"""Numbers by GB 11643 in the text of a Chinese document: found, and read again until they add up or plainly do not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import cv2
import numpy as np
from stdnum.cn import ric

from shiming.reading.documents import Text
from shiming.reading.documents._layout import Character, Row, quad, rows
from shiming.reading.vision import ocr
from shiming.reading.vision.ocr import Image, Line, Quad

NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx×](?!\d)")
_SHAPED = re.compile(r"[0-9XxOoIlBSZ×]{14,}$")
_ALPHABET = "0123456789X"
_LENGTH = 18
_RIVAL = 0.5
"""A number that adds up is taken when its readings weigh at least so much as those of the number read best, which does not."""
_WIDER = 0.3
"""Line heights by which the number is cut wider when it is read again."""


def adds_up(number: str) -> bool:
    """Eighteen characters with a right check digit (GB 11643) and a real day of birth; which regions exist is no matter here."""
    return bool(re.fullmatch(r"\d{17}[\dX]", number) and birth(number) and ric.calc_check_digit(number) == number[-1])


def birth(number: str) -> str | None:
    """The date of birth in a number, in ISO form; None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    except ValueError:
        return None


def sex(number: str) -> str:
    """``M`` or ``F``, from the last place of the sequence."""
    return "M" if int(number[16]) % 2 else "F"


def valid_number(text: str) -> str | None:
    """The first number in a text that adds up."""
    return next((n for n in NUMBER.findall(text.upper()) if adds_up(n.replace("×", "X"))), None)


def find(text: Text) -> tuple[tuple[Character, ...], Line] | None:
    """The number's characters (or what is most like one), and its line: one that adds up before one that does not.

    A number that was found in several boxes, or at the end of a box too wide for a field's, gets a line of its own, around it.
    """
    shaped = [found for row in rows(text.lines) if (found := _tail(row))]
    if not shaped:
        return None
    best = max(shaped, key=lambda found: (adds_up(_plain(found)), -abs(len(found) - _LENGTH)))
    own = {id(c.line): c.line for c in best}
    if len(own) == 1 and ocr.columns(best[0].line.quad) <= ocr.FIELD:
        return best, best[0].line
    place = quad(best)
    assert place is not None
    return best, Line("".join(c.text for c in best), 0.0, place, tuple(c.certain for c in best))


def _plain(characters: Sequence[Character]) -> str:
    return "".join(c.text for c in characters).upper().replace("×", "X")


def _tail(row: Row) -> tuple[Character, ...]:
    """The number in a row: the last unbroken run of digits and what is mistaken for them."""
    run = _SHAPED.search(row.text)
    return row.characters[run.start() :] if run else ()


def read_again(text: Text, line: Line, first: str) -> tuple[str, float]:
    """The number in a line, from repeated looks by both recognisers in the number's own alphabet, and its share of all readings.

    Readings count by their probability. One that adds up is taken only when it is read about as often as any other: what is
    printed wrong stays wrong.
    """
    weight: dict[str, float] = defaultdict(float)
    weight[first] += 1.0
    for said, certain in _readings(text, _wider(line.quad)):
        if len(said) >= _LENGTH:
            weight[said[-_LENGTH:]] += float(np.prod(certain[-_LENGTH:]))
    whole = sum(weight.values())
    best = max(weight, key=lambda number: weight[number])
    right = [number for number in weight if adds_up(number)]
    if right:
        valid = max(right, key=lambda number: weight[number])
        if weight[valid] >= _RIVAL * weight[best]:
            best = valid
    return best, weight[best] / whole


def _readings(text: Text, place: Quad) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """What both recognisers say of a place, again and again. A unit parses a page up to three times, and asks once."""
    known, key = text.page.view.said, place.tobytes()
    if key not in known:
        looks = ((look, second) for look in _views(ocr.crop(text.page.view, place)) for second in (False, True))
        known[key] = tuple(ocr.say(look, second=second, alphabet=_ALPHABET) for look, second in looks)
    return known[key]


def _wider(place: Quad) -> Quad:
    across, down = place[1] - place[0], place[3] - place[0]
    more = across / max(1e-6, float(np.linalg.norm(across))) * float(np.linalg.norm(down)) * _WIDER
    return np.asarray(place + np.array([-more, more, more, -more]), np.float32)


def _views(cut: Image) -> Iterator[Image]:
    yield cut
    soft = cv2.GaussianBlur(cut, (0, 0), max(0.6, cut.shape[0] / 32))
    yield np.asarray(cv2.addWeighted(cut, 2.0, soft, -1.0, 0), np.uint8)
    for squeezed in (0.93, 1.07):
        size = (max(8, round(cut.shape[1] * squeezed)), cut.shape[0])
        yield np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_LINEAR), np.uint8)
