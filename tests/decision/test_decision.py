"""Decisions: the cases named in the design, and properties over any findings."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.decision import decide, explain, replay
from shiming.platform.i18n import translator
from shiming.programmes import resolve
from shiming.registration.reasons import catalogue
from shiming.registration.values import EvidenceItem, Finding, Outcome, Verdict

RULES = resolve("carrier-5g-auto")
ALWAYS = replace(resolve("carrier-5g"), review_mode="always")
SLOTS = ("document-front", "document-back", "selfie")


def finding(code, outcome=Outcome.FAIL, item=None, **more):
    return Finding("some_check", "1", outcome, code, item=item, **more)


def verdict(*findings, rules=RULES, retakes=None):
    return replay(findings, rules, retakes)


def test_all_passed_is_approved():
    assert verdict(finding("IMG_BLUR", Outcome.PASS)).verdict is Verdict.APPROVE


def test_review_always_makes_approval_a_proposal():
    decision = verdict(finding("IMG_BLUR", Outcome.PASS), rules=ALWAYS)
    assert (decision.verdict, decision.proposal) == (Verdict.REFER, Verdict.APPROVE)


def test_not_run_does_not_decide():
    assert verdict(finding("CAP_REACHED_OPERATOR", Outcome.NOT_RUN)).verdict is Verdict.APPROVE


def test_retry_collects_all_items_in_one_round():
    decision = verdict(
        finding("IMG_BLUR", item="selfie"),
        finding("MISMATCH_NAME", item="name"),
        finding("IMG_GLARE", item="document-front"),
        finding("IMG_DARK", item="document-front"),
    )
    assert decision.verdict is Verdict.RETRY
    assert decision.items == ("document-front", "selfie", "name")
    assert set(decision.reasons) == {"IMG_BLUR", "MISMATCH_NAME", "IMG_GLARE", "IMG_DARK"}


def test_a_third_capture_is_accepted_and_flagged_for_a_person():
    decision = verdict(finding("IMG_GLARE", item="document-front"), retakes={"document-front": 2})
    assert decision.verdict is Verdict.REFER
    assert decision.reasons == ("IMG_GLARE",)
    assert verdict(finding("IMG_GLARE", item="document-front"), retakes={"document-front": 1}).verdict is Verdict.RETRY


def test_a_reason_that_counts_is_not_flagged_away_by_retakes():
    assert (
        verdict(finding("ID_CHECKSUM", item="document-front"), retakes={"document-front": 5}).verdict is Verdict.RETRY
    )


def test_the_engines_reject_refers():
    decision = verdict(finding("FACE_MISMATCH", item="selfie"))
    assert (decision.verdict, decision.proposal) == (Verdict.REFER, Verdict.REJECT)


@pytest.mark.parametrize("code", ["CARD_ALREADY_BOUND", "CAP_REACHED_OPERATOR", "AGE_TOO_YOUNG"])
def test_card_and_limit_faults_reject_at_once(code):
    decision = verdict(finding(code), rules=ALWAYS)
    assert (decision.verdict, decision.reasons) == (Verdict.REJECT, (code,))


def test_a_limit_does_not_reject_while_the_reading_is_in_doubt():
    young = finding("AGE_TOO_YOUNG", item="document-front")
    assert verdict(young, finding("IMG_BLUR", item="document-front")).verdict is Verdict.RETRY
    assert verdict(young, finding("ENGINE_TIMEOUT", Outcome.UNABLE)).verdict is Verdict.REFER


@pytest.mark.parametrize(
    "doubt",
    [
        finding("FACE_MISMATCH", item="selfie"),
        finding("CONSENT_DECLINED"),
        finding("FACE_MATCH_UNCERTAIN", Outcome.WARN),
        finding("AUTHORITY_MISMATCH"),
        finding("AUTHORITY_UNAVAILABLE", Outcome.UNABLE),
    ],
    ids=lambda row: row.code,
)
@pytest.mark.parametrize("cap", ["CAP_REACHED_OPERATOR", "CAP_REACHED_TOTAL"])
def test_a_cap_is_answered_only_after_identity_is_proven(cap, doubt):
    assert verdict(finding(cap), doubt).verdict is Verdict.REFER
    assert verdict(finding(cap)).verdict is Verdict.REJECT


def test_technical_alone_refers():
    assert verdict(finding("ENGINE_TIMEOUT", Outcome.UNABLE, "document-front")).verdict is Verdict.REFER
    assert verdict(finding("UPLOAD_INTERRUPTED", Outcome.FAIL, "document-front")).verdict is Verdict.REFER


def test_a_warning_refers_unless_the_programme_says_note():
    assert verdict(finding("FACE_MATCH_UNCERTAIN", Outcome.WARN)).verdict is Verdict.REFER
    assert verdict(finding("DOC_EXPIRING_SOON", Outcome.WARN)).verdict is Verdict.APPROVE
    strict = replace(RULES, routing={})
    assert verdict(finding("DOC_EXPIRING_SOON", Outcome.WARN), rules=strict).verdict is Verdict.REFER


def test_a_programme_may_route_otherwise():
    rules = replace(RULES, routing={"MISMATCH_NAME": "refer"})
    assert verdict(finding("MISMATCH_NAME", item="name"), rules=rules).verdict is Verdict.REFER


def test_after_the_last_attempt_nothing_is_asked_again():
    decision = verdict(finding("MISMATCH_NAME", item="name"), finding("ATTEMPTS_EXCEEDED"))
    assert decision.verdict is Verdict.REFER
    assert set(decision.reasons) == {"MISMATCH_NAME", "ATTEMPTS_EXCEEDED"}


def test_reasons_are_worst_first():
    decision = verdict(
        finding("FACE_MATCH_UNCERTAIN", Outcome.WARN),
        finding("DOC_EXPIRED", item="document-back"),
        finding("DOC_DATES_INVALID"),
    )
    assert decision.reasons == ("DOC_EXPIRED", "DOC_DATES_INVALID", "FACE_MATCH_UNCERTAIN")


def test_evidence_carries_the_retakes():
    evidence = {"selfie": EvidenceItem("e1", "selfie", None, retakes=2)}
    assert decide([finding("IMG_BLUR", item="selfie")], RULES, evidence).verdict is Verdict.REFER


def test_explain_names_measure_and_limit():
    found = [
        finding("IMG_BLUR", item="selfie", measure=0.6, limit=0.4, unit="ratio"),
        finding("DOC_EXPIRED", Outcome.PASS),
    ]
    lines = explain(replay(found, RULES), found)
    assert lines[0].text.startswith("Some items")
    assert lines[1].params["measure"] == "0.6"
    assert lines[1].params["limit"] == "0.4"
    assert len(lines) == 2


findings = st.lists(
    st.builds(
        finding,
        st.sampled_from(sorted(catalogue())),
        st.sampled_from(list(Outcome)),
        st.sampled_from([None, *SLOTS, "name", "card"]),
    ),
    max_size=8,
)
rule_sets = st.sampled_from([RULES, ALWAYS, replace(RULES, routing={}), replace(RULES, routing={"IMG_BLUR": "reject"})])
retake_counts = st.dictionaries(st.sampled_from(SLOTS), st.integers(0, 4))


@given(findings, rule_sets, retake_counts)
def test_never_approves_with_a_fail_or_something_unable(found, rules, retakes):
    decision = replay(found, rules, retakes)
    if any(f.outcome in (Outcome.FAIL, Outcome.UNABLE) for f in found):
        assert decision.verdict is not Verdict.APPROVE
        assert decision.proposal is not Verdict.APPROVE


@given(findings, rule_sets, retake_counts)
def test_technical_faults_never_ask_again_nor_reject(found, rules, retakes):
    technical = [f for f in found if catalogue()[f.code].kind == "T" or f.outcome is Outcome.UNABLE]
    decision = replay(technical, rules, retakes)
    assert decision.verdict in (Verdict.REFER, Verdict.APPROVE)
    assert decision.proposal is not Verdict.REJECT


@given(findings, rule_sets, retake_counts, st.randoms(use_true_random=False))
def test_order_does_not_matter(found, rules, retakes, rng):
    shuffled = list(found)
    rng.shuffle(shuffled)
    assert replay(found, rules, retakes) == replay(shuffled, rules, retakes)


@given(findings, rule_sets, retake_counts)
def test_a_retry_always_names_what_to_hand_in_and_a_decision_why(found, rules, retakes):
    decision = replay(found, rules, retakes)
    assert (decision.verdict is Verdict.RETRY) == bool(decision.items)
    assert decision.explanation
    if decision.verdict in (Verdict.RETRY, Verdict.REJECT):
        assert decision.reasons
    if rules.review_mode == "always":
        assert decision.verdict is not Verdict.APPROVE


@given(findings, rule_sets, retake_counts)
def test_every_explanation_has_a_chinese_text(found, rules, retakes):
    chinese = translator("zh_CN")
    for line in explain(replay(found, rules, retakes), found):
        assert chinese.has(line.text)
        assert chinese.has(line.params.get("text", line.text))


def test_an_explanation_with_a_measure_has_a_chinese_text():
    found = [finding("IMG_BLUR", item="selfie", measure=0.6, limit=0.4, unit="ratio")]
    assert all(translator("zh_CN").has(line.text) for line in explain(replay(found, RULES), found))
