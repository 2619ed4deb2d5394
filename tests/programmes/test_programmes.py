"""Programmes: the shipped ones resolve; mistakes are named with line and cure."""

import pytest

from shiming.programmes import ProgrammeError, load, names, parse, resolve, source
from shiming.programmes.keeping import contradictions


def faults(text):
    with pytest.raises(ProgrammeError) as caught:
        parse("draft", text)
    return {fault.key: fault for fault in caught.value.faults}


def test_carrier_5g_is_what_the_requirements_say():
    rules = resolve("carrier-5g")
    assert rules.documents == ("cn-resident-id", "passport")
    card = {"document": "cn-resident-id", "face": "given"}
    assert rules.evidence.needed(card) == ("document-front", "document-back", "liveness")
    assert rules.evidence.needed({"document": "passport", "face": "given"}) == ("document-front", "liveness")
    assert rules.evidence.needed({"document": "passport", "face": "refused"}) == ("document-front",)
    assert (rules.review_mode, rules.promise_working_days, rules.attempts, rules.retakes) == ("on-refer", 3, 3, 2)
    assert [(cap.limit, cap.scope) for cap in rules.caps] == [(1, "programme")]
    assert rules.minimum_age == 16
    assert rules.consents == ("terms", "privacy", "face")
    assert "data" in rules.restrictions
    assert not rules.demo
    assert rules.policy_version.startswith("CN-")


def test_the_demo_variant_differs_only_where_it_says():
    plain, auto = resolve("carrier-5g"), resolve("carrier-5g-auto")
    assert auto.demo
    assert auto.review_mode == "on-refer"
    assert auto.checks == plain.checks
    assert auto.slots == plain.slots
    assert auto.programme_version != plain.programme_version


def test_names_and_unknown():
    assert {"carrier-5g", "carrier-5g-auto"} <= set(names())
    with pytest.raises(KeyError, match="carrier-5g"):
        resolve("nothing")


def test_every_mistake_is_named_with_its_line_and_cure():
    text = (
        source("carrier-5g").replace("attempts = 3", 'attempts = "three"', 1).replace('zone = "Asia/', 'zone = "Mars/')
    )
    text = text.replace('title = "5G SIM card"', 'titel = "5G SIM card"')
    found = faults(text)
    lines = text.splitlines()
    assert "write a whole number" in found["attempts"].cure
    assert lines[found["attempts"].line - 1].startswith("attempts")
    assert "Asia/Shanghai" in found["zone"].message
    assert lines[found["zone"].line - 1].startswith("zone")
    assert found["title"].cure == "add this key"
    assert lines[found["titel"].line - 1].startswith("titel")


def test_mistakes_in_tables_and_codes():
    text = (
        source("carrier-5g")
        .replace('kind = "selfie"', 'kind = "selfy"')
        .replace("DOC_EXPIRING_SOON", "DOC_EXPIRING_LATE")
    )
    found = faults(text)
    assert "DOC_EXPIRING_LATE" in found["routing"].message
    slot = next(fault for key, fault in found.items() if key.startswith("slots."))
    assert "'selfy'" in slot.message
    assert slot.line > 0


def test_text_that_is_no_toml_names_the_line():
    assert faults("title = \n")["(file)"].line == 1


def test_a_programme_that_allows_more_than_the_policy_is_refused():
    from shiming.countries import policy

    programme = load("carrier-5g")
    lax = programme.model_copy(update={"caps": (programme.caps[0].model_copy(update={"limit": 6}),)})
    assert any("at most 5" in fault.message for fault in contradictions(lax, policy("CN")))
    assert contradictions(programme, policy("CN")) == ()


def test_versions_follow_content():
    assert resolve("carrier-5g").programme_version == resolve("carrier-5g").programme_version
    assert len(resolve("carrier-5g").programme_version) == 12
