"""Writes a message's text in the recipient's language, from ``templates.toml`` and the gettext catalogue."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.lists import format_list

from shiming.platform.i18n import Translator, translator
from shiming.registration.reasons import reason

_MOMENTS = frozenset({"due_at", "expires_at"})


@dataclass(frozen=True, slots=True)
class Text:
    """A finished text."""

    subject: str = field(repr=False)
    body: str = field(repr=False)


@cache
def templates() -> Mapping[str, Mapping[str, str]]:
    """The templates by id, with ``verify`` and the names of ``items`` among them."""
    data: dict[str, dict[str, str]] = tomllib.loads(files(__package__).joinpath("templates.toml").read_text("utf-8"))
    return data


def message_ids() -> list[str]:
    """Every text that needs a translation."""
    found: list[str] = []
    for name, entry in templates().items():
        found += entry.values() if name == "items" else [entry[part] for part in ("subject", "text") if part in entry]
    return found


def render(template: str, language: str, params: Mapping[str, Any], *, zone: str, verify_url: str, mark: str) -> Text:
    """The text of ``template``, with the ``mark`` by which it can be verified at ``verify_url``.

    Moments come as ISO 8601, reasons as codes, items as slots or form fields.
    Raises KeyError for an unknown template or a missing parameter.
    """
    entry = templates()[template]
    texts = translator(language)
    ready = {name: _ready(name, value, texts, zone) for name, value in params.items()}
    body = texts.gettext(entry["text"], **ready)
    verify = texts.gettext(templates()["verify"]["text"], url=verify_url, mark=mark)
    return Text(texts.gettext(entry["subject"]), f"{body} {verify}")


def _ready(name: str, value: Any, texts: Translator, zone: str) -> str:
    if name in _MOMENTS:
        moment = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        pattern = "yyyy年M月d日 HH:mm" if texts.language.startswith("zh") else "d MMM yyyy, HH:mm"
        return format_datetime(moment, pattern, locale=texts.locale)
    if name == "reasons":
        return _sentences([texts.gettext(reason(code).text) for code in value], texts)
    if name == "items":
        names = templates()["items"]
        return format_list([texts.gettext(names[item]) for item in value], locale=texts.locale)
    return str(value)


def _sentences(sentences: list[str], texts: Translator) -> str:
    return ("" if texts.language.startswith("zh") else " ").join(sentences)
