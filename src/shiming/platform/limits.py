"""Numbers that decide something, read from the ``limits.toml`` of the part they belong to."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def limits(package: str) -> dict[str, float]:
    """The limits of a package by dotted name. Each entry of its file has ``value``, ``unit`` and ``origin``.

    Raises ValueError for an entry that lacks one of them.
    """
    data = tomllib.loads(files(package).joinpath("limits.toml").read_text("utf-8"))
    found: dict[str, float] = {}
    for group, entries in data.items():
        for name, entry in entries.items():
            if {"value", "unit", "origin"} - set(entry):
                raise ValueError(f"expected value, unit and origin for {group}.{name} in {package}'s limits.toml")
            found[f"{group}.{name}"] = float(entry["value"])
    return found


def limit(package: str, name: str) -> float:
    """One limit. Raises KeyError naming it when the file has none."""
    try:
        return limits(package)[name]
    except KeyError:
        raise KeyError(f"expected limit {name} in {package}'s limits.toml, got none; add it with its origin") from None
