"""The floors once through, without a store: pictures -> readings -> findings -> decision."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shiming import checks, decision, reading
from shiming.cli._output import progress
from shiming.intake.pictures import Refused
from shiming.reading import timing
from shiming.registration.values import (
    COMPARED_SLOTS,
    Case,
    Decision,
    EvidenceItem,
    FaceComparison,
    Field,
    Finding,
    Outcome,
    Reading,
    Rules,
)

_DOCUMENT, _HOLDING = "document-front", "holding"


@dataclass(slots=True)
class Verified:
    """What came of one registration. ``cpu_ms``: CPU milliseconds of this process by step (``document-front: detect``)."""

    decision: Decision
    findings: tuple[Finding, ...]
    fields: Mapping[str, Field]
    cpu_ms: dict[str, float] = field(default_factory=dict)


def verify(
    rules: Rules,
    pictures: Mapping[str, bytes],
    form: Mapping[str, str],
    *,
    at: date | None = None,
    document: str | None = None,
    warm: bool = False,
) -> Verified:
    """Runs a registration. ``pictures`` by slot of ``rules``; ``at`` defaults to today in the programme's zone.

    ``warm`` loads every model first, so that loading is not counted into the steps that use them.
    """
    spent: dict[str, float] = {}
    if warm:
        with _spending(spent, "load models"):
            reading.preload()
    evidence, refused = _evidence(rules, pictures, spent)
    with _spending(spent, "face comparison"):
        comparison = _compared(pictures, evidence)
    case = Case(
        rules=rules,
        at=at or datetime.now(ZoneInfo(rules.zone)).date(),
        form=form,
        document=document,
        evidence=evidence,
        comparison=comparison,
        # Whoever gives a picture of a face on the command line says that its owner consented.
        face_consent=True if set(COMPARED_SLOTS) & set(pictures) else None,
    )
    with _spending(spent, "checks"):
        findings = (*refused, *checks.run(case))
    with _spending(spent, "decision"):
        decided = decision.decide(findings, rules, evidence)
    spent["total without loading"] = sum(value for step, value in spent.items() if step != "load models")
    return Verified(decided, findings, _fields(evidence), spent)


@contextmanager
def _spending(spent: dict[str, float], name: str) -> Iterator[None]:
    start = time.process_time()
    yield
    spent[name] = (time.process_time() - start) * 1000


def _evidence(
    rules: Rules, pictures: Mapping[str, bytes], spent: dict[str, float]
) -> tuple[dict[str, EvidenceItem], list[Finding]]:
    """The readings by slot, and a finding for every picture that intake refuses."""
    evidence: dict[str, EvidenceItem] = {}
    refused: list[Finding] = []
    for rule in rules.slots:
        if rule.slot not in pictures:
            continue
        start = time.process_time()
        with timing.collect() as steps:
            try:
                read = reading.read_picture(
                    pictures[rule.slot], kind=rule.kind, documents=rule.documents or None, side=rule.side
                )
            except Refused as refusal:
                refused.append(Finding("intake", "1", Outcome.FAIL, refusal.code, item=rule.slot))
                read = None
            except Exception as failure:
                # A reader that breaks is our fault and refers to a person; the type tells where to look.
                progress(f"{rule.slot}: the reader failed with {type(failure).__name__}")
                read = Reading(technical="SERVICE_UNAVAILABLE")
        whole = (time.process_time() - start) * 1000
        spent.update({f"{rule.slot}: {step}": value for step, value in steps.items()})
        spent[f"{rule.slot}: rest"] = max(0.0, whole - sum(steps.values()))
        if read is not None:
            evidence[rule.slot] = EvidenceItem(rule.slot, rule.slot, read)
    return evidence, refused


def _compared(pictures: Mapping[str, bytes], evidence: Mapping[str, EvidenceItem]) -> FaceComparison | None:
    from shiming.reading.models import ModelRefused
    from shiming.reading.vision import face

    shown = next((slot for slot in COMPARED_SLOTS if slot in evidence), None)
    if shown is None or _DOCUMENT not in evidence:
        return None
    found = evidence[_DOCUMENT].reading
    portrait = found.faces[0] if found and found.faces else None
    held = evidence[_HOLDING].reading if _HOLDING in evidence else None
    try:
        compared = face.compare(pictures[_DOCUMENT], pictures[shown], a_face=portrait)
        if held is None or held.portrait is None:
            return compared
        in_hand = face.compare(pictures[_HOLDING], pictures[_HOLDING], a_face=held.portrait)
        return replace(compared, held=in_hand.similarity)
    except ModelRefused as refusal:
        progress(f"faces were not compared: {refusal}")
        return None


def _fields(evidence: Mapping[str, EvidenceItem]) -> dict[str, Field]:
    """What was read from the document's sides; where both carry a field, the surer one."""
    found: dict[str, Field] = {}
    for item in evidence.values():
        for name, one in (item.reading.fields if item.reading else {}).items():
            if name not in found or one.confidence > found[name].confidence:
                found[name] = one
    return found
