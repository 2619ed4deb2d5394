"""What the consoles of staff share: each role's home, its tasks, the sign-in that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shiming.registration.values import Role

HOMES: Mapping[str, str] = {
    Role.CLERK: "/clerk",
    Role.AGENT: "/agent",
    Role.REVIEWER: "/review",
    Role.OFFICER: "/officer",
    Role.ADMIN: "/admin",
}
"""Where each role works; every address below it belongs to that role alone."""
STAFF_PATHS = ("/staff", *HOMES.values())


@dataclass(frozen=True)
class Task:
    """One thing a role does. ``title`` and ``about`` are gettext message ids; ``address`` is its page."""

    address: str
    title: str
    about: str


def inside(target: str, role: str | None = None) -> str:
    """``target`` when it is a page of this role's console (of any, without a role), else the role's home.

    Keeps a sign-in or a switch from ever leading off these pages.
    """
    own = HOMES.get(role or "")
    homes = [own] if own else list(HOMES.values())
    if any(target == home or target.startswith(f"{home}/") for home in homes):
        return target
    return own or "/staff/sign-in"


def home_of(address: str) -> str:
    """The home of the console that a page belongs to; the sign-in for the pages of none."""
    return next((home for home in HOMES.values() if address.startswith(home)), "/staff/sign-in")
