"""Policies: every fact has a source, an unknown stays unknown, a mistake is named with line and cure."""

from datetime import date

import pytest

from shiming.countries import PolicyError, Situation, parse, policy

FILE = """
country = "XX"
name = "Nowhere"
zone = "Etc/UTC"
gathered_on = 2026-11-21

[facts.required]
value = true
certainty = "high"
source = ["law"]

[facts.cap_per_person]
value = [{ count = 5, scope = "operator", people = ["citizen"] }, { count = 2, people = ["foreigner"], since = 2027-01-01 }]
certainty = "medium"
source = ["law"]

[sources]
law = { reference = "https://example.org/law", kind = "law-text" }
"""


def faults(text):
    with pytest.raises(PolicyError) as caught:
        parse("draft", text)
    return {fault.key: fault for fault in caught.value.faults}


def test_china():
    found = policy("CN")
    assert found.answer("required", Situation("sim")) is True
    assert [row.count for row in found.about("cap_per_person", Situation("sim"))] == [5]
    assert found.facts["minimum_age"].value is None
    assert not found.knows("minimum_age")
    assert found.version.startswith("CN-2026-11-21-")


def test_not_required_is_a_real_answer_and_low_certainty_is_none():
    assert policy("US").answer("required", Situation("esim", "online")) is False
    assert policy("GB").facts["required"].value is False
    assert policy("GB").answer("required", Situation("esim", "online")) is None


def test_a_fact_speaks_of_products_numbers_and_days():
    japan, belgium = policy("JP"), policy("BE")
    assert japan.answer("required", Situation("sim")) is True
    assert japan.answer("required", Situation("data-card")) is None
    assert belgium.answer("required", Situation("sim", number="foreign")) is True
    assert policy("CN").answer("required", Situation("sim", number="foreign")) is None
    korea = policy("KR")
    assert korea.about("methods", Situation("sim", on=date(2026, 7, 5))) is None
    assert korea.about("methods", Situation("sim", on=date(2026, 7, 6)))


def test_rows_hold_for_whom_and_when_they_say():
    made = parse("draft", FILE)

    def counts(people, on):
        return [row.count for row in made.about("cap_per_person", Situation("sim", people=people, on=on)) or ()]

    assert counts("citizen", date(2026, 1, 1)) == [5]
    assert counts("foreigner", date(2026, 1, 1)) == []
    assert counts("foreigner", date(2027, 1, 1)) == [2]
    assert counts(None, date(2027, 1, 1)) == [5, 2]


def test_the_version_follows_what_is_written_and_not_how():
    same = parse("draft", FILE.replace('certainty = "high"', "certainty    =   'high'"))
    assert same.version == parse("draft", FILE).version
    assert parse("draft", FILE.replace("count = 5", "count = 4")).version != same.version


def test_every_mistake_is_named():
    found = faults(FILE.replace('source = ["law"]', 'source = ["rumour"]', 1).replace("count = 5", 'count = "many"'))
    assert "rumour" in found["facts.required"].message
    assert found["facts.required"].line == 7
    cap = next(fault for key, fault in found.items() if key.startswith("facts.cap_per_person.value"))
    assert cap.line == 12
    assert "'many'" in cap.message


def test_the_word_unknown_is_no_value_and_a_new_fact_is_text_only():
    assert "facts.required.value.is" in faults(FILE.replace("value = true", 'value = "unknown"'))
    text = FILE.replace("[facts.required]", "[facts.penalty]")
    assert "only words" in faults(text)["facts.penalty"].message
    parse("draft", text.replace("value = true", 'says = "a fine"'))


def test_a_fact_without_a_source_is_refused():
    assert "source" in faults(FILE.replace('source = ["law"]\n', "", 1))["facts.required"].message


def test_what_is_no_toml_is_said():
    assert "(file)" in faults("country = ")


def test_an_unknown_country_is_named():
    with pytest.raises(KeyError, match=r"XX.*CN"):
        policy("XX")
