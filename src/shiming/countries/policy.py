"""A country's rules as dated data: each fact with its source and how sure we are. Nothing here is legal advice."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from types import ModuleType
from typing import Any, Literal

Certainty = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One rule of a country. ``value`` is None where it is unknown: an unknown is never filled by guessing."""

    key: str
    value: Any
    certainty: Certainty
    source: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is known of a country's rules. ``version`` changes with every change of the file."""

    country: str
    name: str
    zone: str
    gathered_on: date
    facts: Mapping[str, Fact]
    sources: Mapping[str, str]
    version: str


@cache
def packages() -> Mapping[str, ModuleType]:
    """The package of every country by its code (``CN``): the folders here, then those of others by entry point."""
    found: dict[str, ModuleType] = {}
    base = importlib.import_module("shiming.countries")
    for info in pkgutil.iter_modules(base.__path__):
        if info.ispkg:
            found[info.name.upper()] = importlib.import_module(f"{base.__name__}.{info.name}")
    for entry in entry_points(group="shiming.countries"):
        found.setdefault(entry.name.upper(), entry.load())
    return found


def names() -> tuple[str, ...]:
    """The countries there are, ISO 3166-1 alpha-2, in alphabetical order."""
    return tuple(sorted(packages()))


def package(country: str) -> ModuleType:
    """The package of a country. Raises ``KeyError`` naming those there are."""
    try:
        return packages()[country.upper()]
    except KeyError:
        raise KeyError(f"no country {country!r}; there are {', '.join(names())}") from None


@cache
def policy(country: str) -> Policy:
    """The policy of a country. Raises ``KeyError`` for an unknown country, ``ValueError`` naming a fact without a source."""
    raw = files(package(country)).joinpath("policy.toml").read_bytes()
    data: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    sources = data["sources"]
    facts = {key: _fact(country, key, row, sources) for key, row in data["facts"].items()}
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return Policy(
        country=data["country"],
        name=data["name"],
        zone=data["zone"],
        gathered_on=data["gathered_on"],
        facts=facts,
        sources=sources,
        version=f"{data['country']}-{data['gathered_on']:%Y-%m-%d}-{digest}",
    )


def _fact(country: str, key: str, row: Mapping[str, Any], sources: Mapping[str, str]) -> Fact:
    named = tuple(row.get("source", ()))
    unknown = [name for name in named if name not in sources]
    if unknown or (not named and "value" in row):
        raise ValueError(
            f"countries/{country.lower()}/policy.toml, fact {key!r}: expected at least one source of [sources], "
            f"got {unknown or 'none'}; add the source or leave the value out"
        )
    return Fact(key, row.get("value"), row.get("certainty", "low"), named, row.get("note", ""))
