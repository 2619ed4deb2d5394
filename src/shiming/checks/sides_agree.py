"""Do the pictures of one document bear the same facts: front, back, photocopy?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._sightings import Sighting, compared, of_item
from shiming.registration.values import Case, Finding

VERSION = "1"
SCOPE = "registration"
_OWN = ("document-", "photocopy-")
"""Slots with the holder's own document. The one in the hand has a check of its own, and a second person's has too."""


def run(case: Case) -> Iterator[Finding]:
    """A MISMATCH_DOC_ finding for each field that stands in two pictures, held against the first picture's.

    Whether the pictures show one document at all is the question of ``sides``.
    """
    first: dict[str, Sighting] = {}
    for slot, item in sorted(case.evidence.items(), key=lambda pair: not pair[0].endswith("-front")):
        if not slot.startswith(_OWN):
            continue
        for name, (sighting, *_) in of_item(case, item).items():
            known = first.setdefault(name, sighting)
            if known is not sighting:
                found = compared(case, "sides_agree", VERSION, name, known, sighting)
                if found is not None:
                    yield found
