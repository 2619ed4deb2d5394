"""Where a holder may go who showed one code only, in the account of a proven person: the addresses of ``limited.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _allowed() -> tuple[frozenset[str], tuple[str, ...]]:
    data = tomllib.loads(files(__package__).joinpath("limited.toml").read_text("utf-8"))
    return frozenset(data["pages"]), (*data["below"], *data["begins"])


def may(path: str) -> bool:
    """Whether an address is one of those."""
    pages, below = _allowed()
    return path in pages or path.startswith(below)
