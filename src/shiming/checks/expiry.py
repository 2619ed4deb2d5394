"""Is the document still valid on the day of submission?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.checks._read import day, fields
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """DOC_EXPIRED (the last day still counts) and DOC_EXPIRING_SOON, measured in days left."""
    read = fields(case).get("date_of_expiry")
    if read is None:
        yield Finding("expiry", VERSION, Outcome.NOT_RUN, "DOC_EXPIRED")
        return
    evidence, slot = (read.evidence,), read.slot
    last = day(read)
    if last is None:
        outcome = Outcome.PASS if read.without_end else Outcome.UNABLE
        yield Finding("expiry", VERSION, outcome, "DOC_EXPIRED", item=slot, evidence=evidence)
        return
    left = (last - case.at).days
    over = Outcome.FAIL if left < 0 else Outcome.PASS
    yield Finding("expiry", VERSION, over, "DOC_EXPIRED", slot, left, 0, "days", evidence)
    if left >= 0:
        least = limit(case, "expiry.soon_days")
        soon = Outcome.WARN if left < least else Outcome.PASS
        yield Finding("expiry", VERSION, soon, "DOC_EXPIRING_SOON", slot, left, least, "days", evidence)
