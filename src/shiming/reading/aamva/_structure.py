"""From the text of a barcode to its header and its elements, by structure rather than by the offsets it declares.

Offsets and lengths are wrong on real cards (Ontario writes 0, Alberta letters, South Carolina is one off) and in every text that
went through a scanner that changes line ends, so they only tell a whole text from one that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_ESCAPES = re.compile(
    r"<(?P<name>LF|CR|RS|GS|FS|NUL|0[xX][01][0-9A-Fa-f])>|\\(?:(?P<letter>[nr])|x(?P<hex>[01][0-9A-Fa-f])|u00(?P<u>[01][0-9A-Fa-f]))"
)
_NAMED = {"LF": "\n", "CR": "\r", "RS": "\x1e", "GS": "\x1d", "FS": "\x1c", "NUL": "\0", "n": "\n", "r": "\r"}
_FILE_TYPE = re.compile(r"(?:ANSI|AAMVA)\s{0,2}(?=\d)")
_HEADER = re.compile(r"\d+")
_ENTRY = re.compile(r"([A-Z]{2})(\d{4}|[a-z]{4})(\d{3,4})(?=[A-Z]|\s|$)")
_SEPARATORS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1f]+")
_ELEMENT = re.compile(r"[DZ][A-Z]{2}")
_SUBFILE = re.compile(r"(DL|ID|EN)(?=[DZ][A-Z]{2}|\s*$)|(Z[A-Z])(?=\2[A-Z]|\s*$)")
_NOISE = re.compile(r"[\x80-\x9f\0]")
_MOST = 100_000
"""Characters. A PDF417 holds at most 2710 digits (ISO/IEC 15438); a longer text is no barcode's."""


class Malformed(ValueError):  # noqa: N818 - a word for what the text is
    """A text that is no AAMVA barcode: ``offset`` (characters into the text) is where it stops being one."""

    def __init__(self, offset: int, expected: str, got: str) -> None:
        self.offset, self.expected, self.got = offset, expected, got
        super().__init__(f"at character {offset}: expected {expected}, got {got}")


@dataclass(frozen=True, slots=True)
class Content:
    """What a barcode holds: the issuer's number as written, the version, and every element by its id.

    ``places`` says where in the text each element's value begins. ``separated`` is false where the separators were lost and
    elements were told apart by their ids alone.
    """

    issuer: str
    version: int
    jurisdiction_version: int | None
    elements: Mapping[str, str]
    subfiles: tuple[str, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    separated: bool = True


@dataclass(frozen=True, slots=True)
class _Text:
    """The text with escapes resolved; ``origin[i]`` is where its character ``i`` stood."""

    text: str
    origin: Sequence[int]

    def fault(self, at: int, expected: str, got: str = "") -> Malformed:
        """A fault at a place of the resolved text."""
        place = self.origin[min(at, len(self.origin) - 1)]
        there = self.text[at : at + 12]
        return Malformed(place, expected, got or (repr(there) if there else "the end"))


def read(raw: str, known: frozenset[str]) -> Content:
    """Header and elements. ``known``: the element ids there are, to tell elements apart where separators were lost."""
    if len(raw) > _MOST:
        raise Malformed(_MOST, f"at most {_MOST} characters", f"{len(raw)}")
    text = _resolved(raw)
    issuer, version, jurisdiction, at = _header(text)
    at, declared = _directory(text, at)
    elements, places, subfiles = _elements(text, at, {name for name, _ in declared})
    separated = True
    if sum(name.startswith("D") for name in elements) == 1 and (run := _run_together(text, at, known)):
        elements, places, separated = *run, False
    if not elements:
        raise text.fault(at, "an element: three letters such as DAQ, then its value")
    _whole(text, declared, elements)
    return Content(issuer, version, jurisdiction, elements, tuple(subfiles), places, separated)


def _resolved(raw: str) -> _Text:
    parts: list[str] = []
    origin: list[int] = []
    at = 0
    for match in _ESCAPES.finditer(raw):
        parts.append(raw[at : match.start()])
        origin.extend(range(at, match.start()))
        parts.append(_character(match))
        origin.append(match.start())
        at = match.end()
    parts.append(raw[at:])
    origin.extend(range(at, len(raw) + 1))
    text = "".join(parts)
    # Some scanners put characters of the C1 range around every record.
    kept = [i for i, c in enumerate(text) if not _NOISE.match(c)]
    return _Text("".join(text[i] for i in kept), [*(origin[i] for i in kept), origin[-1]])


def _character(match: re.Match[str]) -> str:
    name, code = match["name"] or match["letter"], match["hex"] or match["u"]
    if name in _NAMED:
        return _NAMED[name]
    return chr(int(code or name[2:], 16))


def _header(text: _Text) -> tuple[str, int, int | None, int]:
    """Issuer, version, jurisdiction version, and where the directory begins.

    Twelve digits: issuer 6, version 2, jurisdiction version 2, entries 2. Version 1, and some cards of version 2, have no
    jurisdiction version; North Carolina dropped the issuer's first digit, which is 6 for every issuer in AAMVA's list.
    """
    start = _FILE_TYPE.search(text.text)
    begin = start.end() if start else _bare_header(text)
    digits = _HEADER.match(text.text, begin)
    assert digits is not None
    number, end = digits.group(), digits.end()
    if len(number) == 12:
        return number[:6], int(number[6:8]), int(number[8:10]), end
    if len(number) == 10:
        return number[:6], int(number[6:8]), None, end
    if len(number) == 8:
        return f"6{number[:5]}", int(number[5:7]), None, end
    expected = "12 digits (issuer, version, jurisdiction version, number of entries), or 10 before 2003"
    raise text.fault(begin, expected, f"{len(number)} digits")


def _bare_header(text: _Text) -> int:
    """Where the header's digits begin in a text that lost its file type, too."""
    start = re.match(r"[\s@\x1c-\x1f^]*(?=\d{10}(?:\d\d)?(?:DL|ID|EN|Z[A-Z])\d)", text.text)
    if start is None:
        blank = re.match(r"[\s@\x1c-\x1f^]*", text.text)
        raise text.fault(blank.end() if blank else 0, "the file type 'ANSI ' (or 'AAMVA') and the issuer's number")
    return start.end()


def _directory(text: _Text, at: int) -> tuple[int, list[tuple[str, int]]]:
    """Where the subfiles begin, and the declared subfiles with the place where each should end."""
    declared = []
    while entry := _ENTRY.match(text.text, at):
        offset = int(entry[2]) if entry[2].isdigit() else 0
        declared.append((entry[1], offset + int(entry[3])))
        at = entry.end()
    if not declared:
        raise text.fault(at, "a subfile's entry: its type (DL, ID ...), four digits of offset, four of length")
    return at, declared


def _elements(text: _Text, at: int, types: set[str]) -> tuple[dict[str, str], dict[str, int], list[str]]:
    elements: dict[str, str] = {}
    places: dict[str, int] = {}
    subfiles: list[str] = []
    current, stray = "", -1
    for begin, line in _lines(text.text, at):
        mark = _SUBFILE.match(line)
        if mark and mark.group() in types and mark.group() != current:
            current = mark.group()
            subfiles.append(current)
            begin, line = begin + len(current), line[len(current) :]
            twice = _SUBFILE.match(line)
            if twice and twice.group() == current:  # Maryland writes the type twice.
                begin, line = begin + len(current), line[len(current) :]
        if not line.strip():
            continue
        if not _ELEMENT.match(line):
            stray = begin if stray < 0 and not current.startswith("Z") else stray
            continue
        if stray >= 0 and line[:3].startswith("D"):
            raise text.fault(stray, "an element: three letters such as DAQ, then its value")
        value = line[3:].strip()
        if not elements.get(line[:3]):
            elements[line[:3]], places[line[:3]] = value, text.origin[begin + 3]
    return elements, places, subfiles


def _lines(text: str, at: int) -> list[tuple[int, str]]:
    lines, begin = [], at
    for gap in _SEPARATORS.finditer(text, at):
        lines.append((begin, text[begin : gap.start()]))
        begin = gap.end()
    return [*lines, (begin, text[begin:])]


def _run_together(text: _Text, at: int, known: frozenset[str]) -> tuple[dict[str, str], dict[str, int]] | None:
    """Elements of a text that lost its separators, told apart by the ids there are, each taken once, from left to right."""
    body = text.text
    marks: list[int] = []
    seen: set[str] = set()
    for match in re.finditer(r"(?=([DZ][A-Z]{2}))", body[at:]):
        place, name = at + match.start(), match[1]
        free = name not in seen and (not marks or place >= marks[-1] + 3)
        if free and (name in known or (name[0] == "Z" and marks)) and _formed(name, body, place + 3):
            marks.append(place)
            seen.add(name)
    if len(marks) < 3:
        return None
    ends = [*marks[1:], len(body)]
    values = {body[m : m + 3]: _trimmed(body[m + 3 : end]) for m, end in zip(marks, ends, strict=True)}
    return values, {body[m : m + 3]: text.origin[m + 3] for m in marks}


def _formed(name: str, body: str, at: int) -> bool:
    """Whether a value of the element's fixed form follows: what tells ``RICHMON|DDA|J`` from ``RICHMOND|DAJ``."""
    form = next((form for names, form in _FORMS if name in names), None)
    return form is None or form.match(body, at) is not None


_FORMS = (
    (frozenset({"DDA"}), re.compile("[FMN]")),
    (frozenset({"DDE", "DDF", "DDG"}), re.compile("[TNU]")),
    (frozenset({"DDD", "DDK", "DDL"}), re.compile("[01]")),
    (frozenset({"DBC"}), re.compile("[0129MFX]")),
    (frozenset({"DBA", "DBB", "DBD", "DDB", "DDC", "DDH", "DDI", "DDJ"}), re.compile(r"\d{2}-?\d{2}-?\d{4}")),
    (frozenset({"DAJ"}), re.compile("[A-Z]{2}")),
    (frozenset({"DAU", "DAW", "DAX"}), re.compile(r"\d")),
)
"""Elements whose values have one form in every version (annex D, tables D.3 and D.4)."""


def _trimmed(value: str) -> str:
    return _SEPARATORS.sub("", value).strip()


def _whole(text: _Text, declared: Sequence[tuple[str, int]], elements: Mapping[str, str]) -> None:
    """Refuses a text that was cut: shorter than it says, and without what every card has.

    Lengths alone prove nothing: they are wrong by dozens on real cards and wherever trailing blanks were dropped.
    """
    ends = [end for name, end in declared if name in ("DL", "ID", "EN")]
    if not ends or ends[0] <= len(text.text):
        return
    for wanted, what in (
        (("DAQ",), "DAQ (the number)"),
        (("DBB", "DBL"), "DBB (the date of birth)"),
        (_NAMES, "a name"),
    ):
        if not any(name in elements for name in wanted):
            missing = ends[0] - len(text.text)
            raise text.fault(len(text.text), f"element {what} in {missing} more characters, as the header says")


_NAMES = ("DCS", "DAA", "DAB", "DAC", "DCT")
