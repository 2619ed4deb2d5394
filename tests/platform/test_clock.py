from datetime import UTC, datetime, timedelta, timezone

import pytest

from shiming.platform.clock import FixedClock, SystemClock


def test_system_clock_is_utc():
    assert SystemClock().now().utcoffset() == timedelta()


def test_fixed_clock_stands_until_advanced():
    clock = FixedClock(datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(timedelta(days=1))
    assert clock.now() == datetime(2026, 1, 2, tzinfo=UTC)


def test_fixed_clock_refuses_a_moment_without_zone():
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 1, 1))
