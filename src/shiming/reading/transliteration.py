"""Names as machine-readable zones write them: A-Z and spaces, by ICAO Doc 9303 part 3, section 6.

Diacritics, Cyrillic and Arabic letters have tables (``transliteration.toml``); several letters may be written in more than one
way. Chinese characters have none: :func:`spellings` keeps them as they are, so that they match nothing by accident.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_MOST = 64
"""At most so many spellings of one name are made: a long Cyrillic name would have thousands."""
_APOSTROPHES = re.compile("['’ʼ`´.]")
_SHADDA = "\u0651"


def transliterate(text: str) -> str:
    """The recommended spelling: ``Müller-Lüdenscheidt`` -> ``MUELLER LUEDENSCHEIDT``."""
    return _tidy("".join(_ways(letter)[0] for letter in _letters(text)))


def spellings(text: str) -> frozenset[str]:
    """Every spelling a zone may bear (at most 64), the recommended one among them."""
    found = [""]
    for letter in _letters(text):
        ways = _ways(letter)
        found = list(dict.fromkeys(start + way for way in ways for start in found))[:_MOST]
    return frozenset(_tidy(spelt) for spelt in found)


def _letters(text: str) -> list[str]:
    """Capitals one by one; an apostrophe or full stop is left out, a doubled Arabic letter (shadda) stands twice."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFC", _APOSTROPHES.sub("", text)):
        if letter == _SHADDA and letters:
            letters.append(letters[-1])
        elif not unicodedata.combining(letter):
            letters.extend([letter] if letter in _table() else letter.upper())
    return letters


def _ways(letter: str) -> tuple[str, ...]:
    if letter in _table():
        return _table()[letter]
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return (plain if plain.isalnum() else " ",)


def _tidy(text: str) -> str:
    return " ".join(text.split())


@cache
def _table() -> dict[str, tuple[str, ...]]:
    scripts = tomllib.loads(files(__package__).joinpath("transliteration.toml").read_text("utf-8"))
    return {letter: tuple(ways) for script in scripts.values() for letter, ways in script.items()}
