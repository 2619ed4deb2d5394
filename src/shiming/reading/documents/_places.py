"""Chinese place names, from python-stdnum's copy of GB/T 2260 with its history: evidence about addresses and authorities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

_ROW = re.compile(r'\s*(\d+) (?:province|county)="([^"]+)"')
_NAME = re.compile(r"(?:\[[\d-]*\])?([^,\[\]]+)")
_OFFICE = re.compile(r"公安局|公安厅|公安分局|公安处")
_SHAPE = re.compile(
    r"[\u4e00-\u9fff]{2,}公安(局|厅|处|局?[\u4e00-\u9fff]{0,12}分局|局[\u4e00-\u9fff]{2,12}(局|处|总队))"
)
_NEARLY = re.compile(r"公.局|.安局|公安.(?=$|.{1,8}分局$)|公.分局|.安分局")
_PARTS = ("市辖区", "县", "省直辖县", "自治区直辖县级行政区划", "省直辖县级行政区划", "行政单位")
_LONG = 5
"""Names from so many characters on are hardly ever another place's but for one character."""
_TELLING = 3
"""Shorter names are not put right: too many are one another's but for one character."""
_BRANCH = re.compile(r"(?:市|县|区)?公安局(?=[\u4e00-\u9fff]{2,12}分局)")


@cache
def _counties() -> Mapping[str, frozenset[str]]:
    """Names of all counties, prefectures and provinces there ever were, by their first two characters."""
    found: dict[str, set[str]] = {}
    text = files("stdnum").joinpath("cn/loc.dat").read_text("utf-8")
    for row in text.splitlines():
        match = _ROW.match(row)
        for name in _NAME.findall(match[2]) if match else ():
            if name not in _PARTS and len(name) > 1:
                found.setdefault(name[:2], set()).add(name)
    return {head: frozenset(names) for head, names in found.items()}


@cache
def _of_provinces() -> Mapping[str, frozenset[str]]:
    """The names of all places there ever were in each province, its own among them."""
    found: dict[str, set[str]] = {}
    province = ""
    for row in files("stdnum").joinpath("cn/loc.dat").read_text("utf-8").splitlines():
        if match := _ROW.match(row):
            names = [name for name in _NAME.findall(match[2]) if name not in _PARTS and len(name) > 1]
            province = names[0] if 'province="' in row else province
            found.setdefault(province, set()).update(names)
    return {name: frozenset(places) for name, places in found.items()}


def listed(text: str) -> frozenset[int]:
    """Which characters of an address the list of places proves: those of the names that it begins with, all of one province.

    Not those in whose place another name of that province, or another province's, has another character (东城区, 西城区).
    """
    province = next((name for name in _of_provinces() if text.startswith(name)), None)
    if province is None:
        return frozenset()
    proven, start, names = set[int](), 0, frozenset(_of_provinces())
    name: str | None = province
    while name is not None:
        proven.update(start + i for i in range(len(name)) if not _has_twin(name, i, names))
        start, names = start + len(name), _of_provinces()[province]
        name = max((n for n in names if text.startswith(n, start)), key=len, default=None)
    return frozenset(proven)


def _has_twin(name: str, at: int, names: Iterable[str]) -> bool:
    """Whether another of the names differs in this one character only."""
    return any(
        len(n) == len(name) and n[at] != name[at] and n[:at] == name[:at] and n[at + 1 :] == name[at + 1 :]
        for n in names
    )


def known(text: str) -> str | None:
    """The longest place name that the text begins with; None when there is none."""
    return max((n for n in _counties().get(text[:2], ()) if text.startswith(n)), key=len, default=None)


def begins(text: str) -> bool:
    """Whether an address begins like one: with a place that is known, and after it no place that is nearly one."""
    first = known(text)
    if first is None:
        return False
    rest = text[len(first) :]
    while (more := known(rest)) is not None:
        rest = rest[len(more) :]
    return not _nearly(rest)


def _nearly(text: str) -> bool:
    """Whether the text begins with a county's long name but for one character: a character was read wrongly there."""
    return any(
        len(text) >= len(name) >= _LONG and sum(a != b for a, b in zip(name, text[: len(name)], strict=True)) == 1
        for name in _counties().get(text[:2], ())
    )


def mended(text: str, others: Sequence[str]) -> str:
    """The text with the name of a county that no place has as it was read, and that one has with a recogniser's second choice.

    ``others`` are those second choices, a character's in its place, "" for none. Only one character of a name is replaced, and
    only in the place after those that are known: what a county is called has two witnesses then, its print and GB/T 2260.
    """
    start = 0
    while (name := known(text[start:])) is not None:
        start += len(name)
    branch = _BRANCH.match(text, start)
    if branch:
        start = branch.end()
    return text[:start] + _put_right(text[start:], others[start:], short=branch is not None)


def _put_right(text: str, others: Sequence[str], short: bool) -> str:
    """A name at the beginning of the text put right; a short one lacks the word for what it is, as in 颍东分局."""
    if (_branch_of(text) if short else known(text)) is not None:
        return text
    for at, other in enumerate(others[: len(text)]):
        changed = text[:at] + other + text[at + 1 :]
        name = (_branch_of(changed) if short else known(changed)) if other else None
        if name is not None and at < len(name) and len(name) >= _TELLING - short:
            return changed
    return text


def _branch_of(text: str) -> str | None:
    """The county that a branch office is named after, without the word for what it is."""
    name = text.split("分局")[0]
    return name if any(place[:-1] == name for place in _counties().get(name[:2], ())) else None


def authority(text: str) -> str:
    """The text with the word for a public security office where one character of it was read as another."""
    if _OFFICE.search(text):
        return text
    nearly = _NEARLY.search(text)
    if nearly is None:
        return text
    word = "公安分局" if nearly.group().endswith("分局") else "公安局"
    return text[: nearly.start()] + word + text[nearly.end() :]


def is_office(text: str) -> bool:
    """Whether it is a public security office or a branch of one, as such names are made."""
    return _SHAPE.fullmatch(text) is not None


def is_of_known_place(text: str) -> bool:
    """Whether the office's name begins with a place that is known, with or without the word for what it is (市, 县)."""
    heads = _counties().get(text[:2], frozenset())
    return any(text.startswith((name, name[:-1])) for name in heads if len(name) > 2 or text.startswith(name))
