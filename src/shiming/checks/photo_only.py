"""Did somebody show their face by one photo, where a liveness session is the other way? Then a person looks."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """LIVE_NOT_SHOWN, a doubt and no fault: a photo does not show that its person was there. In a shop the clerk saw them."""
    sessions = {rule.slot for rule in case.rules.slots if rule.kind == "liveness"}
    photos = {rule.slot for rule in case.rules.slots if rule.kind == "selfie"} & set(case.evidence)
    if not sessions or not photos or case.channel == "shop":
        return
    outcome = Outcome.PASS if sessions & set(case.evidence) else Outcome.WARN
    evidence = tuple(case.evidence[slot].id for slot in sorted(photos))
    yield Finding("photo_only", VERSION, outcome, "LIVE_NOT_SHOWN", item=min(photos), evidence=evidence)
