"""Is this the document of the person whose account or card this is about?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """PERSON_MISMATCH; ``not-run`` where nobody is claimed, as when a card is registered for the first time."""
    if case.claimed_person is None:
        yield Finding("same_person", VERSION, Outcome.NOT_RUN, "PERSON_MISMATCH")
        return
    outcome = Outcome.PASS if case.claimed_person else Outcome.FAIL
    yield Finding("same_person", VERSION, outcome, "PERSON_MISMATCH", item="document-front")
