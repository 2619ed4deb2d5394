"""Who waits for a code in this browser: a cookie that scripts cannot read, so that no address carries a contact."""

from __future__ import annotations

import base64
import binascii

from fastapi import Request, Response

from shiming.accounts.addresses import Contact, ContactError, normalise_contact
from shiming.platform.limits import limit
from shiming.web import deps


def keep(request: Request, response: Response, name: str, contact: Contact, path: str) -> None:
    """Notes the contact in this browser while its code lives, for the pages below ``path``."""
    minutes = int(limit("shiming.web", "cookie.pending_minutes"))
    kept = base64.urlsafe_b64encode(contact.value.encode()).decode()
    deps.set_cookie(request, response, name, kept, seconds=minutes * 60, path=path)


def of(request: Request, name: str) -> Contact | None:
    """The contact that waits; None when there is none or the cookie is not ours."""
    try:
        text = base64.urlsafe_b64decode(request.cookies.get(name, "").encode()).decode()
        return normalise_contact(text) if text else None
    except (binascii.Error, UnicodeDecodeError, ContactError):
        return None
