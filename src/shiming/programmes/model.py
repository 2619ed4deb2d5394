"""The form of a programme file, and every mistake in one with line and cure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from shiming.programmes.help import answers
from shiming.registration.documents import offered_kinds
from shiming.registration.faults import Fault, fault_of, line_of
from shiming.registration.formula import CONDITIONS, Formula
from shiming.registration.reasons import catalogue
from shiming.registration.restrictions import allowed


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"expected an IANA time zone such as Asia/Shanghai, got {value!r}")
    return value


def _known_codes(value: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(value) - set(catalogue()))
    if unknown:
        raise ValueError(f"not in the catalogue of reason codes: {', '.join(unknown)}")
    return value


def _known_answers(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(value) - set(answers()))
    if unknown:
        raise ValueError(f"no such help answer: {', '.join(unknown)}; there are {', '.join(answers())}")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Names = Annotated[tuple[str, ...], Field(strict=False)]


def _formula(value: str) -> str:
    Formula(value).atoms()
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression, got {value!r} ({error})") from None
    return value


def _restrictions(value: tuple[str, ...]) -> tuple[str, ...]:
    return allowed(value)


class Slot(_Strict):
    """One piece of evidence that may be asked for. Whether it is needed says the programme's ``evidence`` formula."""

    slot: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    kind: Literal["document-side", "photocopy", "selfie", "holding", "paper", "liveness"]
    documents: Names = ()
    side: Literal["front", "back"] | None = None
    title: str = ""
    """What people read, for a slot the pages do not know; a gettext message id."""
    hint: str = ""


class Cap(_Strict):
    """How many cards one person may have at once; the fields as ``registration.values.CapRule``."""

    limit: int = Field(ge=0)
    scope: Literal["programme", "issuer", "wider"]
    person: Literal["adult", "minor", "represented", "company"] | None = None
    window_days: int | None = Field(None, ge=1)
    register_name: str | None = None
    origin: str


class Age(_Strict):
    """The least age to register alone, in whole years. ``origin`` says who demands it, ``certainty`` how sure that is."""

    minimum: int = Field(ge=0, le=120)
    origin: str
    certainty: Literal["high", "medium", "low"]


class Deadline(_Strict):
    """A step of the timetable; the fields as ``registration.values.DeadlineRule``."""

    of: Literal["card", "registration"]
    step: Literal["remind", "restrict", "suspend", "cancel", "expire"]
    after_days: int = Field(ge=0, le=3650)
    working: bool = False


_STEPS_OF = {"card": ("remind", "restrict", "suspend", "cancel"), "registration": ("remind", "expire")}
_GRAVITY = ("remind", "restrict", "suspend", "expire", "cancel")


def _timetable(value: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
    """A timetable that warns first and never goes back. Working and calendar days are compared as they are counted."""
    for of, steps in _STEPS_OF.items():
        mine = [rule for rule in value if rule.of == of]
        wrong = sorted({rule.step for rule in mine} - set(steps))
        if wrong:
            raise ValueError(f"expected steps of a {of}: {', '.join(steps)}; got {', '.join(wrong)}")
        grave = [rule for rule in mine if rule.step != "remind"]
        if grave and not any(r.step == "remind" and r.after_days < min(g.after_days for g in grave) for r in mine):
            raise ValueError(f"expected a remind step before the first other step of a {of}, got none")
        order = sorted(grave, key=lambda rule: rule.after_days)
        if [r.step for r in order] != sorted((r.step for r in order), key=_GRAVITY.index) or len(
            {r.step for r in order}
        ) != len(order):
            raise ValueError(f"expected restrict, suspend, cancel once each and in this order for a {of}")
    return value


class Retention(_Strict):
    """How long an artefact is kept; the fields as ``registration.values.RetentionRule``."""

    after: Literal["none", "decision", "end", "start"]
    days: int = Field(0, ge=0)
    origin: str
    law: bool = False


class Copy(_Strict):
    """How pictures of a kind are kept; the fields as ``registration.values.CopyRule``."""

    mark: bool = False
    black_out: Names = ()


class Act(_Strict):
    """One more act after approval; the fields as ``registration.values.SecondAct``."""

    kind: Literal["sms", "call"]
    number: str = Field(pattern=r"^\+?[0-9]{3,15}$")
    phrase: str = ""


class Authority(_Strict):
    """A government register that is asked; the fields as ``registration.values.AuthorityRule``."""

    register_name: str
    wait_hours: int = Field(ge=0, le=720)


class Duplicates(_Strict):
    """Faces looked for among the issuer's others; the fields as ``registration.values.DuplicatesRule``.

    ``purpose`` says for the record why the issuer needs it.
    """

    false_match_rate: float = Field(gt=0, le=1e-3)
    most: int = Field(ge=1, le=50)
    purpose: str = Field(min_length=1, max_length=500)


class TriggerRow(_Strict):
    """When registration becomes due; the fields as ``registration.values.Trigger``."""

    kind: Literal["top-up-above", "refund"]
    amount: int | None = Field(None, ge=0)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")


Channels = Annotated[tuple[Literal["online", "shop", "late", "batch"], ...], Field(strict=False, min_length=1)]
Persons = Annotated[tuple[Literal["adult", "minor", "represented", "company"], ...], Field(strict=False, min_length=1)]
Possession = Annotated[tuple[Literal["secret", "card-code", "roster"], ...], Field(strict=False, min_length=1)]


class Programme(_Strict):
    """A programme as written. Durations carry their unit in the name. ``docs/programmes.md`` explains every key."""

    title: str
    """A gettext message id."""
    demo: bool = False
    country: str = Field(pattern=r"^[A-Z]{2}$")
    regime: Literal["telecom", "none"] = "telecom"
    """Whether the country's policy on telephone cards holds for this card."""
    zone: Annotated[str, AfterValidator(_zone)]
    card_kind: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    number_scheme: Literal["iccid", "pan", "eid", "pattern"]
    number_pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    channels: Channels = ("online",)
    persons: Persons = ("adult",)
    possession: Possession = ("secret", "card-code")
    activation_code: bool = True
    documents: Names = ()
    """Those accepted; none where a card is registered by data alone."""
    evidence: Annotated[str, AfterValidator(_formula)]
    form_fields: Names
    consents: Names
    optional_consents: Names = ()
    checks: Names = Field(min_length=1)
    review_mode: Literal["always", "on-refer"]
    liveness_colours: bool = False
    second_pair: bool = False
    promise_working_days: int = Field(ge=1, le=60)
    attempts: int = Field(ge=1, le=20)
    retakes: int = Field(ge=0, le=10)
    restrictions: Annotated[Names, AfterValidator(_restrictions)]
    activation_code_hours: int = Field(ge=1)
    activation_code_attempts: int = Field(ge=1, le=20)
    take_back_minutes: int = Field(ge=0)
    appeal_days: int = Field(30, ge=0)
    appeal_working_days: int = Field(5, ge=1)
    cooling_off_hours: int = Field(72, ge=0)
    help: Annotated[Names, AfterValidator(_known_answers)] = ()
    caps: Annotated[tuple[Cap, ...], Field(strict=False)] = ()
    age: Age
    slots: Annotated[tuple[Slot, ...], Field(strict=False)] = ()
    deadlines: Annotated[tuple[Deadline, ...], Field(strict=False), AfterValidator(_timetable)] = ()
    retention: dict[str, Retention] = {}
    copies: dict[Literal["document-side", "photocopy", "holding", "paper"], Copy] = {}
    second_act: Act | None = None
    authority: Authority | None = None
    duplicates: Duplicates | None = None
    triggers: Annotated[tuple[TriggerRow, ...], Field(strict=False)] = ()
    limits: dict[str, Annotated[float, Field(strict=False)]] = {}
    routing: Annotated[dict[str, Literal["retry", "refer", "reject", "note"]], AfterValidator(_known_codes)] = {}


def incoherences(programme: Programme) -> tuple[Fault, ...]:
    """What a well-formed programme says that cannot be: names of slots, documents and conditions that there are not."""
    found = [*_formula_faults(programme), *_unknown_documents(programme)]
    slots = [slot.slot for slot in programme.slots]
    for name in sorted({slot for slot in slots if slots.count(slot) > 1}):
        found.append(Fault(name, 0, f"expected each slot once, got {name!r} twice", "remove one of them"))
    if programme.number_scheme == "pattern" and programme.number_pattern is None:
        cure = "add number_pattern, a regular expression"
        found.append(Fault("number_scheme", 0, 'expected a number_pattern with scheme "pattern", got none', cure))
    for name in sorted(set(programme.optional_consents) & set(programme.consents)):
        cure = "leave it in one of the two"
        found.append(
            Fault("optional_consents", 0, f"expected {name!r} as either asked for or optional, got both", cure)
        )
    return (*found, *_duplicates_faults(programme))


DUPLICATES_CONSENT = "face-duplicates"
"""What a holder agrees to apart from the comparison with the document, before the face may be looked for among others."""


def _duplicates_faults(programme: Programme) -> list[Fault]:
    """Faces are looked for only of those who agreed to it freely, and only where there are faces and a time to keep them."""
    found = []
    if DUPLICATES_CONSENT in programme.consents:
        message = f"expected {DUPLICATES_CONSENT!r} among the optional consents, got it among those asked of everybody"
        found.append(Fault("consents", 0, message, "move it to optional_consents: refusing it must cost nothing"))
    asked = DUPLICATES_CONSENT in programme.optional_consents
    if programme.duplicates is None:
        if asked:
            message = f"expected [duplicates] with the consent {DUPLICATES_CONSENT!r}, got none"
            found.append(Fault("optional_consents", 0, message, "add [duplicates], or take the consent out"))
        return found
    if not asked:
        message = f"expected the consent {DUPLICATES_CONSENT!r} with [duplicates], got none"
        found.append(Fault("duplicates", 0, message, "add it to optional_consents"))
    if "face" not in programme.consents or all(slot.kind != "selfie" for slot in programme.slots):
        message = "expected a selfie and the consent 'face' with [duplicates], got none"
        found.append(Fault("duplicates", 0, message, "ask for them, or take [duplicates] out"))
    if "face-template" not in programme.retention:
        message = "expected a retention rule for 'face-template' with [duplicates], got none"
        found.append(Fault("duplicates", 0, message, "add face-template to [retention]"))
    return found


def _formula_faults(programme: Programme) -> list[Fault]:
    slots = {slot.slot for slot in programme.slots} | {"attestation"}
    allowed: dict[str, set[str]] = {
        "document": set(programme.documents),
        "channel": set(programme.channels),
        "person": set(programme.persons),
        "face": {"given", "refused"},
    }
    found = []
    for atom in sorted(Formula(programme.evidence).atoms()):
        name, equals, value = atom.partition("=")
        if not equals and atom not in slots:
            cure = "add [[slots]] with that name, or correct it"
            found.append(Fault("evidence", 0, f"expected a slot of this programme, got {atom!r}", cure))
        elif equals and name not in CONDITIONS:
            cure = "ask for one of these"
            found.append(Fault("evidence", 0, f"expected a condition on {', '.join(CONDITIONS)}, got {atom!r}", cure))
        elif equals and value not in allowed[name]:
            known = ", ".join(sorted(allowed[name]))
            found.append(Fault("evidence", 0, f"expected {name} to be one of {known}, got {atom!r}", "correct it"))
    return found


def _unknown_documents(programme: Programme) -> list[Fault]:
    known = offered_kinds()
    named = [("documents", name) for name in programme.documents]
    named += [(slot.slot, name) for slot in programme.slots for name in slot.documents]
    cure = "use one of registration/documents.toml"
    return [
        Fault(key, 0, f"expected a known kind of document, got {name!r}", cure)
        for key, name in named
        if name not in known
    ]


class ProgrammeError(ValueError):
    """A programme that cannot be used. ``faults`` holds every mistake found, not only the first."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"programme {name!r}: " + " | ".join(str(fault) for fault in faults))
        self.faults = faults


def read(name: str, text: str) -> dict[str, Any]:
    """The TOML of a programme. Raises ``ProgrammeError`` with the line where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match.group(1)) if match else len(text.splitlines())
        raise ProgrammeError(name, (Fault("(file)", line, str(error), "correct the TOML there"),)) from None


def parse(name: str, text: str, base: dict[str, Any] | None = None) -> Programme:
    """A programme from its text, laid over ``base`` where it extends another. Raises ``ProgrammeError`` with every mistake."""
    data = {**(base or {}), **read(name, text)}
    data.pop("extends", None)
    try:
        programme = Programme.model_validate(data)
    except ValidationError as error:
        faults = tuple(fault_of(text, row) for row in error.errors(include_url=False))
        raise ProgrammeError(name, faults) from None
    wrong = tuple(placed(text, fault) for fault in incoherences(programme))
    if wrong:
        raise ProgrammeError(name, wrong)
    return programme


def placed(text: str, fault: Fault) -> Fault:
    """A fault with the line its key stands in; 0 where it comes from the file that this one extends."""
    return fault if fault.line else replace(fault, line=line_of(text, fault.key.split(".")))
