"""Does a programme keep its country's policy? What contradicts a known fact, and which unknown facts it rests on.

The facts are about lines of telecommunication. Of other cards (``regime = "none"``) they say nothing, so such a programme
neither contradicts one nor rests on one; its issuer answers for their law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from shiming.countries import Policy, Situation
from shiming.countries import vocabulary as v
from shiming.programmes.model import Cap, Programme, Retention
from shiming.registration.documents import document_kinds
from shiming.registration.faults import Fault, line_of
from shiming.registration.formula import Formula
from shiming.registration.values import evidence_context

PEOPLE = {
    "adult": ("citizen", "foreigner", "visitor", "refugee"),
    "represented": ("citizen", "foreigner", "visitor", "refugee"),
    "minor": ("minor",),
    "company": ("company",),
}
"""Whom a programme's class of persons may be, as policies name them."""
_ALWAYS = (
    "required",
    "accepted_documents",
    "biometric",
    "cap_per_person",
    "minimum_age",
    "retention",
)
_FACES = {"liveness": "selfie", "selfie": "selfie", "holding": "holding"}
"""The kinds of evidence that show a face, and the artefact each is kept as."""
_FACE_ARTEFACTS = tuple(dict.fromkeys(_FACES.values()))
_PICTURES = {"document-copy": ("document-picture", "photocopy"), "face": _FACE_ARTEFACTS}


def channel_of(channel: str) -> str:
    """The channel as policies see it: a late registration is made online."""
    return "online" if channel == "late" else channel


def accepts(row: v.Accepted, document: str) -> bool:
    """Whether a row of accepted documents names that kind, or the kind it is a form of."""
    form_of = document_kinds()[document].form_of if document in document_kinds() else None
    return document in row.documents or form_of in row.documents


@dataclass
class _Kept:
    """One programme held against one policy. ``faults`` gathers what contradicts."""

    programme: Programme
    policy: Policy
    text: str
    on: date
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)

    @property
    def product(self) -> str | None:
        return self.programme.card_kind if self.programme.regime == "telecom" else None

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Whom the programme serves, by its classes of persons and the documents it accepts."""
        served = dict.fromkeys(p for person in self.programme.persons for p in PEOPLE[person])
        return tuple(p for p in served if self._can_prove(p))

    def _can_prove(self, people: str) -> bool:
        rows = self.policy.about("accepted_documents", self.asked(None, people))
        if rows is None:
            return not self.policy.knows("accepted_documents") or people == "company"
        return any(
            isinstance(row, v.Accepted) and (row.open or any(accepts(row, d) for d in self.programme.documents))
            for row in rows
        )

    def asked(self, channel: str | None, people: str | None = None) -> Situation:
        """The situation of this programme's card in a channel."""
        return Situation(self.product, channel and channel_of(channel), people, on=self.on)

    def each(self) -> Iterator[tuple[str, str]]:
        """Every channel with everybody served in it."""
        for channel in self.programme.channels:
            for people in self.people:
                yield channel, people

    def alternatives(self, channel: str, document: str, face: bool) -> tuple[tuple[str, ...], ...]:
        """The sets of evidence that would do there, for any class of persons."""
        formula = Formula(self.programme.evidence)
        contexts = (evidence_context(document, channel, person, face) for person in self.programme.persons)
        return tuple(dict.fromkeys(slots for context in contexts for slots in formula.alternatives(context)))

    def kinds(self, channel: str) -> list[frozenset[str]]:
        """The kinds of evidence of every set that would do in a channel, with a face given."""
        kind = {slot.slot: slot.kind for slot in self.programme.slots}
        return [
            frozenset(str(kind.get(slot, slot)) for slot in slots)
            for document in self.programme.documents
            for slots in self.alternatives(channel, document, face=True)
        ]

    def fault(self, fact: str, key: str, message: str, cure: str) -> None:
        """Notes a contradiction, once."""
        known = self.policy.facts[fact]
        whole = f"{message} ({self.policy.country} policy, {fact}, {known.certainty} certainty)"
        line = line_of(self.text, key.split("."))
        self.faults.setdefault((key, whole), Fault(key, line, whole, cure))


def contradictions(programme: Programme, policy: Policy, text: str = "", on: date | None = None) -> tuple[Fault, ...]:
    """Everything in a programme that a known fact of its country rules out. ``text`` is its file, for the lines.

    ``on`` is the day it is to hold; without it every fact counts that is ever to come.
    """
    kept = _Kept(programme, policy, text, on or date.max)
    # What may be done with faces does not hang on the kind of card.
    for look in (_duplicates,) if kept.product is None else _LOOKS:
        look(kept)
    return tuple(kept.faults.values())


def unknowns(programme: Programme, policy: Policy, on: date | None = None) -> tuple[str, ...]:
    """The facts a programme rests on that are not known. Where no law asks for registration, none is needed."""
    kept = _Kept(programme, policy, "", on or date.max)
    faces = ("face_duplicates",) if programme.duplicates and not _says_of_duplicates(kept) else ()
    if kept.product is None or policy.answer("required", kept.asked(None)) is False:
        return faces
    kinds = {slot.kind for slot in programme.slots}
    wanted = list(_ALWAYS)
    wanted += ["online_allowed"] if {"online", "late"} & set(programme.channels) else []
    wanted += ["document_copy"] if "photocopy" in kinds else []
    wanted += ["face_storage"] if kinds & set(_FACES) and _keeps(programme, _FACE_ARTEFACTS) else []
    wanted += ["minors"] if "minor" in programme.persons else []
    wanted += ["proxy"] if "represented" in programme.persons else []
    return (*(key for key in wanted if policy.about(key, kept.asked(None)) is None), *faces)


def blocking(programme: Programme, policy: Policy, on: date | None = None) -> tuple[Fault, ...]:
    """The same as faults with their cure."""
    return tuple(
        Fault(
            key, 0, f"unknown in the {policy.country} policy, and this programme rests on it", "an officer supplies it"
        )
        for key in unknowns(programme, policy, on)
    )


def least_age(programme: Programme, policy: Policy) -> int:
    """The least age to register alone: the programme's, or the law's where it asks for more."""
    rows = policy.about("minimum_age", _Kept(programme, policy, "", date.max).asked(None)) or ()
    ages = (row.years for row in rows if isinstance(row, v.Age) and programme.regime == "telecom")
    return max(programme.age.minimum, *ages, 0)


def kept_by_law(programme: Programme, policy: Policy) -> dict[str, v.Retention]:
    """What the law demands to be kept, by artefact: the longest of several."""
    kept = _Kept(programme, policy, "", date.max)
    found: dict[str, v.Retention] = {}
    for row in policy.about("retention", kept.asked(None)) or ():
        if isinstance(row, v.Retention) and row.keep == "at-least" and kept.product is not None:
            for artefact in _PICTURES.get(row.artefact, (row.artefact,)):
                if artefact not in found or found[artefact].most_days < row.most_days:
                    found[artefact] = row
    return found


def refused_documents(programme: Programme, policy: Policy) -> frozenset[str]:
    """The documents of a programme that the law accepts in none of its channels."""
    kept = _Kept(programme, policy, "", date.max)
    if kept.product is None or not policy.knows("accepted_documents"):
        return frozenset()
    rows = [
        row
        for channel in programme.channels
        for row in policy.about("accepted_documents", kept.asked(channel)) or ()
        if isinstance(row, v.Accepted)
    ]
    if any(row.open for row in rows):
        return frozenset()
    return frozenset(name for name in programme.documents if not any(accepts(row, name) for row in rows))


def cap_limit(programme: Programme, policy: Policy, cap: Cap) -> int:
    """How many cards a cap of the programme allows: never more than the law does for those it holds for."""
    kept = _Kept(programme, policy, "", date.max)
    if kept.product is None:
        return cap.limit
    people = kept.people if cap.person is None else [p for p in kept.people if p in PEOPLE[cap.person]]
    counts = (most for p in people for row, most in _laws_caps(kept, p) if not row.window_days)
    return min((cap.limit, *counts))


def _keeps(programme: Programme, artefacts: tuple[str, ...]) -> bool:
    return any(_retention(programme, name).after != "none" for name in artefacts)


def _retention(programme: Programme, artefact: str) -> Retention:
    """How long an artefact is kept; one the programme says nothing of is kept as long as the card is held, and longer."""
    return programme.retention.get(artefact) or Retention(after="end", days=0, origin="")


def _online(kept: _Kept) -> None:
    for channel in kept.programme.channels:
        if channel_of(channel) == "online" and kept.policy.answer("online_allowed", kept.asked(channel)) is False:
            kept.fault(
                "online_allowed", "channels", f"registering online is not allowed, got {channel!r}", "take it out"
            )


def _own_methods(kept: _Kept, channel: str, kinds: frozenset[str]) -> frozenset[str]:
    found = {"face"} if kinds & set(_FACES) else set()
    if channel_of(channel) == "shop" or "attestation" in kinds:
        found.add("in-person")
    elif kinds & {"document-side", "photocopy", "holding"}:
        found.add("document-photo")
    if "electronic-id" in kept.programme.documents and "document-side" not in kinds:
        found.add("electronic-id")
    return frozenset(found)


def _methods(kept: _Kept) -> None:
    for channel, people in kept.each():
        asked = kept.asked(channel, people)
        ways = [_own_methods(kept, channel, kinds) for kinds in kept.kinds(channel)]
        for row in kept.policy.about("methods", asked) or ():
            if isinstance(row, v.Ways) and any(not own & set(row.methods) for own in ways):
                wanted = ", ".join(row.methods)
                message = f"{channel}: expected one of the methods {wanted}"
                kept.fault("methods", "evidence", message, "ask for one of them, or take the channel out")
        for row in kept.policy.about("methods_refused", asked) or ():
            if isinstance(row, v.Ways) and any(own & set(row.methods) for own in ways):
                message = f"{channel}: not allowed: {', '.join(row.methods)}"
                kept.fault("methods_refused", "evidence", message, "ask for another proof there")


def _documents(kept: _Kept) -> None:
    if not kept.policy.knows("accepted_documents"):
        return
    for channel in kept.programme.channels:
        rows = [
            row
            for people in kept.people or (None,)
            for row in kept.policy.about("accepted_documents", kept.asked(channel, people)) or ()
            if isinstance(row, v.Accepted)
        ]
        for document in kept.programme.documents:
            _document(kept, channel, document, rows)


def _document(kept: _Kept, channel: str, document: str, rows: list[v.Accepted]) -> None:
    naming = [row for row in rows if accepts(row, document)] or [row for row in rows if row.open]
    if not naming:
        message = f"{channel}: {document!r} is not accepted"
        kept.fault("accepted_documents", "documents", message, "take it out")
    elif all(row.second or row.plus for row in naming) and not _second(kept, channel, document):
        more = " or ".join(sorted({", ".join(row.plus) or "a second original document" for row in naming}))
        message = f"{channel}: with {document!r} the law asks for {more}"
        kept.fault("accepted_documents", "evidence", message, "ask for it, as paper or as another document")


def _second(kept: _Kept, channel: str, document: str) -> bool:
    paper = {slot.slot for slot in kept.programme.slots if slot.kind == "paper"}
    return all(paper & set(slots) for slots in kept.alternatives(channel, document, face=True))


def _copies(kept: _Kept) -> None:
    for channel in kept.programme.channels:
        answer = kept.policy.answer("document_copy", kept.asked(channel))
        sets = kept.kinds(channel)
        if answer == "forbidden" and any("photocopy" in kinds for kinds in sets):
            kept.fault("document_copy", "slots", f"{channel}: no photocopy may be asked for", "take the slot out")
        if answer == "marked":
            _marked(kept, channel, sets)
        if answer in ("forbidden", "not-kept"):
            _not_kept(
                kept, "document_copy", channel, sets, {"document-side": "document-picture", "photocopy": "photocopy"}
            )
        if answer == "required" and any(not kinds & {"document-side", "photocopy"} for kinds in sets):
            message = f"{channel}: a copy of the document must be taken"
            kept.fault("document_copy", "evidence", message, "ask for the document's pictures or a photocopy")


def _marked(kept: _Kept, channel: str, sets: list[frozenset[str]]) -> None:
    own = kept.programme.copies.get("photocopy")
    if any("photocopy" in kinds for kinds in sets) and not (own and own.mark):
        message = f"{channel}: a copy must carry a mark"
        kept.fault("document_copy", "copies", message, "write photocopy = { mark = true } under [copies]")


def _not_kept(kept: _Kept, fact: str, channel: str, sets: list[frozenset[str]], artefacts: dict[str, str]) -> None:
    for kind, artefact in artefacts.items():
        if any(kind in kinds for kinds in sets) and _retention(kept.programme, artefact).after != "none":
            message = f"{channel}: {artefact} may not be kept"
            kept.fault(fact, f"retention.{artefact}", message, 'write after = "none"')


def _faces(kept: _Kept) -> None:
    for channel, people in kept.each():
        asked = kept.asked(channel, people)
        sets = kept.kinds(channel)
        if kept.policy.answer("face_storage", asked) == "forbidden":
            _not_kept(kept, "face_storage", channel, sets, _FACES)
        for row in kept.policy.about("biometric", asked) or ():
            if isinstance(row, v.Biometric):
                _biometric(kept, channel, people, row, sets)


def _biometric(kept: _Kept, channel: str, people: str, row: v.Biometric, sets: list[frozenset[str]]) -> None:
    faces = [bool(kinds & set(_FACES)) for kinds in sets]
    if row.is_ == "forbidden" and any(faces):
        kept.fault("biometric", "evidence", f"{channel}: no face may be asked for", "take the slot out")
    if row.is_ != "required":
        return
    if row.kinds == ("fingerprint",):
        message = f"{channel}: a fingerprint is required of a {people}, and none can be taken here"
        kept.fault("biometric", "evidence", message, "take out the channel, or the documents of those people")
    elif not all(faces):
        message = f"{channel}: a comparison of the face is required of a {people}"
        kept.fault(
            "biometric", "evidence", message, "ask for a liveness session, a selfie or a photo holding the document"
        )


def _says_of_duplicates(kept: _Kept) -> bool:
    return kept.policy.about("face_duplicates", kept.asked(None)) is not None


def _kinds(row: v.Row) -> tuple[str, ...]:
    return (row.kinds or ("face",)) if isinstance(row, v.Biometric) else ("face",)


def may_look_for_duplicates(programme: Programme, policy: Policy, on: date | None = None) -> bool:
    """Whether faces may be looked for: the programme has it, and the policy is known to allow it, and forbids it nowhere."""
    kept = _Kept(programme, policy, "", on or date.max)
    _duplicates(kept)
    return programme.duplicates is not None and not kept.faults and _says_of_duplicates(kept)


def _duplicates(kept: _Kept) -> None:
    """Forbidden for some of the people or channels is forbidden: a template does not know whom it will be compared with."""
    if kept.programme.duplicates is None:
        return
    for channel, people in (*kept.each(), (None, None)):
        asked = kept.asked(channel, people)
        for fact in ("face_duplicates", "face_storage", "biometric"):
            rows = kept.policy.about(fact, asked) or ()
            if any(getattr(row, "is_", None) == "forbidden" and "face" in _kinds(row) for row in rows):
                message = "faces may not be kept and looked for"
                kept.fault(fact, "duplicates", message, "take [duplicates] and its consent out")


def _laws_caps(kept: _Kept, people: str) -> Iterator[tuple[v.Cap, int]]:
    """The law's caps for these people. One that names nobody is about persons, not about companies."""
    for row in kept.policy.about("cap_per_person", kept.asked(None, people)) or ():
        if isinstance(row, v.Cap) and row.count is not None and (people != "company" or "company" in row.people):
            yield row, row.count


def _caps(kept: _Kept) -> None:
    for people in kept.people:
        for row, most in _laws_caps(kept, people):
            _cap(kept, people, row, most)


def _cap(kept: _Kept, people: str, row: v.Cap, most: int) -> None:
    own = [
        (place, cap)
        for place, cap in enumerate(kept.programme.caps)
        if cap.person is None or people in PEOPLE[cap.person]
    ]
    if any(_holds(cap, row, most) for _, cap in own):
        return
    wide = " over all operators" if row.scope == "all-operators" else ""
    window = f" in {row.window_days} days" if row.window_days else ""
    message = f"expected at most {most} cards for a {people}{wide}{window}"
    if not own:
        kept.fault("cap_per_person", "caps", f"{message}, got no cap", "add one")
        return
    place, cap = min(own, key=lambda one: one[1].limit)
    cure = "lower it" if cap.limit > most else 'write scope = "wider", and count the same days or more'
    kept.fault("cap_per_person", f"caps.{place}.limit", f"{message}, got {cap.limit} ({cap.scope})", cure)


def _holds(cap: Cap, row: v.Cap, most: int) -> bool:
    wide = row.scope != "all-operators" or cap.scope == "wider"
    long = cap.window_days is None or (row.window_days is not None and cap.window_days >= row.window_days)
    return cap.limit <= most and wide and long


def _ages(kept: _Kept) -> None:
    own = kept.programme.age.minimum
    for row in kept.policy.about("minimum_age", kept.asked(None)) or ():
        if isinstance(row, v.Age) and own < row.years:
            message = f"expected at least {row.years} years to register alone, got {own}"
            kept.fault("minimum_age", "age.minimum", message, "raise it")
    if "minor" in kept.programme.persons and kept.policy.answer("minors", kept.asked(None)) == "refused":
        kept.fault("minors", "persons", "minors may not be registered", "take out minor")
    if "represented" in kept.programme.persons and kept.policy.answer("proxy", kept.asked(None)) == "refused":
        kept.fault("proxy", "persons", "nobody may register for another person", "take out represented")


def _retentions(kept: _Kept) -> None:
    for row in kept.policy.about("retention", kept.asked(None)) or ():
        if isinstance(row, v.Retention):
            for artefact in _PICTURES.get(row.artefact, (row.artefact,)):
                _kept_as_long(kept, row, artefact)
            if row.artefact == "face" and row.keep == "at-most":
                # A law that has pictures of faces kept asks for no templates; one that limits them limits both.
                _kept_as_long(kept, row, "face-template")


def _kept_as_long(kept: _Kept, row: v.Retention, artefact: str) -> None:
    own = kept.programme.retention.get(artefact)
    if own is None:
        return
    days = row.most_days
    if row.keep == "at-least" and (own.after != row.after or own.days < days):
        message = f"expected at least {days} days after {row.after}, got {own.days} after {own.after}"
        kept.fault("retention", f"retention.{artefact}", message, "raise it")
    if row.keep == "at-most" and own.after != "none" and (own.after != row.after or own.days > days):
        message = f"expected at most {days} days after {row.after}, got {own.days} after {own.after}"
        kept.fault("retention", f"retention.{artefact}", message, "lower it")


def _authority(kept: _Kept) -> None:
    for channel, people in kept.each():
        asked = kept.asked(channel, people)
        if kept.policy.answer("authority_check", asked) is True and kept.programme.authority is None:
            rows = kept.policy.about("authority_check", asked) or ()
            register = ", ".join(row.register_name for row in rows if isinstance(row, v.Authority))
            message = f"the register must be asked: {register or 'of the authority'}"
            kept.fault("authority_check", "authority", message, "name the register in [authority]")


_LOOKS: tuple[Callable[[_Kept], None], ...] = (
    _online,
    _methods,
    _documents,
    _copies,
    _faces,
    _duplicates,
    _caps,
    _ages,
    _retentions,
    _authority,
)
