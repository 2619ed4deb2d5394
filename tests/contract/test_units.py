"""One contract over every drop-in unit: documents, checks, countries, programmes. A new unit is covered by being there."""

import inspect
import json
from datetime import date, timedelta
from importlib import import_module
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from shiming import checks, countries, programmes
from shiming.countries.calendar import working_days
from shiming.countries.identifiers import kinds
from shiming.countries.policy import package
from shiming.programmes import resolve
from shiming.reading import documents
from shiming.reading.documents import portraits
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import View
from shiming.registration.documents import document_kinds
from shiming.registration.reasons import catalogue
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

RULES = resolve("carrier-5g")
EMPTY = Case(RULES, date(2026, 11, 21), {}, None, {})


@pytest.mark.parametrize("name", sorted(checks.available()))
def test_a_check_answers_an_empty_case_without_failing_anybody(name):
    check = checks.available()[name]
    assert check.version
    assert check.scope in ("evidence", "registration")
    parameters = list(inspect.signature(check.function).parameters)
    assert len(parameters) == (2 if check.scope == "evidence" else 1)
    item = EvidenceItem("id", "document-front", None)
    found = list(check.function(EMPTY, item) if check.scope == "evidence" else check.function(EMPTY))
    for finding in found:
        assert isinstance(finding, Finding)
        assert finding.check == name
        assert finding.version == check.version
        assert finding.code in catalogue()
        if name not in ("complete", "document_present", "field_missing"):
            assert finding.outcome is not Outcome.FAIL, finding


@pytest.mark.parametrize("name", programmes.names())
def test_a_programme_resolves_and_names_only_what_there_is(name):
    rules = resolve(name)
    assert set(rules.checks) <= set(checks.available())
    assert len(set(rules.checks)) == len(rules.checks)
    assert set(rules.limits) <= set(checks.limits())
    assert set(rules.routing) <= set(catalogue())
    assert rules.country in countries.names()
    assert set(rules.documents) <= set(document_kinds())
    for slot in rules.slots:
        assert set(slot.documents) <= set(rules.documents)
    assert len({slot.slot for slot in rules.slots}) == len(rules.slots)


def test_the_shipped_programmes_leave_no_check_out():
    named = {check for name in programmes.names() for check in resolve(name).checks}
    assert named == {
        name for name, check in checks.available().items() if check.function.__module__.startswith("shiming.checks.")
    }


@pytest.mark.parametrize("name", countries.names())
def test_a_country_has_dated_facts_and_a_calendar(name):
    policy = countries.policy(name)
    assert policy.country == name
    assert policy.gathered_on <= date.today()
    calendar = working_days(name)
    assert calendar.weekend
    weekdays = (date(2026, 1, 1) + timedelta(days=step) for step in range(365))
    assert any(not calendar.is_working(day) for day in weekdays if day.weekday() not in calendar.weekend)
    assert all(day.weekday() in calendar.weekend for day in calendar.working)
    assert files(package(name)).joinpath("working_days.toml").is_file()


@pytest.mark.parametrize("name", countries.names())
def test_a_countrys_facts_are_sourced_typed_and_never_the_word_unknown(name):
    policy = countries.policy(name)
    assert {"required", "online_allowed", "accepted_documents", "cap_per_person", "retention"} <= set(policy.facts)
    for key, fact in policy.facts.items():
        says = fact.value is not None or fact.says
        assert not says or fact.source, f"{name} {key} says something and names no source"
        assert "unknown" not in json.dumps(fact.value, default=str), f"{name} {key}"
        assert set(fact.source) <= set(policy.sources)
        if fact.certainty == "low":
            assert not fact.known, f"{name} {key}: low certainty counts as unknown"
            assert policy.about(key, countries.Situation()) is None
    assert all(source.reference.startswith("http") for source in policy.sources.values())
    assert countries.parse_content(policy.content) == policy


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_an_identifier_refuses_nonsense_and_says_why(kind):
    for text in ("", "x", "0" * 18, "💥"):
        looked = kinds()[kind](text, date(2026, 11, 21))
        assert not looked.valid
        assert looked.kind == kind


@pytest.mark.parametrize("name", sorted(documents.available()))
def test_a_document_unit_declares_itself(name):
    unit = documents.available()[name]
    assert name == unit.TYPE
    assert unit.VERSION
    assert name in document_kinds()
    assert set(unit.PRINTED) <= set(unit.SIDES) <= set(document_kinds()[name].sides)
    empty = Page(View.of(np.zeros((64, 64, 3), np.uint8)), [], np.eye(3), (64, 64), 0.0)
    assert unit.recognise(documents.Text(empty, ())) is None


@pytest.mark.parametrize("name", sorted(documents.available()))
def test_a_document_has_samples_of_the_sides_it_reads(name):
    sample = import_module(f"shiming.reading.documents.{name.replace('-', '_')}.sample")
    drawn = sample.draw(sample.person(1), portraits.portrait("drawn"))
    assert drawn
    assert set(drawn) <= {"front", "back"}
    assert all(isinstance(side, Image.Image) for side in drawn.values())
