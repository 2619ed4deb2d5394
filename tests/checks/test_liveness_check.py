"""The judgement on a liveness session: each fault its code, doubts to a person, technical faults cost nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shiming import checks, decision
from shiming.checks import held
from shiming.programmes import resolve
from shiming.registration.reasons import reason
from shiming.registration.values import (
    ActionSeen,
    Case,
    EvidenceItem,
    Liveness,
    LivenessFacts,
    Outcome,
    Reading,
    SlotRule,
    Verdict,
)

from .cases import AT

RULES = replace(
    resolve("carrier-5g"),
    slots=(SlotRule("liveness", "liveness"),),
    checks=("liveness",),
    review_mode="on-refer",
    caps=(),
    authority=None,
)
GOOD = {
    "frames": 24.0,
    "unreadable": 0.0,
    "faceless": 0.0,
    "duration_ms": 7000.0,
    "gap_most_ms": 350.0,
    "gap_usual_ms": 300.0,
    "backwards": 0.0,
    "faces_most": 1.0,
    "second_face": 0.0,
    "jump_most": 0.1,
    "speed_most": 80.0,
    "strays": 0.0,
    "out_of_turn": 0.0,
    "repeated": 0.0,
    "frozen": 0.0,
    "identity_least": 0.5,
    "identity_turned": 0.3,
    "identity_may_reject": 1.0,
    "flatness": 0.92,
    "paper": 0.8,
    "spoof_live": 0.9,
    "moire": 8.0,
    "border": 0.0,
    "blocks": 1.3,
    "portrait_inter_eye": 100.0,
    "portrait_sharpness": 90.0,
    "portrait_brightness": 120.0,
}
SEEN = (ActionSeen("turn-left", True, 900, 1500, 30.0), ActionSeen("nod", True, 2400, 3000, 16.0))
UNKNOWN = LivenessFacts()


def judged(measures=(), *, actions=SEEN, reference=2, facts=UNKNOWN, seen=True, rules=RULES):
    found = Liveness(actions, {**GOOD, **dict(measures)}, reference)
    item = EvidenceItem("id", "liveness", Reading(liveness=found if seen else None))
    case = Case(rules, AT, {}, None, {"liveness": item}, liveness=facts)
    findings = checks.run(case)
    told = {f.code: f.outcome for f in findings if f.outcome not in (Outcome.PASS, Outcome.NOT_RUN)}
    return decision.decide(findings, rules, case.evidence).verdict, told, findings


def test_a_good_session_is_approved():
    verdict, told, findings = judged()
    assert verdict is Verdict.APPROVE
    assert told == {}
    assert all(f.check == "liveness" and f.item == "liveness" for f in findings)


@pytest.mark.parametrize(
    ("measures", "code", "outcome", "verdict"),
    [
        ({"frames": 5.0}, "LIVE_FRAMES", Outcome.FAIL, Verdict.RETRY),
        ({"unreadable": 6.0}, "LIVE_FRAMES", Outcome.FAIL, Verdict.RETRY),
        ({"gap_most_ms": 4000.0}, "LIVE_FRAMES", Outcome.FAIL, Verdict.RETRY),
        ({"backwards": 1.0}, "LIVE_TIME_ORDER", Outcome.FAIL, Verdict.RETRY),
        ({"duration_ms": 900.0}, "LIVE_TOO_FAST", Outcome.FAIL, Verdict.RETRY),
        ({"speed_most": 700.0}, "LIVE_TOO_FAST", Outcome.FAIL, Verdict.RETRY),
        ({"duration_ms": 120000.0}, "LIVE_TOO_SLOW", Outcome.FAIL, Verdict.RETRY),
        ({"faceless": 8.0}, "LIVE_FACE_LOST", Outcome.FAIL, Verdict.RETRY),
        ({"second_face": 0.8}, "LIVE_SEVERAL_FACES", Outcome.FAIL, Verdict.RETRY),
        ({"strays": 1.0}, "LIVE_ACTION_ORDER", Outcome.FAIL, Verdict.RETRY),
        ({"repeated": 4.0}, "LIVE_FROZEN", Outcome.FAIL, Verdict.RETRY),
        ({"frozen": 4.0}, "LIVE_FROZEN", Outcome.FAIL, Verdict.RETRY),
        ({"identity_least": -0.2}, "LIVE_PERSON_CHANGED", Outcome.FAIL, Verdict.RETRY),
        ({"identity_turned": -0.4}, "LIVE_PERSON_CHANGED", Outcome.FAIL, Verdict.RETRY),
        ({"identity_least": -0.04}, "LIVE_PERSON_CHANGED", Outcome.WARN, Verdict.REFER),
        ({"identity_least": -0.2, "identity_may_reject": 0.0}, "LIVE_PERSON_CHANGED", Outcome.WARN, Verdict.REFER),
        ({"flatness": 0.995}, "LIVE_FLAT", Outcome.WARN, Verdict.REFER),
        ({"paper": 1.6}, "LIVE_FLAT", Outcome.WARN, Verdict.REFER),
        ({"jump_most": 1.5}, "LIVE_FLAT", Outcome.WARN, Verdict.REFER),
        ({"spoof_live": 0.02, "moire": 9.0}, "LIVE_LOW_SCORE", Outcome.WARN, Verdict.REFER),
        ({"moire": 40.0}, "LIVE_LOW_SCORE", Outcome.WARN, Verdict.REFER),
        ({"colour": 0.1}, "LIVE_COLOUR", Outcome.WARN, Verdict.REFER),
        ({"portrait_inter_eye": 30.0}, "FACE_TOO_SMALL", Outcome.FAIL, Verdict.RETRY),
        ({"portrait_brightness": 20.0}, "IMG_DARK", Outcome.FAIL, Verdict.RETRY),
    ],
)
def test_each_fault_has_its_code(measures, code, outcome, verdict):
    said, told, _ = judged(measures)
    assert told == {code: outcome}
    assert said is verdict


def test_movements_missing_or_in_another_order():
    missed = (SEEN[0], ActionSeen("nod", False, None, None, 3.0))
    verdict, told, findings = judged(actions=missed)
    assert (verdict, told) == (Verdict.RETRY, {"LIVE_ACTION_MISSING": Outcome.FAIL})
    assert next(f for f in findings if f.code == "LIVE_ACTION_MISSING").details == {"actions": ["nod"]}
    assert judged({"out_of_turn": 1.0}, actions=missed)[1] == {"LIVE_ACTION_ORDER": Outcome.FAIL}


def test_a_blink_that_was_not_seen_is_nobodys_fault():
    missed = (SEEN[0], ActionSeen("blink", False, None, None, 0.1))
    assert judged(actions=missed)[:2] == (Verdict.REFER, {"LIVE_ACTION_MISSING": Outcome.UNABLE})


def test_no_session_or_no_portrait_asks_again():
    assert judged(seen=False)[:2] == (Verdict.RETRY, {"LIVE_NONE": Outcome.FAIL})
    assert judged(reference=None)[:2] == (Verdict.RETRY, {"LIVE_NO_PORTRAIT": Outcome.FAIL})


def test_no_face_at_all_is_one_fault_and_not_ten():
    nobody = {name: GOOD[name] for name in ("frames", "unreadable", "duration_ms", "gap_most_ms", "backwards")}
    found = Liveness((ActionSeen("nod", False, None, None, 0.0),), {**nobody, "faceless": 24.0, "repeated": 0.0})
    item = EvidenceItem("id", "liveness", Reading(liveness=found))
    findings = checks.run(Case(RULES, AT, {}, None, {"liveness": item}))
    assert [f.code for f in findings if f.outcome is Outcome.FAIL] == ["LIVE_FACE_LOST"]


def test_frames_seen_before_and_cameras_that_are_none_go_to_a_person():
    assert judged(facts=LivenessFacts(0.8))[:2] == (Verdict.REFER, {"LIVE_REPLAYED": Outcome.FAIL})
    assert judged(facts=LivenessFacts(0.3))[0] is Verdict.APPROVE
    assert judged(facts=LivenessFacts(None))[0] is Verdict.APPROVE
    for facts in (LivenessFacts(camera="virtual"), LivenessFacts(attested=False)):
        assert judged(facts=facts)[:2] == (Verdict.REFER, {"LIVE_CAMERA": Outcome.WARN})
    assert judged(facts=LivenessFacts(attested=True))[0] is Verdict.APPROVE
    without_a_store = judged(facts=None)[2]
    assert {f.outcome for f in without_a_store if f.code in ("LIVE_REPLAYED", "LIVE_CAMERA")} == {Outcome.NOT_RUN}


def test_a_frame_that_a_camera_gave_twice_is_no_fault():
    assert judged({"repeated": 1.0, "frozen": 2.0, "still": 0.0})[:2] == (Verdict.APPROVE, {})


def test_a_signal_that_was_not_taken_is_not_run_and_holds_nobody_up():
    measures = {name: value for name, value in GOOD.items() if name != "spoof_live"}
    item = EvidenceItem("id", "liveness", Reading(liveness=Liveness(SEEN, measures, 2)))
    findings = checks.run(Case(RULES, AT, {}, None, {"liveness": item}, liveness=UNKNOWN))
    assert Outcome.NOT_RUN in {f.outcome for f in findings if f.code == "LIVE_LOW_SCORE"}
    assert decision.decide(findings, RULES, {}).verdict is Verdict.APPROVE


def test_a_passive_score_counts_only_where_a_raster_bears_it_out():
    alone = {"spoof_live": 0.0004, "moire": 7.5}
    assert judged(alone)[:2] == (Verdict.APPROVE, {})
    assert judged({**alone, "moire": 9.0})[0] is Verdict.REFER
    item = EvidenceItem("id", "liveness", Reading(liveness=Liveness(SEEN, {**GOOD, **alone}, 2)))
    findings = checks.run(Case(RULES, AT, {}, None, {"liveness": item}, liveness=UNKNOWN))
    (told,) = [f for f in findings if f.code == "LIVE_LOW_SCORE" and f.details]
    assert (told.outcome, told.measure, told.details) == (
        Outcome.PASS,
        0.0004,
        {"outweighed_by": "moire", "moire": 7.5},
    )
    stricter = replace(RULES, limits={**RULES.limits, "live.spoof": 0.1})
    assert decision.decide(held.rejudge(findings, RULES, stricter), stricter, {}).verdict is Verdict.APPROVE


def test_technical_faults_cost_no_try():
    assert not any(reason(code).counts for code in ("LIVE_FRAMES", "LIVE_TIME_ORDER", "LIVE_NO_PORTRAIT"))


@pytest.mark.parametrize(
    ("measures", "limit", "value", "now"),
    [
        ({"moire": 20.0}, "live.moire", 25.0, Verdict.APPROVE),
        ({"flatness": 0.97}, "live.flatness", 0.95, Verdict.REFER),
        ({"repeated": 4.0}, "live.repeated", 6.0, Verdict.APPROVE),
        ({"identity_turned": 0.3}, "live.turned", 0.4, Verdict.REFER),
    ],
)
def test_recorded_findings_are_held_to_other_limits(measures, limit, value, now):
    findings = judged(measures)[2]
    other = replace(RULES, limits={**RULES.limits, limit: value})
    again = held.rejudge(findings, RULES, other)
    assert decision.decide(again, other, {}).verdict is now
