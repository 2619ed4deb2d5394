"""When an unregistered card is reminded, restricted, suspended and cancelled, and when a registration expires (rows C6, E5).

Dates are close of business in the programme's zone; day 0 is the day of the first use or of the start.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from shiming.countries import calendar
from shiming.platform.limits import limit
from shiming.registration.values import DeadlineRule, Rules

Of = Literal["card", "registration"]
GRAVITY = ("remind", "restrict", "suspend", "expire", "cancel")
"""Steps of one day in the order they are taken."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step and its date as the programme says."""

    step: str
    due: datetime

    @property
    def place(self) -> tuple[datetime, int]:
        """What steps are ordered by."""
        return self.due, GRAVITY.index(self.step)


@dataclass(frozen=True, slots=True)
class Coming:
    """The next step: as the programme says (``step``), and when it is taken (later where an earlier one came late)."""

    step: Step
    at: datetime


@lru_cache(maxsize=4096)
def _steps(deadlines: tuple[DeadlineRule, ...], of: str, day: date, country: str, zone: str) -> tuple[Step, ...]:
    start = datetime.combine(day, time(0), ZoneInfo(zone))
    found = [Step(rule.step, _due(rule, start, country, zone)) for rule in deadlines if rule.of == of]
    return tuple(sorted(found, key=lambda step: step.place))


def _due(rule: DeadlineRule, start: datetime, country: str, zone: str) -> datetime:
    if rule.working:
        return calendar.due(start, rule.after_days, country, zone).at
    day = start.date() + timedelta(days=rule.after_days)
    return datetime.combine(day, time.fromisoformat(calendar.CLOSE), ZoneInfo(zone)).astimezone(UTC)


def steps(rules: Rules, of: Of, start: datetime) -> tuple[Step, ...]:
    """All steps from a start, in order. Raises ``ValueError`` for a start or a date that no calendar has."""
    try:
        day = start.astimezone(ZoneInfo(rules.zone)).date()
        return _steps(rules.deadlines, of, day, rules.country, rules.zone)
    except OverflowError:
        raise ValueError(f"expected a start with dates the calendar has, got {start.isoformat()}") from None


def coming(
    plan: tuple[Step, ...], last: Step | None, now: datetime, *, skip: Collection[str] = ()
) -> tuple[Coming, ...]:
    """What is still to come after the ``last`` step taken, with the dates that hold now. ``skip`` names steps without sense.

    Where the last step was taken far too late (the program stood still, or the timetable was moved forward), those after it
    keep their distance from it: a suspension never follows on the heels of its reminder.
    """
    late = timedelta(0)
    if last is not None and now - last.due > timedelta(hours=limit("shiming.countries", "timetable.grace_hours")):
        late = now - last.due
    rest = [step for step in plan if (last is None or step.place > last.place) and step.step not in skip]
    return tuple(Coming(step, step.due + late) for step in rest)
