"""The person beside the holder: a guardian, a representative."""

from dataclasses import replace

import pytest

from shiming.checks import age, guardian, representative
from shiming.registration.values import EvidenceItem, Reading

from .cases import BACK, FORM, FRONT, case, item, outcomes

CHILD = {"number": "330106201403070012", "date_of_birth": "2014-03-07"}
PARENT = {**FRONT, "name": "李强", "number": "330106198503070015", "date_of_birth": "1985-03-07"}
DECLARED = {"guardian_name": "李强", "guardian_number": PARENT["number"]}


def family(parent=PARENT, back=BACK, declared=None, person="minor", role="guardian", **front):
    """A child with a parent at its side. ``front`` replaces fields of the child's card."""
    whole = case(front={**CHILD, **front}, form={**FORM, **(DECLARED if declared is None else declared)})
    second = {
        f"{role}-document-front": item(f"{role}-document-front", "cn-resident-id", "front", parent),
        f"{role}-document-back": item(f"{role}-document-back", "cn-resident-id", "back", back),
    }
    return replace(whole, evidence={**whole.evidence, **second}, person=person)


def bad(findings):
    return {key: outcome for key, outcome in outcomes(findings).items() if outcome not in ("pass", "not-run")}


def test_a_guardian_who_fits_leaves_no_doubt():
    assert bad(guardian.run(family())) == {}


def test_other_classes_of_person_have_no_guardian():
    assert list(guardian.run(case())) == []
    assert list(guardian.run(family(person="represented"))) == []
    assert list(representative.run(family())) == []


@pytest.mark.parametrize(
    ("changed", "key", "outcome"),
    [
        ({"back": {**BACK, "date_of_expiry": "2026-11-20"}}, ("GUARDIAN_EXPIRED", "guardian-document-back"), "fail"),
        (
            {"parent": {**PARENT, "date_of_birth": "2008-11-22"}},
            ("GUARDIAN_TOO_YOUNG", "guardian-document-front"),
            "fail",
        ),
        ({"declared": {**DECLARED, "guardian_name": "王刚"}}, ("GUARDIAN_MISMATCH_NAME", "guardian_name"), "fail"),
        ({"declared": {**DECLARED, "guardian_number": "1"}}, ("GUARDIAN_MISMATCH_NUMBER", "guardian_number"), "fail"),
        (
            {"parent": {**PARENT, "number": CHILD["number"]}},
            ("GUARDIAN_SAME_PERSON", "guardian-document-front"),
            "fail",
        ),
        ({"parent": {}}, ("GUARDIAN_UNREAD", "guardian-document-front"), "unable"),
        ({"parent": {}}, ("GUARDIAN_TOO_YOUNG", None), "unable"),
        ({"declared": {}}, ("GUARDIAN_MISMATCH_NAME", "guardian_name"), "unable"),
    ],
)
def test_what_is_wrong_with_a_guardian_is_named(changed, key, outcome):
    assert bad(guardian.run(family(**changed)))[key] == outcome


def test_of_age_on_the_very_birthday():
    assert bad(guardian.run(family(parent={**PARENT, "date_of_birth": "2008-11-21"}))) == {}


def test_the_paper_that_says_so_is_for_a_person():
    seen = family()
    paper = EvidenceItem("id-paper", "relationship-proof", Reading())
    found = bad(guardian.run(replace(seen, evidence={**seen.evidence, "relationship-proof": paper})))
    assert found == {("GUARDIAN_PROOF", "relationship-proof"): "unable"}


def test_a_representative_is_held_to_the_same():
    declared = {"representative_name": "李强", "representative_number": "2"}
    seen = family(person="represented", role="representative", declared=declared)
    assert bad(representative.run(seen)) == {
        ("REPRESENTATIVE_MISMATCH_NUMBER", "representative_number"): "fail",
    }


@pytest.mark.parametrize(
    ("person", "parent", "outcome"),
    [
        ("minor", PARENT, "pass"),
        ("minor", {**PARENT, "date_of_birth": "2010-01-01"}, "unable"),
        ("minor", {}, "unable"),
        ("adult", PARENT, "fail"),
        ("represented", PARENT, "fail"),
    ],
)
def test_a_child_passes_only_with_a_guardian_who_is_of_age(person, parent, outcome):
    found = outcomes(age.run(family(parent=parent, person=person)))
    assert found[("AGE_TOO_YOUNG", "document-front")] == outcome


def test_a_grown_up_registered_as_a_child_is_looked_at():
    found = outcomes(age.run(family(date_of_birth="1990-03-07")))
    assert found[("PERSON_CLASS_WRONG", "document-front")] == "warn"
    assert ("PERSON_CLASS_WRONG", "document-front") not in bad(age.run(case()))
