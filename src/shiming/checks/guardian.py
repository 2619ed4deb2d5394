"""A minor's guardian: document, age, and what was declared of them."""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks import _second
from shiming.registration.values import Case, Finding

VERSION = _second.VERSION
SCOPE = "registration"


def run(case: Case) -> Iterator[Finding]:
    """Everything about the guardian; nothing for other classes of person. A person looks at the proof."""
    return _second.findings(case, "guardian", "relationship-proof")
