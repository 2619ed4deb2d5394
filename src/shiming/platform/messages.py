"""Finds every text that a person reads: ``_()`` in Python and templates, and the text keys of data files.

``python -m shiming.platform.messages zh_CN`` lists what that language lacks, by place.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from jinja2.ext import babel_extract

import shiming
from shiming.platform.i18n import translator

TEXT_KEYS = frozenset({"text", "hint", "title", "subject", "label", "points"})
"""Keys of data files whose values are message ids."""
_WITHOUT_TEXTS = frozenset({"registry.toml", "layout.toml", "sample.toml"})
"""Data files whose titles are proper names of models, or words printed on documents and their samples."""
_KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}


def message_ids(root: Path | None = None) -> dict[str, str]:
    """Every message id under ``root`` (the package), with a place where it stands. A plural counts by its singular."""
    root = root or Path(shiming.__path__[0])
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        for line, message in _of_file(path):
            found.setdefault(message, f"{path.relative_to(root)}:{line}")
    return found


def missing(language: str, root: Path | None = None) -> dict[str, str]:
    """The message ids without a text in ``language``, with a place where each stands."""
    known = translator(language)
    if known.language != language:
        raise ValueError(f"expected a language with texts, got {language}; add locale/{language}.po to each room")
    return {message: place for message, place in message_ids(root).items() if not known.has(message)}


def _of_file(path: Path) -> Iterator[tuple[int, str]]:
    if path.name in _WITHOUT_TEXTS:
        return
    if path.suffix == ".toml":
        yield from ((0, text) for text in _of_data(tomllib.loads(path.read_text("utf-8"))))
        return
    if path.suffix == ".py":
        yield from _of_code(path.read_text("utf-8"))
        return
    method: Any = {".html": babel_extract, ".txt": babel_extract}.get(path.suffix)
    if method is None or not path.is_file():
        return
    with path.open("rb") as stream:
        options = {"encoding": "utf-8", "silent": "false"}
        for line, message, _comments, _context in extract(method, stream, _KEYWORDS, options=options):
            first = message if isinstance(message, str) else message[0]
            if first:
                yield line, first


def _of_code(source: str) -> Iterator[tuple[int, str]]:
    """Calls whose first argument is a plain text. Babel's own extractor takes ``_(row["text"])`` for the text "text"."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _KEYWORDS and isinstance(node.args[0].value, str) and node.args[0].value:
                yield node.args[0].lineno, node.args[0].value


def _of_data(value: Any, wanted: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _of_data(inner, wanted=key in TEXT_KEYS)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_data(inner, wanted)
    elif isinstance(value, str) and wanted and value:
        yield value


if __name__ == "__main__":
    for text, where in missing(sys.argv[1]).items():
        sys.stdout.write(f"{where}: {text}\n")
