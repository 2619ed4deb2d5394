"""Do the dates on the document fit together?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from shiming.checks._limits import limit
from shiming.checks._read import ReadField, age_on, day, document_type, fields
from shiming.countries.documents import months_later, validity
from shiming.registration.values import Case, Finding, Outcome

VERSION = "2"
SCOPE = "registration"
_MONTH = 365.2425 / 12
"""Days, on average."""


def run(case: Case) -> Iterator[Finding]:
    """One DOC_DATES_INVALID finding a rule that could be applied; ``details["rule"]`` names it. ``not-run`` when none could."""
    read = fields(case)
    found = [*_order(read), *_validity(case, read)]
    yield from found or [Finding("dates", VERSION, Outcome.NOT_RUN, "DOC_DATES_INVALID")]


def _finding(
    rule: str,
    outcome: Outcome,
    about: ReadField,
    measure: float | None = None,
    most: float | None = None,
    unit: str | None = None,
) -> Finding:
    return Finding(
        "dates", VERSION, outcome, "DOC_DATES_INVALID", item=about.slot, measure=measure, limit=most, unit=unit,
        evidence=(about.evidence,), details={"rule": rule},
    )  # fmt: skip


def _judge(good: bool) -> Outcome:
    return Outcome.PASS if good else Outcome.FAIL


def _order(read: Mapping[str, ReadField]) -> Iterator[Finding]:
    born, issued, ends = (day(read.get(name)) for name in ("date_of_birth", "date_of_issue", "date_of_expiry"))
    if issued and ends:
        days = (ends - issued).days
        yield _finding("issue-before-expiry", _judge(days > 0), read["date_of_expiry"], days, 1, "days")
    if born and issued:
        days = (issued - born).days
        yield _finding("birth-before-issue", _judge(days >= 0), read["date_of_issue"], days, 0, "days")
    if born and ends and not issued:
        days = (ends - born).days
        yield _finding("birth-before-expiry", _judge(days > 0), read["date_of_expiry"], days, 1, "days")


def _validity(case: Case, read: Mapping[str, ReadField]) -> Iterator[Finding]:
    """The document runs as long as the law says, for the holder's age at issue."""
    kind, ends = document_type(case), read.get("date_of_expiry")
    issued, born = day(read.get("date_of_issue")), day(read.get("date_of_birth"))
    known = validity(kind) if kind else ()
    if not known or ends is None or issued is None:
        return
    years = _years(issued, ends, limit(case, "dates.tolerance_days"))
    if years is None:
        return
    if years not in {row.length for row in known}:
        yield _finding("period-of-validity", Outcome.FAIL, ends, years)
        return
    yield _finding("period-of-validity", Outcome.PASS, ends, years)
    if born:
        room = timedelta(days=limit(case, "dates.age_tolerance_days"))
        low, high = age_on(born, issued - room), age_on(born, issued + room)
        fits = any(row.length == years and row.from_age <= high and low <= row.to_age for row in known)
        # Renewals and special cases exist: a doubt for a person, not a fault.
        yield _finding("validity-for-age", Outcome.PASS if fits else Outcome.WARN, ends, years)


def _years(issued: date, ends: ReadField, tolerance: float) -> float | None:
    """How many years the document runs, in twelfths where it ends on the same day of a month; 0 without end, None if unread."""
    if ends.without_end:
        return 0
    last = day(ends)
    if last is None:
        return None
    months = round((last - issued).days / _MONTH)
    whole = abs((last - months_later(issued, months)).days) <= tolerance
    return months / 12 if whole else round((last - issued).days / (12 * _MONTH), 2)
