"""Is there one document in the picture, and no other beside it?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._measured import is_copy, is_holding, is_selfie, too_high
from shiming.registration.values import Case, EvidenceItem, Finding

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_MULTIPLE_IN_FRAME above ``quality.documents``. A photocopy commonly shows both sides on one sheet."""
    if not (is_selfie(item) or is_copy(item) or is_holding(case, item)):
        yield from too_high(case, item, "documents", "DOC_MULTIPLE_IN_FRAME", "documents", "documents")
