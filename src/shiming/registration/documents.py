"""The kinds of identity document there are, as data (``documents.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document. ``title`` is a gettext message id; ``sides`` are what there is to photograph."""

    name: str
    title: str
    sides: tuple[str, ...]
    form_of: str | None = None
    """The kind that this one is a form of: who accepts that, accepts this."""
    number: str | None = None
    """The kind of identifier that its number is (``countries.identifiers``), where that has another name than the document."""
    offered: bool = True
    """Whether anybody can choose it."""


OTHER = "other-document"
"""What a reader answers for a document of no kind it knows. What it read of it is a hint for a person, and decides nothing."""


def offered_kinds() -> tuple[str, ...]:
    """The kinds that people, programmes and policies can name."""
    return tuple(name for name, kind in document_kinds().items() if kind.offered)


@cache
def document_kinds() -> Mapping[str, DocumentKind]:
    """Every kind by name."""
    data = tomllib.loads(files(__package__).joinpath("documents.toml").read_text("utf-8"))
    return {
        name: DocumentKind(
            name, row["title"], tuple(row["sides"]), row.get("form_of"), row.get("number"), row.get("offered", True)
        )
        for name, row in data.items()
    }
