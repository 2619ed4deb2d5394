"""Names of fields, slots, documents, states and events, as message ids."""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


FIELDS = {
    "name": _("Name"),
    "sex": _("Sex"),
    "date_of_birth": _("Date of birth"),
    "nationality": _("Nationality"),
    "ethnicity": _("Ethnic group"),
    "number": _("Document number"),
    "date_of_expiry": _("Valid until"),
    "address": _("Address"),
}

FIELD_HINTS = {
    "name": _("As it is printed on your document."),
    "date_of_birth": _("Year, month, day: for example 1990-03-07."),
    "date_of_expiry": _("Year, month, day; or “long-term” if that is printed."),
    "nationality": _("The three letters on the passport, for example CHN."),
}

SEXES = {"F": _("Female"), "M": _("Male"), "X": _("Not stated")}

DOCUMENTS = {
    "cn-resident-id": (_("Resident identity card"), _("Front and back are photographed.")),
    "passport": (_("Passport"), _("The page with your picture and the two lines of letters below it.")),
}

SLOTS = {
    "document-front": (_("Front of your document"), _("The side with your portrait.")),
    "document-back": (_("Back of your identity card"), _("The side with the validity dates.")),
    "selfie": (_("Your face"), _("Look straight into the camera, in even light.")),
    "photocopy-front": (_("Photocopy of the front"), _("The whole sheet, flat and evenly lit.")),
    "photocopy-back": (_("Photocopy of the back"), _("The whole sheet, flat and evenly lit.")),
}

STATES = {
    "draft": ("info", _("Not sent yet")),
    "submitted": ("info", _("Received")),
    "checking": ("info", _("Being checked")),
    "in-review": ("info", _("A person is checking it")),
    "action-required": ("warn", _("Something is needed from you")),
    "approved": ("ok", _("Approved")),
    "rejected": ("bad", _("Not approved")),
    "withdrawn": ("warn", _("Withdrawn")),
    "expired": ("warn", _("Expired")),
}

CARD_STATES = {
    "in-stock": ("info", _("Not registered")),
    "reserved": ("info", _("Reserved for you, not in service yet")),
    "activating": ("info", _("Being switched on by the operator")),
    "in-service": ("ok", _("In service")),
    "suspended": ("warn", _("Suspended")),
    "cancelled": ("bad", _("Cancelled")),
}

RESTRICTIONS = {
    "sms-out": _("sending text messages"),
    "sms-in": _("receiving text messages"),
    "calls-in": _("receiving calls"),
    "calls-out": _("making calls"),
    "international-calls-out": _("international calls"),
    "data": _("mobile data"),
    "top-up-above": _("topping up above a limit"),
}

EVENTS = {
    "created": _("You began the registration"),
    "code-redeemed": _("Activation code entered"),
    "declared": _("You declared your details true"),
    "submit": _("You sent the registration"),
    "begin-checking": _("Checking began"),
    "refer": _("Passed to a person for review"),
    "approve": _("Approved"),
    "retry": _("Something was asked for again"),
    "reject": _("Not approved"),
    "take-back": _("The decision was taken back and is looked at again"),
    "withdraw": _("You withdrew the registration"),
    "expire": _("The registration expired"),
    "in-service": _("The card is in service"),
    "due-missed": _("The date was missed; you were told a new one"),
}
"""Events of the timeline that say something to the holder; others are left out on the holder's page."""
