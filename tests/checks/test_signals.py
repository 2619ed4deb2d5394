"""Signals of quality and authenticity, places that disagree, and one cause instead of six findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shiming import checks
from shiming.checks import (
    agreement,
    blur,
    causes,
    glare,
    held,
    low_resolution,
    occluded,
    one_document,
    same_picture,
    screen,
    sides_agree,
    specimen,
    too_small,
)
from shiming.programmes import for_demo, resolve
from shiming.registration.reasons import reason
from shiming.registration.values import Case, EvidenceItem, Face, Field, Finding, Outcome, SlotRule

from .cases import case, item, outcomes, passport_case

_FACE = Face((0.6, 0.2, 0.9, 0.7), 0.99)
_PLACE = ((0.2, 0.4), (0.6, 0.4), (0.6, 0.45), (0.2, 0.45))


def _front(*, without: str | None = None, boxes: dict[str, object] | None = None, **quality: float) -> EvidenceItem:
    front = case().evidence["document-front"]
    assert front.reading is not None
    fields = {name: field for name, field in front.reading.fields.items() if name != without}
    fields |= {name: replace(fields[name], box=box) for name, box in (boxes or {}).items()}  # type: ignore[arg-type]
    return replace(front, reading=replace(front.reading, fields=fields, faces=(_FACE,), quality=quality))


def _at(left: float, top: float, right: float, bottom: float, share: float = 0.05) -> dict[str, float]:
    return {
        "covered": share,
        "covered_left": left,
        "covered_top": top,
        "covered_right": right,
        "covered_bottom": bottom,
    }


@pytest.mark.parametrize(
    ("shown", "outcome", "hidden"),
    [
        (_front(covered=0.0), Outcome.PASS, None),
        (_front(**_at(0.7, 0.8, 0.9, 0.95), boxes={"number": _PLACE}), Outcome.PASS, None),
        (_front(**_at(0.5, 0.42, 0.7, 0.9), boxes={"number": _PLACE}), Outcome.FAIL, ["number"]),
        (_front(**_at(0.63, 0.38, 0.8, 0.9), boxes={"address": _PLACE}), Outcome.FAIL, ["address"]),
        (_front(**_at(0.7, 0.8, 0.9, 0.95), without="name"), Outcome.FAIL, ["name"]),
        (_front(**_at(0.5, 0.42, 0.7, 0.9, share=0.005), without="name"), Outcome.PASS, None),
        (_front(), Outcome.NOT_RUN, None),
    ],
)
def test_a_finger_is_at_fault_only_for_what_it_hides(
    shown: EvidenceItem, outcome: Outcome, hidden: list[str] | None
) -> None:
    (found,) = occluded.run(case(), shown)
    assert (found.code, found.outcome) == ("DOC_OCCLUDED", outcome)
    assert found.details.get("fields") == hidden


@pytest.mark.parametrize(
    ("check", "measure", "limit", "bad", "outcome"),
    [
        (screen, "raster", "quality.raster", 1.1, Outcome.WARN),
        (screen, "raster_fine", "quality.raster_fine", 1.1, Outcome.WARN),
        (specimen, "specimen", "quality.specimen", 1.0, Outcome.WARN),
        (one_document, "documents", "quality.documents", 2.0, Outcome.FAIL),
    ],
)
def test_a_sign_of_authenticity_warns_and_a_fault_of_capture_fails(check, measure, limit, bad, outcome) -> None:
    most = checks.limits()[limit]
    (found,) = check.run(case(), _front(**{measure: most}))
    assert found.outcome is Outcome.PASS
    (found,) = check.run(case(), _front(**{measure: most * bad + 1}))
    assert (found.outcome, found.measure, found.limit) == (outcome, most * bad + 1, most)
    routing = reason(found.code).routing
    assert routing == ("refer" if outcome is Outcome.WARN else "retry"), "no signal rejects"


def test_too_few_pixels_and_too_far_away_are_two_things() -> None:
    few = {"document_width": 300.0}
    filling, far = _front(**few, document_share=0.9), _front(**few, document_share=0.3)
    assert outcomes([*low_resolution.run(case(), filling), *too_small.run(case(), filling)]) == {
        ("IMG_LOW_RES", "document-front"): "fail"
    }
    assert outcomes([*low_resolution.run(case(), far), *too_small.run(case(), far)]) == {
        ("DOC_TOO_SMALL", "document-front"): "fail"
    }


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        (_front(blur=0.5), Outcome.PASS),
        (_front(blur=0.5, without="name"), Outcome.FAIL),
        (_front(blur=0.9), Outcome.FAIL),
        (_front(blur=0.2, without="name"), Outcome.PASS),
    ],
)
def test_blur_that_hid_nothing_is_no_fault(shown: EvidenceItem, outcome: Outcome) -> None:
    (found,) = blur.run(case(), shown)
    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        (_front(glare=0.04, glare_print=0.0), Outcome.PASS),
        (_front(glare=0.04, glare_print=0.3), Outcome.FAIL),
        (_front(glare=0.04, glare_print=0.0, without="address"), Outcome.FAIL),
        (_front(glare=0.04), Outcome.FAIL),
        (_front(glare=0.0, glare_print=0.0), Outcome.PASS),
    ],
)
def test_a_reflection_beside_the_print_is_no_fault(shown: EvidenceItem, outcome: Outcome) -> None:
    (found,) = glare.run(case(), shown)
    assert found.outcome is outcome


def test_the_number_itself_tells_birth_and_sex() -> None:
    good = case()
    told = outcomes(agreement.run(good, good.evidence["document-front"]))
    assert told == {("MISMATCH_DOC_BIRTH", "document-front"): "pass", ("MISMATCH_DOC_SEX", "document-front"): "pass"}
    other = case(front={"sex": "M", "date_of_birth": "1990-03-08"})
    found = list(agreement.run(other, other.evidence["document-front"]))
    assert {f.code: f.outcome for f in found} == {
        "MISMATCH_DOC_BIRTH": Outcome.FAIL,
        "MISMATCH_DOC_SEX": Outcome.FAIL,
    }
    sex = next(f for f in found if f.code == "MISMATCH_DOC_SEX")
    assert [(one["source"], one["value"]) for one in sex.details["sightings"]] == [("ocr", "M"), ("number", "F")]


def test_a_difference_that_was_read_in_doubt_only_warns_and_a_wrong_number_tells_nothing() -> None:
    doubtful = case(front={"sex": Field("M", "男", 0.6, "ocr")})
    found = outcomes(agreement.run(doubtful, doubtful.evidence["document-front"]))
    assert found["MISMATCH_DOC_SEX", "document-front"] == "warn"
    wrong = case(front={"sex": "M", "number": "330106199003079966"})
    assert list(agreement.run(wrong, wrong.evidence["document-front"])) == []


def test_two_pictures_of_one_document_say_the_same() -> None:
    good = case()
    back = {"number": "330106199003079967", "name": "李梅"}
    same = replace(good, evidence={**good.evidence, "document-back": item("document-back", "x", "back", back)})
    assert set(outcomes(sides_agree.run(same)).values()) == {"pass"}
    assert len(outcomes(sides_agree.run(same))) == 2
    copied = item("photocopy-front", "cn-resident-id", "front", {"name": "王强", "number": "330106199003079967"})
    other = replace(good, evidence={**good.evidence, "photocopy-front": copied})
    assert outcomes(sides_agree.run(other))["MISMATCH_DOC_NAME", "photocopy-front"] == "fail"


def test_names_in_two_scripts_are_not_held_against_each_other() -> None:
    good = case()
    latin = item("document-back", "x", "back", {"name": "LI MEI"}, source="mrz")
    found = list(sides_agree.run(replace(good, evidence={**good.evidence, "document-back": latin})))
    assert [f for f in found if f.code == "MISMATCH_DOC_NAME"] == []
    cyrillic = passport_case({"surname": "IVANOV", "given_names": None})
    back = item("document-back", "passport", "back", {"surname": "Иванов"})
    found = list(sides_agree.run(replace(cyrillic, evidence={**cyrillic.evidence, "document-back": back})))
    assert [(f.code, f.outcome) for f in found] == [("MISMATCH_DOC_NAME", Outcome.PASS)]


def _with_looks(**looks: str) -> Case:
    good = case()
    slots = (*good.rules.slots, SlotRule("paper-lease", "paper"), SlotRule("paper-permit", "paper"))
    papers = {
        slot: item(slot, "x", "front", {})
        for slot in (name.replace("_", "-") for name in looks)
        if slot not in good.evidence
    }
    evidence = {**good.evidence, **papers}
    for name, look in looks.items():
        one = evidence[name.replace("_", "-")]
        assert one.reading is not None
        evidence[one.slot] = replace(one, reading=replace(one.reading, look=look))
    return replace(good, rules=replace(good.rules, slots=slots), evidence=evidence)


def test_one_picture_for_two_papers() -> None:
    near, far = "00ff00ff00ff00ff", "00ff00ff00ff00fe"
    found = list(same_picture.run(_with_looks(paper_lease=near, paper_permit=far)))
    assert [(f.code, f.item, f.outcome, f.measure) for f in found] == [
        ("DOC_SAME_SIDE_TWICE", "paper-permit", Outcome.FAIL, 1)
    ]
    found = list(same_picture.run(_with_looks(paper_lease=near, paper_permit="ff00ff00ff00ff00")))
    assert [f.outcome for f in found] == [Outcome.PASS]
    both = list(same_picture.run(_with_looks(document_front=near, document_back=near)))
    assert both == [], "of two sides that were recognised `sides` speaks"


def _finding(code: str, outcome: Outcome = Outcome.FAIL, slot: str = "document-front") -> Finding:
    return Finding("x", "1", outcome, code, slot, 0.1, 0.2, "fraction", details={"fields": ["name"]})


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (["IMG_DARK", "DOC_NOT_FOUND", "IMG_BLUR", "IMG_SHADOW", "FIELD_MISSING"], ["IMG_DARK"]),
        (["DOC_NOT_FOUND", "IMG_GLARE", "IMG_BLUR"], ["IMG_GLARE"]),
        (["IMG_GLARE", "IMG_OVEREXPOSED", "IMG_BLUR"], ["IMG_OVEREXPOSED"]),
        (["DOC_NOT_FOUND", "DOC_TOO_SMALL", "DOC_COPY", "DOC_SKEWED"], ["DOC_NOT_FOUND"]),
        (["IMG_BLUR", "FIELD_MISSING", "OCR_LOW_CONFIDENCE", "DOC_NO_PORTRAIT"], ["IMG_BLUR"]),
        (["DOC_WRONG_SIDE", "DOC_NO_PORTRAIT", "DOC_SAME_SIDE_TWICE"], ["DOC_WRONG_SIDE"]),
        (["FIELD_MISSING", "OCR_LOW_CONFIDENCE"], ["FIELD_MISSING"]),
        (["IMG_BLUR", "MISMATCH_DOC_BIRTH"], ["IMG_BLUR", "MISMATCH_DOC_BIRTH"]),
    ],
)
def test_one_cause_one_finding(codes: list[str], told: list[str]) -> None:
    before = [_finding(code) for code in codes]
    after = causes.settled(before)
    assert [f.code for f in after if f.outcome is Outcome.FAIL] == told
    assert [f.code for f in after] == codes, "nothing is lost"
    assert [causes.restored(f) for f in after] == before


def test_a_cause_explains_nothing_of_another_picture_and_a_warning_explains_nothing() -> None:
    elsewhere = [_finding("IMG_BLUR"), _finding("FIELD_MISSING", slot="document-back")]
    assert causes.settled(elsewhere) == tuple(elsewhere)
    warned = [_finding("IMG_GLARE", Outcome.WARN), _finding("FIELD_MISSING")]
    assert causes.settled(warned) == tuple(warned)


def test_every_code_of_the_rules_is_in_the_catalogue() -> None:
    for rule in causes.rules():
        for code in rule.cause | rule.explains:
            assert reason(code).routing in ("retry", "refer")
        assert not rule.cause & rule.explains


def test_replay_under_a_milder_limit_brings_back_what_the_cause_explained() -> None:
    then = replace(resolve("carrier-5g"), limits={"quality.dark": 0.3})
    dark = Finding("dark", "1", Outcome.FAIL, "IMG_DARK", "document-front", 0.25, 0.3, "mean luma 0..1")
    recorded = causes.settled([dark, _finding("FIELD_MISSING")])
    assert [f.outcome for f in recorded] == [Outcome.FAIL, Outcome.NOT_RUN]
    now = replace(then, limits={"quality.dark": 0.2})
    assert [f.outcome for f in held.rejudge(recorded, then, now)] == [Outcome.PASS, Outcome.FAIL]


def test_only_a_demonstration_leaves_the_specimen_check_out() -> None:
    rules = resolve("carrier-5g")
    assert "specimen" in rules.checks
    assert set(rules.checks) - set(for_demo(rules).checks) == {"specimen"}
