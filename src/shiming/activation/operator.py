"""What the operator's systems are asked and answer. One file of ``connectors/`` each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class LineState(StrEnum):
    """How far the operator is with a line. ``confirmed``: in service, restrictions lifted."""

    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class OperatorCard:
    """A card as the operator's systems know it."""

    number: str = field(repr=False)
    msisdn: str = field(repr=False)
    state: str
    product: str


@dataclass(frozen=True, slots=True)
class LineOrder:
    """An act on a line. ``act`` is one of ``registration.store.life.ACTS``."""

    act: str
    number: str = field(repr=False)
    restrictions: tuple[str, ...] = ()
    """What is barred from now on (``restrict``, ``lift``), by the names of ``registration/restrictions.toml``."""
    act_number: str | None = None
    """Where the holder's second act goes: never barred (row B6)."""
    new_number: str | None = field(default=None, repr=False)
    """The number of the card that a ``swap`` moves the line to."""
    plan: str | None = None
    """The issuer's code of the plan that a ``change-plan`` asks for."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a line stands at the operator: ``none``, ``opening``, ``in-service``, ``suspended`` or ``cancelled``."""

    state: str
    restrictions: tuple[str, ...] = ()


class NotDone(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The operator did not certainly do it.

    ``code`` says why. ``again``: trying later may help. ``in_doubt``: it may be done all the same.
    """

    def __init__(self, code: str, *, again: bool, in_doubt: bool) -> None:
        super().__init__(code)
        self.code = code
        self.again = again
        self.in_doubt = in_doubt


class Operator(Protocol):
    """The operator's line. Card numbers are personal: never in addresses, logs or messages of exceptions."""

    @property
    def honours_keys(self) -> bool:
        """Whether two requests with one key open one line once."""
        ...

    def query(self, number: str) -> OperatorCard | None:
        """The card with this number, or None. Raises ``NotDone``."""
        ...

    def open_line(self, number: str, key: str, *, lift: bool = True) -> LineState:
        """Opens the line, resumes a suspended one and lifts its restrictions (without ``lift`` they stay until the second
        act); the confirmation may come later. Raises ``NotDone``."""
        ...

    def confirmed(self, number: str) -> bool:
        """Whether the operator says that the line is in service. Raises ``NotDone``."""
        ...

    def carry_out(self, order: LineOrder, key: str) -> LineState:
        """Any other act on a line; the confirmation may come later. Raises ``NotDone``."""
        ...

    def line(self, number: str) -> Line | None:
        """How the line of a card stands now; None for a card it does not know. Raises ``NotDone``."""
        ...
