"""The numbers of ``limits.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def limits() -> dict[str, Any]:
    """``limits.toml`` of this room, by table and name."""
    return tomllib.loads(files(__package__).joinpath("limits.toml").read_text("utf-8"))
