"""Working days: China's make-up days, zones, years not published."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.countries.calendar import due, working_days, working_days_between

SHANGHAI = "Asia/Shanghai"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(SHANGHAI))


# Each weekend day the State Council's notices make a working day.
MAKE_UP = [
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]  # fmt: skip


@pytest.mark.parametrize("text", MAKE_UP)
def test_make_up_days_are_worked_though_they_are_weekends(text):
    day = date.fromisoformat(text)
    assert day.weekday() >= 5
    assert working_days("CN").is_working(day)


@pytest.mark.parametrize("year", [2025, 2026])
def test_our_list_and_the_holidays_library_agree(year):
    library = holidays.country_holidays("CN", years=year)
    mine = working_days("CN")
    assert {d for d in mine.off if d.year == year} == {d for d in library if d.weekday() < 5}
    assert {d for d in mine.working if d.year == year} == {d for d in library.weekend_workdays if d.year == year}
    first = date(year, 1, 1)
    for step in range(365):
        day = first + timedelta(days=step)
        assert mine.is_working(day) == library.is_working_day(day), day


@pytest.mark.parametrize(("year", "count"), [(2025, 248), (2026, 248)])
def test_working_days_of_the_year(year, count):
    # 365 days less weekends, less weekdays off, plus make-up days, counted by hand from the notices.
    first = date(year, 1, 1)
    assert sum(working_days("CN").is_working(first + timedelta(days=step)) for step in range(365)) == count


@pytest.mark.parametrize(
    ("submitted", "days", "expected"),
    [
        ("2026-11-19 10:00", 3, "2026-11-24 18:00"),  # Thursday: Fri, Mon, Tue
        ("2026-11-20 23:59", 1, "2026-11-23 18:00"),  # late on Friday is still Friday
        ("2026-11-21 09:00", 1, "2026-11-23 18:00"),  # Saturday is day 0
        ("2026-02-13 09:00", 1, "2026-02-14 18:00"),  # Friday before a worked Saturday
        ("2026-02-14 09:00", 1, "2026-02-24 18:00"),  # over Spring Festival
        ("2026-09-30 09:00", 3, "2026-10-10 18:00"),  # over National Day: Thu 8, Fri 9, Sat 10 (worked)
        ("2025-09-30 09:00", 3, "2025-10-11 18:00"),  # Thu 9, Fri 10, Sat 11 (worked)
        ("2025-04-25 09:00", 1, "2025-04-27 18:00"),  # Friday before a worked Sunday
        ("2026-11-19 10:00", 0, "2026-11-19 18:00"),
    ],
)
def test_due(submitted, days, expected):
    result = due(at(submitted).astimezone(UTC), days, "CN", SHANGHAI)
    assert result.at == at(expected)
    assert result.at.tzinfo is UTC
    assert not result.unpublished_year


def test_the_day_is_the_issuers_and_not_utc():
    # 23:30 UTC on Thursday is 07:30 on Friday in Shanghai, so one working day leads to Monday.
    assert due(datetime(2026, 11, 19, 23, 30, tzinfo=UTC), 1, "CN", SHANGHAI).at == at("2026-11-23 18:00")


def test_a_year_not_published_is_flagged():
    assert due(at("2026-12-30 10:00"), 3, "CN", SHANGHAI).unpublished_year
    assert not due(at("2026-12-28 10:00"), 3, "CN", SHANGHAI).unpublished_year


def test_wrong_input_is_refused_with_words():
    with pytest.raises(ValueError, match="zone"):
        due(datetime(2026, 1, 5), 1, "CN", SHANGHAI)
    with pytest.raises(ValueError, match="0 or more"):
        due(at("2026-01-05 10:00"), -1, "CN", SHANGHAI)
    with pytest.raises(KeyError, match="CN"):
        due(at("2026-01-05 10:00"), 1, "XX", SHANGHAI)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1)), st.integers(1, 10))
def test_due_is_that_many_working_days_on(moment, days):
    submitted = moment.replace(tzinfo=UTC)
    result = due(submitted, days, "CN", SHANGHAI)
    assert working_days_between(submitted, result.at, "CN", SHANGHAI) == days
    assert working_days_between(result.at, submitted, "CN", SHANGHAI) == -days
    assert working_days("CN").is_working(result.at.astimezone(ZoneInfo(SHANGHAI)).date())
