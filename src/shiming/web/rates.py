"""How often an account or a network address may try something in an hour. The numbers are in ``api/limits.toml``.

Pages and interface spend the same tries: each deed has its one function here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil

from fastapi import Request

from shiming.accounts.codes import TooManyCodesError
from shiming.audit.work import Workspace
from shiming.platform.i18n import Translator
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.web import deps, store

_ROOM = "shiming.web.api"
_SAID_IN_SECONDS = 120
"""A shorter wait is said in seconds."""


class TooMany(Problem):
    """TOO_MANY_REQUESTS that says when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("TOO_MANY_REQUESTS")
        self.retry_after = seconds


def refusal_texts(problem: Problem, say: Translator) -> tuple[str, str]:
    """What a page says about a refusal: what was wrong, and what to do; how long to wait after too many tries."""
    if not isinstance(problem, TooMany):
        return say.gettext(problem.text), say.gettext(problem.hint)
    seconds = problem.retry_after
    if seconds < _SAID_IN_SECONDS:
        wait = say.ngettext("Please try again in {n} second.", "Please try again in {n} seconds.", seconds)
    else:
        wait = say.ngettext("Please try again in {n} minute.", "Please try again in {n} minutes.", ceil(seconds / 60))
    return say.gettext(problem.text), wait


@contextmanager
def code_waits() -> Iterator[None]:
    """Turns the refusal of a contact that was sent too many codes into ``TooMany``."""
    try:
        yield
    except TooManyCodesError as error:
        raise TooMany(error.wait_seconds) from None


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
        raise TooMany(ceil((begun + window - work.now).total_seconds()))


def spend_code(request: Request, device: str = "") -> None:
    """Counts one code asked for, by network address and by device. Raises ``TooMany``.

    A page's device is its browser's mark; ``device`` is what a call names. Each contact has its own limit in accounts.
    """
    workspace = deps.house(request).workspace
    spend(workspace, "code_address", address(request))
    known = device or request.cookies.get(deps.VISITOR_COOKIE, "")
    if known:
        spend(workspace, "code_device", known)


def spend_guess(request: Request) -> None:
    """Counts one code entered, by network address: guesses at many contacts' codes. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "guess_address", address(request))


def spend_dispute(request: Request) -> None:
    """Counts one picture for a dispute without an account, by network address. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "dispute_address", address(request))


def spend_staff(request: Request) -> None:
    """Counts one password tried, by network address. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "staff_address", address(request))


def spend_message(request: Request) -> None:
    """Counts one mark of a message asked about, by network address. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "message_address", address(request))


def spend_thread(request: Request, account_id: str) -> None:
    """Counts one message to the agents, by account. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "thread_account", account_id)


def spend_transfer(request: Request, account_id: str) -> None:
    """Counts one transfer code tried, by account and by network address. Raises ``TooMany``."""
    workspace = deps.house(request).workspace
    spend(workspace, "transfer_account", account_id)
    spend(workspace, "claim_address", address(request))


def spend_look_up(request: Request) -> None:
    """Counts one card looked up without an account, by network address. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "claim_address", address(request))


def spend_desk(request: Request, clerk_id: str) -> None:
    """Counts one code that a clerk has sent to a customer. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "desk_clerk", clerk_id)


def spend_receipt(request: Request) -> None:
    """Counts one code or pick-up code tried on a page for customers of shops, by network address. Raises ``TooMany``."""
    spend(deps.house(request).workspace, "receipt_address", address(request))


def spend_claim(request: Request, account_id: str) -> None:
    """Counts one card tried, by account and by network address. Raises ``TooMany``."""
    workspace = deps.house(request).workspace
    spend(workspace, "claim_account", account_id)
    spend(workspace, "claim_address", address(request))
