"""A country's rules as dated data: each fact with its source and how sure we are. Nothing here is legal advice."""

from __future__ import annotations

import hashlib
import importlib
import json
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

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shiming.countries.vocabulary import VOCABULARY, Row, Situation, rows
from shiming.registration.faults import Fault, fault_of, line_of

Certainty = Literal["high", "medium", "low"]


class PolicyError(ValueError):
    """A policy that cannot be used. ``faults`` holds every mistake found, not only the first."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"policy {name!r}: " + " | ".join(str(fault) for fault in faults))
        self.faults = faults


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a fact was found: an address, or the place in a law."""

    reference: str = Field(min_length=1)
    kind: str = Field(min_length=1)


class Supplied(_Strict):
    """Who of the staff supplied a fact (an id), and the day of its source."""

    by: str = Field(min_length=1)
    on: date


class _FactRow(_Strict):
    value: Any = None
    says: str = ""
    certainty: Certainty = "low"
    source: tuple[str, ...] = ()
    note: str = ""
    supplied: Supplied | None = None


class _File(_Strict):
    country: str = Field(pattern=r"^[A-Z]{2}$")
    name: str = Field(min_length=1)
    zone: str
    gathered_on: date
    authority: str = ""
    instruments: tuple[str, ...] = ()
    facts: dict[str, _FactRow] = {}
    sources: dict[str, Source] = {}


@dataclass(frozen=True, slots=True)
class Fact:
    """One rule of a country. ``rows`` are empty where it is unknown, or only words (``says``): nothing is filled by guessing."""

    key: str
    value: Any
    rows: tuple[Row, ...]
    says: str
    certainty: Certainty
    source: tuple[str, ...]
    note: str = ""
    supplied: Supplied | None = None

    @property
    def known(self) -> bool:
        """Whether the program may decide on it. Low certainty counts as unknown."""
        return bool(self.rows) and self.certainty != "low"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is known of a country's rules. ``version`` changes with every change of what is written."""

    country: str
    name: str
    zone: str
    gathered_on: date
    authority: str
    instruments: tuple[str, ...]
    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    version: str
    content: str
    """All of it as one JSON text, from which ``parse_content`` makes it again."""

    def knows(self, key: str) -> bool:
        """Whether a fact is there and sure enough to decide on."""
        fact = self.facts.get(key)
        return fact is not None and fact.known

    def about(self, key: str, asked: Situation) -> tuple[Row, ...] | None:
        """What a fact says of a situation: the rows that hold; None where it is unknown, or says nothing of it."""
        fact = self.facts.get(key)
        if fact is None or not fact.known:
            return None
        return tuple(row for row in fact.rows if row.holds(asked)) or None

    def answer(self, key: str, asked: Situation) -> Any:
        """The one thing (``is``) a fact says of a situation; None where it is unknown, or differs with what was not said."""
        found = {row.is_ for row in self.about(key, asked) or () if hasattr(row, "is_")}
        return found.pop() if len(found) == 1 else None


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
    """The policy of a country as shipped. Raises ``KeyError`` for an unknown country, ``PolicyError`` for a faulty file."""
    text = files(package(country)).joinpath("policy.toml").read_text("utf-8")
    return parse(f"countries/{country.lower()}/policy.toml", text)


def parse(name: str, text: str) -> Policy:
    """A policy from a TOML text. Raises ``PolicyError`` with every mistake."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, (Fault("(file)", 0, str(error), "correct the TOML there"),)) from None
    return _made(name, data, text)


def parse_content(content: str) -> Policy:
    """A policy from its own ``content``."""
    return _made("content", json.loads(content), content)


def _made(name: str, data: dict[str, Any], text: str) -> Policy:
    try:
        given = _File.model_validate(data)
    except ValidationError as error:
        raise PolicyError(name, tuple(fault_of(text, row) for row in error.errors(include_url=False))) from None
    faults: list[Fault] = []
    content = given.model_dump_json(exclude_defaults=True)
    # Values as JSON has them (a day as text), so that a policy is the same from its file and from its content.
    plain = json.loads(content).get("facts", {})
    facts = {key: _fact(key, row, given, text, faults, plain[key].get("value")) for key, row in given.facts.items()}
    if faults:
        raise PolicyError(name, tuple(faults))
    dates = [given.gathered_on, *(fact.supplied.on for fact in facts.values() if fact.supplied)]
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return Policy(
        country=given.country,
        name=given.name,
        zone=given.zone,
        gathered_on=given.gathered_on,
        authority=given.authority,
        instruments=given.instruments,
        facts=facts,
        sources=given.sources,
        version=f"{given.country}-{max(dates):%Y-%m-%d}-{digest}",
        content=content,
    )


def _fact(key: str, row: _FactRow, given: _File, text: str, faults: list[Fault], value: Any) -> Fact:
    path = ("facts", key)
    line = line_of(text, path)
    absent = [name for name in row.source if name not in given.sources]
    told = row.value is not None or bool(row.says)
    if absent or (told and not row.source):
        message = f"expected at least one source of [sources], got {', '.join(absent) or 'none'}"
        faults.append(Fault(".".join(path), line, message, "add the source, or leave the value out"))
    made: tuple[Row, ...] = ()
    if row.value is not None and key not in VOCABULARY:
        message = f"only words (`says`) can stand here; values are for {', '.join(VOCABULARY)}"
        faults.append(Fault(".".join(path), line, message, "write it as `says`"))
    elif row.value is not None:
        try:
            made = rows(key, row.value)
        except ValidationError as error:
            found = (fault_of(text, one, (*path, "value")) for one in error.errors(include_url=False))
            faults.extend(Fault(fault.key, line, fault.message, fault.cure) for fault in found)
    return Fact(key, value, made, row.says, row.certainty, row.source, row.note, row.supplied)
