"""Texts in the reader's language. Message ids are the English texts; every room has ``locale/<lang>.po``.

All files of a language are read as one catalogue. Parameters are named braces: ``_("Due {date}", date=...)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ENGLISH = "en"


class Translator:
    """Gives texts in one language; a text without translation comes out in English."""

    def __init__(
        self, language: str, messages: Mapping[str | tuple[str, str], tuple[str, ...]], catalog: Catalog
    ) -> None:
        self.language = language
        self._messages = messages
        self._catalog = catalog

    @property
    def locale(self) -> Locale:
        """Babel's locale, for dates and numbers."""
        return Locale.parse(self.language)

    def gettext(self, msgid: str, **params: object) -> str:
        """The text of ``msgid`` with its named braces filled. Raises KeyError for a brace without a parameter."""
        found = self._messages.get(msgid)
        return _filled(found[0] if found else msgid, params)

    def ngettext(self, singular: str, plural: str, n: int, **params: object) -> str:
        """The text for ``n`` things; ``{n}`` is filled too."""
        params = {"n": n, **params}
        found = self._messages.get((singular, plural))
        if found:
            return _filled(found[min(self._form(n), len(found) - 1)], params)
        return _filled(singular if n == 1 else plural, params)

    def has(self, msgid: str) -> bool:
        """Whether this language has a text of its own for ``msgid``."""
        return self.language == ENGLISH or msgid in self._messages or any(key[0] == msgid for key in self._messages)

    def _form(self, n: int) -> int:
        return 0 if self._catalog.num_plurals == 1 else int(n != 1)


@cache
def languages() -> tuple[str, ...]:
    """The languages there are texts in, English first."""
    return (ENGLISH, *sorted({path.stem for path in _po_files()} - {ENGLISH}))


@cache
def translator(language: str) -> Translator:
    """The translator of a language such as ``zh_CN`` (``zh-CN`` is the same); an unknown one gives English."""
    name = language.replace("-", "_")
    if name not in languages():
        name = ENGLISH
    messages: dict[str | tuple[str, str], tuple[str, ...]] = {}
    catalog = Catalog(locale=name)
    for path in sorted(path for path in _po_files() if path.stem == name):
        with path.open("rb") as stream:
            for message in read_po(stream, locale=name, abort_invalid=True):
                strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
                texts = tuple(text or "" for text in strings)
                if message.id and texts and all(texts) and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
                    messages[key] = texts
    return Translator(name, messages, catalog)


def negotiate(accept_language: str | None, chosen: str | None = None) -> str:
    """The language to answer in: what a person chose where there are texts in it, else the browser's best, else English."""
    if chosen and chosen.replace("-", "_") in languages():
        return chosen.replace("-", "_")
    wanted = _preferred(accept_language or "")
    aliases = {"zh": "zh_CN", "zh_hans": "zh_CN", "zh_sg": "zh_CN", "zh_hans_cn": "zh_CN"}
    wanted = [aliases.get(name.lower(), name) for name in wanted]
    return negotiate_locale(wanted, list(languages()), sep="_") or ENGLISH


def _preferred(header: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if name and name != "*" and weight > 0:
            weighted.append((-weight, position, name.strip().replace("-", "_")))
    return [name for _weight, _position, name in sorted(weighted)]


@cache
def _po_files() -> tuple[Path, ...]:
    root = Path(str(files("shiming")))
    return tuple(sorted(path for path in root.rglob("*.po") if path.parent.name == "locale"))


def _filled(text: str, params: Mapping[str, object]) -> str:
    return text.format_map(params) if params else text
