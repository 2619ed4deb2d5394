"""What a liveness session's frames showed, judged: was a living person there, doing what was asked, and is it one person?

A clear fault asks for the session again; a doubt goes to a person; nothing here rejects. What it does not see is a face that is
made as the challenge asks and fed in instead of a camera's picture (docs/decisions/0029).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Finding, Liveness, LivenessFacts, Outcome

VERSION = "1"
SCOPE = "evidence"
Side = Literal["above", "below"]

# Measure, limit, code, on which side of the limit it is bad, and what that means.
_FAULTS: tuple[tuple[str, str, str, Side, str], ...] = (
    ("frames", "frames", "LIVE_FRAMES", "below", "frames"),
    ("unreadable_share", "unreadable", "LIVE_FRAMES", "above", "fraction of the frames"),
    ("gap_most_ms", "gap", "LIVE_FRAMES", "above", "ms between two frames"),
    ("backwards", "backwards", "LIVE_TIME_ORDER", "above", "steps back in time"),
    ("duration_ms", "shortest", "LIVE_TOO_FAST", "below", "ms"),
    ("duration_ms", "longest", "LIVE_TOO_SLOW", "above", "ms"),
    ("faceless_share", "faceless", "LIVE_FACE_LOST", "above", "fraction of the readable frames"),
    ("second_face", "second_face", "LIVE_SEVERAL_FACES", "above", "ratio of eye distances"),
    ("speed_most", "speed", "LIVE_TOO_FAST", "above", "degrees a second"),
    ("strays", "strays", "LIVE_ACTION_ORDER", "above", "turns not asked for"),
    ("repeated", "repeated", "LIVE_FROZEN", "above", "frames"),
    ("frozen", "frozen", "LIVE_FROZEN", "above", "frames in a row"),
)
_DOUBTS: tuple[tuple[str, str, str, Side, str], ...] = (
    ("jump_most", "jump", "LIVE_FLAT", "above", "widths of the face between two frames"),
    ("flatness", "flatness", "LIVE_FLAT", "above", "correlation with a plane"),
    ("paper", "paper", "LIVE_FLAT", "above", "signs of bent paper together"),
    ("moire", "moire", "LIVE_LOW_SCORE", "above", "peak by median of its frequency ring"),
    ("border", "border", "LIVE_LOW_SCORE", "above", "straight lines by face width"),
    ("blocks", "blocks", "LIVE_LOW_SCORE", "above", "step at the JPEG grid by the usual step"),
)
_SCORE: tuple[str, str, str, Side, str] = (
    "spoof_live",
    "spoof",
    "LIVE_LOW_SCORE",
    "below",
    "likeness of a live face, median of key frames",
)
_REPLAYED: tuple[str, str, str, Side, str] = (
    "replayed",
    "replayed",
    "LIVE_REPLAYED",
    "above",
    "fraction of the moved frames",
)
_PORTRAIT = {
    "inter_eye": ("FACE_TOO_SMALL", "px"),
    "sharpness": ("IMG_BLUR", "variance of the Laplacian"),
    "brightness": ("IMG_DARK", "mean luma"),
}


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """LIVE_NONE, or the findings of the session's frames, then of its reference picture and of what the store knows of it."""
    rule = next((slot for slot in case.rules.slots if slot.slot == item.slot), None)
    if rule is None or rule.kind != "liveness" or item.reading is None or item.reading.technical:
        return
    seen = item.reading.liveness
    yield _finding(item, "LIVE_NONE", Outcome.PASS if seen else Outcome.FAIL)
    if seen is None:
        return
    measures = _with_shares(seen.measures)
    for row in _FAULTS:
        yield _held(case, item, measures, row, Outcome.FAIL)
    if measures.get("faceless_share", 1.0) < 1.0:
        yield from _actions(item, seen)
        yield from _person(case, item, measures)
        for row in _DOUBTS:
            yield _held(case, item, measures, row, Outcome.WARN)
        yield _score(case, item, measures)
        yield from _colour(case, item, measures)
        yield from _portrait(case, item, seen, measures)
    yield from _known(case, item, case.liveness)


def _with_shares(measures: Mapping[str, float]) -> Mapping[str, float]:
    frames = measures.get("frames", 0.0)
    if "unreadable" not in measures:
        return measures
    readable = frames - measures["unreadable"]
    shares = {"unreadable_share": measures["unreadable"] / max(frames, 1.0)}
    return {**measures, **shares, "faceless_share": measures.get("faceless", 0.0) / readable if readable > 0 else 1.0}


def _actions(item: EvidenceItem, seen: Liveness) -> Iterator[Finding]:
    missing = [action.action for action in seen.actions if not action.seen]
    late = seen.measures.get("out_of_turn", 0.0)
    details = {"actions": missing} if missing else {}
    bad = Outcome.FAIL if missing else Outcome.PASS
    if late:
        yield _finding(item, "LIVE_ACTION_ORDER", bad, late, 0.0, "actions out of turn", details)
        return
    if missing == ["blink"]:
        # The mesh follows lids half way, and a blink falls between two frames: nobody's fault, and a person looks.
        bad = Outcome.UNABLE
    yield _finding(item, "LIVE_ACTION_MISSING", bad, float(len(missing)), 0.0, "actions not seen", details)


def _person(case: Case, item: EvidenceItem, measures: Mapping[str, float]) -> Iterator[Finding]:
    """LIVE_PERSON_CHANGED for straight faces and for turned ones: surely another person fails, a doubt warns."""
    may_fail = measures.get("identity_may_reject", 0.0) > 0
    for measure, bound, least in (
        ("identity_least", "identity", "identity_least"),
        ("identity_turned", "turned", "turned_least"),
    ):
        value = measures.get(measure)
        sure, poor = limit(case, f"live.{bound}"), limit(case, f"live.{least}")
        outcome, held = Outcome.PASS, sure
        if value is None:
            outcome = Outcome.NOT_RUN
        elif value < poor and may_fail:
            outcome, held = Outcome.FAIL, poor
        elif value < sure:
            outcome = Outcome.WARN
        unit = "similarity above the model's match" + (", turned" if measure == "identity_turned" else "")
        yield _finding(item, "LIVE_PERSON_CHANGED", outcome, value, held, unit)


def _score(case: Case, item: EvidenceItem, measures: Mapping[str, float]) -> Finding:
    """LIVE_LOW_SCORE by the passive network, which takes some living faces for prints: only where a raster bears it out."""
    found = _held(case, item, measures, _SCORE, Outcome.WARN)
    raster, some = measures.get("moire"), limit(case, "live.moire_with_score")
    if found.outcome is not Outcome.WARN or raster is None or raster > some:
        return found
    return replace(found, outcome=Outcome.PASS, details={"outweighed_by": "moire", "moire": round(raster, 4)})


def _colour(case: Case, item: EvidenceItem, measures: Mapping[str, float]) -> Iterator[Finding]:
    if "colour" in measures:
        yield _held(case, item, measures, ("colour", "colour", "LIVE_COLOUR", "below", "correlation"), Outcome.WARN)


def _portrait(case: Case, item: EvidenceItem, seen: Liveness, measures: Mapping[str, float]) -> Iterator[Finding]:
    yield _finding(item, "LIVE_NO_PORTRAIT", Outcome.PASS if seen.reference is not None else Outcome.FAIL)
    for name, (code, unit) in _PORTRAIT.items():
        value, least = measures.get(f"portrait_{name}"), limit(case, f"selfie.{name}")
        if value is not None:
            yield _finding(item, code, Outcome.FAIL if value < least else Outcome.PASS, value, least, unit)


def _known(case: Case, item: EvidenceItem, facts: LivenessFacts | None) -> Iterator[Finding]:
    """LIVE_REPLAYED and LIVE_CAMERA; ``not-run`` without a store."""
    known = {} if facts is None or facts.replayed is None else {"replayed": facts.replayed}
    yield _held(case, item, known, _REPLAYED, Outcome.FAIL)
    if facts is None:
        yield _finding(item, "LIVE_CAMERA", Outcome.NOT_RUN)
        return
    doubtful = facts.camera is not None or facts.attested is False
    details = {"camera": facts.camera, "attested": facts.attested} if doubtful else {}
    yield _finding(item, "LIVE_CAMERA", Outcome.WARN if doubtful else Outcome.PASS, details=details)


def _held(
    case: Case, item: EvidenceItem, measures: Mapping[str, float], row: tuple[str, str, str, Side, str], bad: Outcome
) -> Finding:
    measure, name, code, side, unit = row
    value, bound = measures.get(measure), limit(case, f"live.{name}")
    if value is None:
        return _finding(item, code, Outcome.NOT_RUN, None, bound, unit)
    beyond = value > bound if side == "above" else value < bound
    return _finding(item, code, bad if beyond else Outcome.PASS, value, bound, unit)


def _finding(
    item: EvidenceItem,
    code: str,
    outcome: Outcome,
    measure: float | None = None,
    bound: float | None = None,
    unit: str | None = None,
    details: Mapping[str, object] | None = None,
) -> Finding:
    value = None if measure is None else round(measure, 4)
    return Finding("liveness", VERSION, outcome, code, item.slot, value, bound, unit, (item.id,), details or {})
