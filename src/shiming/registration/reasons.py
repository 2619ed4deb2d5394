"""The catalogue of reason codes, as data (``reasons.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Routing = Literal["retry", "refer", "reject", "note"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code. ``text`` and ``hint`` are gettext message ids (English) for the holder."""

    code: str
    kind: str
    routing: Routing
    counts: bool
    text: str
    hint: str
    private: bool = False
    """Only reviewers see it; no decision gives it as its reason."""


@cache
def catalogue() -> dict[str, Reason]:
    """Every reason code by name."""
    data = tomllib.loads(files(__package__).joinpath("reasons.toml").read_text("utf-8"))
    return {
        code: Reason(
            code, row["class"], row["routing"], row["counts"], row["text"], row["hint"], row.get("private", False)
        )
        for code, row in data.items()
    }


def reason(code: str) -> Reason:
    """The catalogue entry of a code. Raises ``KeyError`` naming the code when it is not in the catalogue."""
    try:
        return catalogue()[code]
    except KeyError:
        raise KeyError(f"reason code {code!r} is not in registration/reasons.toml; add it there first") from None
