"""The form of a programme file, and every mistake in one with line and cure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from shiming.registration.reasons import catalogue

_CURES = {
    "missing": "add this key",
    "extra_forbidden": "remove it, or correct its spelling",
    "literal_error": "use one of the values named",
    "string_type": "write it in quotes",
    "int_type": "write a whole number without quotes",
    "bool_type": "write true or false without quotes",
    "list_type": 'write a list: ["a", "b"]',
    "tuple_type": 'write a list: ["a", "b"]',
    "greater_than_equal": "raise it",
    "less_than_equal": "lower it",
}


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"expected an IANA time zone such as Asia/Shanghai, got {value!r}")
    return value


def _known_codes(value: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(value) - set(catalogue()))
    if unknown:
        raise ValueError(f"not in the catalogue of reason codes: {', '.join(unknown)}")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Names = Annotated[tuple[str, ...], Field(strict=False)]


class Slot(_Strict):
    """One piece of evidence asked for. ``only_for``: document types that need it; none named = all."""

    slot: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    kind: Literal["document-side", "photocopy", "selfie"]
    documents: Names = ()
    side: Literal["front", "back"] | None = None
    only_for: Names = ()


class Cap(_Strict):
    """How many cards one person may have at once, counted in this programme or over the issuer's cards of the kind."""

    limit: int = Field(ge=1)
    scope: Literal["programme", "issuer"]
    origin: str


class Age(_Strict):
    """The least age to register alone, in whole years. ``origin`` says who demands it, ``certainty`` how sure that is."""

    minimum: int = Field(ge=0, le=120)
    origin: str
    certainty: Literal["high", "medium", "low"]


class Programme(_Strict):
    """A programme as written. Durations carry their unit in the name."""

    title: str
    """A gettext message id."""
    demo: bool = False
    country: str = Field(pattern=r"^[A-Z]{2}$")
    zone: Annotated[str, AfterValidator(_zone)]
    card_kind: str
    number_scheme: Literal["iccid"]
    documents: Names = Field(min_length=1)
    form_fields: Names
    consents: Names
    checks: Names = Field(min_length=1)
    review_mode: Literal["always", "on-refer"]
    promise_working_days: int = Field(ge=1, le=60)
    attempts: int = Field(ge=1, le=20)
    retakes: int = Field(ge=0, le=10)
    restrictions: Names
    activation_code_hours: int = Field(ge=1)
    activation_code_attempts: int = Field(ge=1, le=20)
    take_back_minutes: int = Field(ge=0)
    cap: Cap
    age: Age
    slots: Annotated[tuple[Slot, ...], Field(strict=False)] = Field(min_length=1)
    limits: dict[str, Annotated[float, Field(strict=False)]] = {}
    routing: Annotated[dict[str, Literal["retry", "refer", "reject", "note"]], AfterValidator(_known_codes)] = {}


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a programme file: where, what was expected and what came, what to do. ``line`` 0 = not in the file."""

    key: str
    line: int
    message: str
    cure: str

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{self.key}: {self.message}; {self.cure}"


class ProgrammeError(ValueError):
    """A programme that cannot be used. ``faults`` holds every mistake found, not only the first."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"programme {name!r}: " + " | ".join(str(fault) for fault in faults))
        self.faults = faults


def read(name: str, text: str) -> dict[str, Any]:
    """The TOML of a programme. Raises ``ProgrammeError`` with the line where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match.group(1)) if match else 0
        raise ProgrammeError(name, (Fault("(file)", line, str(error), "correct the TOML there"),)) from None


def parse(name: str, text: str, base: dict[str, Any] | None = None) -> Programme:
    """A programme from its text, laid over ``base`` where it extends another. Raises ``ProgrammeError`` with every mistake."""
    data = {**(base or {}), **read(name, text)}
    data.pop("extends", None)
    try:
        return Programme.model_validate(data)
    except ValidationError as error:
        faults = tuple(_fault(text, row) for row in error.errors(include_url=False))
        raise ProgrammeError(name, faults) from None


def _fault(text: str, row: Any) -> Fault:
    path = [str(part) for part in row["loc"]]
    message = row["msg"].removeprefix("Value error, ")
    if row["type"] not in ("missing", "value_error"):
        message += f", got {row['input']!r}"
    return Fault(".".join(path), _line(text, path), message, _CURES.get(row["type"], "correct the value"))


def _line(text: str, path: list[str]) -> int:
    """The line of the deepest key of the path that stands in the text; 0 when none does."""
    words = [part for part in path if not part.isdigit()]
    for word in reversed(words):
        pattern = re.compile(rf"^\s*(\[+[\w.-]*\b)?[\"']?{re.escape(word)}[\"']?\s*[=\].]")
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.match(line):
                return number
    return 0
