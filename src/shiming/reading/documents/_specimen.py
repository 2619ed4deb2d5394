"""Marks of a specimen: words and codes (``_specimen.toml``) that no document of a real person bears."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from shiming.registration.values import Field


@cache
def _known() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("_specimen.toml").read_text("utf-8"))


@cache
def _printed() -> re.Pattern[str]:
    words = "|".join(re.escape(word).replace(r"\ ", r"\s*") for word in _known()["words"])
    pieces = "|".join(map(re.escape, _known()["pieces"]))
    return re.compile(rf"(?<![A-Z])(?:{words})(?![A-Z])|{pieces}")


def marks(lines: Iterable[str], fields: Mapping[str, Field]) -> int:
    """How many lines of print and fields bear one.

    A specimen's name alone is none, as there are people of these names: it counts beside the specimens' state.
    """
    found = sum(bool(_printed().search(_bare(line))) for line in lines)
    states = [fields[name].raw.upper() for name in ("issuing_country", "nationality") if name in fields]
    utopian = any(state in _known()["countries"] for state in states)
    called = [fields[name].raw.upper() for name in ("surname", "given_names") if name in fields]
    named = any(word in _known()["names"] for text in called for word in re.split(r"[^A-Z]+", text))
    return found + utopian + (named and (utopian or found > 0))


def _bare(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain).upper()
