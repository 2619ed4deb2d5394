"""One contract over every shipped programme: from the start to each end it can have, over HTTP, as its people would.

Where a programme cannot have an end, its data say why, and so does the test that is left out. On SQLite alone: what the two
databases do differently is tested where it is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shiming import programmes
from shiming.audit.work import Workspace
from shiming.pipeline import deadlines
from shiming.platform.clock import FixedClock
from shiming.platform.db import Database
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.vault import Vault
from tests.contract.journey import CHILD, PASSPORT, Journey
from tests.rows.journeys import change
from tests.web.support import Office, Person, open_office

NAMES = programmes.offered(demo=False)


@pytest.fixture
def office(migrated_sqlite: Path, tmp_path: Path, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """An installation on SQLite."""
    shutil.copyfile(migrated_sqlite, tmp_path / "test.sqlite")
    db = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    with open_office(Workspace(db, Vault.open(settings, clock), clock, "default"), settings, clock) as opened:
        yield opened
    db.close()


@pytest.fixture(params=NAMES)
def journey(request: pytest.FixtureRequest, office: Office) -> Journey:
    """One shipped programme."""
    made = Journey(office, request.param)
    if "online" not in made.rules.channels:
        pytest.skip(f"{made.name} is registered by {', '.join(made.rules.channels)} only; see test_shop_programmes")
    return made


@pytest.fixture
def person(office: Office) -> Person:
    """Somebody who wants a card."""
    return office.holder()


def test_it_is_approved(journey: Journey, person: Person) -> None:
    id = journey.submit(person)
    if journey.a_person_decides:
        assert journey.state(person, id) == "in-review", journey.reasons(id)
        journey.decide(id, "approve")
    journey.take_effect()
    assert journey.state(person, id) == "approved", journey.reasons(id)
    with journey.office.workspace.read() as work:
        assert store.card_is_bound(work, store.get(work, id).card_id)


def test_a_bad_picture_is_asked_for_again_and_then_it_is_approved(journey: Journey, person: Person) -> None:
    slot = next((slot.slot for slot in journey.rules.slots if slot.kind == "document-side"), None)
    if slot is None or "blur" not in journey.rules.checks:
        pytest.skip(f"{journey.name} measures no picture of a document")
    id = journey.begin(person)
    journey.fill(person, id)
    path = f"/v1/registrations/{id}"
    person.ok("POST", f"{path}/submission")
    journey.eyes.blurred = True
    journey.look()
    journey.eyes.blurred = False
    found = person.ok("GET", path)
    assert found["state"] == "action-required", journey.reasons(id)
    assert slot in found["items"]
    assert person.call("POST", f"{path}/submission").status_code == 422
    for again in found["items"]:
        journey.hand_in(person, path, again)
    journey.fill(person, id)
    person.ok("POST", f"{path}/submission")
    journey.look()
    if journey.state(person, id) == "in-review":
        journey.decide(id, "approve")
    assert journey.state(person, id) == "approved", journey.reasons(id)


def test_it_is_refused_and_another_person_decides_the_appeal(journey: Journey, person: Person) -> None:
    journey.doubt()
    id = journey.submit(person)
    assert journey.state(person, id) == "in-review", journey.reasons(id)
    journey.decide(id, "reject", reasons=["DOCUMENT_NOT_GENUINE"])
    found = person.ok("GET", f"/v1/registrations/{id}")
    assert found["state"] == "rejected"
    assert [reason["code"] for reason in found["decision"]["reasons"]] == ["DOCUMENT_NOT_GENUINE"]
    person.ok("POST", f"/v1/registrations/{id}/appeal", json={"text": "It is genuine."})
    assert journey.state(person, id) == "in-review"
    first = journey.office.member("reviewer", "reviewer-a")
    claimed = first.call("POST", f"/v1/review/cases/{id}/claim")
    case = first.ok("GET", f"/v1/review/cases/{id}")
    refused = first.call("POST", f"/v1/review/cases/{id}/decisions", json={"n": case["n"], "verdict": "approve"})
    assert claimed.status_code >= 400 or refused.status_code >= 400, "who refused does not decide the appeal"


def test_what_is_in_doubt_goes_to_a_person(journey: Journey, person: Person) -> None:
    journey.doubt()
    journey.eyes.similarity = 0.36
    id = journey.submit(person)
    assert journey.state(person, id) == "in-review", journey.reasons(id)
    waiting = journey.office.member("reviewer").ok("GET", "/v1/review/queue")["cases"]
    assert [case["id"] for case in waiting] == [id]


def test_it_is_withdrawn_and_the_card_is_free_again(journey: Journey, person: Person) -> None:
    number = journey.card()
    id = journey.begin(person, number)
    journey.fill(person, id)
    person.ok("DELETE", f"/v1/registrations/{id}")
    assert journey.state(person, id) == "withdrawn"
    other = journey.office.holder("other@example.org")
    assert journey.begin(other, number) != id


def test_unfinished_it_expires_by_its_timetable(journey: Journey, person: Person) -> None:
    id = journey.begin(person)
    days = [rule.after_days for rule in journey.rules.deadlines if (rule.of, rule.step) == ("registration", "expire")]
    for _ in range(max(days, default=14) * 2):
        deadlines.sweep(journey.office.workspace)
        journey.office.clock.advance(timedelta(days=1))
    with journey.office.workspace.read() as work:
        state = store.get(work, id).state
    assert state == ("expired" if days else "draft"), "only a timetable lets a registration expire"


def test_who_refuses_the_face_comparison_reaches_a_person(journey: Journey, person: Person) -> None:
    if "face" not in journey.rules.consents:
        pytest.skip(f"{journey.name} compares no faces")
    id = journey.submit(person, face=False)
    assert journey.state(person, id) == "in-review", journey.reasons(id)
    assert "CONSENT_DECLINED" in journey.reasons(id)
    journey.decide(id, "approve")
    assert journey.state(person, id) == "approved"


def test_a_cap_that_is_reached_is_told(journey: Journey, person: Person) -> None:
    if not journey.rules.caps:
        pytest.skip(f"{journey.name} has no cap")
    cap = {"limit": 1, "scope": journey.rules.caps[0].scope, "origin": "a test: the last place is the first"}
    change(journey.office, journey.name, caps=[cap])
    first = journey.submit(person)
    if journey.a_person_decides:
        journey.decide(first, "approve")
    journey.take_effect()
    assert journey.state(person, first) == "approved", journey.reasons(first)
    other = journey.office.holder("other@example.org")
    second = journey.submit(other)
    assert journey.state(other, second) == "rejected", journey.reasons(second)
    assert journey.reasons(second) == ("CAP_REACHED_OPERATOR",)


def test_a_card_of_another_kind_is_refused(journey: Journey, person: Person) -> None:
    strange = next(name for name in NAMES if programmes.load(name).card_kind != journey.rules.card_kind)
    number = Journey(journey.office, strange).card()
    answer = person.call("POST", "/v1/registrations", json=journey.request(number))
    assert answer.status_code == 422
    assert answer.json()["code"] in ("CARD_UNKNOWN", "CARD_CHECKSUM")
    assert person.ok("GET", "/v1/registrations")["registrations"] == []


@pytest.mark.parametrize("who", ["minor", "represented", "company"])
def test_each_class_of_person_it_takes_reaches_an_end(journey: Journey, person: Person, who: str) -> None:
    if who not in journey.rules.persons:
        pytest.skip(f"{journey.name} is for {', '.join(journey.rules.persons)}")
    if who == "minor":
        journey.show(CHILD)
    id = journey.submit(person, who=who)
    if journey.state(person, id) == "in-review":
        journey.decide(id, "approve")
    assert journey.state(person, id) == "approved", journey.reasons(id)
    with journey.office.workspace.read() as work:
        assert store.get(work, id).person == who


def test_a_class_of_person_it_does_not_take_is_refused(journey: Journey, person: Person) -> None:
    strange = next(who for who in ("company", "represented", "minor") if who not in journey.rules.persons)
    id = journey.begin(person)
    answer = person.call("PUT", f"/v1/registrations/{id}/person", json={"person": strange})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_FORM")


def test_a_child_alone_is_refused_where_there_is_an_age(journey: Journey, person: Person) -> None:
    if "age" not in journey.rules.checks or not journey.rules.minimum_age or "adult" not in journey.rules.persons:
        pytest.skip(f"{journey.name} has no least age for one who registers alone")
    journey.show(CHILD if journey.eyes.document == "cn-resident-id" else {**PASSPORT, "date_of_birth": "2015-07-01"})
    id = journey.submit(person)
    if journey.state(person, id) == "in-review":
        assert "AGE_TOO_YOUNG" in journey.reasons(id)
        journey.decide(id, "reject", reasons=["AGE_TOO_YOUNG"])
    assert journey.state(person, id) == "rejected", journey.reasons(id)


def test_a_card_that_works_already_is_registered_late(journey: Journey, person: Person) -> None:
    if "late" not in journey.rules.channels:
        pytest.skip(f"{journey.name} registers no cards that work already")
    id = journey.submit(person, number=journey.card(in_use=True))
    if journey.state(person, id) == "in-review":
        journey.decide(id, "approve")
    assert journey.state(person, id) == "approved", journey.reasons(id)
    with journey.office.workspace.read() as work:
        assert store.get(work, id).channel == "late"
