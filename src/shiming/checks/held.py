"""Recorded findings held against other limits: what would a check have said by them? Nothing is measured anew.

A finding keeps its measure and the limit it was held to. Where the other rules' limit is the same, the finding stands; where
it differs, measure against limit says it again; what another measure outweighed stays so; and a missing measure is unknown,
which is ``unable``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from shiming.checks import causes
from shiming.checks.runner import limits
from shiming.registration.values import Finding, Outcome, Rules

_ACCURACY = 1e-9


@dataclass(frozen=True, slots=True)
class Held:
    """Which limit a check's code is held to, and on which side it fails. ``unit`` tells apart what shares a code."""

    check: str
    code: str
    limit: str
    bad: Literal["above", "below", "reached"]
    unit: str | None = None
    outcome: Outcome = Outcome.FAIL


def _selfie(
    code: str,
    name: str,
    bad: Literal["above", "below", "reached"],
    unit: str | None = None,
    outcome: Outcome = Outcome.FAIL,
) -> Held:
    return Held("selfie_face", code, f"selfie.{name}", bad, unit, outcome)


def _signal(name: str, bad: Literal["above", "below"], unit: str) -> Held:
    return Held("selfie_signal", "LIVE_LOW_SCORE", f"selfie.{name}", bad, unit, Outcome.WARN)


def _live(code: str, name: str, bad: Literal["above", "below"], unit: str, outcome: Outcome = Outcome.FAIL) -> Held:
    return Held("liveness", code, f"live.{name}", bad, unit, outcome)


_LIVE = (
    _live("LIVE_FRAMES", "frames", "below", "frames"),
    _live("LIVE_FRAMES", "unreadable", "above", "fraction of the frames"),
    _live("LIVE_FRAMES", "gap", "above", "ms between two frames"),
    _live("LIVE_TIME_ORDER", "backwards", "above", "steps back in time"),
    _live("LIVE_TOO_FAST", "shortest", "below", "ms"),
    _live("LIVE_TOO_SLOW", "longest", "above", "ms"),
    _live("LIVE_FACE_LOST", "faceless", "above", "fraction of the readable frames"),
    _live("LIVE_SEVERAL_FACES", "second_face", "above", "ratio of eye distances"),
    _live("LIVE_TOO_FAST", "speed", "above", "degrees a second"),
    _live("LIVE_ACTION_ORDER", "strays", "above", "turns not asked for"),
    _live("LIVE_FROZEN", "repeated", "above", "frames"),
    _live("LIVE_FROZEN", "frozen", "above", "frames in a row"),
    _live("LIVE_PERSON_CHANGED", "identity", "below", "similarity above the model's match", Outcome.WARN),
    _live("LIVE_PERSON_CHANGED", "turned", "below", "similarity above the model's match, turned", Outcome.WARN),
    _live("LIVE_PERSON_CHANGED", "identity_least", "below", "similarity above the model's match"),
    _live("LIVE_PERSON_CHANGED", "turned_least", "below", "similarity above the model's match, turned"),
    _live("LIVE_FLAT", "jump", "above", "widths of the face between two frames", Outcome.WARN),
    _live("LIVE_FLAT", "flatness", "above", "correlation with a plane", Outcome.WARN),
    _live("LIVE_FLAT", "paper", "above", "signs of bent paper together", Outcome.WARN),
    _live("LIVE_LOW_SCORE", "spoof", "below", "likeness of a live face, median of key frames", Outcome.WARN),
    _live("LIVE_LOW_SCORE", "moire", "above", "peak by median of its frequency ring", Outcome.WARN),
    _live("LIVE_LOW_SCORE", "border", "above", "straight lines by face width", Outcome.WARN),
    _live("LIVE_LOW_SCORE", "blocks", "above", "step at the JPEG grid by the usual step", Outcome.WARN),
    _live("LIVE_REPLAYED", "replayed", "above", "fraction of the moved frames"),
    Held("liveness", "FACE_TOO_SMALL", "selfie.inter_eye", "below"),
    Held("liveness", "IMG_BLUR", "selfie.sharpness", "below"),
    Held("liveness", "IMG_DARK", "selfie.brightness", "below"),
    _live("LIVE_COLOUR", "colour", "below", "correlation", Outcome.WARN),
)

HELD: tuple[Held, ...] = (
    *_LIVE,
    Held("blur", "IMG_BLUR", "quality.blur", "above"),
    Held("glare", "IMG_GLARE", "quality.glare", "above"),
    Held("dark", "IMG_DARK", "quality.dark", "below"),
    Held("overexposed", "IMG_OVEREXPOSED", "quality.overexposed_portrait", "above"),
    Held("overexposed", "IMG_OVEREXPOSED", "quality.overexposed", "above"),
    Held("shadow", "IMG_SHADOW", "quality.shadow", "above", outcome=Outcome.WARN),
    Held("too_small", "DOC_TOO_SMALL", "quality.document_width", "below"),
    Held("low_resolution", "IMG_LOW_RES", "quality.document_width", "below"),
    Held("cut_off", "DOC_CUT_OFF", "quality.margin", "below"),
    Held("photocopy", "DOC_COPY", "quality.chroma", "below"),
    Held("skew", "DOC_SKEWED", "quality.lean", "above"),
    Held("screen", "DOC_SCREEN", "quality.raster", "above", outcome=Outcome.WARN),
    Held("screen", "DOC_SCREEN", "quality.raster_fine", "above", outcome=Outcome.WARN),
    Held("one_document", "DOC_MULTIPLE_IN_FRAME", "quality.documents", "above"),
    Held("specimen", "DOC_SPECIMEN_OR_TEMPLATE", "quality.specimen", "above", outcome=Outcome.WARN),
    Held("ocr_confidence", "OCR_LOW_CONFIDENCE", "reading.confidence", "below"),
    Held("expiry", "DOC_EXPIRING_SOON", "expiry.soon_days", "below", outcome=Outcome.WARN),
    Held("form_match", "MISMATCH_NAME", "match.name", "below"),
    Held("form_match", "MISMATCH_ADDRESS", "match.address", "below"),
    Held("portrait", "PORTRAIT_NOT_HUMAN", "portrait.confidence", "below", "probability"),
    Held("portrait", "PORTRAIT_NOT_HUMAN", "portrait.dynamic_range", "below", "bits"),
    Held("portrait", "PORTRAIT_NOT_HUMAN", "portrait.shading", "below", "gentle slopes by steep"),
    _selfie("FACE_MULTIPLE", "second_face", "reached"),
    _selfie("FACE_TOO_SMALL", "inter_eye", "below"),
    _selfie("FACE_TOO_CLOSE", "cut", "above", "fraction outside the picture"),
    _selfie("FACE_TOO_CLOSE", "size", "above", "fraction of the height"),
    _selfie("FACE_OFF_CENTRE", "offset", "above"),
    _selfie("FACE_POSE", "yaw", "above", "degrees of yaw"),
    _selfie("FACE_POSE", "pitch", "above", "degrees of pitch"),
    _selfie("FACE_POSE", "roll", "above", "degrees of roll"),
    _selfie("EYES_CLOSED", "eyes_open", "below"),
    _signal("signal_moire", "above", "peak by median of its frequency ring"),
    _signal("signal_border", "above", "straight lines by face width"),
    _signal("signal_blocks", "above", "step at the JPEG grid by the usual step"),
    _signal("signal_live", "below", "likeness of a live face, mean of the passive nets"),
    _selfie("IMG_BLUR", "sharpness", "below"),
    _selfie("IMG_DARK", "brightness", "below", "mean luma"),
    _selfie("IMG_DARK", "under_exposed", "above", "fraction of the face nearly black"),
    _selfie("IMG_OVEREXPOSED", "over_exposed", "above"),
    _selfie("FACE_FLAT", "dynamic_range", "below"),
    _selfie("FACE_COVERED", "eyes_dark", "above", "fraction of the eyes in the dark"),
    _selfie("FACE_COVERED", "mesh_score", "below", "probability"),
    _selfie("FACE_COVERED", "mouth_hue", "above", "CIELAB a, b from the brow", Outcome.WARN),
    _selfie("FACE_COVERED", "mouth_tone", "above", "CIELAB from the brow", Outcome.WARN),
    _selfie("FACE_MOUTH_OPEN", "mouth_open", "above", outcome=Outcome.WARN),
    _selfie("FACE_LIGHT_UNEVEN", "evenness", "below", outcome=Outcome.WARN),
    _selfie("FACE_BACKGROUND", "background", "above", outcome=Outcome.WARN),
    Held("age", "AGE_TOO_YOUNG", "rules.minimum_age", "below"),
    Held("cap", "CAP_REACHED_OPERATOR", "rules.cap", "reached"),
    Held("attempts", "ATTEMPTS_EXCEEDED", "rules.attempts", "reached"),
)


def _limit(rules: Rules, name: str) -> float | None:
    if name == "rules.minimum_age":
        return rules.minimum_age
    if name == "rules.attempts":
        return rules.attempts
    if name == "rules.cap":
        return rules.caps[0].limit if rules.caps else None
    return rules.limits.get(name, limits().get(name))


def rejudge(findings: Iterable[Finding], then: Rules, now: Rules) -> tuple[Finding, ...]:
    """The findings as the checks would have made them by the limits of ``now``; they were made by those of ``then``.

    Findings of checks that ``now`` does not name fall away; those of the engine itself stay.
    """
    gone = set(then.checks) - set(now.checks)
    kept = (causes.restored(finding) for finding in findings if finding.check not in gone)
    return causes.settled(_again(finding, then, now) for finding in kept)


def _again(finding: Finding, then: Rules, now: Rules) -> Finding:
    row = next((row for row in HELD if _is_of(row, finding, then)), None)
    if row is None:
        return finding
    held = _limit(now, row.limit)
    if held is None:
        return replace(finding, outcome=Outcome.NOT_RUN, limit=None)
    if finding.limit is not None and abs(held - finding.limit) < _ACCURACY:
        return finding
    if "outweighed_by" in finding.details:
        return replace(finding, limit=held)
    if finding.measure is None:
        return replace(finding, outcome=_unmeasured(finding), limit=held)
    return replace(finding, outcome=_outcome(row, finding, held), limit=held)


def _is_of(row: Held, finding: Finding, then: Rules) -> bool:
    if (row.check, row.code) != (finding.check, finding.code) or row.unit not in (None, finding.unit):
        return False
    held = _limit(then, row.limit)
    others = sum(1 for one in HELD if (one.check, one.code, one.unit) == (row.check, row.code, row.unit))
    return others == 1 or (held is not None and finding.limit is not None and abs(held - finding.limit) < _ACCURACY)


def _unmeasured(finding: Finding) -> Outcome:
    """What was not to be asked (a place under the cap of somebody not proven) is not to be asked now."""
    return Outcome.NOT_RUN if finding.check == "cap" else Outcome.UNABLE


def _outcome(row: Held, finding: Finding, held: float) -> Outcome:
    measure = finding.measure or 0.0
    bad = {"above": measure > held, "below": measure < held, "reached": measure >= held}[row.bad]
    if not bad:
        return Outcome.PASS
    return finding.outcome if finding.outcome in (Outcome.FAIL, Outcome.WARN) else row.outcome
