"""How often an account or a network address may try something in an hour. The numbers are in ``api/limits.toml``."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request

from shiming.accounts.codes import TooManyCodesError
from shiming.audit.work import Workspace
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.web import deps, store

_ROOM = "shiming.web.api"


class TooMany(Problem):
    """TOO_MANY_REQUESTS that says when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("TOO_MANY_REQUESTS")
        self.retry_after = seconds


def too_many_codes(error: TooManyCodesError) -> TooMany:
    """The refusal for a contact that was sent too many codes."""
    return TooMany(error.wait_seconds)


def address(request: Request) -> str:
    """The network address that asks. Behind a proxy the server must be told to trust it (uvicorn's proxy headers)."""
    return request.client.host if request.client else "unknown"


def spend(workspace: Workspace, what: str, who: str) -> None:
    """Counts one try of ``what`` (a name of ``[rate.*]``) by ``who``. Raises ``TooMany``.

    A transaction of its own, so that a refused request counts too. Only a keyed index of ``who`` is stored.
    """
    window = timedelta(minutes=limit(_ROOM, "rate.window_minutes"))
    with workspace.write() as work:
        subject = work.vault.blind("rate", f"{work.issuer}:{what}:{who}")
        begun = store.window(work, subject, window)
        count = store.count(work, subject, begun)
    if count > limit(_ROOM, f"rate.{what}"):
        raise TooMany(int((begun + window - work.now).total_seconds()) + 1)


def spend_claim(request: Request, account_id: str) -> None:
    """Counts one card tried, by account and by network address. Raises ``TooMany``."""
    workspace = deps.house(request).workspace
    spend(workspace, "claim_account", account_id)
    spend(workspace, "claim_address", address(request))
