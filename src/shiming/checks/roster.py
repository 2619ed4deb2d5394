"""Is the person the one on the roster of the card's issuer?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks import _compare
from shiming.checks._compare import Likeness
from shiming.checks._limits import limit
from shiming.checks._read import fields, named
from shiming.registration.values import Case, Finding, Outcome, RosterFacts

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """ROSTER_NO_MATCH a field that the roster tells (``name``, ``date_of_birth``, ``number``), against what was read, else
    declared; for the whole when the card is not on the roster. ROSTER_UNAVAILABLE, ``unable``, when it could not be asked.
    """
    roster = case.roster
    if roster is None:
        yield Finding("roster", VERSION, Outcome.NOT_RUN, "ROSTER_NO_MATCH")
    elif roster.state == "unavailable":
        yield Finding("roster", VERSION, Outcome.UNABLE, "ROSTER_UNAVAILABLE")
    elif roster.state == "not-found":
        yield Finding("roster", VERSION, Outcome.FAIL, "ROSTER_NO_MATCH")
    else:
        yield from _compared(case, roster)


def _compared(case: Case, roster: RosterFacts) -> Iterator[Finding]:
    least = limit(case, "match.name")
    for item, expected in (
        ("name", roster.name),
        ("date_of_birth", roster.date_of_birth),
        ("number", roster.document_number),
    ):
        if not expected:
            continue
        found = _of_person(case, item)
        likeness = _likeness(item, found, expected) if found else Likeness(0.0, comparable=False)
        agrees = Outcome.PASS if likeness.similarity >= least else Outcome.FAIL
        outcome = agrees if likeness.comparable else Outcome.UNABLE
        details = {} if outcome is Outcome.PASS else {"given": found, "roster": expected}
        yield Finding(
            "roster", VERSION, outcome, "ROSTER_NO_MATCH", item=item, measure=round(likeness.similarity, 3), limit=least,
            unit="similarity", details=details,
        )  # fmt: skip


def _of_person(case: Case, item: str) -> str:
    """What the document says; what was declared where it says nothing."""
    read = named(fields(case)).get(item)
    return (read.value if read is not None else None) or case.form.get(item, "")


def _likeness(item: str, found: str, expected: str) -> Likeness:
    if item == "name":
        return _compare.names(expected, found)
    if item == "date_of_birth":
        return _compare.days(expected, found)
    return _compare.numbers(expected, found)
