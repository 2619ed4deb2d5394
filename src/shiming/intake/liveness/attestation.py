"""Attestation of native apps: that frames come from the operator's own app on a device that was not tampered with.

The checks themselves (Play Integrity, App Attest) need the operator's accounts and keys, so they are adapters of the
operator's own, found by entry point in the group ``shiming.attestations``; the entry's name is the statement's ``format``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

import structlog

GROUP = "shiming.attestations"
_log = structlog.get_logger(__name__)


class Attestor(Protocol):
    """One kind of attestation. An adapter is a function of this form."""

    def __call__(self, statement: Mapping[str, Any], bound_to: bytes) -> bool:
        """Whether the statement holds and speaks about ``bound_to`` (32 bytes, see ``binding``)."""
        ...


def binding(session_id: str, nonce: str, digests: Sequence[str]) -> bytes:
    """What an app has attested: SHA-256 over the session's id, its nonce and the frames' digests (hex), joined by newlines.

    A statement made for other frames, another session or before this one began therefore never holds.
    """
    return hashlib.sha256("\n".join((session_id, nonce, *digests)).encode()).digest()


def held(format: str, statement: Mapping[str, Any], bound_to: bytes) -> bool | None:
    """Whether an attestation held; None where no adapter knows its format, which is as good as none.

    An adapter that raises has not confirmed anything.
    """
    found = [entry for entry in entry_points(group=GROUP) if entry.name == format]
    if not found:
        _log.warning("attestation_without_adapter", format=format)
        return None
    adapter: Attestor = found[0].load()
    try:
        return bool(adapter(statement, bound_to))
    except Exception as failure:
        _log.error("attestation_failed", format=format, error=type(failure).__name__)
        return False
