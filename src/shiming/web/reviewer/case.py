"""One case as a reviewer sees it: records gathered and laid side by side. Pages and interface share it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from shiming.audit.work import Work
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.records import Card, Consent, DecisionRow, Evidence, Registration, TimelineEntry
from shiming.registration.store import shops
from shiming.registration.values import STANDING_BY, Actor, Field, Finding, Outcome, Reading, Role, Rules
from shiming.review import appeals, service
from shiming.review import store as kept
from shiming.review.store import SecondLook

LONG_TERM = "long-term"
_IGNORED = re.compile(r"[\s·・.,'’\-/]+")
_WORST_FIRST = {Outcome.FAIL: 0, Outcome.UNABLE: 1, Outcome.WARN: 2, Outcome.NOT_RUN: 3, Outcome.PASS: 4}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same on both sides, or not."""

    text: str
    same: bool


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: declared beside read. ``differs`` is None when one side is empty."""

    name: str
    declared: str | None
    read: Field | None
    shown: str | None
    """What was read, as text; ``long-term`` for a document without end."""
    differs: bool | None
    declared_pieces: tuple[Piece, ...]
    read_pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture handed in, with what was found in it right away."""

    evidence: Evidence
    reading: Reading | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one registration that a reviewer may look at."""

    registration: Registration
    rules: Rules
    card: Card
    pictures: tuple[Picture, ...]
    findings: tuple[Finding, ...]
    """Of the whole submission, the worst first."""
    rows: tuple[FieldRow, ...]
    consents: dict[str, Consent]
    decisions: tuple[DecisionRow, ...]
    proposal: DecisionRow | None
    """The engine's decision on this submission."""
    revocable: DecisionRow | None
    """A reviewer's decision that can still be taken back."""
    timeline: tuple[TimelineEntry, ...]
    appeal: str | None = None
    """Why the holder appealed the refusal."""
    first: SecondLook | None = None
    """A first decision that waits for a second reviewer."""
    sent_back: tuple[SecondLook, ...] = ()
    """First decisions that a second reviewer sent back."""
    shop: shops.Shop | None = None
    """Where a clerk served the holder."""
    attestations: tuple[shops.Attestation, ...] = ()
    acceptances: tuple[shops.Acceptance, ...] = ()
    late: frozenset[str] = frozenset()
    """Slots whose picture no attestation covers, because it came after it or not from the clerk."""


def load(work: Work, registration: Registration) -> Case:
    """Gathers a case."""
    pictures = tuple(
        Picture(item, store.reading(work, item.id), tuple(store.evidence_findings(work, item.id)))
        for item in store.evidence(work, registration.id)
    )
    decisions = tuple(store.decisions(work, registration.id))
    made = [d for d in decisions if d.n == registration.n and d.actor_role == Role.ENGINE]
    by_person = [d for d in decisions if d.actor_role == Role.REVIEWER and d.taken_back_at is None]
    revocable = [d for d in by_person if d.effect_at is None and d.effective_at > work.now]
    findings = store.findings(work, registration.id, registration.n)
    return Case(
        registration=registration,
        rules=rules_of(work, registration),
        card=store.card(work, registration.card_id),
        pictures=pictures,
        findings=tuple(sorted(findings, key=lambda f: _WORST_FIRST[f.outcome])),
        rows=field_rows(store.form(work, registration), pictures),
        consents=store.consents(work, registration.id),
        decisions=decisions,
        proposal=made[-1] if made else None,
        revocable=revocable[-1] if revocable else None,
        timeline=tuple(store.timeline(work, registration.id)),
        appeal=_appeal(work, registration),
        first=service.first_look(work, registration),
        sent_back=tuple(look for look in kept.looks(work, registration) if look.state == "sent-back"),
        **_served(work, registration, pictures),
    )


def _appeal(work: Work, registration: Registration) -> str | None:
    thread = appeals.thread_of(work, registration) if registration.appealed_at else None
    said = kept.messages(work, thread) if thread else []
    return said[0].text if said else None


def _served(work: Work, registration: Registration, pictures: tuple[Picture, ...]) -> dict[str, Any]:
    """What a shop adds to a case."""
    visit = shops.visit(work, registration)
    if visit is None:
        return {}
    attestations = tuple(shops.attestations(work, registration))
    last = attestations[-1].at if attestations else None
    by_clerk = {
        entry.details.get("evidence")
        for entry in store.timeline(work, registration.id)
        if entry.event == "evidence-received" and entry.actor_role == Role.CLERK
    }
    late = {
        p.evidence.slot
        for p in pictures
        if last is None or p.evidence.created_at > last or p.evidence.id not in by_clerk
    }
    return {
        "shop": shops.by_id(work, visit.shop_id),
        "attestations": attestations,
        "acceptances": tuple(shops.acceptances(work, registration)),
        "late": frozenset(late) if attestations else frozenset(),
    }


def held(registration: Registration, actor: Actor, work: Work) -> Literal["nobody", "me", "another"]:
    """Who has the case claimed now."""
    until = registration.claimed_until
    if registration.claimed_by is None or until is None or until <= work.now:
        return "nobody"
    return "me" if registration.claimed_by == actor.id else "another"


def _read_fields(pictures: Iterable[Picture]) -> dict[str, Field]:
    """Each field once: from the document picture that read it most surely. A second person's as ``guardian_name`` ..."""
    best: dict[str, Field] = {}
    for picture in pictures:
        if picture.reading is None:
            continue
        prefix = next((f"{r}_" for r in STANDING_BY.values() if picture.evidence.slot.startswith(f"{r}-")), "")
        for plain_name, field in picture.reading.fields.items():
            name = prefix + plain_name
            if name not in best or field.confidence > best[name].confidence:
                best[name] = field
    return best


def field_rows(form: dict[str, str], pictures: Iterable[Picture]) -> tuple[FieldRow, ...]:
    """Declared beside read, in the order of the form, then what only the document says."""
    read = _read_fields(pictures)
    names = [*form, *(name for name in read if name not in form)]
    return tuple(_row(name, form.get(name) or None, read.get(name)) for name in names)


def _row(name: str, declared: str | None, field: Field | None) -> FieldRow:
    shown = None if field is None else (field.value or (LONG_TERM if name == "date_of_expiry" else field.raw))
    if declared is None or shown is None:
        return FieldRow(name, declared, field, shown, None, _whole(declared), _whole(shown))
    if plain(declared) == plain(shown):
        return FieldRow(name, declared, field, shown, False, _whole(declared), _whole(shown))
    left, right = pieces(declared, shown)
    return FieldRow(name, declared, field, shown, True, left, right)


def plain(text: str) -> str:
    """Text as it is compared: compatibility forms, case, spaces and joining marks set aside."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


def _whole(text: str | None) -> tuple[Piece, ...]:
    return (Piece(text, True),) if text else ()


def pieces(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts cut where they differ."""
    a: list[Piece] = []
    b: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        same = tag == "equal"
        if i2 > i1:
            a.append(Piece(left[i1:i2], same))
        if j2 > j1:
            b.append(Piece(right[j1:j2], same))
    return tuple(a), tuple(b)
