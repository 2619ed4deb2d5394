"""Names of fields, slots, documents, states and events, as message ids."""

from __future__ import annotations

from shiming.registration.documents import document_kinds
from shiming.registration.values import Rules, SlotRule


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
    "company_name": _("Name of the company"),
    "company_number": _("Registration number of the company"),
    "guardian_name": _("Name of the guardian"),
    "guardian_number": _("Document number of the guardian"),
    "representative_name": _("Name of the representative"),
    "representative_number": _("Document number of the representative"),
}

FIELD_HINTS = {
    "name": _("As it is printed on your document."),
    "date_of_birth": _("Year, month, day: for example 1990-03-07."),
    "date_of_expiry": _("Year, month, day; or “long-term” if that is printed."),
    "nationality": _("The three letters on the passport, for example CHN."),
}

PERSONS = {
    "adult": (_("For a grown-up"), _("Who holds the card proves who they are.")),
    "minor": (
        _("For a child"),
        _("A parent or guardian comes along, with their document and a paper that shows the relation."),
    ),
    "represented": (
        _("For somebody who is represented"),
        _("Somebody else acts for the holder, with their own document and a signed authorisation."),
    ),
    "company": (_("For a company"), _("A responsible person proves who they are, and shows the business licence.")),
}
"""Whom a card is for: title and what it takes."""

SEXES = {"F": _("Female"), "M": _("Male"), "X": _("Not stated")}

_PASSPORT_HINT = _("The page with your picture and the two lines of letters below it.")
_BOTH_SIDES = _("Front and back are photographed.")
_ONE_PAGE = _("The page with your name is photographed.")


def document(kind: str) -> tuple[str, str]:
    """Title and hint of a kind of document."""
    known = document_kinds()[kind]
    if kind == "passport":
        return known.title, _PASSPORT_HINT
    return known.title, _BOTH_SIDES if len(known.sides) > 1 else _ONE_PAGE


SLOTS = {
    "document-front": (_("Front of your document"), _("The side with your portrait.")),
    "document-back": (_("Back of your identity card"), _("The side with the validity dates.")),
    "liveness": (_("Show that it is you"), _("A few small movements in front of the camera, as you are told.")),
    "selfie": (_("Your face"), _("Look straight into the camera, in even light.")),
    "photocopy-front": (_("Photocopy of the front"), _("The whole sheet, flat and evenly lit.")),
    "photocopy-back": (_("Photocopy of the back"), _("The whole sheet, flat and evenly lit.")),
    "holding": (
        _("You, holding your document"),
        _("The document beside your face, front to the camera; face, name and number clear to see."),
    ),
    "business-licence": (_("Business licence"), _("The whole sheet, flat and evenly lit.")),
    "guardian-document-front": (_("Front of the guardian's document"), _("The side with the guardian's portrait.")),
    "guardian-document-back": (_("Back of the guardian's identity card"), _("The side with the validity dates.")),
    "relationship-proof": (
        _("Proof of the relation"),
        _("The page of the household register or birth certificate that names both."),
    ),
    "representative-document-front": (
        _("Front of the representative's document"),
        _("The side with the representative's portrait."),
    ),
    "representative-document-back": (
        _("Back of the representative's identity card"),
        _("The side with the validity dates."),
    ),
    "authorisation": (_("Signed authorisation"), _("The whole sheet, with the signatures of both.")),
    "application-form": (_("Signed application form"), _("Every page with a signature, flat and evenly lit.")),
}


def slot(rule: SlotRule) -> tuple[str, str]:
    """Title and hint of a slot: the programme's own, else those known here, else its name."""
    title, hint = SLOTS.get(rule.slot, (rule.slot, ""))
    return rule.title or title, rule.hint or hint


def slots(rules: Rules) -> dict[str, tuple[str, str]]:
    """Title and hint of every slot of a programme."""
    return {rule.slot: slot(rule) for rule in rules.slots}


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

ROLES = {
    "reviewer": _("Reviewer"),
    "clerk": _("Clerk in a shop"),
    "agent": _("Agent at the help desk"),
    "officer": _("Compliance officer"),
    "admin": _("Administrator"),
}

CARD_KINDS = {
    "sim": _("SIM card"),
    "iot-sim": _("IoT SIM card"),
    "data-card": _("Data card"),
    "bank-card": _("Bank card"),
    "transit-card": _("Transit card"),
    "electronic-id": _("Electronic ID"),
    "member-card": _("Member card"),
    "campus-card": _("Campus card"),
    "social-security-card": _("Social-security card"),
}
"""Kinds of card the pages know by name; any other is called a card."""

CARD_STATES = {
    "in-stock": ("info", _("Not registered")),
    "unregistered": ("warn", _("In use, not registered yet")),
    "reserved": ("info", _("Reserved for you, not in service yet")),
    "activating": ("info", _("Being switched on by the operator")),
    "awaiting-act": ("warn", _("One more step from you")),
    "in-service": ("ok", _("In service")),
    "suspended": ("warn", _("Suspended")),
    "cancelled": ("bad", _("Cancelled")),
}

RESTRICTIONS = {
    "sms-out": _("sending text messages"),
    "calls-in": _("receiving calls"),
    "calls-out": _("making calls"),
    "international-calls-out": _("international calls"),
    "data": _("mobile data"),
    "top-up-above": _("topping up above a limit"),
    "refund": _("having money paid back"),
}

CARD_STEPS = {
    "restrict": _("From {moment}: more services are barred"),
    "suspend": _("From {moment}: suspended until it is registered"),
    "cancel": _("From {moment}: cancelled for good"),
}
"""What happens to a card that nobody registers."""

EVENTS = {
    "created": _("You began the registration"),
    "code-redeemed": _("Activation code entered"),
    "declared": _("You declared your details true"),
    "taken-in": _("You went on in a shop"),
    "contact-proven": _("Your contact was proven in the shop"),
    "attested": _("The clerk signed for having seen your original"),
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
    "register-answered": _("An official register was asked and answered"),
    "register-silent": _("An official register gave no answer; a person looks at it"),
    "awaits-act": _("The operator opened the card; one more step from you"),
    "act-done": _("Your text or call arrived"),
    "again": _("You started again with what was still valid"),
    "cooling-off": _("Your identity is proven; your earlier contacts were told and can stop it"),
    "stopped": _("Stopped by an earlier contact"),
    "proof-done": _("It took effect"),
    "proof-failed": _("It could not be done"),
    "due-missed": _("The date was missed; you were told a new one"),
    "appeal": _("You appealed; another person looks at it"),
    "transfer-offered": _("You made a transfer code"),
    "transfer-ended": _("The card was passed to a new holder"),
    "corrected": _("Your recorded data were corrected"),
}
"""Events of the timeline that say something to the holder; others are left out on the holder's page."""

CAP_REASONS = ("CAP_REACHED_OPERATOR", "CAP_REACHED_TOTAL")
"""Reasons that speak of cards the holder has already, and so may be about cards that are not theirs."""
