"""The one injectable clock. Everything stored is UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is advanced; for tests and for replay."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError(f"expected a moment with a time zone, got {at.isoformat()}; add tzinfo=UTC")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was set to, plus all it was advanced by."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward by ``by``."""
        self._at += by
