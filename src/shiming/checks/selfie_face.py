"""Is the selfie one face, near enough, straight, with open eyes, sharp, well lit and uncovered?

Components are named in the findings' details as in ISO/IEC 29794-5; none is claimed to conform to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Face, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """FACE_NONE, FACE_MULTIPLE, then on the one face FACE_TOO_SMALL ... FACE_BACKGROUND, each with measure and limit."""
    if item.slot != "selfie":
        return
    if item.reading is None or item.reading.faces is None:
        yield Finding("selfie_face", VERSION, Outcome.NOT_RUN, "FACE_NONE", item=item.slot, evidence=(item.id,))
        return
    faces = item.reading.faces
    if not faces:
        yield _finding(item, "FACE_NONE", 0, 1, "faces", bad=True)
        return
    yield _finding(item, "FACE_NONE", len(faces), 1, "faces", bad=False)
    yield _others(case, item, faces)
    yield from judge_face(case, item, faces[0])


def judge_face(case: Case, item: EvidenceItem, face: Face, *, centred: bool = True) -> Iterator[Finding]:
    """Size, place (where it should be ``centred``), pose, eyes, sharpness, light and covering of one person's face."""
    yield from (found for found in _geometry(case, item, face) if centred or found.code != "FACE_OFF_CENTRE")
    yield from _picture(case, item, face)


def _others(case: Case, item: EvidenceItem, faces: tuple[Face, ...]) -> Finding:
    first = max(faces[0].measures["inter_eye"], 1.0)
    second = max((face.measures["inter_eye"] / first for face in faces[1:]), default=0.0)
    most = limit(case, "selfie.second_face")
    return _finding(item, "FACE_MULTIPLE", second, most, "ratio of eye distances", bad=second >= most)


def _geometry(case: Case, item: EvidenceItem, face: Face) -> Iterator[Finding]:
    m = face.measures
    yield _at_least(case, item, "FACE_TOO_SMALL", "inter_eye", m["inter_eye"], "px")
    close, cut = limit(case, "selfie.size"), limit(case, "selfie.cut")
    if m["cut"] > cut:
        yield _finding(item, "FACE_TOO_CLOSE", m["cut"], cut, "fraction outside the picture", bad=True)
    else:
        yield _finding(item, "FACE_TOO_CLOSE", m["size"], close, "fraction of the height", bad=m["size"] > close)
    offset, most = max(m["offset_x"], m["offset_y"]), limit(case, "selfie.offset")
    yield _finding(item, "FACE_OFF_CENTRE", offset, most, "fraction of the picture", bad=offset > most)
    # One finding for the pose: the angle that is furthest beyond its limit says what to correct.
    angles = {name: (abs(m[name]), limit(case, f"selfie.{name}")) for name in ("yaw", "pitch", "roll")}
    worst = max(angles, key=lambda name: angles[name][0] / angles[name][1])
    angle, allowed = angles[worst]
    yield _finding(item, "FACE_POSE", angle, allowed, f"degrees of {worst}", bad=angle > allowed)
    yield _at_least(case, item, "EYES_CLOSED", "eyes_open", m["eyes_open"], "opening by width")


def _picture(case: Case, item: EvidenceItem, face: Face) -> Iterator[Finding]:
    m = face.measures
    yield _at_least(case, item, "IMG_BLUR", "sharpness", m["sharpness"], "variance of the Laplacian")
    black, most = m.get("under_exposed"), limit(case, "selfie.under_exposed")
    if black is not None and black > most:
        yield _finding(item, "IMG_DARK", black, most, "fraction of the face nearly black", bad=True)
    else:
        yield _at_least(case, item, "IMG_DARK", "brightness", m["brightness"], "mean luma")
    for one in _COMPONENTS:
        yield _component(case, item, one, m.get(one.measure))


@dataclass(frozen=True, slots=True)
class _Component:
    """One of ISO/IEC 29794-5's: what is measured for it, and what its failing leads to. ``below``: low values are bad."""

    code: str
    name: str
    measure: str
    unit: str
    outcome: Outcome
    below: bool = False


_COMPONENTS = (
    _Component("IMG_OVEREXPOSED", "OverExposurePrevention", "over_exposed", "fraction nearly white", Outcome.FAIL),
    _Component("FACE_FLAT", "DynamicRange", "dynamic_range", "bits", Outcome.FAIL, below=True),
    _Component("FACE_COVERED", "EyesVisible", "eyes_dark", "fraction of the eyes in the dark", Outcome.FAIL),
    _Component("FACE_COVERED", "FaceOcclusionPrevention", "mesh_score", "probability", Outcome.FAIL, below=True),
    # A beard or make-up may look like a mask to these two: a person looks, nobody is asked again.
    _Component("FACE_COVERED", "MouthOcclusionPrevention", "mouth_hue", "CIELAB a, b from the brow", Outcome.WARN),
    _Component("FACE_COVERED", "MouthOcclusionPrevention", "mouth_tone", "CIELAB from the brow", Outcome.WARN),
    # Good selfies show these too. Their codes are only noted (registration/reasons.toml).
    _Component("FACE_MOUTH_OPEN", "MouthClosed", "mouth_open", "opening by width of the lips", Outcome.WARN),
    _Component(
        "FACE_LIGHT_UNEVEN", "IlluminationUniformity", "evenness", "overlap of the cheeks", Outcome.WARN, below=True
    ),
    _Component("FACE_BACKGROUND", "BackgroundUniformity", "background", "mean step beside the head", Outcome.WARN),
)


def _component(case: Case, item: EvidenceItem, one: _Component, value: float | None) -> Finding:
    """``not-run`` where it was not measured, as on pictures read before it was."""
    bound = limit(case, f"selfie.{one.measure}")
    outcome = Outcome.NOT_RUN
    if value is not None:
        outcome = one.outcome if ((value < bound) if one.below else (value > bound)) else Outcome.PASS
    measure, details = None if value is None else round(value, 4), {"component": one.name}
    return Finding("selfie_face", VERSION, outcome, one.code, item.slot, measure, bound, one.unit, (item.id,), details)


def _at_least(case: Case, item: EvidenceItem, code: str, name: str, measure: float, unit: str) -> Finding:
    least = limit(case, f"selfie.{name}")
    return _finding(item, code, measure, least, unit, bad=measure < least)


def _finding(item: EvidenceItem, code: str, measure: float, bound: float, unit: str, *, bad: bool) -> Finding:
    outcome = Outcome.FAIL if bad else Outcome.PASS
    return Finding("selfie_face", VERSION, outcome, code, item.slot, round(measure, 4), bound, unit, (item.id,))
