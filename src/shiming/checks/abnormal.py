"""Were there unusually many registrations by this person, device, network address or clerk?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"
_CODES = {
    "person": "VELOCITY_PERSON",
    "device": "VELOCITY_DEVICE",
    "address": "VELOCITY_ADDRESS",
    "clerk": "VELOCITY_CLERK",
}


def run(case: Case) -> Iterator[Finding]:
    """VELOCITY_ findings, in registrations of the window, this one counted; ``not-run`` for what left no mark.

    They lead to a person and never refuse anybody: a family, an office or a mobile network may be behind one address.
    """
    for kind, code in _CODES.items():
        most = limit(case, f"velocity.{kind}")
        count = None if case.openings is None else case.openings.get(kind)
        if count is None:
            yield Finding("abnormal", VERSION, Outcome.NOT_RUN, code, limit=most, unit="registrations")
            continue
        outcome = Outcome.FAIL if count > most else Outcome.PASS
        yield Finding("abnormal", VERSION, outcome, code, None, count, most, "registrations")
