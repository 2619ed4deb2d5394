"""Faces looked for among others: off unless everything says yes; what a programme may not say about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shiming import countries, programmes
from shiming.countries.policy import Policy, parse_content
from shiming.decision import decide
from shiming.programmes import Programme, ProgrammeError, keeping, resolving
from shiming.registration.values import DuplicatesRule, Finding, Outcome, Verdict

OWN = """
extends = "carrier-5g"
optional_consents = ["face-duplicates"]

[duplicates]
false_match_rate = 1e-5
most = 10
purpose = "one person, one card"

[retention]
face-template = { after = "end", days = 0, origin = "test" }
selfie = { after = "decision", days = 30, origin = "test" }
registration = { after = "end", days = 731, origin = "test" }
"""


def programme(text: str = OWN) -> Programme:
    return resolving.read_programme("mine", text)


def policy(**facts: Any) -> Policy:
    data = json.loads(countries.policy("CN").content)
    data["sources"]["test"] = {"reference": "test", "kind": "law-text"}
    for key, value in facts.items():
        data["facts"][key] = {"value": value, "certainty": "high", "source": ["test"]}
    return parse_content(json.dumps(data))


def test_no_shipped_programme_has_it() -> None:
    assert [name for name in programmes.names() if resolving.load(name).duplicates is not None] == []
    assert all("face-duplicates" not in resolving.load(name).optional_consents for name in programmes.names())


def test_a_programme_that_has_it_says_so_in_its_rules() -> None:
    assert resolving.rules("mine", programme(), policy()).duplicates == DuplicatesRule(1e-5, 10)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('optional_consents = ["face-duplicates"]', "", "expected the consent 'face-duplicates' with [duplicates]"),
        (
            'optional_consents = ["face-duplicates"]',
            'consents = ["terms", "privacy", "face", "face-duplicates"]',
            "among the optional consents, got it among those asked of everybody",
        ),
        ("face-template = ", "paper = ", "expected a retention rule for 'face-template'"),
        (
            'optional_consents = ["face-duplicates"]',
            'optional_consents = ["face-duplicates"]\nconsents = ["terms", "privacy"]',
            "expected a selfie and the consent 'face' with [duplicates]",
        ),
        ("false_match_rate = 1e-5", "false_match_rate = 0.01", "less than or equal to 0.001"),
        ("most = 10", "most = 500", "less than or equal to 50"),
    ],
)
def test_mistakes_are_named(was: str, becomes: str, told: str) -> None:
    with pytest.raises(ProgrammeError) as refused:
        programme(OWN.replace(was, becomes))
    assert told in str(refused.value)


def test_a_consent_for_nothing_is_a_mistake() -> None:
    with pytest.raises(ProgrammeError, match=r"expected \[duplicates\] with the consent"):
        programme('extends = "carrier-5g"\noptional_consents = ["face-duplicates"]\n')


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, False),
        ({"face_duplicates": "allowed"}, True),
        ({"face_duplicates": "forbidden"}, False),
        ({"face_duplicates": "allowed", "face_storage": "forbidden"}, False),
        ({"face_duplicates": "allowed", "biometric": "forbidden"}, False),
        ({"face_duplicates": "allowed", "biometric": [{"is": "forbidden", "kinds": ["fingerprint"]}]}, True),
        ({"face_duplicates": [{"is": "allowed"}, {"is": "forbidden", "people": ["foreigner"]}]}, False),
    ],
)
def test_unknown_is_no_and_one_no_is_enough(facts: dict[str, Any], may: bool) -> None:
    assert keeping.may_look_for_duplicates(programme(), policy(**facts)) is may


def test_it_holds_for_cards_that_telephone_law_says_nothing_of() -> None:
    card = programme(OWN.replace('extends = "carrier-5g"', 'extends = "carrier-5g"\nregime = "none"'))
    assert keeping.unknowns(card, policy()) == ("face_duplicates",)
    (fault,) = keeping.contradictions(card, policy(face_duplicates="forbidden"))
    assert fault.key == "duplicates"
    plain = programme('extends = "carrier-5g"\nregime = "none"\n')
    assert keeping.contradictions(plain, policy(face_duplicates="forbidden")) == ()
    assert keeping.unknowns(plain, policy()) == ()


def test_a_law_that_limits_pictures_of_faces_limits_templates() -> None:
    row = {"artefact": "face", "days": 30, "after": "decision", "keep": "at-most"}
    found = keeping.contradictions(programme(), policy(face_duplicates="allowed", retention=[row]))
    assert "retention.face-template" in {fault.key for fault in found}
    longer = {"artefact": "face", "days": 900, "after": "decision", "keep": "at-least"}
    found = keeping.contradictions(programme(), policy(face_duplicates="allowed", retention=[longer]))
    assert "retention.face-template" not in {fault.key for fault in found}, "no law asks for templates"


@pytest.mark.parametrize("routing", [None, "reject", "retry", "refer"])
def test_a_likeness_never_refuses_whatever_the_routing(routing: str | None) -> None:
    rules = resolving.rules("mine", programme(), policy())
    if routing:
        rules = resolving.replace(rules, routing={"FACE_DUPLICATE_CANDIDATE": routing})
    finding = Finding("face_duplicates", "1", Outcome.WARN, "FACE_DUPLICATE_CANDIDATE", "selfie", 0.9, 0.5)
    found = decide([finding], rules, {})
    assert (found.verdict, found.proposal, found.items) == (Verdict.REFER, None, ())
