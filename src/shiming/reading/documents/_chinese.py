"""What Chinese documents share: numbers by GB 11643, dates and periods, names, addresses, authorities, closed lists, folding.

Every document passes its own labels and places; the data common to all is in ``_chinese.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np

from shiming.reading import certainty
from shiming.reading.documents import Part, Text, _anchors, _chinese_number, _places
from shiming.reading.documents._chinese_number import valid_number
from shiming.reading.documents._layout import Character, Row, confidence, height, left, levels, quad, right, rows
from shiming.reading.vision import ocr
from shiming.reading.vision.han import fold
from shiming.reading.vision.ocr import Line, Quad
from shiming.registration.values import Field

BORN = re.compile(r"(\d{4})[年.](\d{1,2})[月.](\d{1,2})[日曰]?")
PERIOD = re.compile(
    r"(\d{4})\D?(\d{2})\D?(\d{2})\D{0,3}?[-—–~至一]?\D{0,2}?(?:(\d{4})\D?(\d{2})\D?(\d{2})|([长長]\W?期))"
)
SEX: Mapping[str, str] = {"男": "M", "女": "F"}
RATIO = 85.6 / 54
"""Width by height of a card (ISO/IEC 7810 ID-1)."""
_NAME_LABEL = re.compile(r"\W{0,2}(姓\W?名|姓(?=\W)|名)\W?")
_ADDRESS_LABEL = re.compile(r"\W?(住\W?址|址|住(?=[^宅]))\W?")
_NUMBER_LABEL = re.compile(r"公民身|民身份|身份号|份号码")
_ISSUER_LABEL = re.compile(r"(签\W?发|发机|机关)[机关\W]*")
_HAN = re.compile("[\u3400-\u9fff〇\U00020000-\U0003ffff]")
_SECOND_SCRIPT = 3
"""Rows of a second script that may come before the label of the address; letters from which on a line is of that script."""
_NOT_PRINTED = re.compile(r"[.,;:'`\"^*~|_!?]")
"""Marks that no address has: specks on the card, or of a photocopy."""
_OPEN_END = re.compile(r"(?<![-\d])\d+$")
"""Most addresses end in 号 or 室, or in numbers joined by dashes: one that ends in a bare number may have lost its end."""
_DOT = re.compile("[·•・‧∙˙]")
_LONG_NAME = 6
"""From so many characters on a name has a dot in it, and may run over two rows."""
_LINE_GAP = 1.6
"""Line heights of free paper under a row, from which on the next row is something else."""
_PITCH = 1.6
"""From row to row of an address, in heights of a detected box."""
_FULL = 1.2
"""A row of an address that ends so many heights before the widest one has nothing below it."""
_SHORT = 6
"""Nor has one of fewer characters."""
_SEEN = 0.5
"""From this probability on, something stands where nothing was detected."""
_FAIR = 0.8
"""Two days prove each other when each was read at least so surely."""
_PROOF, _LIKELY, _DOUBT = 0.99, 0.85, 0.5
"""Confidence of what other print on the same card proves; of what its form speaks against a little; of what it contradicts."""
_NUMBER_WIDTH, _NUMBER_END = 0.53, 0.868
"""The number's width, and where it ends, in widths of the card (GA 448)."""
_HIGHER = 1.3
"""Nothing of a card stands so many of its heights above its number: others draw the number further from its right edge."""
_ONLY = 0.95
"""A line whose characters are digits to this share has nothing but the number in it."""
_CERTAIN = 0.95
"""From here on a name of a closed list is believed as read."""
_TEXT_WIDTH = 1.27
"""A card's width in widths from the labels' left edge to the number's right edge."""
_ROOM = 1.3
"""Print beyond a card's outline grown by this is not the card's, when that is known by one or two lines only."""
_PORTRAIT = 0.60
"""Where the portrait begins, in widths of the card from the labels' left edge."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("_chinese.toml").read_text("utf-8"))


@cache
def ethnicities() -> frozenset[str]:
    """The 56 names that can stand on a card."""
    return frozenset(_data()["ethnicities"].split())


def iso(year: str, month: str, day: str) -> str | None:
    """The date in ISO form; None when there is no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def field(text: Text, value: str | None, characters: Sequence[Character], sure: float | None = None) -> Field | None:
    """A field read from these characters, as sure as the least certain one unless said otherwise; None without any."""
    place = quad(characters)
    if place is None:
        return None
    raw = "".join(c.text for c in characters)
    return Field(value, raw, confidence(characters) if sure is None else round(sure, 4), "ocr", text.page.box(place))


def personal(text: Text, labels: Sequence[str], card: Callable[[], Quad | None], sex: Part) -> dict[str, Field | None]:
    """Name, sex, ethnicity, birth, address and number of a card's front.

    ``labels`` are those printed on it, ``card`` finds its outline where that is needed, ``sex`` is where the sex stands.
    """
    number_field, number_line = number(text)
    lines = tuple(line for line in text.lines if not _other_script(line))
    if number_line is not None:
        lines = tuple(beside_portrait(above(lines, number_line), number_line, labels))
    table = rows(lines)
    found: dict[str, Field | None] = {"number": number_field}
    anchor = next((i for i, row in enumerate(table) if "性别" in row.text or "民族" in row.text), None)
    if anchor is None:
        anchor = next((i for i, row in enumerate(table) if re.match(r"\W?(男|女|性别?\W?[男女])", row.text)), None)
    born_at = next((i for i, row in enumerate(table) if BORN.search(row.text)), None)
    if anchor is not None:
        found |= sex_and_ethnicity(text, table[anchor])
    if found.get("sex") is None:
        found["sex"] = by_place(text, card(), sex, SEX)
    found["name"] = name(text, table, anchor)
    if born_at is not None:
        found["date_of_birth"] = born(text, table[born_at])
        found["address"] = address(text, table[born_at + 1 :])
    return agreed(found)


def _other_script(line: Line) -> bool:
    """Whether a line can only be the second script of a card from an autonomous region: letters, no character, no digit."""
    letters = sum(c.isalpha() for c in line.text)
    return letters >= _SECOND_SCRIPT and not any(c.isdigit() or _HAN.match(c) for c in line.text)


def agreed(found: dict[str, Field | None]) -> dict[str, Field | None]:
    """Birth and sex as sure as the number that says the same; what it contradicts is in doubt, and stays as it was read."""
    proof = found.get("number")
    if proof is None or proof.value is None or proof.confidence < _PROOF:
        return found
    says = {"date_of_birth": _chinese_number.birth(proof.value), "sex": _chinese_number.sex(proof.value)}
    for name_of, said in says.items():
        printed = found.get(name_of)
        if printed is not None:
            agrees = printed.value == said
            sure = max(_PROOF, printed.confidence) if agrees else min(_DOUBT, printed.confidence)
            found[name_of] = replace(printed, confidence=sure)
    return found


def said(text: Text) -> str:
    """All that stands on a page as one string of simplified characters, row by row, without spaces."""
    return fold("".join(row.text for row in rows(text.lines)))


def printed_number(text: Text) -> str | None:
    """The number on a page that adds up: of a line, for print beside the card may run into its row, or else of a row."""
    alone = (valid_number(line.text.replace(" ", "")) for line in text.lines)
    return next((found for found in alone if found), None) or valid_number(said(text))


def of_another_kind(text: Text) -> bool:
    """Whether a page says of itself that it is another Chinese document than the resident identity card."""
    joined, found = said(text), printed_number(text)
    if any(title in joined for title in _data()["other_titles"]) or is_temporary(text):
        return True
    return found is not None and found.startswith(tuple(_data()["other_numbers"]))


def is_temporary(text: Text) -> bool:
    """Whether a page is the front of a temporary card: issuer and validity on one side with the person.

    A sheet with both sides of another card has them too, and that card's title.
    """
    joined, found = said(text), printed_number(text)
    if found is not None and found.startswith(tuple(_data()["other_numbers"])):
        return False
    person = sum(label in joined for label in ("姓名", "性别", "民族", "出生", "住址", "公民身份号码"))
    below = ("签发机关" in joined) + ("有效期限" in joined) + bool(PERIOD.search(joined))
    return below >= 2 and person + 3 * (found is not None) >= 3 and "身份证" not in joined


def number(text: Text) -> tuple[Field | None, Line | None]:
    """The number field and the line it is in; read again and again where it does not add up, or hardly can be read."""
    found = _chinese_number.find(text)
    if found is None:
        return None, None
    characters, line = found
    value = "".join(c.text for c in characters).upper().replace("×", "X")
    sure = confidence(characters)
    if not _chinese_number.adds_up(value) or sure < _DOUBT:
        value, share = _chinese_number.read_again(text, line, value)
        sure = _PROOF if share >= _DOUBT else _LIKELY
    else:
        sure = max(_PROOF, sure)
    if not _chinese_number.adds_up(value):
        sure = min(_DOUBT, confidence(characters))
    return field(text, value if re.fullmatch(r"\d{17}[\dX]", value) else None, characters, sure), line


def above(lines: Sequence[Line], number_line: Line) -> list[Line]:
    """The lines that stand above the number."""
    at = levels([*lines, number_line])
    limit = at[id(number_line)] - 0.8 * height(number_line)
    return [line for line in lines if at[id(line)] < limit and not _NUMBER_LABEL.search(line.text.replace(" ", ""))]


def below(lines: Iterable[Line], number_line: Line) -> list[Line]:
    """The lines that stand below the number."""
    limit = float(number_line.quad[:, 1].mean()) + 0.8 * height(number_line)
    return [line for line in lines if float(line.quad[:, 1].mean()) > limit]


def beside_portrait(lines: Sequence[Line], number_line: Line | None, labels: Iterable[str]) -> list[Line]:
    """The lines on the card between the labels' left edge and the portrait."""
    if number_line is None or not lines:
        return list(lines)
    digits = sum(c.isdigit() or c in "Xx×" for c in number_line.text) / max(1, len(number_line.text.replace(" ", "")))
    width = (right(number_line) - left(number_line)) * (digits if digits < _ONLY else 1.0) / _NUMBER_WIDTH
    edge = right(number_line) - _NUMBER_END * width
    labelled = [
        left(line)
        for line in (*lines, number_line)
        if any(label in line.text for label in labels) and abs(left(line) - edge) < 0.2 * width
    ]
    if labelled:
        edge = min(labelled)
        width = (right(number_line) - edge) * _TEXT_WIDTH
    top = float(number_line.quad[:, 1].mean()) - _HIGHER * width / RATIO
    return [
        line
        for line in lines
        if edge - 0.05 * width < left(line) < edge + _PORTRAIT * width and float(line.quad[:, 1].mean()) > top
    ]


def sex_and_ethnicity(text: Text, row: Row) -> dict[str, Field | None]:
    """What the row of 性别 and 民族 says."""
    found: dict[str, Field | None] = {}
    sex = next((c for c in row.characters if c.text in SEX), None)
    if sex is not None:
        found["sex"] = chosen(text, [sex], SEX)
    label = re.search(r"民族?|族", row.text)
    if label is None:
        return found
    characters = row.characters[label.end() :]
    while characters and (characters[0].text == "族" or not characters[0].text.isalnum()):
        characters = characters[1:]
    if characters:
        found["ethnicity"] = chosen(text, characters, {name: name for name in ethnicities()})
    return found


def chosen(text: Text, characters: Sequence[Character], names: Mapping[str, str]) -> Field | None:
    """A field that can only be one of few names (``names``: printed -> value).

    Where it was read as something else, or in doubt, it is read again in the letters of these names alone: how sure it then is
    among them is how sure the field is. Two readings that differ leave the doubt as it was.
    """
    printed = nearest(fold("".join(c.text for c in characters)).removesuffix("族"), names)
    if printed and "".join(c.text for c in characters[: len(printed)]) == printed:
        characters = characters[: len(printed)]
    sure = confidence(characters)
    if printed is None or sure < _CERTAIN:
        place = quad(characters)
        again = _closed(text, place, names) if place is not None else None
        if again is not None and printed in (None, again[0]):
            printed, sure = again
    return field(text, names[printed] if printed else None, characters, sure)


def _closed(text: Text, place: Quad, names: Mapping[str, str]) -> tuple[str, float] | None:
    """What stands in a place, read by both recognisers in the letters of these names alone, and how likely that is right."""
    letters = "".join(sorted(set("".join(names))))
    line = ocr.crop(text.page.view, place)
    said = []
    for second in (False, True):
        alphabet = ocr.known(letters, second=second)
        printed, certain = ocr.say(line, second=second, alphabet=alphabet)
        found = nearest(printed, names)
        said.append((found, min(certain[: len(found)]) if found else 0.0))
    (first, sure), (other, also) = said
    small = float(np.linalg.norm(place[3] - place[0]))
    if first and first == other:
        return first, certainty.right("agree", sure * also, small)
    known = first is not None and all(c in ocr.known_to_second() for c in first)
    if first and not known:
        return first, certainty.right("lone", sure, small)
    if first or other:
        best, most = max(said, key=lambda pair: pair[1])
        return (best or "", certainty.right("differ", (1 + most - min(sure, also)) / 2, small)) if best else None
    return None


def by_place(text: Text, card: Quad | None, part: Part, names: Mapping[str, str]) -> Field | None:
    """A single character is now and then not detected: it is looked for where it stands on the card (its outline)."""
    if card is None:
        return None
    x0, y0, x1, y1 = part
    low, size = card[0], card[2] - card[0]
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    place = np.asarray(low + corners * size, np.float32)
    read = _closed(text, place, names)
    return Field(names[read[0]], read[0], round(read[1], 4), "ocr", text.page.box(place)) if read else None


def nearest(printed: str, names: Iterable[str]) -> str | None:
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


def name(text: Text, table: Sequence[Row], anchor: int | None) -> Field | None:
    """After its label; where that was not read, the row above the one (``anchor``) that says the sex."""
    rest = table[:anchor] if anchor is not None else table
    for at, row in enumerate(rest):
        label = _NAME_LABEL.match(row.text)
        if label and row.text[label.end() :]:
            return _named(text, [row.characters[label.end() :], *(more.characters for more in rest[at + 1 :])])
    if anchor and re.fullmatch(r"\W?[\u3400-\u9fff·•]{2,}", table[anchor - 1].text):
        return _named(text, [table[anchor - 1].characters])
    return None


def _named(text: Text, parts: Sequence[Sequence[Character]]) -> Field | None:
    """A name from its row, and from the next one when it is long: such names run over two."""
    characters = list(parts[0])
    if len(parts) > 1 and (_DOT.search("".join(c.text for c in characters)) or len(characters) >= _LONG_NAME):
        characters += parts[1]
    while characters and not characters[0].text.isalnum():
        characters = characters[1:]
    while characters and not characters[-1].text.isalnum():
        characters = characters[:-1]
    printed = _DOT.sub("·", fold("".join(c.text for c in characters)))
    usual = re.fullmatch(r"[\u3400-\u9fff〇\U00020000-\U0003ffff]{2,}(·[\u3400-\u9fff]+)*", printed)
    usual = usual if len(printed) <= _LONG_NAME or "·" in printed else None
    sure = certainty.free(confidence(characters))
    return field(text, printed or None, characters, sure if usual else min(_DOUBT, sure))


def born(text: Text, row: Row) -> Field | None:
    """The date of birth in a row; None where there is none."""
    match = BORN.search(row.text)
    return field(text, iso(*match.groups()), row.characters[match.start() : match.end()]) if match else None


def address(text: Text, table: Sequence[Row]) -> Field | None:
    """The rows of the address in one, without its label: those that follow on each other and begin at one edge."""
    parts: list[Sequence[Character]] = []
    labelled = next((i for i, row in enumerate(table[:_SECOND_SCRIPT]) if _ADDRESS_LABEL.match(row.text)), 0)
    for row in table[labelled:]:
        label = _ADDRESS_LABEL.match(row.text) if not parts else None
        more = row.characters[label.end() if label else 0 :]
        if not more:
            continue
        if parts and _begins(more) - _ends(parts[-1]) > _LINE_GAP * height(more[0].line):
            break
        if not parts or abs(_edge(more) - _edge(parts[0])) < 1.5 * height(more[0].line):
            parts.append(more)
    if not parts:
        return None
    missed, doubtful = _row_below(text, parts)
    characters = [c for part in (*parts, missed) for c in part]
    printed = fold("".join(c.text for c in characters))
    proven = _places.listed(printed)
    sure = certainty.free(
        confidence(
            [
                replace(c, certain=max(c.certain, certainty.listed())) if i in proven else c
                for i, c in enumerate(characters)
            ]
        )
    )
    sure = min(sure, _DOUBT) if doubtful else sure
    value = _NOT_PRINTED.sub("", _places.mended(printed, _second_choices(characters)))
    usual = _places.begins(value) and value == printed and not _OPEN_END.search(value)
    return field(text, value or None, characters, sure if usual else min(sure, _LIKELY))


def _second_choices(characters: Iterable[Character]) -> list[str]:
    """What the recogniser would have read instead of each character, "" where nothing else was likely at all."""
    rivals = (c.line.rivals[c.index] if c.line.rivals else ("", 0.0) for c in characters)
    return [fold(other) if sure >= certainty.rivals().possible else "" for other, sure in rivals]


def _place(characters: Sequence[Character]) -> Quad:
    place = quad(characters)
    assert place is not None
    return place


def _edge(characters: Sequence[Character]) -> float:
    return float(_place(characters)[0, 0])


def _begins(characters: Sequence[Character]) -> float:
    return float(_place(characters)[0, 1])


def _ends(characters: Sequence[Character]) -> float:
    return float(_place(characters)[2, 1])


def _row_below(text: Text, parts: Sequence[Sequence[Character]]) -> tuple[Sequence[Character], bool]:
    """A last row of one to three characters, which detection misses now and then; and whether it is in doubt what is there."""
    last = parts[-1]
    tall = height(last[0].line)
    widest = max(_place(part)[1, 0] for part in parts)
    if _place(last)[1, 0] < widest - _FULL * tall or len(last) < _SHORT:
        return [], False  # a row that is not full is the last
    pitch = _begins(last) - _begins(parts[-2]) if len(parts) > 1 else _PITCH * tall
    x0, y0 = _edge(parts[0]) - 0.3 * tall, _begins(last) + pitch
    x1, y1 = x0 + 3.6 * tall, y0 + tall
    if y1 >= text.page.size[1] or any(_covers(line, x0, y0, x1, y1) for line in text.lines):
        return [], False
    place = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    cut = ocr.crop(text.page.view, place)
    also, sure = ocr.say(cut, second=True)
    if not also or min(sure) < _SEEN:
        return [], False
    line = ocr.recognise(text.page.view, [place])[0]
    if fold(line.text) != fold(also):
        return [], bool(line.text) and min(line.certain) >= _SEEN
    agreed = tuple(certainty.right("agree", p * q, tall) for p, q in zip(line.certain, sure, strict=True))
    return [Character(c, agreed[i], line, i) for i, c in enumerate(line.text) if not c.isspace()], False


def _covers(line: Line, x0: float, y0: float, x1: float, y1: float) -> bool:
    (left_, top), (right_, bottom) = line.quad.min(axis=0), line.quad.max(axis=0)
    return bool(min(x1, right_) > max(x0, left_) and min(y1, bottom) - max(y0, top) > 0.3 * (y1 - y0))


@dataclass(frozen=True, slots=True)
class Runs:
    """How long cards of a kind run, and since when there are any. One with months runs for that many, else for whole years."""

    since: date
    years: tuple[int, ...] = ()
    months: int = 0

    def fit(self, first: str | None, last: str | None) -> bool:
        """Whether a card can run from the one day to the other, its last day counted or not."""
        if first is None or last is None:
            return False
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        allowed = (self.months,) if self.months else tuple(12 * years for years in self.years)
        return start >= self.since and any(abs((end - _later(start, months)).days) <= 1 for months in allowed)


def _later(day: date, months: int) -> date:
    """The same day some months on; the first of the month after where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return date(day.year + years, month + 1, day.day)
    except ValueError:
        return date(day.year + years, month + 2, 1)


RESIDENT = Runs(date(2004, 1, 1), years=(5, 10, 20))
"""Resident identity cards of the second generation (Resident Identity Card Law, article 5)."""


def authority_and_period(text: Text, table: Sequence[Row], runs: Runs = RESIDENT) -> dict[str, Field | None]:
    """Who issued the card, from when to when it is valid."""
    found: dict[str, Field | None] = {}
    period_at = next((i for i, row in enumerate(table) if PERIOD.search(row.text)), None)
    issuer_at = next((i for i, row in enumerate(table) if _ISSUER_LABEL.search(row.text)), None)
    if issuer_at is None and period_at is not None:
        issuer_at = next((i for i in range(period_at - 1, -1, -1) if "公安" in table[i].text), None)
    if issuer_at is not None:
        after = table[issuer_at : period_at if period_at is not None and period_at > issuer_at else issuer_at + 1]
        found["issuing_authority"] = _authority(text, after)
    if period_at is not None:
        found |= period(text, table[period_at], runs)
    return found


def _authority(text: Text, table: Sequence[Row]) -> Field | None:
    characters: list[Character] = []
    for row in table:
        label = _ISSUER_LABEL.search(row.text) if not characters else re.match("有效期?限?", row.text)
        parts = row.characters[label.end() if label else 0 :]
        near = not characters or (parts and _beside(parts, characters))
        characters.extend(parts if near else ())
    printed = fold("".join(c.text for c in characters))
    value = _places.authority(_places.mended(printed, _second_choices(characters)))
    sure = certainty.free(confidence(characters))
    if not _places.is_office(value):
        sure = min(sure, _DOUBT)
    elif value != printed or not _places.is_of_known_place(value):
        sure = min(sure, _LIKELY)
    return field(text, value or None, characters, sure)


def _beside(parts: Sequence[Character], characters: Sequence[Character]) -> bool:
    """Whether a row begins under the one before and close to it."""
    tall = height(parts[0].line)
    return abs(_edge(parts) - _edge(characters)) < 1.5 * tall and _begins(parts) - _ends(characters) < _LINE_GAP * tall


def period(text: Text, row: Row, runs: Runs) -> dict[str, Field | None]:
    """First and last day in a row; nothing where there is no period. Without end (长期): the value of the last is None.

    How long cards run is the law's: two days that fit so prove each other, two that do not are in doubt.
    """
    match = PERIOD.search(row.text)
    if match is None:
        return {}
    first = iso(*match.group(1, 2, 3))
    start = field(text, first, row.characters[match.start(1) : match.end(3)])
    if match.group(7):
        ends = field(text, None, row.characters[match.start(7) : match.end(7)])
        return {"date_of_issue": start, "date_of_expiry": ends and replace(ends, value=None, raw="长期")}
    last = iso(*match.group(4, 5, 6))
    until = field(text, last, row.characters[match.start(4) : match.end(6)])
    found = {"date_of_issue": start, "date_of_expiry": until}
    fits = runs.fit(first, last)
    return {key: item and replace(item, confidence=_paired(item.confidence, fits)) for key, item in found.items()}


def _paired(sure: float, fits: bool) -> float:
    """How sure a day is beside the other one. Blur can make one digit of both years another: hardly read, they prove nothing."""
    if not fits:
        return min(_DOUBT, sure)
    return max(_PROOF, sure) if sure >= _FAIR else max(_LIKELY, sure)


def on_card(quads: Iterable[Quad], card: Quad | None) -> list[Quad]:
    """The lines that may be a card's whose outline is ``card``, told from few lines as yet; all where it is unknown."""
    if card is None:
        return list(quads)
    middle = card.mean(axis=0)
    edge = np.asarray(middle + (card - middle) * _ROOM, np.float32)
    return [q for q in quads if cv2.pointPolygonTest(edge, tuple(map(float, q.mean(axis=0))), False) >= 0]


def outline(text: Text, places: Iterable[Mapping[str, Any]], ratio: float = RATIO) -> Quad | None:
    """A card's outline from print whose places on it are known (:func:`_anchors.outline`)."""
    return _anchors.outline(text.lines, places, ratio)
