"""Timetables: dates at close of business, in order, and never nearer to one another than the programme says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.programmes import ProgrammeError, parse, resolve, source
from shiming.programmes.timetable import Step, coming, steps
from shiming.registration.values import DeadlineRule

RULES = replace(
    resolve("carrier-5g"),
    deadlines=(
        DeadlineRule("card", "cancel", 90),
        DeadlineRule("card", "remind", 20),
        DeadlineRule("card", "suspend", 30),
        DeadlineRule("registration", "expire", 3, working=True),
    ),
)
START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_dates_are_close_of_business_in_the_programmes_zone() -> None:
    found = steps(RULES, "card", START)
    assert [step.step for step in found] == ["remind", "suspend", "cancel"]
    assert found[0].due == datetime(2026, 12, 11, 10, 0, tzinfo=UTC)


def test_working_days_leave_out_weekends() -> None:
    (expire,) = steps(RULES, "registration", START)  # a Saturday
    assert expire.due == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def test_a_date_no_calendar_has_is_an_error_that_says_so() -> None:
    with pytest.raises(ValueError, match="dates the calendar has"):
        steps(RULES, "card", datetime(9999, 12, 1, tzinfo=UTC))


@settings(deadline=None)
@given(days=st.integers(0, 400), late=st.integers(0, 400))
def test_what_comes_keeps_its_order_and_its_distance(days: int, late: int) -> None:
    plan = steps(RULES, "card", START)
    now = START + timedelta(days=days)
    for place, last in enumerate(plan):
        when = last.due + timedelta(days=late)
        rest = coming(plan, last, when)
        assert [c.step for c in rest] == list(plan[place + 1 :])
        for c in rest:
            assert c.at >= c.step.due
            assert c.at - when >= min(c.step.due - last.due, c.step.due - when) - timedelta(seconds=1)
            if late > 1:
                assert c.at - when == c.step.due - last.due
    assert [c.step for c in coming(plan, None, now)] == list(plan)


def test_a_step_without_sense_is_left_out() -> None:
    plan = steps(RULES, "card", START)
    assert [c.step.step for c in coming(plan, Step("remind", plan[0].due), START, skip=("suspend",))] == ["cancel"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((("card", "suspend", 30),), "remind step before"),
        ((("card", "remind", 40), ("card", "suspend", 30)), "remind step before"),
        ((("card", "remind", 1), ("card", "suspend", 30), ("card", "cancel", 20)), "in this order"),
        ((("card", "expire", 30),), "expected steps of a card"),
        ((("registration", "suspend", 30),), "expected steps of a registration"),
        ((("card", "remind", 5000),), "less than or equal"),
    ],
)
def test_a_timetable_that_makes_no_sense_is_refused(rows: tuple[tuple[str, str, int], ...], message: str) -> None:
    text = source("carrier-5g")
    for of, step, days in rows:
        text += f'\n[[deadlines]]\nof = "{of}"\nstep = "{step}"\nafter_days = {days}\n'
    with pytest.raises(ProgrammeError, match=message):
        parse("draft", text)


@pytest.mark.parametrize("barred", ["sms-in", "emergency-calls", "nothing"])
def test_a_programme_cannot_bar_what_must_always_work(barred: str) -> None:
    with pytest.raises(ProgrammeError, match="restrictions"):
        parse("draft", source("carrier-5g").replace('"data"]', f'"data", "{barred}"]', 1))
