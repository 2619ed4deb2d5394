"""The roster's check: agrees, differs, is not on it, cannot be asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shiming.checks import roster
from shiming.registration.values import Outcome, RosterFacts

from .cases import FRONT, case


def said(facts: RosterFacts | None) -> list[tuple[str, str, str | None]]:
    return [(f.outcome, f.code, f.item) for f in roster.run(replace(case(), roster=facts))]


def test_the_person_on_the_roster_passes() -> None:
    facts = RosterFacts("found", FRONT["name"], FRONT["date_of_birth"], FRONT["number"])
    assert said(facts) == [(Outcome.PASS, "ROSTER_NO_MATCH", item) for item in ("name", "date_of_birth", "number")]


@pytest.mark.parametrize(
    "facts",
    [RosterFacts("found", "别的人"), RosterFacts("found", FRONT["name"], "1950-01-01"), RosterFacts("not-found")],
)
def test_somebody_else_fails(facts: RosterFacts) -> None:
    assert Outcome.FAIL in {outcome for outcome, _, _ in said(facts)}


def test_a_roster_that_cannot_be_asked_is_no_answer() -> None:
    assert said(RosterFacts("unavailable", why="NO_ANSWER")) == [(Outcome.UNABLE, "ROSTER_UNAVAILABLE", None)]


def test_a_name_in_another_script_is_left_to_a_person() -> None:
    assert said(RosterFacts("found", "Yangben Mei")) == [(Outcome.UNABLE, "ROSTER_NO_MATCH", "name")]


def test_without_a_roster_it_does_not_run() -> None:
    assert said(None) == [(Outcome.NOT_RUN, "ROSTER_NO_MATCH", None)]
