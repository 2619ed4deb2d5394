"""What was read of a document of no known kind decides nothing: a person looks at it."""

from dataclasses import replace

import pytest

from shiming import checks
from shiming.checks import _read, without_hints
from shiming.decision import decide
from shiming.programmes import resolve
from shiming.registration.values import Case, Document, EvidenceItem, Outcome, Reading, Verdict
from tests.checks.cases import AT, FORM, made_fields

_READ = {"name": "SOMEBODY ELSE", "number": "99999999", "date_of_expiry": "2001-01-01", "date_of_birth": "2020-01-01"}


def _item(slot, side, country="KE", values=_READ, kind="other-document"):
    reading = Reading(Document(kind, side, country, 0.4), made_fields(values, confidence=0.3), faces=())
    return EvidenceItem(f"id-{slot}", slot, reading)


def _case(declared, *items, programme="data-card"):
    return Case(resolve(programme), AT, FORM, declared, {item.slot: item for item in items})


def test_only_that_a_person_looks_is_found_of_a_kind_without_a_reader():
    case = _case("driving-licence", _item("document-front", "front"), _item("document-back", "back"))
    told = {f.code: f.outcome for f in checks.run(case) if f.item in ("document-front", "document-back")}
    assert told["DOC_NO_READER"] is Outcome.WARN
    failed = {code for code, outcome in told.items() if outcome is Outcome.FAIL}
    assert failed == set()
    assert decide(checks.run(case), case.rules, case.evidence).verdict is not Verdict.APPROVE


def test_hints_are_not_fields_and_not_a_type():
    item = _item("document-front", "front")
    case = _case("driving-licence", without_hints(item))
    assert _read.fields(case) == {}
    assert _read.document_type(_case("driving-licence", item)) == "driving-licence"
    assert without_hints(item).reading.document == item.reading.document
    known = replace(item, reading=replace(item.reading, document=Document("passport", "front", "KE", 0.9)))
    assert without_hints(known) is known


@pytest.mark.parametrize(("country", "code"), [("KE", "DOC_NOT_FOUND"), (None, "DOC_NOT_FOUND")])
def test_where_zone_documents_are_accepted_it_may_be_one_badly_taken(country, code):
    case = _case("passport", _item("document-front", "front", country))
    found = [f for f in checks.run_evidence(case, case.evidence["document-front"]) if f.check == "document_present"]
    assert [(f.code, f.outcome) for f in found] == [(code, Outcome.FAIL)]


def test_of_another_country_than_all_that_are_accepted_it_is_not_one_of_them():
    rules = resolve("carrier-5g")
    rules = replace(rules, documents=("cn-resident-id",), slots=tuple(replace(s, documents=()) for s in rules.slots))
    case = Case(rules, AT, FORM, "cn-resident-id", {"document-front": _item("document-front", "front", "KE")})
    found = [f for f in checks.run_evidence(case, case.evidence["document-front"]) if f.check == "document_present"]
    assert [(f.code, f.outcome) for f in found] == [("DOC_TYPE_UNSUPPORTED", Outcome.FAIL)]


def test_the_front_of_a_card_with_its_zone_on_the_back_is_for_a_person():
    case = _case("id-card-td1", _item("document-front", "front"), _item("document-back", "back", kind="id-card-td1"))
    front = [f for f in checks.run_evidence(case, case.evidence["document-front"]) if f.check == "document_present"]
    assert [(f.code, f.outcome) for f in front] == [("DOC_NO_READER", Outcome.WARN)]
    back = [f for f in checks.run_evidence(case, case.evidence["document-back"]) if f.check == "document_present"]
    assert [(f.outcome) for f in back] == [Outcome.PASS]
