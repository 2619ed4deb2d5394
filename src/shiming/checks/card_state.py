"""Is the card known to the issuer, and reserved by this registration?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """CARD_UNKNOWN and CARD_WRONG_STATE; ``not-run`` without a store."""
    card = case.card
    if card is None:
        yield Finding("card_state", VERSION, Outcome.NOT_RUN, "CARD_UNKNOWN")
        return
    if not card.known:
        yield Finding("card_state", VERSION, Outcome.FAIL, "CARD_UNKNOWN", item="card")
        return
    yield Finding("card_state", VERSION, Outcome.PASS, "CARD_UNKNOWN", item="card")
    outcome = Outcome.PASS if card.reserved_by_this else Outcome.FAIL
    yield Finding("card_state", VERSION, outcome, "CARD_WRONG_STATE", item="card", details={"state": card.state})
