"""Chinese characters: which are the same in another form, and which a mainland document can have printed."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

_KEPT = frozenset("乾夥麼徵於喆堃淼犇昇陞甦邨氾迺鉅濬叡鎔谿祕頫讎勠菴椀挐眙钖锺鍊晳皙瞋蹚龢剋覆像藉瞭")
"""Not folded though OpenCC has a simpler form for some: characters that the Table of General Standard Chinese Characters (2013)
keeps or took back, most of them for the sake of names."""
_LEVEL_ONE, _LEVEL_TWO = 0xB0, 0xD8
"""The first byte from which on GB 2312 has the characters of its first level (3,755) and of its second (3,008)."""
_OTHER = {"畬": "畲"}
"""Forms that OpenCC leaves: the ethnic group is printed 畲."""
_ALIKE = {"•": "·", "・": "·", "‧": "·", "∙": "·", "˙": "·", "—": "-", "–": "-", "−": "-", "×": "X", "○": "〇"}


@cache
def _converter() -> Any:
    import opencc  # 13 ms; only those who read Chinese pay for it

    return opencc.OpenCC("t2s")


@cache
def simplified(character: str) -> str:
    """The simplified form of one character (OpenCC's t2s, single characters), itself where it has none."""
    return str(_converter().convert(character)) if ord(character) >= 0x3400 else character


def is_chinese(text: str) -> bool:
    """Whether it is one Chinese character (no mark, no digit)."""
    return len(text) == 1 and ("\u3400" <= text <= "\u9fff" or text >= "\U00020000")


@cache
def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def is_common(character: str) -> bool:
    """Whether it is of GB 2312's first level: the usual ones, by sound."""
    return is_chinese(character) and _in_gb2312(character) and _LEVEL_ONE <= character.encode("gb2312")[0] < _LEVEL_TWO


def is_rarer(character: str, than: str) -> bool:
    """Whether it is of GB 2312's second level (rare ones, by radical), and the other a common one."""
    return (
        is_common(than)
        and is_chinese(character)
        and _in_gb2312(character)
        and character.encode("gb2312")[0] >= _LEVEL_TWO
    )


def fold(text: str) -> str:
    """The text as a mainland document prints it: traditional characters in their simplified form.

    A character that GB 2312 has, or that the table of 2013 keeps beside the simplified one, stays: 乾 is a name, not 干. So does
    one whose simplified form GB 2312 lacks: people are called 龑, which no card could print as 䶮 for long.
    """
    return "".join(_OTHER.get(c) or _folded(c) for c in text)


@cache
def _folded(character: str) -> str:
    if character in _KEPT or _in_gb2312(character):
        return character
    plain = simplified(character)
    return plain if _in_gb2312(plain) else character


@cache
def key(character: str) -> str:
    """What two readings are compared by: full width and half width, traditional and simplified, dots and dashes count as one."""
    plain = _ALIKE.get(character) or unicodedata.normalize("NFKC", character)
    return fold(_ALIKE.get(plain, plain))
