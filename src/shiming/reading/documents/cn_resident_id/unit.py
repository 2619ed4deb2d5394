"""The Chinese resident identity card (居民身份证), both sides, read by its printed labels and their usual places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from stdnum.cn import ric

from shiming.reading.documents import Part, Recognised, Side, Text
from shiming.reading.documents._layout import Character, Row, confidence, height, left, quad, right, rows
from shiming.reading.vision import ocr
from shiming.reading.vision.ocr import Line, Quad
from shiming.registration.values import Field

TYPE = "cn-resident-id"
COUNTRY = "CN"
SIDES: tuple[Side, ...] = ("front", "back")
VERSION = "1"
PRINTED: dict[Side, tuple[str, ...]] = {
    "front": ("name", "sex", "ethnicity", "date_of_birth", "address", "number"),
    "back": ("issuing_authority", "date_of_issue", "date_of_expiry"),
}
PORTRAIT: Part | None = (0.62, 0.12, 0.95, 0.74)

_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx×](?!\d)")
_NUMBER_LINE = re.compile(r"[0-9XxOoIlBSZ]{14,}$")
_BORN = re.compile(r"(\d{4})[年.](\d{1,2})[月.](\d{1,2})[日曰]?")
_PERIOD = re.compile(
    r"(\d{4})\D?(\d{2})\D?(\d{2})\D{0,3}?[-—–~至一]?\D{0,2}?(?:(\d{4})\D?(\d{2})\D?(\d{2})|([长長]\W?期))"
)
_SEX = {"男": "M", "女": "F"}
_CERTAIN = 0.95
"""From here on a name of a closed list is believed as read."""
_TEXT_WIDTH = 1.27
"""The card's width in widths from the labels' left edge to the number's right edge."""
_PORTRAIT = 0.60
"""Where the portrait begins, in widths of the card from the labels' left edge."""
_RATIO = 85.6 / 54
"""Width by height of the card (ISO/IEC 7810 ID-1)."""
_APART = 0.1
"""Two pieces of print must stand at least so far apart, in heights of the card, to tell its size by."""
_NUMBER_ALPHABET = "0123456789X"


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layout.toml").read_text("utf-8"))


@cache
def _simplified() -> Mapping[str, str]:
    return {pair[0]: pair[1] for pair in _data()["traditional"].split()}


@cache
def ethnicities() -> frozenset[str]:
    """The 56 names that can stand on the card."""
    return frozenset(_data()["ethnicities"].split())


def recognise(text: Text) -> Recognised | None:
    """By its labels, and on the front by a number with a right check digit."""
    joined = "".join(row.text for row in rows(text.lines))
    number = _valid_number(joined) is not None
    front = sum(label in joined for label in _data()["front_labels"]) + 3 * number
    back = sum(label in joined for label in _data()["back_labels"]) + bool(_PERIOD.search(joined))
    side: Side = "front" if front >= back else "back"
    hits, full = (front, 9) if side == "front" else (back, 5)
    if hits < 2:
        return None
    return Recognised(side, round(min(0.99, 0.5 + 0.5 * hits / full), 2), COUNTRY)


def parse(text: Text, side: Side) -> dict[str, Field]:
    """What stands on this side."""
    found = _front(text) if side == "front" else _back(text)
    return {name: field for name, field in found.items() if field is not None}


def outline(text: Text, side: Side) -> Quad | None:
    """From two pieces of print whose places on the card are known (``layout.toml``, fractions of the card)."""
    found = []
    for piece in _data()["places"][side]:
        line = next((item for item in text.lines if re.search(piece["text"], item.text.replace(" ", ""))), None)
        if line is not None:
            found.append((line, piece))
    edges = [(left(line), piece["x"]) for line, piece in found if "x" in piece]
    if len(found) < 2 or not edges:
        return None
    (upper, above), (lower, below) = found[0], found[-1]
    if below["y"] - above["y"] < _APART:
        return None
    tops = float(upper.quad[:, 1].mean()), float(lower.quad[:, 1].mean())
    full = (tops[1] - tops[0]) / (below["y"] - above["y"])
    if full <= 0:
        return None
    width = full * _RATIO
    x0, y0 = float(np.mean([edge - x * width for edge, x in edges])), tops[0] - above["y"] * full
    return np.array([[x0, y0], [x0 + width, y0], [x0 + width, y0 + full], [x0, y0 + full]], np.float32)


def _adds_up(number: str) -> bool:
    """Eighteen characters with a right check digit (GB 11643) and a real day of birth; which regions exist is no matter here."""
    if not re.fullmatch(r"\d{17}[\dX]", number) or _iso(number[6:10], number[10:12], number[12:14]) is None:
        return False
    return bool(ric.calc_check_digit(number) == number[17])


def _valid_number(text: str) -> str | None:
    return next((n for n in _NUMBER.findall(text.upper()) if _adds_up(n.replace("×", "X"))), None)


def _field(text: Text, value: str | None, characters: Sequence[Character], sure: float | None = None) -> Field | None:
    place = quad(characters)
    if place is None:
        return None
    raw = "".join(c.text for c in characters)
    return Field(value, raw, confidence(characters) if sure is None else round(sure, 4), "ocr", text.page.box(place))


def _fold(text: str) -> str:
    return "".join(_simplified().get(c, c) for c in text)


def _front(text: Text) -> dict[str, Field | None]:
    number, number_line = _number(text)
    lines = _above(text.lines, number_line) if number_line is not None else text.lines
    table = rows(_beside_portrait(lines, number_line))
    found: dict[str, Field | None] = {"number": number}
    anchor = next((i for i, row in enumerate(table) if "性别" in row.text or "民族" in row.text), None)
    if anchor is None:
        anchor = next((i for i, row in enumerate(table) if row.text.startswith(("男", "女"))), None)
    born_at = next((i for i, row in enumerate(table) if _BORN.search(row.text)), None)
    if anchor is not None:
        found |= _sex_and_ethnicity(text, table[anchor])
    if found.get("sex") is None:
        found["sex"] = _by_place(text, "sex", _SEX)
    found["name"] = _name(text, table, anchor)
    if born_at is not None:
        found["date_of_birth"] = _born(text, table[born_at])
        found["address"] = _address(text, table[born_at + 1 :])
    return found


def _number(text: Text) -> tuple[Field | None, Line | None]:
    """The number field and the line it is in. Digits are read again in their own alphabet when they do not add up."""
    shaped = [line for line in text.lines if _NUMBER_LINE.search(_compact(line))]
    if not shaped:
        return None, None
    line = max(shaped, key=lambda item: (_valid_number(_compact(item)) is not None, len(_compact(item))))
    characters = _tail(line)
    value = "".join(c.text for c in characters).upper().replace("×", "X")
    if not _adds_up(value):
        again = ocr.recognise(text.page.image, [line.quad], _NUMBER_ALPHABET)[0]
        second = again.text[-18:]
        if _adds_up(second):
            characters = [Character(t, again.certain[i], again, i) for i, t in enumerate(again.text)][-18:]
            value = second
    valid = bool(_adds_up(value))
    # The check digit catches every single wrong character: right, it says more than the recogniser's own doubt.
    sure = max(0.99, confidence(characters)) if valid else min(0.5, confidence(characters))
    return _field(text, value if re.fullmatch(r"\d{17}[\dX]", value) else None, characters, sure), line


def _compact(line: Line) -> str:
    return line.text.replace(" ", "")


def _tail(line: Line) -> list[Character]:
    """The number in its line: the last unbroken run of digits and what is mistaken for them."""
    characters = [Character(t, line.certain[i], line, i) for i, t in enumerate(line.text) if t != " "]
    run = _NUMBER_LINE.search("".join(c.text for c in characters))
    return characters[run.start() :] if run else characters


def _above(lines: Iterable[Line], number_line: Line) -> list[Line]:
    limit = float(number_line.quad[:, 1].mean()) - 0.8 * height(number_line)
    return [line for line in lines if float(line.quad[:, 1].mean()) < limit]


def _beside_portrait(lines: Sequence[Line], number_line: Line | None) -> list[Line]:
    if number_line is None or not lines:
        return list(lines)
    edge = min(
        left(number_line), min(left(line) for line in lines if _labelled(line)) if any(map(_labelled, lines)) else 1e9
    )
    width = (right(number_line) - edge) * _TEXT_WIDTH
    return [line for line in lines if left(line) < edge + _PORTRAIT * width and right(line) > edge - 0.05 * width]


def _labelled(line: Line) -> bool:
    return any(label in line.text for label in _data()["front_labels"])


def _sex_and_ethnicity(text: Text, row: Row) -> dict[str, Field | None]:
    found: dict[str, Field | None] = {}
    sex = next((c for c in row.characters if c.text in _SEX), None)
    if sex is not None:
        found["sex"] = _chosen(text, [sex], _SEX)
    label = re.search("民族?|族", row.text)
    if label is None:
        return found
    characters = row.characters[label.end() :]
    characters = characters[1:] if characters and characters[0].text == "族" else characters
    if characters:
        found["ethnicity"] = _chosen(text, characters, {name: name for name in ethnicities()})
    return found


def _chosen(text: Text, characters: Sequence[Character], names: Mapping[str, str]) -> Field | None:
    """A field that can only be one of few names (``names``: printed -> value).

    Where it was read as something else, or in doubt, it is read again in the letters of these names alone: how sure it then is
    among them is how sure the field is. Two readings that differ leave the doubt as it was.
    """
    printed = _nearest(_fold("".join(c.text for c in characters)).removesuffix("族"), names)
    if printed and "".join(c.text for c in characters[: len(printed)]) == printed:
        characters = characters[: len(printed)]
    sure = confidence(characters)
    if printed is None or sure < _CERTAIN:
        place = quad(characters)
        again = _closed(text, place, names) if place is not None else None
        if again is not None and printed in (None, again[0]):
            printed, sure = again
    return _field(text, names[printed] if printed else None, characters, sure)


def _closed(text: Text, place: Quad, names: Mapping[str, str]) -> tuple[str, float] | None:
    """What stands in a place, read in the letters of these names alone, and how sure that is among them."""
    alphabet = ocr.known("".join(sorted(set("".join(names)))))
    line = ocr.recognise(text.page.image, [place], alphabet)[0]
    name = _nearest(line.text, names)
    return (name, min(line.certain[: len(name)])) if name else None


def _by_place(text: Text, name: str, names: Mapping[str, str]) -> Field | None:
    """A single character is now and then not detected: it is looked for where it stands on the card."""
    card = outline(text, "front")
    if card is None:
        return None
    x0, y0, x1, y1 = _data()["places"][name]
    low, size = card[0], card[2] - card[0]
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    place = np.asarray(low + corners * size, np.float32)
    read = _closed(text, place, names)
    return Field(names[read[0]], read[0], round(read[1], 4), "ocr", text.page.box(place)) if read else None


def _nearest(printed: str, names: Iterable[str]) -> str | None:
    """The name that is printed, or the only one that differs from it in one character, or the longest that it begins with.

    A box that reaches into the portrait has a character too many at its end.
    """
    if printed in names:
        return printed
    near = [
        name
        for name in names
        if len(name) == len(printed) > 1 and sum(a != b for a, b in zip(name, printed, strict=True)) == 1
    ]
    if len(near) == 1:
        return near[0]
    return max((name for name in names if printed.startswith(name)), key=len, default=None)


def _name(text: Text, table: Sequence[Row], anchor: int | None) -> Field | None:
    """After its label; where that was not read, the row above sex and ethnicity."""
    for row in table:
        label = re.match(r"\D{0,2}姓名?|名", row.text)
        if label and row.text[label.end() :]:
            return _field(text, _fold(row.text[label.end() :]), row.characters[label.end() :])
    candidate = table[anchor - 1] if anchor else None
    if candidate is None or not re.fullmatch(r"[\u3400-\u9fff·•]{2,}", candidate.text):
        return None
    return _field(text, _fold(candidate.text), candidate.characters)


def _born(text: Text, row: Row) -> Field | None:
    match = _BORN.search(row.text)
    assert match is not None
    return _field(text, _iso(*match.groups()), row.characters[match.start() : match.end()])


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _address(text: Text, table: Sequence[Row]) -> Field | None:
    characters: list[Character] = []
    for row in table:
        label = re.match("住址?|址", row.text) if not characters else None
        characters.extend(row.characters[label.end() if label else 0 :])
    printed = "".join(c.text for c in characters)
    return _field(text, _fold(printed) or None, characters)


def _back(text: Text) -> dict[str, Field | None]:
    table = rows(text.lines)
    found: dict[str, Field | None] = {}
    period_at = next((i for i, row in enumerate(table) if _PERIOD.search(row.text)), None)
    issuer_at = next((i for i, row in enumerate(table) if re.search("签发|发机关", row.text)), None)
    if issuer_at is None and period_at is not None:
        issuer_at = next((i for i in range(period_at - 1, -1, -1) if "公安" in table[i].text), None)
    if issuer_at is not None:
        found["issuing_authority"] = _authority(text, table[issuer_at : period_at or issuer_at + 1])
    if period_at is not None:
        found |= _period(text, table[period_at])
    return found


def _authority(text: Text, table: Sequence[Row]) -> Field | None:
    characters: list[Character] = []
    for row in table:
        label = re.search("签?发机?关", row.text) if not characters else re.match("有效期?限?", row.text)
        characters.extend(row.characters[label.end() if label else 0 :])
    return _field(text, _fold("".join(c.text for c in characters)) or None, characters)


def _period(text: Text, row: Row) -> dict[str, Field | None]:
    match = _PERIOD.search(row.text)
    assert match is not None
    start = row.characters[match.start(1) : match.end(3)]
    found = {"date_of_issue": _field(text, _iso(*match.group(1, 2, 3)), start)}
    if match.group(7):
        end = row.characters[match.start(7) : match.end(7)]
        field = _field(text, None, end)
        found["date_of_expiry"] = field and Field(None, "长期", field.confidence, "ocr", field.box)
    else:
        end = row.characters[match.start(4) : match.end(6)]
        found["date_of_expiry"] = _field(text, _iso(*match.group(4, 5, 6)), end)
    return found
