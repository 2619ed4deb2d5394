"""The national numbers that python-stdnum carries, one kind a module: ``stdnum.es.dni`` is ``es-dni``.

``standard_numbers.toml`` names what is left out (numbers of accounts, places and things) and the second names of kinds.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import stdnum
from stdnum import exceptions

from shiming.countries.identifiers import Fault, Identifier

_FAULTS: tuple[tuple[type[Exception], Fault], ...] = (
    (exceptions.InvalidLength, "length"),
    (exceptions.InvalidChecksum, "checksum"),
    (exceptions.InvalidComponent, "component"),
    (exceptions.InvalidFormat, "format"),
)
_SEX = {"M": "M", "F": "F"}


@dataclass(frozen=True, slots=True)
class Standard:
    """A number of python-stdnum. Its module is loaded when the first number is looked at."""

    kind: str
    country: str
    module: str

    def titled(self) -> str:
        """The first line of the module's own description."""
        return _title(self.module)

    def read(self, text: str, today: date) -> Identifier:
        """Looks at a number; a birth after ``today`` makes it invalid."""
        module = importlib.import_module(self.module)
        value = _compact(module, text)
        fault = _fault(module, value)
        if fault is not None:
            return Identifier(self.kind, value, fault)
        details = _told(module, value)
        if details.get("date_of_birth", "") > today.isoformat():
            return Identifier(self.kind, value, "date", details)
        return Identifier(self.kind, value, None, details)


def found() -> Iterator[Standard]:
    """Every number of a person or an organisation that python-stdnum knows."""
    left_out = set(_data()["left_out"])
    for package in pkgutil.iter_modules(stdnum.__path__):
        name = package.name.strip("_")
        if not package.ispkg or len(name) != 2:
            continue
        spec = importlib.util.find_spec(f"stdnum.{package.name}")
        for module in pkgutil.iter_modules(list(spec.submodule_search_locations or []) if spec else []):
            kind = f"{name}-{module.name.strip('_').replace('_', '-')}"
            if kind not in left_out:
                path = f"stdnum.{package.name}.{module.name}"
                yield Standard(kind, name.upper(), path)


def aliases() -> Mapping[str, str]:
    """Second names of kinds: alias -> kind."""
    named: dict[str, str] = _data()["aliases"]
    return named


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("standard_numbers.toml").read_text("utf-8"))


@cache
def _title(module: str) -> str:
    """The first line of a module's own description, read without loading it: there are two hundred."""
    spec = importlib.util.find_spec(module)
    source = Path(spec.origin).read_text("utf-8") if spec and spec.origin else ""
    text = ast.get_docstring(ast.parse(source)) or module
    return text.strip().splitlines()[0].rstrip(".")


def _compact(module: ModuleType, text: str) -> str:
    try:
        return str(module.compact(text))
    except (exceptions.ValidationError, ValueError, IndexError):
        return text.strip()


def _fault(module: ModuleType, value: str) -> Fault | None:
    # Some numbers of nothing but zeros pass a sum of digits; no register gives them out.
    if not value.strip("0 -"):
        return "format"
    try:
        module.validate(value)
    except exceptions.ValidationError as failure:
        return next((fault for kind, fault in _FAULTS if isinstance(failure, kind)), "format")
    return None


def _told(module: ModuleType, value: str) -> dict[str, Any]:
    """What the number says of its holder, as far as python-stdnum can tell."""
    details: dict[str, Any] = {}
    born = _asked(module, "get_birth_date", value)
    if isinstance(born, date):
        details["date_of_birth"] = born.isoformat()
    sex = _SEX.get(str(_asked(module, "get_gender", value)))
    if sex:
        details["sex"] = sex
    return details


def _asked(module: ModuleType, question: str, value: str) -> Any:
    ask = getattr(module, question, None)
    if ask is None:
        return None
    try:
        return ask(value)
    except (exceptions.ValidationError, ValueError):
        return None
