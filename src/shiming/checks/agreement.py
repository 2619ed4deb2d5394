"""Do the places of one picture that bear the same fact agree: print, machine-readable zone, barcode, the number itself?

No check digit covers a name or a sex, and a misread number can have a right one: where a fact stands twice, a wrong reading
of one of them shows here. So does a document that somebody altered in one place only.
"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._sightings import compared, of_item
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """A MISMATCH_DOC_ finding for each further place of a field, held against the reading's own. Nothing where it stands once."""
    for name, (first, *others) in of_item(case, item).items():
        for other in others:
            found = compared(case, "agreement", VERSION, name, first, other)
            if found is not None:
                yield found
