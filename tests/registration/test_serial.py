"""Value types survive JSON unchanged, and what is no challenge is refused with what was expected."""

import json

import pytest

from shiming.registration.serial import (
    challenge_from_json,
    challenge_to_json,
    liveness_from_json,
    liveness_to_json,
    reading_from_json,
    reading_to_json,
)
from shiming.registration.values import ActionSeen, Challenge, Liveness, Reading

LIVENESS = Liveness(
    (ActionSeen("turn-left", True, 1200, 2100, 31.5), ActionSeen("nod", False, None, None, 4.0)),
    {"frames": 12.0, "identity_least": 0.71},
    3,
    (3, 5, 8),
    ("00ff00ff00ff00ff",),
)
CHALLENGE = Challenge(("turn-right", "closer"), ("#ff0000", "#00ff88"), 400)


def through_json(values):
    return json.loads(json.dumps(values))


def test_liveness_comes_back_as_it_was():
    assert liveness_from_json(through_json(liveness_to_json(LIVENESS))) == LIVENESS


def test_a_reading_keeps_its_liveness():
    reading = Reading(liveness=LIVENESS)
    assert reading_from_json(through_json(reading_to_json(reading))) == reading


def test_a_reading_kept_before_there_was_liveness_has_none():
    kept = through_json(reading_to_json(Reading()))
    del kept["liveness"]
    assert reading_from_json(kept) == Reading()


def test_a_challenge_comes_back_as_it_was():
    assert challenge_from_json(through_json(challenge_to_json(CHALLENGE))) == CHALLENGE
    assert challenge_from_json({"actions": ["nod"]}) == Challenge(("nod",))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (["nod"], "expected an object"),
        ({}, "actions: expected a list of turn-left, turn-right, nod, closer, blink"),
        ({"actions": ["jump"]}, "actions: expected"),
        ({"actions": [["nod"]]}, "actions: expected"),
        ({"actions": ["nod"], "colours": ["red"], "colour_ms": 300}, "colours: expected"),
        ({"actions": ["nod"], "colours": ["#ff0000"]}, "colour_ms: expected"),
        ({"actions": ["nod"], "colour_ms": -1}, "colour_ms: expected"),
    ],
)
def test_what_is_no_challenge_is_refused(data, expected):
    with pytest.raises(ValueError, match=expected):
        challenge_from_json(data)
