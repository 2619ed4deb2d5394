"""The set phrase of a second act, as people type it (row B6)."""

from __future__ import annotations

import unicodedata

from shiming.countries.cn.han import simplified

_MORE = str.maketrans("啟啓碼證確註冊", "启启码证确注册")
"""Traditional characters of such phrases that the list for names and addresses lacks."""


def fold(text: str) -> str:
    """What counts of a phrase: letters and digits, whatever their width, case, script variant, spaces and quotes."""
    plain = simplified(unicodedata.normalize("NFKC", text).casefold().translate(_MORE))
    return "".join(letter for letter in plain if letter.isalnum())


def says(text: str, phrase: str) -> bool:
    """Whether a text is the phrase and nothing else."""
    return bool(fold(phrase)) and fold(text) == fold(phrase)
