"""Refusals: what was asked cannot be done, said with a stable code, an HTTP status and texts for a person."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from shiming.registration.reasons import catalogue

_REASON_STATUS = 422


@cache
def _problems() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("problems.toml").read_text("utf-8"))


def codes() -> frozenset[str]:
    """The codes of refusals, beside the reason codes."""
    return frozenset(_problems())


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal. ``code`` is in ``problems.toml`` or is a reason code; ``item`` is the slot or field it points to.

    ``fields`` maps form fields to reason or problem codes. ``text`` and ``hint`` are gettext message ids.
    """

    def __init__(self, code: str, *, item: str | None = None, fields: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.item = item
        self.fields = fields or {}
        row = _problems().get(code)
        if row is not None:
            self.status: int = row["status"]
            self.text: str = row["text"]
            self.hint: str = row["hint"]
        else:
            reason = catalogue()[code]
            self.status, self.text, self.hint = _REASON_STATUS, reason.text, reason.hint


class _AfterCommit(Protocol):
    def after_commit(self, call: Callable[[], None]) -> None: ...


def refuse_kept(work: _AfterCommit, problem: Problem) -> None:
    """Refuses once the transaction is committed: what the refusal costs (a try, a trace in the audit) stays written."""

    def refuse() -> None:
        raise problem

    work.after_commit(refuse)
