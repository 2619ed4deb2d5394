"""Who acts, as this room knows them: a role, an id, an issuer. Floors turn it into their Actor."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from shiming.platform.limits import limit

ANONYMOUS, HOLDER, SERVICE, ENGINE = "anonymous", "holder", "service", "engine"
STAFF_ROLES = ("clerk", "agent", "reviewer", "officer", "admin")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who is signed in, or ``anonymous`` before that. ``id`` is an account, staff or API key id."""

    role: str
    id: str
    issuer: str
    proven: bool = field(default=False, compare=False)
    """A holder who showed more than one code: a second contact, or a device on which identity was proven."""
    device: str = field(default="", compare=False)
    """The mark of the device a holder's session is on."""
    contact: str = field(default="", compare=False)
    """The id of the contact a holder signed in with."""


def setting(name: str) -> float:
    """A number of this room's ``limits.toml``."""
    return limit("shiming.accounts", name)


def new_token() -> str:
    """256 random bits that can stand in a cookie or a header."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token. Plain SHA-256 is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()
