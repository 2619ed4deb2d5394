"""Is the person old enough for the programme on the day of submission, or a minor whose guardian stands by?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._read import age_on, birth, sides
from shiming.registration.values import Case, Finding, Outcome

VERSION = "2"
SCOPE = "registration"
_GUARDIAN = "guardian"


def run(case: Case) -> Iterator[Finding]:
    """AGE_TOO_YOUNG, in whole years, by the date of birth printed or else by the one inside the number.

    A minor (person class) passes with a guardian who is of age; where that cannot be told, a person looks. PERSON_CLASS_WRONG
    warns of a grown-up registered as a minor.
    """
    least = case.rules.minimum_age
    born, read = birth(case)
    if born is None or read is None:
        outcome = Outcome.UNABLE if sides(case) else Outcome.NOT_RUN
        yield Finding("age", VERSION, outcome, "AGE_TOO_YOUNG", limit=least, unit="years")
        return
    years, minor = age_on(born, case.at), case.person == "minor"
    outcome = Outcome.PASS if years >= least else Outcome.FAIL
    if outcome is Outcome.FAIL and minor:
        outcome = Outcome.PASS if _guarded(case) else Outcome.UNABLE
    yield Finding("age", VERSION, outcome, "AGE_TOO_YOUNG", read.slot, years, least, "years", (read.evidence,))
    if minor:
        grown = limit(case, "second.age")
        fits = Outcome.WARN if years >= grown else Outcome.PASS
        yield Finding("age", VERSION, fits, "PERSON_CLASS_WRONG", read.slot, years, grown, "years", (read.evidence,))


def _guarded(case: Case) -> bool:
    born, _ = birth(case, _GUARDIAN)
    return born is not None and age_on(born, case.at) >= limit(case, "second.age")
