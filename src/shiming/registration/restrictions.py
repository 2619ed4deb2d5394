"""What can be barred on a card, with its direction, and what never is (rows B1, E1)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """A service barred in one direction: ``in``, ``out`` or ``both``."""

    service: str
    direction: str


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("shiming.registration").joinpath("restrictions.toml").read_text("utf-8"))


@cache
def never_barred() -> tuple[str, ...]:
    """What works on every card, whatever is barred: emergency calls, registration codes, the activation act, the helpline."""
    return tuple(_data()["never"])


@cache
def bars() -> Mapping[str, Bar]:
    """The services that can be barred, by the restriction's name."""
    return {name: Bar(**row) for name, row in _data()["bar"].items()}


def allowed(names: Iterable[str]) -> tuple[str, ...]:
    """The restrictions as given, each once. Raises ``ValueError`` for one that is unknown or would bar what never may be."""
    wanted = tuple(dict.fromkeys(names))
    protected = [name for name in wanted if name in never_barred() or name == "sms-in"]
    if protected:
        raise ValueError(f"expected nothing that must always work, got {', '.join(protected)}; remove it")
    unknown = [name for name in wanted if name not in bars()]
    if unknown:
        raise ValueError(f"expected restrictions of {', '.join(bars())}, got {', '.join(unknown)}")
    return wanted
