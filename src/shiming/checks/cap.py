"""Does the proven person still have a place under every cap?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import CapFacts, Case, Finding, Outcome

VERSION = "2"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """For each cap CAP_REACHED_OPERATOR, or CAP_REACHED_TOTAL where it is counted over several operators, in cards held.

    ``unable``, CAP_REGISTER_UNAVAILABLE where a register that counts gave no answer that can be relied on; ``not-run`` while
    nobody is known to be counted, or without a store.
    """
    if not case.rules.caps:
        return
    if case.caps is None:
        limit = min(cap.limit for cap in case.rules.caps)
        yield Finding("cap", VERSION, Outcome.NOT_RUN, "CAP_REACHED_OPERATOR", limit=limit, unit="cards")
        return
    for cap in case.caps:
        yield _one(cap)


def _one(cap: CapFacts) -> Finding:
    if cap.taken is None:
        return Finding("cap", VERSION, Outcome.UNABLE, "CAP_REGISTER_UNAVAILABLE", limit=cap.limit, unit="cards")
    code = "CAP_REACHED_TOTAL" if cap.wide else "CAP_REACHED_OPERATOR"
    outcome = Outcome.FAIL if cap.taken >= cap.limit else Outcome.PASS
    return Finding("cap", VERSION, outcome, code, None, cap.taken, cap.limit, "cards")
