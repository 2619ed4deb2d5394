"""Does nobody hold the card yet?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """CARD_ALREADY_BOUND; ``not-run`` without a store."""
    if case.card is None:
        yield Finding("card_not_bound", VERSION, Outcome.NOT_RUN, "CARD_ALREADY_BOUND")
        return
    outcome = Outcome.FAIL if case.card.bound else Outcome.PASS
    yield Finding("card_not_bound", VERSION, outcome, "CARD_ALREADY_BOUND", item="card")
