"""Floor 3: readings + rules -> findings. One file a check, found by its place.

A check module has ``VERSION`` (a string, raised when its answer could change), ``SCOPE`` and ``run``:

* ``SCOPE = "evidence"``: ``run(case, item) -> Iterable[Finding]``, one piece of evidence; also run right after an upload.
* ``SCOPE = "registration"``: ``run(case) -> Iterable[Finding]``, the whole submission.

Its name is its file's name. It says ``not-run`` where its facts are absent and ``unable`` where it cannot tell.
Third parties add checks by the entry point group ``shiming.checks``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiming.checks._hints import without_hints
from shiming.checks.runner import Check, available, limits, run, run_evidence

if TYPE_CHECKING:
    from shiming.registration.faults import Fault

__all__ = ["Check", "available", "faults_of", "limits", "run", "run_evidence", "without_hints"]


def faults_of(name: str, text: str) -> tuple[Fault, ...]:
    """Every mistake in a programme's text, in the order of its lines; none when it could be published."""
    # It knows the consents and forms of the floor below, and with them the database's libraries: a second of CPU that those
    # who only check evidence (``shiming read``) must not pay.
    from shiming.checks import _proofreading

    return _proofreading.faults_of(name, text)
