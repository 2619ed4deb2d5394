"""Checks on the document: number, dates, expiry, age, sides, completeness."""

from dataclasses import replace
from datetime import date

import pytest

from shiming.checks import age, complete, dates, expiry, id_number, sides
from shiming.programmes import resolve
from shiming.registration.values import Case, Document, Field, Outcome, Reading

from .cases import AT, FORM, case, item, made_fields, outcomes, passport_case

ENDLESS = Field(None, "长期", 0.97, "ocr")


def test_a_good_card_passes_all():
    good = case()
    for check in (id_number, dates, expiry, age, sides, complete):
        found = list(check.run(good))
        assert found, check
        assert {f.outcome for f in found} == {Outcome.PASS}, (check, found)


def test_a_good_passport_passes_all():
    good = passport_case()
    for check in (id_number, dates, expiry, age):
        assert {f.outcome for f in check.run(good)} == {Outcome.PASS}, check
    assert outcomes(sides.run(good)) == {("SIDES_DIFFERENT_DOCS", None): "not-run"}


@pytest.mark.parametrize(
    ("number", "code", "outcome"),
    [
        ("330106199003079966", "ID_CHECKSUM", "fail"),
        ("33010619900307996", "ID_NUMBER_FORMAT", "fail"),
        ("330106900307996", "ID_NUMBER_FORMAT", "fail"),
        ("990426199112010074", "ID_NUMBER_FORMAT", "warn"),
    ],
)
def test_numbers(number, code, outcome):
    assert outcomes(id_number.run(case(front={"number": number})))[code, "document-front"] == outcome


def test_a_number_not_read_is_not_run():
    assert outcomes(id_number.run(case(front={"number": None}))) == {("ID_NUMBER_FORMAT", None): "not-run"}


def test_no_finding_tells_the_number():
    for number in ("330106199003079966", "33010619900307996"):
        for found in id_number.run(case(front={"number": number})):
            assert number not in repr(found)


def rules_failed(found):
    return {f.details["rule"] for f in found if f.outcome is Outcome.FAIL}


@pytest.mark.parametrize(
    ("front", "back", "failed"),
    [
        ({}, {"date_of_issue": "2040-01-01"}, {"issue-before-expiry", "period-of-validity"}),
        ({}, {"date_of_issue": "1989-01-01", "date_of_expiry": "2009-01-01"}, {"birth-before-issue"}),
        ({}, {"date_of_expiry": "2034-03-21"}, {"period-of-validity"}),
        ({}, {"date_of_expiry": "2039-04-21"}, {"period-of-validity"}),
        ({}, {"date_of_expiry": "2039-03-20"}, set()),
    ],
)
def test_dates(front, back, failed):
    assert rules_failed(dates.run(case(front=front, back=back))) == failed


def test_a_validity_that_does_not_go_with_the_age_is_a_doubt():
    found = list(dates.run(case(back={"date_of_expiry": ENDLESS})))
    assert {(f.details["rule"], f.outcome) for f in found if f.outcome is not Outcome.PASS} == {
        ("validity-for-age", Outcome.WARN)
    }


def test_a_card_renewed_just_before_a_birthday_is_no_doubt():
    # Born 1990-03-07: 26 on 2016-03-07; a card of twenty years issued a month before.
    found = dates.run(case(back={"date_of_issue": "2016-02-10", "date_of_expiry": "2036-02-10"}))
    assert {f.outcome for f in found} == {Outcome.PASS}


def test_a_leap_day_card():
    found = dates.run(case(back={"date_of_issue": "2020-02-29", "date_of_expiry": "2040-02-29"}))
    assert rules_failed(found) == set()
    found = dates.run(
        case(front={"date_of_birth": None}, back={"date_of_issue": "2020-02-29", "date_of_expiry": "2030-02-28"})
    )
    assert rules_failed(found) == set()


def test_dates_not_read_are_not_run():
    nothing = case(front={"date_of_birth": None}, back={"date_of_issue": None, "date_of_expiry": None})
    assert outcomes(dates.run(nothing)) == {("DOC_DATES_INVALID", None): "not-run"}


@pytest.mark.parametrize(
    ("last", "expired", "soon"),
    [
        ("2026-11-20", "fail", None),
        ("2026-11-21", "pass", "warn"),
        ("2026-12-20", "pass", "warn"),
        ("2026-12-21", "pass", "pass"),
    ],
)
def test_expiry(last, expired, soon):
    found = outcomes(expiry.run(case(back={"date_of_expiry": last})))
    assert found["DOC_EXPIRED", "document-back"] == expired
    assert found.get(("DOC_EXPIRING_SOON", "document-back")) == soon


def test_expiry_without_end_unread_and_unreadable():
    assert outcomes(expiry.run(case(back={"date_of_expiry": ENDLESS}))) == {("DOC_EXPIRED", "document-back"): "pass"}
    smudged = Field(None, "20??.0", 0.3, "ocr")
    assert outcomes(expiry.run(case(back={"date_of_expiry": smudged}))) == {("DOC_EXPIRED", "document-back"): "unable"}
    assert outcomes(expiry.run(case(back={"date_of_expiry": None}))) == {("DOC_EXPIRED", None): "not-run"}


def test_age_counts_on_the_birthday():
    young = {"date_of_birth": "2010-11-21", "number": None}
    assert outcomes(age.run(case(front=young))) == {("AGE_TOO_YOUNG", "document-front"): "pass"}
    assert outcomes(age.run(case(front=young, at=date(2026, 11, 20)))) == {("AGE_TOO_YOUNG", "document-front"): "fail"}


def test_age_falls_back_on_the_number_and_never_guesses():
    (found,) = age.run(case(front={"date_of_birth": None}))
    assert (found.outcome, found.measure, found.limit, found.unit) == (Outcome.PASS, 36, 16, "years")
    (found,) = age.run(case(front={"date_of_birth": None, "number": None}))
    assert found.outcome is Outcome.UNABLE


def test_the_same_side_twice():
    good = case()
    twice = replace(
        good, evidence={**good.evidence, "document-back": item("document-back", "cn-resident-id", "front", {})}
    )
    assert outcomes(sides.run(twice))["DOC_SAME_SIDE_TWICE", "document-back"] == "fail"
    backs = {**good.evidence, "document-front": item("document-front", "cn-resident-id", "back", {})}
    assert outcomes(sides.run(replace(good, evidence=backs)))["DOC_SAME_SIDE_TWICE", "document-front"] == "fail"


def test_sides_of_two_kinds_of_document_ask_for_both():
    good = case()
    mixed = replace(good, evidence={**good.evidence, "document-back": item("document-back", "passport", "front", {})})
    found = outcomes(sides.run(mixed))
    assert found["SIDES_DIFFERENT_DOCS", "document-front"] == found["SIDES_DIFFERENT_DOCS", "document-back"] == "fail"


def test_a_back_issued_before_birth_is_another_card():
    found = sides.run(case(back={"date_of_issue": "1985-01-01"}))
    assert rules_failed(found) == {"birth-before-issue"}


@pytest.mark.parametrize(
    ("authority", "outcome"),
    [
        ("杭州市公安局西湖分局", "pass"),
        ("杭州市公安局", "pass"),
        ("浙江省杭州市公安局", "pass"),
        ("厦门市公安局思明分局", "warn"),
        ("商水县公安局", "warn"),
        ("看不清", "pass"),
    ],
)
def test_the_police_of_another_place_is_a_doubt(authority, outcome):
    found = outcomes(sides.run(case(back={"issuing_authority": authority})))
    assert found["SIDES_DIFFERENT_DOCS", "document-back"] == outcome


def test_complete():
    good = case()
    without = {slot: one for slot, one in good.evidence.items() if slot == "document-front"}
    found = outcomes(complete.run(replace(good, evidence=without)))
    assert found == {
        ("EVIDENCE_MISSING", "document-front"): "pass",
        ("EVIDENCE_MISSING", "document-back"): "fail",
        ("EVIDENCE_MISSING", "liveness"): "fail",
    }
    declined = outcomes(complete.run(replace(good, evidence=without, face_consent=False)))
    assert ("EVIDENCE_MISSING", "liveness") not in declined
    assert ("EVIDENCE_MISSING", "document-back") not in outcomes(complete.run(passport_case()))


def test_the_surer_reading_of_a_field_counts():
    good = case()
    reading = Reading(
        Document("cn-resident-id", "back", "CN", 0.9), made_fields({"date_of_birth": "2020-01-01"}, confidence=0.2)
    )
    doubled = replace(good.evidence["document-back"], reading=reading)
    (found,) = age.run(replace(good, evidence={**good.evidence, "document-back": doubled}))
    assert found.outcome is Outcome.PASS


def test_at_is_the_day_the_case_names():
    assert case().at == AT


@pytest.mark.parametrize(
    ("kind", "issued", "ends", "outcome"),
    [
        ("temporary-resident-id", "2026-10-01", "2027-01-01", "pass"),
        ("temporary-resident-id", "2026-10-01", "2026-12-31", "pass"),
        ("temporary-resident-id", "2026-10-01", "2036-10-01", "fail"),
        ("hk-macau-travel-permit", "2024-01-01", "2033-12-31", "pass"),
        ("hk-macau-travel-permit", "2024-01-01", "2032-01-01", "fail"),
        ("foreign-permanent-residence", "2023-09-15", "2033-09-14", "pass"),
        ("hmt-residence-permit", "2024-02-29", "2029-03-01", "pass"),
        ("taiwan-travel-permit", "2024-02-29", "2029-04-01", "fail"),
    ],
)
def test_every_chinese_document_runs_as_long_as_its_law_says(kind, issued, ends, outcome):
    read = {"date_of_birth": "1990-03-07", "date_of_issue": issued, "date_of_expiry": ends}
    evidence = {"document-front": item("document-front", kind, "front", read)}
    found = dates.run(Case(resolve("carrier-prepaid"), AT, FORM, kind, evidence))
    (period,) = [one for one in found if one.details.get("rule") == "period-of-validity"]
    assert str(period.outcome) == outcome
