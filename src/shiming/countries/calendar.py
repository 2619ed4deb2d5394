"""Promises in working days: the issuer's zone, its country's holidays, and weekends that are worked in exchange."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from shiming.countries.policy import package

CLOSE = "18:00"
"""Close of business in the issuer's zone unless it says otherwise: the end of a usual office day."""


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due. ``unpublished_year``: a day counted lies in a year whose holidays are not published yet."""

    at: datetime
    unpublished_year: bool


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A country's working days. ``published`` are the years whose list was issued by the authority."""

    country: str
    weekend: frozenset[int]
    published: frozenset[int]
    working: frozenset[date]
    off: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether people work on that day. In years not published this is an estimate from the law's fixed days."""
        if day in self.working:
            return True
        if day.weekday() in self.weekend or day in self.off:
            return False
        return day not in _public_holidays(self.country, day.year)


@cache
def _public_holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


@cache
def working_days(country: str) -> WorkingDays:
    """The working days of a country from its ``working_days.toml``. Raises ``KeyError`` for a country that has no folder."""
    text = files(package(country)).joinpath("working_days.toml").read_text("utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    years: dict[str, Any] = data.get("years", {})
    return WorkingDays(
        country=country.upper(),
        weekend=frozenset(data["weekend"]),
        published=frozenset(int(year) for year in years),
        working=frozenset(day for row in years.values() for day in row["working"]),
        off=frozenset(day for row in years.values() for day in row["off"]),
    )


def due(submitted: datetime, days: int, calendar: str, zone: str, close: str = CLOSE) -> Due:
    """The moment that many working days after a submission end.

    ``submitted`` is aware; its day in ``zone`` is day 0, whether worked or not. Due at ``close`` (HH:MM) of the last day, in
    UTC. Raises ``ValueError`` for a naive time or a negative number of days.
    """
    if submitted.tzinfo is None:
        raise ValueError("expected a time with a zone, got one without; pass UTC")
    if days < 0:
        raise ValueError(f"expected 0 or more working days, got {days}")
    kept = working_days(calendar)
    here = ZoneInfo(zone)
    day = submitted.astimezone(here).date()
    unpublished = False
    left = days
    while left:
        day += timedelta(days=1)
        unpublished = unpublished or day.year not in kept.published
        left -= kept.is_working(day)
    closing = datetime.combine(day, time.fromisoformat(close), here)
    return Due(closing.astimezone(UTC), unpublished)


def working_days_between(start: datetime, end: datetime, calendar: str, zone: str) -> int:
    """Working days after ``start``'s day up to and with ``end``'s, in ``zone``; negative when ``end`` is earlier."""
    kept, here = working_days(calendar), ZoneInfo(zone)
    first, last = start.astimezone(here).date(), end.astimezone(here).date()
    if last < first:
        return -working_days_between(end, start, calendar, zone)
    return sum(kept.is_working(first + timedelta(days=step)) for step in range(1, (last - first).days + 1))
