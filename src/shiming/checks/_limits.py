"""The number a check decides by: the programme's own, else the catalogue's (``limits.toml``)."""

from __future__ import annotations

from shiming.checks.runner import limits
from shiming.registration.values import Case


def limit(case: Case, name: str) -> float:
    """The limit of that dotted name (``quality.blur``) for this case.

    Raises ``KeyError`` naming the limit when it stands neither in the programme nor in ``checks/limits.toml``.
    """
    own = case.rules.limits.get(name)
    if own is not None:
        return own
    try:
        return limits()[name]
    except KeyError:
        raise KeyError(
            f"limit {name!r} stands neither in the programme nor in checks/limits.toml; add it there"
        ) from None
