"""Checks that look at faces: the selfie, its signals, the portrait, the comparison."""

import dataclasses

import pytest

from shiming.checks import face_match, held, portrait, selfie_face, selfie_signal
from shiming.decision import deciding
from shiming.decision.deciding import Consequence
from shiming.registration.values import Document, EvidenceItem, Face, FaceComparison, Outcome, Reading
from tests.checks import cases

GOOD = {
    "inter_eye": 120.0,
    "yaw": 3.0,
    "pitch": -5.0,
    "roll": 1.0,
    "eyes_open": 0.25,
    "size": 0.5,
    "offset_x": 0.05,
    "offset_y": 0.1,
    "cut": 0.0,
    "sharpness": 60.0,
    "brightness": 120.0,
    "dynamic_range": 7.2,
    "shading": 0.15,
    "mouth_open": 0.1,
    "mesh_score": 1.0,
    "under_exposed": 0.03,
    "over_exposed": 0.0,
    "evenness": 0.6,
    "background": 12.0,
    "eyes_dark": 0.1,
    "mouth_hue": 6.0,
    "mouth_tone": 15.0,
    "signal_moire": 5.0,
    "signal_border": 0.0,
    "signal_blocks": 1.2,
    "signal_live": 0.97,
}


def face(confidence=0.95, **changed):
    return Face((0.3, 0.3, 0.7, 0.7), confidence, {**GOOD, **changed})


def selfie(*faces):
    return EvidenceItem("e-selfie", "selfie", Reading(faces=faces))


def front(*faces, side="front"):
    return EvidenceItem(
        "e-front", "document-front", Reading(document=Document("cn-resident-id", side, "CN", 1.0), faces=faces)
    )


def codes(findings, outcome):
    return [f.code for f in findings if f.outcome is outcome]


def test_a_good_selfie_passes_every_point():
    found = list(selfie_face.run(cases.case(), selfie(face())))
    assert {f.outcome for f in found} == {Outcome.PASS}
    assert len(found) == 18
    assert all(f.measure is not None and f.limit is not None and f.unit for f in found)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"inter_eye": 40.0}, "FACE_TOO_SMALL"),
        ({"size": 0.9}, "FACE_TOO_CLOSE"),
        ({"cut": 0.2}, "FACE_TOO_CLOSE"),
        ({"offset_x": 0.4}, "FACE_OFF_CENTRE"),
        ({"yaw": -40.0}, "FACE_POSE"),
        ({"pitch": 30.0}, "FACE_POSE"),
        ({"eyes_open": 0.05}, "EYES_CLOSED"),
        ({"sharpness": 3.0}, "IMG_BLUR"),
        ({"brightness": 20.0}, "IMG_DARK"),
        ({"under_exposed": 0.7}, "IMG_DARK"),
        ({"over_exposed": 0.5}, "IMG_OVEREXPOSED"),
        ({"dynamic_range": 4.0}, "FACE_FLAT"),
        ({"eyes_dark": 0.9}, "FACE_COVERED"),
        ({"mesh_score": 0.6}, "FACE_COVERED"),
    ],
)
def test_each_fault_of_a_selfie_is_named_alone(changed, code):
    assert codes(selfie_face.run(cases.case(), selfie(face(**changed))), Outcome.FAIL) == [code]


@pytest.mark.parametrize(
    ("changed", "code", "consequence"),
    [
        ({"mouth_hue": 40.0}, "FACE_COVERED", Consequence.DOUBT),
        ({"mouth_tone": 70.0}, "FACE_COVERED", Consequence.DOUBT),
        ({"mouth_open": 0.9}, "FACE_MOUTH_OPEN", Consequence.NONE),
        ({"evenness": 0.0}, "FACE_LIGHT_UNEVEN", Consequence.NONE),
        ({"background": 60.0}, "FACE_BACKGROUND", Consequence.NONE),
    ],
)
def test_what_good_selfies_show_too_only_warns(changed, code, consequence):
    case = cases.case()
    found = list(selfie_face.run(case, selfie(face(**changed))))
    assert not codes(found, Outcome.FAIL)
    (warned,) = [f for f in found if f.outcome is Outcome.WARN]
    assert (warned.code, deciding.consequence(warned, case.rules, {})) == (code, consequence)


def test_components_bear_the_standards_names_and_old_measures_are_not_run():
    found = list(selfie_face.run(cases.case(), selfie(face())))
    assert {f.details["component"] for f in found if f.details} == {
        "OverExposurePrevention",
        "DynamicRange",
        "EyesVisible",
        "FaceOcclusionPrevention",
        "MouthOcclusionPrevention",
        "MouthClosed",
        "IlluminationUniformity",
        "BackgroundUniformity",
    }
    old = {name: value for name, value in GOOD.items() if name not in ("eyes_dark", "evenness", "under_exposed")}
    found = list(selfie_face.run(cases.case(), selfie(Face((0.3, 0.3, 0.7, 0.7), 0.9, old))))
    assert codes(found, Outcome.NOT_RUN) == ["FACE_COVERED", "FACE_LIGHT_UNEVEN"]


def test_every_selfie_finding_can_be_held_to_other_limits():
    """Replay: with each limit moved past its measure, a recorded pass turns into what the check itself would say."""
    case = cases.case()
    passed = list(selfie_face.run(case, selfie(face()))) + list(selfie_signal.run(case, selfie(face())))
    for row in held.HELD:
        if row.check not in ("selfie_face", "selfie_signal") or row.code in ("FACE_MULTIPLE", "FACE_TOO_CLOSE"):
            continue
        if row.code == "FACE_POSE" or row.limit == "selfie.under_exposed":
            continue  # one finding for several limits: which of them it names depends on the worst
        moved = dataclasses.replace(
            case.rules, limits={**case.rules.limits, row.limit: -1.0 if row.bad == "above" else 1e6}
        )
        again = [f for f in held.rejudge(passed, case.rules, moved) if f.outcome is not Outcome.PASS]
        assert [(f.code, f.outcome) for f in again] == [(row.code, row.outcome)], row


def test_no_face_one_and_two():
    assert codes(selfie_face.run(cases.case(), selfie()), Outcome.FAIL) == ["FACE_NONE"]
    assert codes(selfie_face.run(cases.case(), selfie(face(), face(inter_eye=110.0))), Outcome.FAIL) == [
        "FACE_MULTIPLE"
    ]
    assert not codes(selfie_face.run(cases.case(), selfie(face(), face(inter_eye=30.0))), Outcome.FAIL)


def test_only_selfies_are_looked_at_and_an_unread_one_is_not_run():
    assert not list(selfie_face.run(cases.case(), front(face())))
    assert not list(selfie_signal.run(cases.case(), front(face())))
    assert codes(selfie_face.run(cases.case(), EvidenceItem("e", "selfie", None)), Outcome.NOT_RUN) == ["FACE_NONE"]


def test_signals_warn_and_never_fail():
    bad = face(signal_moire=99.0, signal_border=99.0, signal_blocks=99.0, signal_live=0.01)
    found = list(selfie_signal.run(cases.case(), selfie(bad)))
    assert [f.outcome for f in found] == [Outcome.WARN] * 4
    assert [f.details["strength"] for f in found] == ["weak heuristic"] * 3 + ["weak net"]
    assert {f.outcome for f in selfie_signal.run(cases.case(), selfie(face()))} == {Outcome.PASS}
    assert {f.outcome for f in selfie_signal.run(cases.case(), selfie())} == {Outcome.NOT_RUN}


def test_portrait_present_and_human():
    assert codes(portrait.run(cases.case(), front()), Outcome.FAIL) == ["DOC_NO_PORTRAIT"]
    assert {f.outcome for f in portrait.run(cases.case(), front(face()))} == {Outcome.PASS}
    assert codes(portrait.run(cases.case(), front(face(confidence=0.54))), Outcome.FAIL) == ["PORTRAIT_NOT_HUMAN"]
    assert codes(portrait.run(cases.case(), front(face(dynamic_range=3.0))), Outcome.FAIL) == ["PORTRAIT_NOT_HUMAN"]
    assert codes(portrait.run(cases.case(), front(face(shading=0.02))), Outcome.FAIL) == ["PORTRAIT_NOT_HUMAN"]


def test_portrait_is_not_run_on_a_back_or_without_a_document():
    assert codes(portrait.run(cases.case(), front(side="back")), Outcome.NOT_RUN) == ["DOC_NO_PORTRAIT"]
    nothing = EvidenceItem("e", "document-front", Reading(faces=()))
    assert codes(portrait.run(cases.case(), nothing), Outcome.NOT_RUN) == ["DOC_NO_PORTRAIT"]


def compared(similarity, *, may_reject=True, error=None):
    return FaceComparison(similarity, 0.42, 0.34, 1e-4, "model", "0" * 64, may_reject, error)


@pytest.mark.parametrize(
    ("similarity", "may_reject", "outcome", "code"),
    [
        (0.7, True, Outcome.PASS, "FACE_MISMATCH"),
        (0.42, True, Outcome.PASS, "FACE_MISMATCH"),
        (0.38, True, Outcome.WARN, "FACE_MATCH_UNCERTAIN"),
        (0.1, True, Outcome.FAIL, "FACE_MISMATCH"),
        (0.1, False, Outcome.WARN, "FACE_MATCH_UNCERTAIN"),
    ],
)
def test_comparison(similarity, may_reject, outcome, code):
    case = cases.case(comparison=compared(similarity, may_reject=may_reject), face_consent=True)
    (finding,) = face_match.run(case)
    assert (finding.outcome, finding.code, finding.measure) == (outcome, code, similarity)
    assert finding.details["false_match_rate"] == 1e-4


def test_the_face_in_a_photo_holding_the_document_is_compared_where_no_other_shows_it():
    case = cases.case(comparison=compared(0.1), face_consent=True)
    shown = {
        "document-front": case.evidence["document-front"],
        "holding": EvidenceItem("id-holding", "holding", Reading()),
    }
    (finding,) = face_match.run(dataclasses.replace(case, evidence=shown))
    assert (finding.outcome, finding.code, finding.item) == (Outcome.FAIL, "FACE_MISMATCH", "holding")
    assert finding.evidence == ("id-document-front", "id-holding")


@pytest.mark.parametrize(("held", "outcome"), [(0.42, Outcome.PASS), (0.41, Outcome.WARN), (0.01, Outcome.WARN)])
def test_the_portrait_on_the_document_in_the_hand_is_compared_too_and_turns_nobody_away(held, outcome):
    case = cases.case(comparison=dataclasses.replace(compared(0.7), held=held), face_consent=True)
    evidence = {**case.evidence, "holding": EvidenceItem("id-holding", "holding", Reading())}
    selfie, in_hand = face_match.run(dataclasses.replace(case, evidence=evidence))
    assert (selfie.outcome, selfie.item) == (Outcome.PASS, "selfie")
    assert (in_hand.outcome, in_hand.code, in_hand.item) == (outcome, "HANDHELD_PORTRAIT_UNCERTAIN", "holding")
    assert (in_hand.measure, in_hand.limit, in_hand.evidence) == (held, 0.42, ("id-holding",))


def test_no_comparison():
    (declined,) = face_match.run(cases.case(face_consent=False, comparison=compared(0.9)))
    assert (declined.outcome, declined.code, declined.measure) == (Outcome.UNABLE, "CONSENT_DECLINED", None)
    (failed,) = face_match.run(cases.case(face_consent=True, comparison=compared(None, error="FACE_NONE")))
    assert (failed.outcome, failed.code, failed.details["error"]) == (Outcome.UNABLE, "FACE_NOT_COMPARED", "FACE_NONE")
    (waiting,) = face_match.run(cases.case())
    assert (waiting.outcome, waiting.code) == (Outcome.NOT_RUN, "FACE_NOT_COMPARED")
