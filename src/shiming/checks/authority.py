"""Does the authority's register agree, where policy demands that it is asked? No answer never passes."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import AuthorityFacts, Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"

_ANSWERS = {
    "yes": (Outcome.PASS, "AUTHORITY_MISMATCH"),
    "no": (Outcome.FAIL, "AUTHORITY_MISMATCH"),
    "unknown": (Outcome.FAIL, "AUTHORITY_NOT_FOUND"),
}


def run(case: Case) -> Iterator[Finding]:
    """AUTHORITY_MISMATCH or AUTHORITY_NOT_FOUND by its answer; ``unable`` with AUTHORITY_UNAVAILABLE without one, and with
    AUTHORITY_ANSWER_INVALID for one that cannot be relied on. The details say which register, when, and by which version.
    """
    if case.rules.authority is None:
        return
    told = case.authority
    if told is None:
        yield Finding("authority", VERSION, Outcome.UNABLE, "AUTHORITY_UNAVAILABLE")
        return
    outcome, code = _ANSWERS.get(told.says or "", _silent(told))
    details = {
        "register": told.register,
        "version": told.version,
        "asked_at": told.asked_at.isoformat(),
        "fault": told.fault,
    }
    yield Finding("authority", VERSION, outcome, code, measure=told.attempts, unit="attempts", details=details)


def _silent(told: AuthorityFacts) -> tuple[Outcome, str]:
    invalid = told.fault == "BAD_ANSWER"
    return Outcome.UNABLE, "AUTHORITY_ANSWER_INVALID" if invalid else "AUTHORITY_UNAVAILABLE"
