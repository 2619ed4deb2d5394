"""A reviewer reads words, not the program's names."""

from __future__ import annotations

from shiming import checks
from shiming.web.reviewer import labels


def test_every_check_is_called_by_a_name_that_a_reviewer_reads() -> None:
    assert not set(checks.available()) - labels.CHECKS.keys()
