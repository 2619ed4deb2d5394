"""The value types every floor shares: what was read, what was found, what was decided.

Plain frozen data. Nothing here knows a database, a picture library or a web page.
Names follow NIST SP 800-63A (evidence, applicant), ISO/IEC 30107-3 and ICAO 9303.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from shiming.registration.formula import Formula
from shiming.registration.liveness import ActionSeen as ActionSeen
from shiming.registration.liveness import Challenge as Challenge
from shiming.registration.liveness import LiveAction as LiveAction
from shiming.registration.liveness import Liveness as Liveness
from shiming.registration.liveness import LivenessFacts as LivenessFacts

Point = tuple[float, float]
Box = tuple[Point, Point, Point, Point]
"""Four corners, clockwise from the top left of the *text*, as fractions (0..1) of the upright picture."""

FieldSource = Literal["ocr", "mrz", "barcode", "chip"]


class Outcome(StrEnum):
    """What a check says. ``unable`` = technical or not enough to go on; ``not-run`` = its facts are not there."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    UNABLE = "unable"
    NOT_RUN = "not-run"


class Verdict(StrEnum):
    """What a decision says. ``refer`` = a person decides."""

    APPROVE = "approve"
    RETRY = "retry"
    REFER = "refer"
    REJECT = "reject"


class Role(StrEnum):
    """Who may act. ``engine`` is the program itself; ``service`` an issuer's system with an API key."""

    ANONYMOUS = "anonymous"
    HOLDER = "holder"
    CLERK = "clerk"
    """Serves customers of a shop or an authorised dealer."""
    AGENT = "agent"
    """Answers people: questions, corrections, disputes, appeals of what was not theirs to decide before."""
    REVIEWER = "reviewer"
    OFFICER = "officer"
    """Answers for the law: policy facts, lawful requests, retention."""
    ADMIN = "admin"
    """The issuer's administrator: programmes, stock, imports, staff."""
    SERVICE = "service"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for timeline and audit. ``id`` is an account or staff id, never a name or a number."""

    role: Role
    id: str
    issuer: str = "default"
    limited: bool = field(default=False, compare=False)
    """A holder who showed one code only, in an account of a proven person (docs/decisions/0012)."""
    device: str = field(default="", compare=False)
    """The mark of the device a holder is at."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value read from evidence.

    ``value`` is normalised (ISO 8601 dates, ``M``/``F``/``X``, ISO 3166-1 alpha-3); ``None`` where a document has no such
    end (``raw`` is then e.g. ``长期``) or it could not be understood. ``raw`` is what is printed. ``confidence`` is 0..1.
    """

    value: str | None
    raw: str
    confidence: float
    source: FieldSource
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Which document a picture shows. ``country`` is ISO 3166-1 alpha-2."""

    type: str
    side: Literal["front", "back"]
    country: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Mrz:
    """A machine-readable zone as printed (ICAO 9303): ``lines`` are never repaired into what they ought to be."""

    format: str
    lines: tuple[str, ...]
    valid: bool
    checks: Mapping[str, bool]
    index: int = 0


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode on a document: what kind it is, not what it says about the person; that stands in the reading's fields.

    ``symbology`` is ISO/IEC's name (``PDF417``, ``QR Code``). ``standard`` is that of its content: ``aamva`` (with ``version``,
    the issuer's ``jurisdiction`` as AAMVA writes it, and how many data ``elements`` there are), None for any other. ``fault``
    says where a content that begins like its standard's stops being so. ``box`` is its place in the upright picture.
    """

    symbology: str
    standard: str | None = None
    version: int | None = None
    jurisdiction: str | None = None
    elements: int = 0
    fault: str | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """A face found in a picture: where, how sure, and its measures (ISO/IEC 29794-5 component names). No template.

    ``box`` is (left, top, right, bottom) as fractions of the upright picture.
    """

    box: tuple[float, float, float, float]
    confidence: float
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one piece of evidence. It never judges.

    ``quality`` holds picture measures by name (``blur``, ``glare``, ...; meaning and direction in
    ``reading/vision/quality.py``). ``versions`` names the readers and models used, for replay.
    ``printed`` holds facts that stand a second time on the same side (in print beside a machine-readable zone), by the name of
    their field in ``fields``, whether they agree with it or not.
    ``technical`` is a reason code when the reader itself failed (time, memory); it never counts against the person.
    """

    document: Document | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    mrz: Mrz | None = None
    quality: Mapping[str, float] = field(default_factory=dict)
    faces: tuple[Face, ...] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    technical: str | None = None
    elapsed_ms: int = 0
    look: str | None = None
    """What the whole upright picture looks like, coarsely (64 bits as hex): two pictures of few differing bits look the same."""
    barcode: Barcode | None = None
    printed: Mapping[str, Field] = field(default_factory=dict)
    liveness: Liveness | None = None
    portrait: Face | None = None
    """The portrait on a document that its holder holds beside their face (``faces``)."""


@dataclass(frozen=True, slots=True)
class FaceComparison:
    """1:1 comparison of two pictures' faces.

    ``match`` and ``uncertain`` are similarity thresholds; ``false_match_rate`` is that of ``match`` on the set the model's
    manifest names. ``may_reject`` is false for models whose measured error is too high to turn anybody away with.
    ``error`` is a reason code (``FACE_NONE``, ``FACE_MULTIPLE``...) when no comparison was possible. ``held`` is the similarity
    of the two faces in a photo holding the document, the holder's and the portrait's; None where there was no such comparison.
    """

    similarity: float | None
    match: float
    uncertain: float
    false_match_rate: float
    model: str
    model_sha256: str
    may_reject: bool
    error: str | None = None
    held: float | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """Another registration whose face is alike, in the model's own metric."""

    registration_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """What a search of one face among many found: at most as many as the programme has shown, the most alike first.

    ``limit`` is the least similarity of a candidate, ``false_match_rate`` how many of so many pairs of strangers reach it, and
    ``searched`` how many faces were looked at. ``error`` is a reason code when no search was possible.
    """

    model: str
    model_sha256: str
    limit: float
    false_match_rate: float
    searched: int
    alike: tuple[Alike, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A piece of evidence as checks see it: its id, its slot and kind, and what was read from it."""

    id: str
    slot: str
    """``document-front``, ``document-back``, ``selfie``, ``photocopy-front`` ... unique in one submission."""
    reading: Reading | None
    retakes: int = 0
    """How many captures of this slot were refused for quality before this one."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the store knows of the card at this moment. Absent (None on the case) where there is no store."""

    number: str
    scheme: str
    state: str
    known: bool
    bound: bool
    reserved_by_this: bool


@dataclass(frozen=True, slots=True)
class CapFacts:
    """How many places of one cap the person holds already, besides this registration's own.

    ``wide``: counted over several issuers or all operators. ``register``: the external register that counts; ``taken`` is
    None when it gave no number that can be relied on, and ``fault`` says why.
    """

    scope: str
    limit: int
    taken: int | None
    wide: bool = False
    register: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """What an authority's register said: ``says`` is None without an answer that counts, and ``fault`` says why.

    ``version`` names the register's state of data; ``asked_at`` is when it was asked first.
    """

    register: str
    says: Literal["yes", "no", "unknown"] | None
    version: str | None
    fault: str | None
    attempts: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """What the issuer's roster says about the card: ``found`` with whose it is, ``not-found``, or ``unavailable``."""

    state: Literal["found", "not-found", "unavailable"]
    name: str = ""
    date_of_birth: str | None = None
    document_number: str | None = None
    why: str | None = None
    """Why it could not be asked: a code."""


EvidenceKind = Literal["document-side", "photocopy", "selfie", "holding", "paper", "liveness"]
"""``holding``: a photo of the person holding the document. ``paper``: what no machine reads; a person looks at it.
``liveness``: the frames of one liveness session."""
FACE_SLOTS = ("liveness", "selfie")
"""Slots that show the person's own face, the surer one first; each of them is a kind of evidence too."""
COMPARED_SLOTS = (*FACE_SLOTS, "holding")
"""Slots whose face is compared with the document's portrait: the first that was handed in."""
Channel = Literal["online", "shop", "late", "batch"]
"""``late``: a card that works already is registered afterwards. ``batch``: many at once, by a company."""
IMPORTED = "import"
"""The channel of a registration that was made elsewhere and taken over; no programme offers it."""
PersonClass = Literal["adult", "minor", "represented", "company"]
STANDING_BY: Mapping[str, str] = {"minor": "guardian", "represented": "representative"}
"""The role of the second person whom a class of holder needs. Slots ``<role>-...`` hold that person's evidence."""


@dataclass(frozen=True, slots=True)
class SlotRule:
    """One piece of evidence a programme may ask for. Whether it is needed says ``Rules.evidence``."""

    slot: str
    kind: EvidenceKind
    documents: tuple[str, ...] = ()
    side: Literal["front", "back"] | None = None
    title: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CapRule:
    """How many cards one person may have. ``scope``: in this programme, over the issuer's cards of the kind, or over several
    issuers (``wider``). ``person`` limits it to a class; ``window_days`` counts only cards opened in that many days.
    ``register``: the external register that is asked where the cap is counted over all operators.
    """

    limit: int
    scope: Literal["programme", "issuer", "wider"]
    person: PersonClass | None = None
    window_days: int | None = None
    register: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """What happens to an unregistered card (``of="card"``) or an unfinished registration (``of="registration"``) in time.

    ``after_days`` count from the card's first use, or the registration's start; ``working`` counts working days.
    """

    of: Literal["card", "registration"]
    step: Literal["remind", "restrict", "suspend", "cancel", "expire"]
    after_days: int
    working: bool = False


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long an artefact is kept: ``days`` after ``after``; ``none``: read in memory, only the result is kept."""

    after: Literal["none", "decision", "end", "start"]
    days: int = 0
    origin: str = ""
    law: bool = False
    """The law demands it: what is under it is not erased before its time, even when its holder asks."""


@dataclass(frozen=True, slots=True)
class CopyRule:
    """What a kind of picture must look like when it is kept: marked with what it is for, named fields blacked out."""

    mark: bool = False
    black_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondAct:
    """One more act after approval (row B6): text ``phrase`` to ``number``, or dial it, from the card itself."""

    kind: Literal["sms", "call"]
    number: str
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class AuthorityRule:
    """A government register that is asked. Without an answer the case waits ``wait_hours``, then goes to a person."""

    register: str
    wait_hours: int


@dataclass(frozen=True, slots=True)
class DuplicatesRule:
    """Whether faces are looked for among the issuer's others, of holders who agreed to that apart (consent ``face-duplicates``).

    ``false_match_rate``: of so many pairs of strangers one may pass for alike; a stricter measured rate is used where there is
    none of that. ``most``: how many candidates a reviewer is shown.
    """

    false_match_rate: float
    most: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a card that needs no registration needs one after all: a top-up above ``amount``, or a refund."""

    kind: Literal["top-up-above", "refund"]
    amount: int | None = None
    """In whole units of ``currency``."""
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """``programmes.resolve(programme, policy)``: all that checks and decision see of both.

    ``limits`` are the numbers that decide, by dotted name (``quality.blur``), from ``checks/limits.toml`` with the
    programme's own values laid over. ``routing`` overrides the catalogue's default routing of a reason code.
    """

    programme: str
    programme_version: str
    policy_version: str
    country: str
    zone: str
    card_kind: str
    number_scheme: Literal["iccid", "pan", "eid", "pattern"]
    slots: tuple[SlotRule, ...]
    documents: tuple[str, ...]
    checks: tuple[str, ...]
    limits: Mapping[str, float]
    routing: Mapping[str, str]
    review_mode: Literal["always", "on-refer"]
    promise_working_days: int
    attempts: int
    retakes: int
    minimum_age: int
    restrictions: tuple[str, ...]
    consents: tuple[str, ...]
    form_fields: tuple[str, ...]
    activation_code_hours: int
    activation_code_attempts: int
    take_back_minutes: int
    demo: bool = False
    title: str = ""
    """A gettext message id."""
    regime: Literal["telecom", "none"] = "telecom"
    channels: tuple[Channel, ...] = ("online",)
    persons: tuple[PersonClass, ...] = ("adult",)
    evidence: Formula = field(default_factory=Formula)
    number_pattern: str | None = None
    """A regular expression for scheme ``pattern``."""
    possession: tuple[Literal["secret", "card-code", "roster"], ...] = ("secret", "card-code")
    """How possession of the card is proven."""
    activation_code: bool = True
    """Whether one activation code is issued first, which later steps require (row A3)."""
    caps: tuple[CapRule, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    retention: Mapping[str, RetentionRule] = field(default_factory=dict)
    """By artefact: ``document-picture``, ``photocopy``, ``selfie``, ``holding``, ``paper``, ``reading``, ``form``,
    ``registration``, ``draft``, ``refused``, ``expired``, ``account``."""
    copies: Mapping[str, CopyRule] = field(default_factory=dict)
    """By kind of evidence (``document-side``, ``photocopy``, ...): how its picture is kept."""
    optional_consents: tuple[str, ...] = ()
    """Separate, off by default, revocable (row B10)."""
    second_act: SecondAct | None = None
    authority: AuthorityRule | None = None
    triggers: tuple[Trigger, ...] = ()
    """Empty: registration is always asked for. Else only once one of these happened (row D3)."""
    help: tuple[str, ...] = ()
    """Ids of the help answers that matter here (row E6)."""
    liveness_colours: bool = False
    """Whether a liveness session also shows a one-time sequence of screen colours."""
    second_pair: bool = False
    """Whether an approval or a rejection needs a second reviewer (row F1)."""
    duplicates: DuplicatesRule | None = None
    """None: no face is kept to be looked for, and none is looked for."""
    appeal_days: int = 30
    """For so many days a refusal, suspension or cancellation can be appealed."""
    appeal_working_days: int = 5
    """By then another person answers an appeal."""
    cooling_off_hours: int = 72
    """How long the old contact can stop a recovery or a change of SIM (row C7)."""

    def fields_of(self, person: str) -> tuple[str, ...]:
        """The form's fields for this class of person: those of the programme, and the second person's name and number."""
        role = STANDING_BY.get(person)
        return (*self.form_fields, f"{role}_name", f"{role}_number") if role else self.form_fields

    def consents_of(self, person: str) -> tuple[str, ...]:
        """The consents asked for with this class of person: those of the programme, and a guardian's."""
        return (*self.consents, "guardian") if person == "minor" else self.consents


def evidence_context(
    document: str | None, channel: str, person: str, face_consent: bool | None
) -> Mapping[str, str | None]:
    """The values an evidence formula's conditions are held against (``registration/formula.py``)."""
    face = None if face_consent is None else "given" if face_consent else "refused"
    return {"document": document, "channel": channel, "person": person, "face": face}


@dataclass(frozen=True, slots=True)
class Case:
    """All that checks may look at: one submission of one registration, frozen.

    ``at`` is the date in the issuer's zone. ``form`` is what the person declared, by field name (``name``, ``number``,
    ``address``, ...). ``document`` is the declared document type. ``card``/``caps`` are None where there is no store
    (``shiming verify``): checks that need them answer ``not-run``. ``caps`` holds one answer for each cap that applies.
    """

    rules: Rules
    at: date
    form: Mapping[str, str]
    document: str | None
    evidence: Mapping[str, EvidenceItem]
    comparison: FaceComparison | None = None
    face_consent: bool | None = None
    channel: str = "online"
    person: str = "adult"
    claimed_person: bool | None = None
    """Whether the document is one of the person whose account or card this is about; None where nobody is claimed."""
    attested: bool = False
    """A clerk signed for having seen the original."""
    card: CardFacts | None = None
    caps: tuple[CapFacts, ...] | None = None
    roster: RosterFacts | None = None
    openings: Mapping[str, int] | None = None
    """How many registrations the same ``person``, ``device``, ``address`` or ``clerk`` handed in lately, this one counted."""
    authority: AuthorityFacts | None = None
    liveness: LivenessFacts | None = None

    @property
    def context(self) -> Mapping[str, str | None]:
        """What the conditions of the programme's evidence formula ask."""
        return evidence_context(self.document, self.channel, self.person, self.face_consent)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's answer. ``code`` is in ``registration/reasons.toml``; a ``pass`` carries the code it would have failed with.

    ``item`` is the slot or form field it points to. ``measure`` against ``limit`` in ``unit`` explains it.
    ``details`` may hold personal data (differences per field) and is stored encrypted; the rest never does.
    """

    check: str
    version: str
    outcome: Outcome
    code: str
    item: str | None = None
    measure: float | None = None
    limit: float | None = None
    unit: str | None = None
    evidence: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from findings. ``items`` are the slots or fields asked for again; ``reasons`` are codes, worst first."""

    verdict: Verdict
    reasons: tuple[str, ...]
    items: tuple[str, ...] = ()
    proposal: Verdict | None = None
    """What the engine would have done, when a rule (review mode ``always``, a reject) made it ``refer`` instead."""
    explanation: tuple[str, ...] = ()
    """Catalogue message ids that say step by step why, in order."""
