"""Which of the product's languages people of a country are written to in, as long as nobody chose one."""

from __future__ import annotations

_CHINESE = frozenset({"CN", "HK", "MO", "TW"})


def language(country: str) -> str:
    """The language for messages to somebody who never chose one, e.g. to a card that nobody registered."""
    return "zh_CN" if country in _CHINESE else "en"
