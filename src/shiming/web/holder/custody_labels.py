"""Words for what is kept, for disputes and for roles, as message ids."""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


ARTEFACTS = {
    "document-picture": _("Pictures of your document"),
    "photocopy": _("Photocopies of your document"),
    "paper": _("Papers you handed in"),
    "holding": _("Pictures of you with your document"),
    "selfie": _("Pictures of your face"),
    "face-template": _("The numbers computed from your face"),
    "reading": _("What was read from your pictures"),
    "form": _("What you declared"),
    "registration": _("The registration: who holds the card"),
    "draft": _("An unfinished registration"),
    "refused": _("A refused registration"),
    "expired": _("A registration that was given up"),
}
DISPUTE_STATES = {
    "draft": ("info", _("Not sent yet")),
    "open": ("info", _("A person is looking at it")),
    "upheld": ("ok", _("Upheld")),
    "refused": ("bad", _("Not upheld")),
    "withdrawn": ("warn", _("Taken back")),
}
ROLES = {
    "holder": _("holder"),
    "user": _("user"),
    "guardian": _("guardian"),
    "responsible": _("responsible person"),
}
REASONS = {
    "not-the-holder": _("The card is not theirs (upholds the dispute)"),
    "no-such-card": _("There is no such card, or nobody holds it"),
    "proof-not-enough": _("The proof of identity is not enough"),
    "is-the-holder": _("The card is theirs"),
    "other": _("Another reason"),
}
STATEMENT_WRONG = _("Say in a few words why the card is not yours (at most 2,000 characters).")
NUMBER_WRONG = _("Enter the card's number or its phone number.")
FRONT_WRONG = _("Add a picture of the front of your document.")
TICK_WRONG = _("Tick the box, so that nothing is erased by mistake.")
