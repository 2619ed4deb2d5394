"""One message to one contact, wherever it stands: the notices floor writes and delivers it."""

from __future__ import annotations

from typing import Any

from shiming.accounts.addresses import Contact
from shiming.audit.work import Work


def tell(
    work: Work, contact: Contact, template: str, language: str, *, key: str, about: str | None = None, **params: Any
) -> None:
    """Asks for a message to a contact. ``key`` names it once and for all, without anything personal."""
    payload = {
        "template": template,
        "to": contact.value,
        "channel": "email" if contact.kind == "email" else "sms",
        "language": language,
        "params": params,
    }
    work.post("notice", payload, key=key, about=about)
