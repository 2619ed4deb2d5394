"""Is the person old enough for the programme on the day of submission?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shiming.checks._read import ReadField, age_on, day, document_type, fields, sides
from shiming.countries.identifiers import identify, kinds
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """AGE_TOO_YOUNG, in whole years, by the date of birth printed or else by the one inside the number."""
    least = case.rules.minimum_age
    born, read = _birth(case)
    if born is None or read is None:
        outcome = Outcome.UNABLE if sides(case) else Outcome.NOT_RUN
        yield Finding("age", VERSION, outcome, "AGE_TOO_YOUNG", limit=least, unit="years")
        return
    years = age_on(born, case.at)
    outcome = Outcome.PASS if years >= least else Outcome.FAIL
    yield Finding("age", VERSION, outcome, "AGE_TOO_YOUNG", read.slot, years, least, "years", (read.evidence,))


def _birth(case: Case) -> tuple[date | None, ReadField | None]:
    read = fields(case)
    born = day(read.get("date_of_birth"))
    if born is not None:
        return born, read["date_of_birth"]
    kind, number = document_type(case), read.get("number")
    if kind is not None and kind in kinds() and number is not None and number.value is not None:
        looked = identify(kind, number.value, case.at)
        if looked.valid:
            return date.fromisoformat(looked.details["date_of_birth"]), number
    return None, None
