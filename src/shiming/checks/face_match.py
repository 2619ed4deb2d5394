"""Is the person of the liveness session, of the selfie, or of the photo holding the document, the one on the document?

In a photo that shows the holder with the document in the hand, the portrait on that document is compared with their face too
(row E3). It is small there, so that one that is not clearly theirs goes to a person, and turns nobody away.
"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.registration.values import COMPARED_SLOTS, FACE_SLOTS, Case, FaceComparison, Finding, Outcome

VERSION = "1"
SCOPE = "registration"
_DOCUMENT = "document-front"
_HOLDING = "holding"


def run(case: Case) -> Iterator[Finding]:
    """CONSENT_DECLINED or FACE_NOT_COMPARED where nothing was compared; FACE_MATCH_UNCERTAIN or FACE_MISMATCH where it was.

    HANDHELD_PORTRAIT_UNCERTAIN for the portrait in the hand, where the photo shows it large enough.

    With a model that may not reject (its measured error is too high), a face that does not match is uncertain.
    """
    face = next((slot for slot in COMPARED_SLOTS if slot in case.evidence), FACE_SLOTS[-1])
    evidence = tuple(case.evidence[slot].id for slot in (_DOCUMENT, face) if slot in case.evidence)
    if case.face_consent is False:
        yield Finding("face_match", VERSION, Outcome.UNABLE, "CONSENT_DECLINED", item=face)
        return
    compared = case.comparison
    if compared is None or compared.similarity is None:
        yield _not_compared(case, compared, face, evidence)
        return
    outcome, code, bound = _judged(compared.similarity, compared)
    measure, details = round(compared.similarity, 4), _explained(compared)
    yield Finding("face_match", VERSION, outcome, code, face, measure, bound, "similarity", evidence, details)
    if compared.held is not None and _HOLDING in case.evidence:
        yield _in_hand(case, compared, compared.held)


def _in_hand(case: Case, compared: FaceComparison, similarity: float) -> Finding:
    outcome = Outcome.PASS if similarity >= compared.match else Outcome.WARN
    held = (case.evidence[_HOLDING].id,)
    code, measure = "HANDHELD_PORTRAIT_UNCERTAIN", round(similarity, 4)
    details = _explained(compared)
    return Finding("face_match", VERSION, outcome, code, _HOLDING, measure, compared.match, "similarity", held, details)


def _explained(compared: FaceComparison) -> dict[str, object]:
    return {
        "model": compared.model,
        "model_sha256": compared.model_sha256,
        "false_match_rate": compared.false_match_rate,
        "match": compared.match,
        "uncertain": compared.uncertain,
        "may_reject": compared.may_reject,
    }


def _judged(similarity: float, compared: FaceComparison) -> tuple[Outcome, str, float]:
    if similarity >= compared.match:
        return Outcome.PASS, "FACE_MISMATCH", compared.match
    if similarity >= compared.uncertain or not compared.may_reject:
        return Outcome.WARN, "FACE_MATCH_UNCERTAIN", compared.match
    return Outcome.FAIL, "FACE_MISMATCH", compared.uncertain


def _not_compared(case: Case, compared: FaceComparison | None, face: str, evidence: tuple[str, ...]) -> Finding:
    """``not-run`` before there is anything to compare, ``unable`` (a person looks) when comparing was due and failed."""
    due = compared is not None or (case.face_consent is True and len(evidence) == 2)
    outcome = Outcome.UNABLE if due else Outcome.NOT_RUN
    details = {"error": compared.error} if compared is not None else {}
    return Finding("face_match", VERSION, outcome, "FACE_NOT_COMPARED", face, evidence=evidence, details=details)
