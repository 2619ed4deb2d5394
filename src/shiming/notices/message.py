"""What a channel is given and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One text to one recipient (an E.164 number or an e-mail address). Its fields are personal: never log them."""

    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The channel took the message. ``reference`` is the other side's own id of it, if it gave one."""

    reference: str | None = None


class NotDelivered(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The message did not certainly leave.

    ``code`` says why, for the record. ``again``: trying later may help. ``in_doubt``: it may have left all the same,
    so that only a channel that honours keys may try again.
    """

    def __init__(self, code: str, *, again: bool, in_doubt: bool) -> None:
        super().__init__(code)
        self.code = code
        self.again = again
        self.in_doubt = in_doubt


class Channel(Protocol):
    """A way to reach people. One file of ``channels/`` each."""

    @property
    def honours_keys(self) -> bool:
        """Whether two sends with one key reach the person once."""
        ...

    def send(self, message: Message, key: str) -> Delivery:
        """Sends now. Raises ``NotDelivered``."""
        ...
