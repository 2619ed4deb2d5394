"""Floor 3: readings + rules -> findings. One file a check, found by its place.

A check module has ``VERSION`` (a string, raised when its answer could change), ``SCOPE`` and ``run``:

* ``SCOPE = "evidence"``: ``run(case, item) -> Iterable[Finding]``, one piece of evidence; also run right after an upload.
* ``SCOPE = "registration"``: ``run(case) -> Iterable[Finding]``, the whole submission.

Its name is its file's name. It says ``not-run`` where its facts are absent and ``unable`` where it cannot tell.
Third parties add checks by the entry point group ``shiming.checks``.
"""

from shiming.checks.runner import Check, available, limits, run, run_evidence

__all__ = ["Check", "available", "limits", "run", "run_evidence"]
