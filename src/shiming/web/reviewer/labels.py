"""Names and explanations on the reviewer's pages, as message ids."""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


SLOTS = {
    "document-front": _("Document, front"),
    "document-back": _("Document, back"),
    "selfie": _("Selfie"),
    "photocopy-front": _("Photocopy, front"),
    "photocopy-back": _("Photocopy, back"),
}

FIELDS = {
    "name": _("Name"),
    "surname": _("Surname"),
    "given_names": _("Given names"),
    "sex": _("Sex"),
    "ethnicity": _("Ethnic group"),
    "date_of_birth": _("Date of birth"),
    "address": _("Address"),
    "number": _("Document number"),
    "personal_number": _("Personal number"),
    "nationality": _("Nationality"),
    "issuing_authority": _("Issuing authority"),
    "issuing_country": _("Issuing country"),
    "date_of_issue": _("Date of issue"),
    "date_of_expiry": _("Valid until"),
}

DOCUMENTS = {"cn-resident-id": _("Resident identity card"), "passport": _("Passport")}

PURPOSES = {"register": _("New registration"), "update": _("Change of data")}

OUTCOMES = {
    "pass": ("ok", _("Passed")),
    "warn": ("warn", _("Look at this")),
    "fail": ("bad", _("Failed")),
    "unable": ("warn", _("Could not be checked")),
    "not-run": ("info", _("Not run")),
}

VERDICTS = {
    "approve": ("ok", _("Approve")),
    "retry": ("warn", _("Ask again")),
    "refer": ("info", _("Refer to a person")),
    "reject": ("bad", _("Reject")),
}

STATES = {
    "draft": ("info", _("Not sent yet")),
    "submitted": ("info", _("Received")),
    "checking": ("info", _("Being checked")),
    "in-review": ("info", _("In review")),
    "action-required": ("warn", _("Asked for again")),
    "approved": ("ok", _("Approved")),
    "rejected": ("bad", _("Rejected")),
    "withdrawn": ("warn", _("Withdrawn")),
    "expired": ("warn", _("Expired")),
}

ROLES = {
    "holder": _("holder"),
    "engine": _("program"),
    "reviewer": _("reviewer"),
    "clerk": _("clerk"),
    "officer": _("officer"),
    "service": _("issuer's system"),
}

EVENTS = {
    "create": _("Begun"),
    "redeem": _("Activation code entered"),
    "consent": _("Consent recorded"),
    "declare": _("Declared true"),
    "submit": _("Handed in"),
    "begin-checking": _("Checking began"),
    "refer": _("Referred to a person"),
    "approve": _("Approved"),
    "retry": _("Asked again"),
    "reject": _("Rejected"),
    "take-back": _("Decision taken back"),
    "withdraw": _("Withdrawn"),
    "expire": _("Expired"),
    "escalated": _("Due soon: escalated"),
    "due-missed": _("Promised date missed"),
    "in-service": _("Card in service"),
    "decision-effect": _("Decision took effect"),
    "evidence": _("Picture handed in"),
}

UNITS = {
    "px": _("px"),
    "fraction": _("of 1"),
    "degrees": _("degrees"),
    "days": _("days"),
    "years": _("years"),
    "similarity": _("similarity"),
}

SIDE = {
    "below": _("at least"),
    "above": _("at most"),
}
