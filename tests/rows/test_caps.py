"""Rows A8 (its second half) and A11, as people meet them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shiming.audit.store import audit
from shiming.pipeline.registers import digest
from shiming.pipeline.registers.service import Question
from shiming.pipeline.registers.store import digest_of, register_query
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.store import caps, moves
from shiming.registration.values import Actor, Role
from tests.rows.journeys import change, decide, hand_in, look, reasons, state, take_effect, tells
from tests.standins.register_program import Program, register_program
from tests.web.support import FIRST, PRINTED, SECOND, Office, Person, registration

WAIT_HOURS = 24
AUTHORITY = {"register_name": "national-id", "wait_hours": WAIT_HOURS}
KNOWN = {PRINTED["number"]: {"name": PRINTED["name"], "date_of_birth": PRINTED["date_of_birth"], "cards": 2}}


@pytest.fixture(scope="module")
def running() -> Iterator[Program]:
    with register_program() as program:
        yield program


@pytest.fixture
def register(running: Program) -> Program:
    running.tell(people=KNOWN, manner="truthful")
    return running


def demanded(office: Office, register: Program, **changes: Any) -> None:
    """From now on the programme demands the authority's word, and the engine may approve."""
    change(office, **{"review_mode": "on-refer", "authority": AUTHORITY, **changes})
    office.house.registers = register.registers("national_id", "all_operators")


def queue(office: Office) -> list[tuple[list[str], str | None]]:
    """What the reviewer finds: reasons and proposal of each case."""
    rows = office.member("reviewer").ok("GET", "/v1/review/queue")["cases"]
    return [([reason["code"] for reason in row["reasons"]], row["proposal"]) for row in rows]


def wait(office: Office, hours: float, step_minutes: int = 5) -> list[str]:
    """Time passes, and the engine looks again and again."""
    later = []
    for _ in range(int(hours * 60 / step_minutes)):
        office.clock.advance(timedelta(minutes=step_minutes))
        later += look(office)
    return later


def finding(office: Office, id: str, check: str) -> dict[str, Any]:
    with office.workspace.read() as work:
        found = [f for f in store.findings(work, id, 1) if f.check == check]
        return {"code": found[-1].code, "outcome": str(found[-1].outcome), **found[-1].details}


def test_a8_a_register_that_agrees_lets_the_case_pass(office: Office, register: Program) -> None:
    demanded(office, register)
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    asked = len(register.asked())
    assert look(office) == []
    assert state(holder, id) == "approved"
    (question,) = register.asked()[asked:]
    body = question["body"]
    assert {**body, "id": ""} == {
        "id": "",
        "document": "cn-resident-id",
        "country": "CN",
        "number": PRINTED["number"],
        "name": PRINTED["name"],
        "date_of_birth": PRINTED["date_of_birth"],
    }
    told = finding(office, id, "authority")
    assert (told["outcome"], told["register"], told["version"]) == ("pass", "national-id", "2026-11-20")
    assert "register-answered" in [
        row["event"] for row in holder.ok("GET", f"/v1/registrations/{id}/timeline")["entries"]
    ]


@pytest.mark.parametrize(("manner", "hours"), [("slow", 1), ("drip", 1), ("busy", 4), ("dead", 4)])
def test_a8_no_answer_waits_then_refers_and_never_passes(
    office: Office, register: Program, manner: str, hours: int
) -> None:
    demanded(office, register, authority={**AUTHORITY, "wait_hours": hours})
    if manner == "dead":
        with register_program() as gone:
            office.house.registers = gone.registers("national_id")
    else:
        register.tell(manner=manner)
    id = hand_in(office, office.holder(), FIRST)
    assert look(office) == ["REGISTER_WAITING"]
    assert look(office) == [], "it is not asked again before its time"
    assert set(wait(office, hours - 0.25, 15)) == {"REGISTER_WAITING"}
    assert state(office.holder(), id) == "checking"
    assert queue(office) == []
    wait(office, 0.5, 15)
    assert state(office.holder(), id) == "in-review"
    assert queue(office) == [(["AUTHORITY_UNAVAILABLE"], None)]
    with office.workspace.read() as work:
        (row,) = work.conn.execute(sa.select(register_query)).all()
        codes = {f.code for f in store.findings(work, id, 1) if f.outcome == "unable"}
    assert (row.state, row.says) == ("given-up", None)
    assert row.attempts > 3
    assert codes == {"AUTHORITY_UNAVAILABLE"}, "waiting used up no attempt of the engine's own"


def test_a8_a_register_that_comes_back_in_time_is_believed(office: Office, register: Program) -> None:
    demanded(office, register)
    register.tell(manner="busy")
    id = hand_in(office, office.holder(), FIRST)
    look(office)
    assert wait(office, 3, 20)
    assert state(office.holder(), id) == "checking"
    register.tell(manner="truthful")
    wait(office, 1, 20)
    # A fresh session is limited once the person is proven, so the row is asked.
    with office.workspace.read() as work:
        assert str(store.get(work, id).state) == "approved"


def test_a8_a_flapping_register_is_asked_until_it_answers(office: Office, register: Program) -> None:
    demanded(office, register)
    register.tell(manner="flapping")
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    assert look(office) + wait(office, 0.5) == ["REGISTER_WAITING"] * 2
    assert state(holder, id) == "approved"


@pytest.mark.parametrize("manner", ["html", "other", "maybe", "negative", "endless"])
def test_a8_a_lying_register_goes_to_a_person_at_once(office: Office, register: Program, manner: str) -> None:
    demanded(office, register)
    register.tell(manner=manner)
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    assert look(office) == []
    assert state(holder, id) == "in-review"
    assert queue(office) == [(["AUTHORITY_ANSWER_INVALID"], None)]
    assert finding(office, id, "authority")["outcome"] == "unable"


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ({PRINTED["number"]: {**KNOWN[PRINTED["number"]], "name": "样本海"}}, "AUTHORITY_MISMATCH"),
        ({}, "AUTHORITY_NOT_FOUND"),
    ],
)
def test_a8_a_no_is_for_a_person_to_weigh(office: Office, register: Program, people: Any, code: str) -> None:
    demanded(office, register)
    register.tell(people=people)
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    look(office)
    assert queue(office) == [([code], None)]
    assert reasons(holder, id) == []
    assert decide(office.member("reviewer"), id, "approve").status_code == 201


def test_a8_a_register_that_is_not_set_up_never_passes(office: Office) -> None:
    change(office, review_mode="on-refer", authority={**AUTHORITY, "wait_hours": 0})
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    look(office)
    wait(office, 1)
    assert queue(office) == [(["AUTHORITY_UNAVAILABLE"], None)]
    assert finding(office, id, "authority")["fault"] == "NOT_SET_UP"


def test_a8_nothing_leaves_the_house_while_a_picture_is_asked_for_again(office: Office, register: Program) -> None:
    demanded(office, register)
    before = len(register.asked())
    office.eyes.front["number"] = "110101199003078479"
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    look(office)
    assert state(holder, id) == "action-required"
    assert len(register.asked()) == before


def test_a8_what_was_asked_is_kept_as_a_digest_only(office: Office, register: Program) -> None:
    demanded(office, register)
    id = hand_in(office, office.holder(), FIRST)
    look(office)
    body = {**register.asked()[-1]["body"]}
    del body["id"]
    with office.workspace.read() as work:
        row = work.conn.execute(sa.select(register_query)).one()
        kept = digest_of(work, store.get(work, id), row)
        trail = work.conn.execute(sa.select(audit)).all()
    assert kept == digest(Question("national-id", "identity", body))
    assert kept.encode() not in bytes(row.question_sealed)
    told = [entry for entry in trail if entry.action.startswith("engine:register:")]
    assert len(told) == 2
    assert not any(PRINTED["number"] in str(entry) or PRINTED["name"] in str(entry) for entry in trail)


def over_all(limit: int) -> dict[str, Any]:
    cap = {"limit": limit, "scope": "wider", "register_name": "all-operators", "origin": "a test"}
    return {"review_mode": "on-refer", "caps": [cap]}


@pytest.mark.parametrize(("limit", "expected"), [(3, ("approved", [])), (2, ("rejected", ["CAP_REACHED_TOTAL"]))])
def test_a11_a_cap_over_all_operators_is_asked_of_a_register(
    office: Office, register: Program, limit: int, expected: tuple[str, list[str]]
) -> None:
    change(office, **over_all(limit))
    office.house.registers = register.registers("all_operators")
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    look(office)
    assert (state(holder, id), reasons(holder, id)) == expected
    assert register.asked()[-1]["path"] == "/cards/count"
    assert set(register.asked()[-1]["body"]) == {"id", "document", "country", "number", "card_kind"}


@pytest.mark.parametrize("manner", ["busy", "other", "negative"])
def test_a11_a_register_of_cards_that_cannot_be_relied_on_goes_to_a_person(
    office: Office, register: Program, manner: str
) -> None:
    change(office, **over_all(3))
    office.house.registers = register.registers("all_operators")
    register.tell(manner=manner)
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    look(office)
    wait(office, 0.5)
    assert state(holder, id) == "in-review"
    assert queue(office) == [(["CAP_REGISTER_UNAVAILABLE"], None)]
    assert finding(office, id, "cap")["outcome"] == "unable"


def open_cap(office: Office, **changes: Any) -> None:
    """One card a person, decided by the engine."""
    change(office, review_mode="on-refer", **changes)


def status_page(office: Office, holder: Person, id: str) -> str:
    """The holder's own page of a registration."""
    client = office.client()
    client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    reference = holder.ok("GET", f"/v1/registrations/{id}")["reference"]
    answer = client.get(f"/r/{reference}")
    assert answer.status_code == 200
    return answer.text


def test_a11_one_active_card_a_person_and_a_dispute_is_offered(office: Office) -> None:
    open_cap(office)
    first, second = office.holder(), office.holder("second@example.org")
    assert hand_in(office, first, FIRST)
    look(office)
    id = hand_in(office, second, SECOND)
    look(office)
    assert (state(second, id), reasons(second, id)) == ("rejected", ["CAP_REACHED_OPERATOR"])
    page = status_page(office, second, id)
    assert 'href="/disputes/new"' in page
    assert office.client().get("/disputes/new").status_code == 200, "without an account"
    for foreign in (FIRST, FIRST[-4:], "13800138000", "holder@example.org"):
        assert not tells(page, foreign)


def test_a11_nothing_about_other_cards_is_said_before_identity_is_proven(office: Office) -> None:
    open_cap(office)
    hand_in(office, office.holder(), FIRST)
    look(office)
    office.eyes.similarity = 0.1
    thief = office.holder("thief@example.org")
    id = hand_in(office, thief, SECOND)
    look(office)
    assert state(thief, id) == "in-review"
    assert reasons(thief, id) == []
    assert "as many cards" not in status_page(office, thief, id)
    assert "/disputes/new" not in status_page(office, thief, id)
    timeline = str(thief.ok("GET", f"/v1/registrations/{id}/timeline"))
    assert "CAP_REACHED" not in timeline


def test_a11_a_reviewer_is_told_and_the_case_stays(office: Office) -> None:
    change(office)
    first, second = office.holder(), office.holder("second@example.org")
    one = office.in_review(first, FIRST)["id"]
    two = office.in_review(second, SECOND)["id"]
    reviewer = office.member("reviewer")
    assert decide(reviewer, one, "approve").status_code == 201
    answer = decide(reviewer, two, "approve")
    assert (answer.status_code, answer.json()["code"]) == (422, "CAP_REACHED_OPERATOR")
    assert reviewer.ok("GET", f"/v1/review/cases/{two}")["state"] == "in-review"


def test_a11_refused_registrations_and_closed_cards_do_not_count(office: Office) -> None:
    change(office)
    reviewer, first = office.member("reviewer"), office.holder()
    refused = office.in_review(first, FIRST)["id"]
    decide(reviewer, refused, "reject", reasons=["DOCUMENT_NOT_GENUINE"])
    take_effect(office)
    again = office.in_review(first, FIRST)["id"]
    assert decide(reviewer, again, "approve").status_code == 201
    take_effect(office)
    with office.workspace.write() as work:
        card_id = store.get(work, again).card_id
        moves.card_in_service(work, card_id)
    office.lively = True
    other = office.holder("second@example.org")
    id = hand_in(office, other, SECOND)
    look(office)
    assert reasons(other, id) == ["CAP_REACHED_OPERATOR"]
    with office.workspace.write() as work:
        moves.move_card(work, Actor(Role.ENGINE, "engine"), store.card(work, card_id), "cancel")
    id = hand_in(office, other, SECOND)
    look(office)
    assert state(other, id) == "in-review"
    assert decide(reviewer, id, "approve").status_code == 201


def test_a11_a_second_application_for_the_same_card_is_refused(office: Office) -> None:
    first, second = office.holder(), office.holder("second@example.org")
    began = first.ok("POST", "/v1/registrations", json=registration(FIRST))
    found = first.ok("POST", "/v1/registrations", json=registration(FIRST))
    assert found["id"] == began["id"], "one's own unfinished registration is found again"
    other = second.call("POST", "/v1/registrations", json=registration(FIRST))
    assert (other.status_code, other.json()["code"]) == (422, "CARD_UNKNOWN")
    first.ok("POST", f"/v1/registrations/{began['id']}/activation-code", json={"code": began["activation_code"]})
    office.fill(first, began["id"])
    first.ok("POST", f"/v1/registrations/{began['id']}/submission")
    again = first.call("POST", "/v1/registrations", json=registration(FIRST))
    assert (again.status_code, again.json()["code"]) == (409, "CARD_TAKEN")
    assert len(first.ok("GET", "/v1/registrations")["registrations"]) == 1


def test_a11_of_two_accounts_that_claim_one_card_at_once_one_gets_it(office: Office) -> None:
    people = [office.holder(f"racer-{number}@example.org") for number in range(6)]
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(
            pool.map(lambda person: person.call("POST", "/v1/registrations", json=registration(FIRST)), people)
        )
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 201
    assert codes.count(201) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"CARD_UNKNOWN", "CONFLICT"}
    with office.workspace.read() as work:
        assert len(work.conn.exec_driver_sql("select id from registration").all()) == 1


def test_a11_persons_whom_a_reviewer_links_count_together(office: Office) -> None:
    """One person with two numbers on record: linked on the page, told once proven, free again when the link ends."""
    open_cap(office)
    first, second = office.holder(), office.holder("second@example.org")
    one = hand_in(office, first, FIRST)
    look(office)
    office.eyes.front["number"] = "11010119900307846X"
    declared = {"name": PRINTED["name"], "number": "11010119900307846X", "address": PRINTED["address"]}
    two = office.begin(second, SECOND)
    office.fill(second, two)
    second.ok("PUT", f"/v1/registrations/{two}/form", json={"document": "cn-resident-id", "fields": declared})
    second.ok("POST", f"/v1/registrations/{two}/declaration")
    second.ok("POST", f"/v1/registrations/{two}/submission")
    look(office)
    assert (state(first, one), state(second, two)) == ("approved", "approved")
    names = [person.ok("GET", f"/v1/registrations/{id}")["reference"] for person, id in ((first, one), (second, two))]
    reviewer = office.member("reviewer")
    bad = reviewer.call("POST", "/v1/review/links", json={"first": names[0], "second": names[0], "note": "x"})
    assert bad.status_code == 422
    assert "second" in str(bad.json()["fields"])
    pages = office.client()
    pages.cookies.set("shiming_staff", reviewer.headers["Authorization"].removeprefix("Bearer "))
    token = pages.get("/review/persons").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    sent = {"csrf_token": token, "first": names[0].lower(), "second": names[1], "note": "one face, two numbers"}
    assert pages.post("/review/persons", data=sent).status_code == 303
    shown = pages.get("/review/persons").text
    assert all(text in shown for text in (*names, "one face, two numbers"))
    (link,) = reviewer.ok("GET", "/v1/review/links")["links"]
    with office.workspace.read() as work:
        registration_one = store.get(work, one)
        person = caps.subject(work, registration_one)
        assert person is not None
        counted = caps.counted(work, store.get(work, two), rules_of(work, registration_one), person)
        assert [cap.taken for cap in counted] == [1]
        assert len(person.own) == 2
    reviewer.ok("POST", f"/v1/review/links/{link['id']}/end", json={"note": "twins"})
    again = reviewer.call("POST", f"/v1/review/links/{link['id']}/end", json={"note": "twins"})
    assert again.status_code == 404
    with office.workspace.read() as work:
        person = caps.subject(work, store.get(work, one))
        assert person is not None
        assert len(person.own) == 1
