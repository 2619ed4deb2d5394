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

    def open_line(self, number: str, key: str) -> LineState:
        """Opens the line and lifts its restrictions; the confirmation may come later. Raises ``NotDone``."""
        ...

    def confirmed(self, number: str) -> bool:
        """Whether the operator says that the line is in service. Raises ``NotDone``."""
        ...
