"""Compares what a person typed with what was read: spelling variants folded, similarity 0..1."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

from shiming.countries.cn.han import simplified
from shiming.reading.transliteration import spellings as transliterated

_SPELT = {
    "Æ": ("AE",), "Ä": ("AE", "A"), "Ö": ("OE", "O"), "Ø": ("OE", "O"), "Ü": ("UE", "U", "YU"), "Å": ("AA", "A"),
    "Œ": ("OE",), "ẞ": ("SS",), "ß": ("SS",), "Þ": ("TH",), "Ð": ("D",), "Ł": ("L",), "Ñ": ("N", "NXX"), "Đ": ("D",),
}  # fmt: skip
"""How letters are written in machine-readable zones (ICAO 9303 part 3, section 6) and by people."""
_MRZ_NAME = 36
"""Surname and given names share 39 places of a TD3 zone; from about this length on the end may have been cut."""
_VARIANTS = 64
"""At most so many spellings of one name are tried."""
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are: 1 = the same once folded. ``comparable`` is false for different scripts."""

    similarity: float
    comparable: bool = True


def is_han(text: str) -> bool:
    """Whether a text is written in Chinese characters."""
    return _HAN.search(text) is not None


def _plain(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text)).upper().strip()


def _ratio(one: str, other: str) -> float:
    return 1.0 if one == other else min(SequenceMatcher(None, one, other, autojunk=False).ratio(), 0.99)


def names(given: str, read: str, *, mrz: bool = False) -> Likeness:
    """Two names. Case, spaces, dots, hyphens, the order of Latin names, accents and traditional characters do not matter.

    Cyrillic and Arabic letters are compared as machine-readable zones write them; other scripts cannot be, with Latin.

    ``mrz``: the second was read from a machine-readable zone, so its end may be cut.
    """
    one, other = _plain(given), _plain(read)
    if is_han(one) != is_han(other):
        return Likeness(0.0, comparable=False)
    if is_han(one):
        return Likeness(_ratio(re.sub(r"[\W_]", "", one), re.sub(r"[\W_]", "", other)))
    ways = [{*_spellings(text), *transliterated(text)} for text in (one, other)]
    latin = [any(re.search("[A-Z]", spelt) for spelt in way) for way in ways]
    if not any(latin):
        return Likeness(_ratio(re.sub(r"[\W_]", "", one), re.sub(r"[\W_]", "", other)))
    if not all(latin):
        return Likeness(0.0, comparable=False)  # a script that no table writes in Latin letters
    best = 0.0
    for first, second in product(*ways):
        best = max(best, _latin(first, second, mrz))
    return Likeness(best)


def _spellings(text: str) -> set[str]:
    """The ways to write a name in A-Z: Müller as MUELLER and MULLER."""
    found = {""}
    for character in text:
        ways = _SPELT.get(character) or (_unaccented(character),)
        found = {start + way for start in found for way in ways}
        if len(found) > _VARIANTS:
            found = set(sorted(found)[:_VARIANTS])
    return found


def _unaccented(character: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))


def _latin(one: str, other: str, mrz: bool) -> float:
    mine, theirs = (re.findall(r"[A-Z]+", re.sub(r"['’]", "", text)) for text in (one, other))
    if sorted(mine) == sorted(theirs) or "".join(mine) == "".join(theirs):
        return 1.0
    if mrz and len(other) >= _MRZ_NAME and _cut(mine, theirs):
        return 1.0
    return _ratio(" ".join(sorted(mine)), " ".join(sorted(theirs)))


def _cut(whole: list[str], cut: list[str]) -> bool:
    """Whether ``cut`` is ``whole`` with its end missing: every part is there or the beginning of one."""
    left = list(whole)
    for part in cut:
        match = part if part in left else next((word for word in left if word.startswith(part)), None)
        if match is None:
            return False
        left.remove(match)
    return bool(cut)


def addresses(given: str, read: str) -> Likeness:
    """Two addresses. Spaces and punctuation do not matter; one that holds the other counts as the same."""
    one, other = (re.sub(r"[\W_]", "", _plain(text)) for text in (given, read))
    if not one or not other:
        return Likeness(0.0)
    shorter, longer = sorted((one, other), key=len)
    if shorter in longer and len(shorter) >= 6:
        return Likeness(1.0)
    return Likeness(_ratio(one, other))


def numbers(given: str, read: str) -> Likeness:
    """Two numbers. Spaces, hyphens, case and full-width digits do not matter."""
    one, other = (re.sub(r"[\W_]", "", _plain(text)) for text in (given, read))
    return Likeness(_ratio(one, other))


_SEXES = {"M": "M", "MALE": "M", "男": "M", "F": "F", "FEMALE": "F", "女": "F", "X": "X"}


def sexes(given: str, read: str) -> Likeness:
    """Two entries of sex, as letter or word."""
    one, other = (_SEXES.get(_plain(text), _plain(text)) for text in (given, read))
    return Likeness(1.0 if one == other else 0.0)


def days(given: str, read: str) -> Likeness:
    """Two dates; separators do not matter."""
    one, other = (re.findall(r"\d+", _plain(text)) for text in (given, read))
    return Likeness(1.0 if [int(n) for n in one] == [int(n) for n in other] and one else 0.0)
