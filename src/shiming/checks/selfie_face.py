"""Is the selfie one face, near enough, straight, with open eyes, sharp and lit?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Face, Finding, Outcome

VERSION = "1"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """FACE_NONE, FACE_MULTIPLE, then on the one face FACE_TOO_SMALL ... IMG_DARK, each with measure and limit."""
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
    yield from _geometry(case, item, faces[0])
    yield from _picture(case, item, faces[0])


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
    yield _at_least(case, item, "IMG_BLUR", "sharpness", face.measures["sharpness"], "variance of the Laplacian")
    yield _at_least(case, item, "IMG_DARK", "brightness", face.measures["brightness"], "mean luma")


def _at_least(case: Case, item: EvidenceItem, code: str, name: str, measure: float, unit: str) -> Finding:
    least = limit(case, f"selfie.{name}")
    return _finding(item, code, measure, least, unit, bad=measure < least)


def _finding(item: EvidenceItem, code: str, measure: float, bound: float, unit: str, *, bad: bool) -> Finding:
    outcome = Outcome.FAIL if bad else Outcome.PASS
    return Finding("selfie_face", VERSION, outcome, code, item.slot, round(measure, 4), bound, unit, (item.id,))
