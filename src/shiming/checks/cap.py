"""Does the proven person still have a place under the cap?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """CAP_REACHED_OPERATOR, in cards held; ``not-run`` while identity is not proven or without a store."""
    cap = case.cap
    if cap is None:
        yield Finding("cap", VERSION, Outcome.NOT_RUN, "CAP_REACHED_OPERATOR", limit=case.rules.cap_limit, unit="cards")
        return
    outcome = Outcome.FAIL if cap.taken >= cap.limit else Outcome.PASS
    yield Finding("cap", VERSION, outcome, "CAP_REACHED_OPERATOR", None, cap.taken, cap.limit, "cards")
