"""The numbers that the session reader works with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def limits() -> Mapping[str, float]:
    """The numbers of ``limits.toml`` by dotted name."""
    data = tomllib.loads(files(__package__).joinpath("limits.toml").read_text("utf-8"))
    return {f"{group}.{name}": float(row["value"]) for group, rows in data.items() for name, row in rows.items()}
