"""The value types every floor shares: what was read, what was found, what was decided.

Plain frozen data. Nothing here knows a database, a picture library or a web page.
Names follow NIST SP 800-63A (evidence, applicant), ISO/IEC 30107-3 and ICAO 9303.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal

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
    REVIEWER = "reviewer"
    OFFICER = "officer"
    SERVICE = "service"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for timeline and audit. ``id`` is an account or staff id, never a name or a number."""

    role: Role
    id: str
    issuer: str = "default"


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


@dataclass(frozen=True, slots=True)
class FaceComparison:
    """1:1 comparison of two pictures' faces.

    ``match`` and ``uncertain`` are similarity thresholds; ``false_match_rate`` is that of ``match`` on the set the model's
    manifest names. ``may_reject`` is false for models whose measured error is too high to turn anybody away with.
    ``error`` is a reason code (``FACE_NONE``, ``FACE_MULTIPLE``...) when no comparison was possible.
    """

    similarity: float | None
    match: float
    uncertain: float
    false_match_rate: float
    model: str
    model_sha256: str
    may_reject: bool
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
    """How many places of a cap the proven person already holds. Only asked once identity is proven."""

    scope: str
    limit: int
    taken: int


@dataclass(frozen=True, slots=True)
class SlotRule:
    """One piece of evidence a programme asks for."""

    slot: str
    kind: Literal["document-side", "photocopy", "selfie"]
    documents: tuple[str, ...] = ()
    side: Literal["front", "back"] | None = None
    only_for: tuple[str, ...] = ()
    """Document types that need this slot; empty = all (a passport has no back)."""


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
    number_scheme: str
    slots: tuple[SlotRule, ...]
    documents: tuple[str, ...]
    checks: tuple[str, ...]
    limits: Mapping[str, float]
    routing: Mapping[str, str]
    review_mode: Literal["always", "on-refer"]
    promise_working_days: int
    attempts: int
    retakes: int
    cap_limit: int
    cap_scope: str
    minimum_age: int
    restrictions: tuple[str, ...]
    consents: tuple[str, ...]
    form_fields: tuple[str, ...]
    activation_code_hours: int
    activation_code_attempts: int
    take_back_minutes: int
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that checks may look at: one submission of one registration, frozen.

    ``at`` is the date in the issuer's zone. ``form`` is what the person declared, by field name (``name``, ``number``,
    ``address``, ...). ``document`` is the declared document type. ``card``/``cap`` are None where there is no store
    (``shiming verify``): checks that need them answer ``not-run``.
    """

    rules: Rules
    at: date
    form: Mapping[str, str]
    document: str | None
    evidence: Mapping[str, EvidenceItem]
    comparison: FaceComparison | None = None
    face_consent: bool | None = None
    card: CardFacts | None = None
    cap: CapFacts | None = None


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
