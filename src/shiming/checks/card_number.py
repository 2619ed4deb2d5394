"""Does the card's number have the right form and check digit?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.numbers import certainly_wrong, look
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """CARD_CHECKSUM about the card in the store, else the number declared in the form (``card``).

    A wrong check digit in a number of 20 places proves nothing, since some issuers use the last place otherwise: it is a warning,
    and none at all for a card which the issuer's stock knows.
    """
    text = case.card.number if case.card else case.form.get("card")
    if not text or (case.card is not None and case.card.scheme == "pan"):
        # Of a payment card only a token and four digits are kept; its number was looked at when it came in.
        yield Finding("card_number", VERSION, Outcome.NOT_RUN, "CARD_CHECKSUM")
        return
    number = look(case.rules.number_scheme, text, case.rules.number_pattern)
    known = case.card is not None and case.card.known
    if certainly_wrong(number):
        outcome, fault = Outcome.FAIL, "checksum" if number.well_formed else "format"
    elif number.luhn is False and not known:
        outcome, fault = Outcome.WARN, "checksum"
    else:
        outcome, fault = Outcome.PASS, None
    details = {"fault": fault} if fault else {}
    yield Finding("card_number", VERSION, outcome, "CARD_CHECKSUM", item="card", details=details)
