"""Names and explanations on the reviewer's pages, as message ids."""

from __future__ import annotations

from shiming.registration.documents import document_kinds


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


SLOTS = {
    "document-front": _("Document, front"),
    "document-back": _("Document, back"),
    "liveness": _("Liveness session"),
    "selfie": _("Selfie"),
    "photocopy-front": _("Photocopy, front"),
    "photocopy-back": _("Photocopy, back"),
    "holding": _("Holding the document"),
    "business-licence": _("Business licence"),
    "application-form": _("Application form"),
    "guardian-document-front": _("Guardian's document, front"),
    "guardian-document-back": _("Guardian's document, back"),
    "relationship-proof": _("Proof of the relation"),
    "representative-document-front": _("Representative's document, front"),
    "representative-document-back": _("Representative's document, back"),
    "authorisation": _("Signed authorisation"),
    "signature-consents": _("Signature: consents"),
    "signature-declaration": _("Signature: declaration"),
}

ACTIONS = {
    "turn-left": _("Turn to the left"),
    "turn-right": _("Turn to the right"),
    "nod": _("Nod"),
    "closer": _("Come closer"),
    "blink": _("Blink"),
}

FIELDS = {
    "name": _("Name"),
    "guardian_name": _("Guardian: name"),
    "guardian_number": _("Guardian: document number"),
    "guardian_date_of_birth": _("Guardian: date of birth"),
    "guardian_date_of_expiry": _("Guardian: document valid until"),
    "representative_name": _("Representative: name"),
    "representative_number": _("Representative: document number"),
    "representative_date_of_birth": _("Representative: date of birth"),
    "representative_date_of_expiry": _("Representative: document valid until"),
    "surname": _("Surname"),
    "given_names": _("Given names"),
    "sex": _("Sex"),
    "ethnicity": _("Ethnic group"),
    "date_of_birth": _("Date of birth"),
    "place_of_birth": _("Place of birth"),
    "address": _("Address"),
    "number": _("Document number"),
    "personal_number": _("Personal number"),
    "nationality": _("Nationality"),
    "issuing_authority": _("Issuing authority"),
    "issuing_country": _("Issuing country"),
    "date_of_issue": _("Date of issue"),
    "date_of_first_issue": _("First issued"),
    "date_of_expiry": _("Valid until"),
    "name_codes": _("Codes of the Chinese name"),
    "symbols": _("Symbols"),
    "categories": _("Vehicle categories"),
}

DOCUMENTS = {name: kind.title for name, kind in document_kinds().items()}

PURPOSES = {
    "register": _("New registration"),
    "update": _("Change of data"),
    "recovery": _("Fresh proof of identity"),
    "authorise": _("Proof for a change of SIM or plan"),
    "transfer": _("Transfer to a new holder"),
}

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

CARD_STATES = {
    "in-stock": ("info", _("In stock")),
    "unregistered": ("warn", _("In use, not registered")),
    "reserved": ("info", _("Reserved")),
    "activating": ("info", _("Being activated")),
    "awaiting-act": ("info", _("Waits for the holder's text or call")),
    "in-service": ("ok", _("In service")),
    "suspended": ("warn", _("Suspended")),
    "cancelled": ("bad", _("Cancelled")),
}

ROLES = {
    "holder": _("holder"),
    "engine": _("program"),
    "reviewer": _("reviewer"),
    "clerk": _("clerk"),
    "officer": _("officer"),
    "service": _("issuer's system"),
}

PERSONS = {
    "adult": _("a grown-up"),
    "minor": _("a child with a guardian"),
    "represented": _("somebody who is represented"),
    "company": _("a company"),
}

CHANNELS = {
    "online": _("online"),
    "shop": _("in a shop"),
    "late": _("late, for a card in service"),
    "batch": _("in a batch"),
}

METHODS = {
    "phone": _("on their own phone"),
    "signature": _("by signing on the tablet"),
    "typed": _("by typing their name on the tablet"),
}

ACCEPTED = {"consents": _("The customer agreed"), "declaration": _("The customer declared it true")}

EVENTS = {
    "taken-in": _("Taken in by a shop"),
    "contact-proven": _("The customer's contact was proven"),
    "person-chosen": _("Whom the card is for: chosen"),
    "accepted": _("Accepted by the customer in the shop"),
    "attested": _("A clerk signed for the original"),
    "created": _("Begun"),
    "code-redeemed": _("Activation code entered"),
    "consent": _("Consent recorded"),
    "declared": _("Declared true"),
    "evidence-received": _("Picture handed in"),
    "evidence-read": _("Picture read"),
    "copy-not-blacked-out": _("A field that must be black on the copy was not found: look at the picture"),
    "binding-ended": _("The card left this person's name"),
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
    "appeal": _("Appealed"),
    "thread-opened": _("Wrote to the help desk"),
    "second-look-asked": _("Decided first; waits for a second reviewer"),
    "second-look-agreed": _("Second reviewer agreed"),
    "second-look-sent-back": _("Second reviewer sent it back"),
    "transfer-offered": _("Holder offered the card for transfer"),
    "transfer-ended": _("Transferred to another holder"),
    "corrected": _("Recorded data corrected"),
}

UNITS = (
    _("px"),
    _("pixels"),
    _("degrees"),
    _("days"),
    _("years"),
    _("cards"),
    _("attempts"),
    _("bits"),
    _("probability"),
    _("similarity"),
    _("similarity 0..1"),
    _("confidence 0..1"),
    _("re-blur 0..1"),
    _("illumination 0..1"),
    _("mean luma 0..1"),
    _("mean luma"),
    _("mean luma 0..255"),
    _("Lab chroma"),
    _("fraction"),
    _("peak by the mean of its frequency ring"),
    _("colour raster: peak by what is around it"),
    _("fine raster: peak by what is around it"),
    _("documents"),
    _("marks"),
    _("bits of 64 that differ"),
    _("fraction of the moved frames"),
    _("frames in a row"),
    _("signs of bent paper together"),
    _("fraction of the picture"),
    _("fraction of the document"),
    _("widths of the document"),
    _("opening by width"),
    _("fraction of the height"),
    _("fraction outside the picture"),
    _("fraction of the picture's height"),
    _("fraction of the face outside the picture"),
    _("fraction of the picture's width or height"),
    _("variance of the Laplacian"),
    _("variance of the Laplacian at 128 px"),
    _("eye distance of the second face by the first's"),
    _("peak by median of its frequency ring"),
    _("length of straight lines beside the face by its width"),
    _("step at the JPEG grid by the usual step"),
)
"""The units that findings carry, so that they can be translated; one that is not here is shown as it is."""

SOURCES = {
    "ocr": _("print"),
    "mrz": _("machine-readable lines"),
    "barcode": _("barcode"),
    "chip": _("chip"),
    "number": _("told by the number itself"),
}
"""Where on a document a fact was read."""

CHECKS = {
    "complete": _("Is everything there that was asked for?"),
    "shadow": _("Shadow"),
    "picture": _("Is the file a picture we can read?"),
    "pipeline": _("Did the machine work?"),
    "face_duplicates": _("Does a face of another registration look alike?"),
    "attempts": _("How often it was asked for again"),
    "other_document": _("Is it a document of the same person?"),
    "document_present": _("Is the right document in the picture?"),
    "reader_fault": _("Could the picture be read at all?"),
    "blur": _("Sharpness"),
    "glare": _("Reflections"),
    "dark": _("Brightness"),
    "overexposed": _("Overexposure"),
    "too_small": _("Size of the document in the picture"),
    "cut_off": _("Is the whole document in the picture?"),
    "photocopy": _("Original or photocopy"),
    "skew": _("How straight the document lies"),
    "low_resolution": _("Number of pixels"),
    "occluded": _("Does something lie over the print?"),
    "one_document": _("Is there one document in the picture?"),
    "screen": _("Weak signs of a picture of a screen"),
    "specimen": _("Marks of a specimen"),
    "agreement": _("Do the places of one picture that say the same agree?"),
    "sides_agree": _("Do the pictures of the document say the same?"),
    "same_picture": _("Is one picture sent twice?"),
    "ocr_confidence": _("How surely the text was read"),
    "field_missing": _("Are all fields there?"),
    "mrz_checksum": _("Check digits of the machine-readable lines"),
    "id_number": _("Check digit of the identity number"),
    "dates": _("Do the dates fit together?"),
    "expiry": _("Is the document valid?"),
    "form_match": _("Declared and read: the same?"),
    "sides": _("Do both sides belong to one document?"),
    "card_number": _("Check digit of the card number"),
    "card_state": _("State of the card"),
    "card_not_bound": _("Is the card free?"),
    "cap": _("Cards this person already has"),
    "age": _("Age"),
    "guardian": _("The guardian"),
    "representative": _("The representative"),
    "portrait": _("Is there a person's portrait on the document?"),
    "selfie_face": _("Face in the selfie"),
    "holding": _("Face and document in the hand"),
    "selfie_signal": _("Weak signs of a picture of a picture"),
    "face_match": _("Are portrait and face the same person?"),
    "liveness": _("Liveness session"),
    "photo_only": _("Was one photo sent instead of a session?"),
    "same_person": _("Is it the document of the person whose card this is?"),
    "authority": _("What the authority's register says"),
    "roster": _("Is the person the one on the issuer's list?"),
    "abnormal": _("Unusually many registrations in a short time"),
}

DOUBTS = {
    ("message", "uncertain"): (
        _("Message: nobody knows whether it arrived"),
        _("Call the holder and tell them what the case says. Then say here whether the message had arrived."),
    ),
    ("message", "failed"): (
        _("Message: could not be sent"),
        _("Call the holder and tell them what the case says. Then say here that the message did not arrive."),
    ),
    ("order", "uncertain"): (
        _("Order to the operator: nobody knows whether it was taken"),
        _("Ask the operator. If it has the order, the card goes in service by itself once the operator confirms it."),
    ),
    ("order", "failed"): (
        _("Order to the operator: refused or given up"),
        _("Ask the operator to switch the card on. It goes in service by itself once the operator confirms it."),
    ),
}
"""What is in doubt, and what to do, by kind and state."""

CONSENTS = {
    "privacy": _("data"),
    "terms": _("terms"),
    "face": _("face comparison"),
    "guardian": _("guardian"),
    "face-duplicates": _("face looked for among others"),
}

FAULTS = {
    "verdict": _("Choose a decision."),
    "items": _("Choose at least one thing to ask again for, with its reason."),
    "reasons": _("Choose at least one reason."),
    "agree": _("Say whether the decision holds."),
    "note": _("Write why you send it back."),
}

APPROVED = _("Your registration is approved.")
"""What the holder reads after an approval."""


def number(value: float) -> str:
    """A measure or limit with at most three decimals, without idle zeros."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
