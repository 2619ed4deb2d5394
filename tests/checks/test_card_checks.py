"""Checks on the card and the cap."""

import pytest

from shiming.checks import cap, card_not_bound, card_number, card_state
from shiming.registration.values import CapFacts, Outcome

from .cases import FORM, card, case, outcomes


def test_without_a_store_nothing_is_known():
    found = {}
    for check in (card_state, card_not_bound, cap, card_number):
        found |= outcomes(check.run(case()))
    assert set(found.values()) == {"not-run"}


def test_a_good_card():
    for check in (card_state, card_not_bound, card_number):
        assert set(outcomes(check.run(case(card=card()))).values()) == {"pass"}, check


@pytest.mark.parametrize(
    ("number", "outcome", "fault"),
    [
        ("8986009900000000004", "pass", None),
        ("89 8600 9900 0000 0000 4F", "pass", None),
        ("8986009900000000005", "fail", "checksum"),
        ("89860099000000000003", "pass", None),
        ("89860099000000000004", "warn", "checksum"),
        ("1122334455667788990", "fail", "format"),
        ("8986009900", "fail", "format"),
    ],
)
def test_declared_numbers(number, outcome, fault):
    (found,) = card_number.run(case(form={**FORM, "card": number}))
    assert (found.outcome, found.details.get("fault"), found.item) == (outcome, fault, "card")


def test_a_known_card_is_not_doubted_for_its_twentieth_place():
    (found,) = card_number.run(case(card=card(number="89860099000000000004")))
    assert found.outcome is Outcome.PASS


def test_faults_of_the_card():
    unknown = outcomes(card_state.run(case(card=card(known=False))))
    assert unknown == {("CARD_UNKNOWN", "card"): "fail"}
    elsewhere = outcomes(card_state.run(case(card=card(reserved_by_this=False, state="in-service"))))
    assert elsewhere["CARD_WRONG_STATE", "card"] == "fail"
    assert outcomes(card_not_bound.run(case(card=card(bound=True)))) == {("CARD_ALREADY_BOUND", "card"): "fail"}


@pytest.mark.parametrize(("taken", "outcome"), [(0, "pass"), (1, "fail"), (2, "fail")])
def test_cap(taken, outcome):
    (found,) = cap.run(case(caps=(CapFacts("programme:carrier-5g", 1, taken),)))
    assert (found.outcome, found.measure, found.limit) == (outcome, taken, 1)


def test_each_cap_is_answered_with_its_own_code():
    caps = (
        CapFacts("programme:carrier-5g", 1, 0),
        CapFacts("wider:CN:sim", 5, 5, wide=True),
        CapFacts("register:national", 10, None, wide=True, register="national", fault="NO_ANSWER"),
    )
    assert [(found.outcome, found.code) for found in cap.run(case(caps=caps))] == [
        (Outcome.PASS, "CAP_REACHED_OPERATOR"),
        (Outcome.FAIL, "CAP_REACHED_TOTAL"),
        (Outcome.UNABLE, "CAP_REGISTER_UNAVAILABLE"),
    ]


def test_a_cap_is_not_asked_while_nobody_is_proven():
    (found,) = cap.run(case())
    assert found.outcome is Outcome.NOT_RUN
