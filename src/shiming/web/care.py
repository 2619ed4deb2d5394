"""Names of what people write about, as message ids. The holder's, the agent's and the reviewer's pages share them."""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


CHANNELS = {"sms": _("text message"), "email": _("e-mail")}

KINDS = {
    "question": _("Question"),
    "correction": _("Correction of recorded data"),
    "appeal": _("Appeal"),
    "dispute": _("“This card is not mine”"),
}

STATES = {
    "open": ("info", _("Waits for our answer")),
    "answered": ("ok", _("Answered")),
    "closed": ("ok", _("Closed")),
}

OUTCOMES = {
    "accepted": ("ok", _("Accepted")),
    "refused": ("bad", _("Not accepted")),
    "approve": ("ok", _("Approved after all")),
    "reject": ("bad", _("Stays refused")),
    "retry": ("warn", _("Something is asked for again")),
    "withdrawn": ("warn", _("Withdrawn")),
}

AUTHORS = {"holder": _("You"), "staff": _("Help desk"), "note": _("Note")}
STAFF_AUTHORS = {"holder": _("The person"), "staff": _("Help desk"), "note": _("Note for colleagues")}
