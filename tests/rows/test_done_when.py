"""What goes wrong gives a clear error and loses nothing: the issue's list of hostile inputs, through the real interface."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from shiming.programmes import load, source
from shiming.programmes import store as published
from shiming.registration import store
from shiming.registration.store import tables as t
from tests.rows.journeys import change, decide, hand_in, look, state
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PASSWORD, PRINTED, SECOND, SECRET, Office, Person, picture, registration

RACERS = 4


def at_once(calls: list[Callable[[], httpx2.Response]]) -> list[httpx2.Response]:
    """Makes the calls at the same moment, each in its own thread."""
    ready = Barrier(len(calls))

    def go(call: Callable[[], httpx2.Response]) -> httpx2.Response:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


def told(answer: httpx2.Response) -> str:
    """The code of a refusal, after looking that it says what is wrong and what to do."""
    body = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert body["title"]
    assert body["hint"]
    return str(body["code"])


def clone(office: Office, person: Person) -> Person:
    """The same person at a second device, with the same session."""
    return Person(office.client(), dict(person.headers))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('title = "x', "line"),
        (source("carrier-5g").replace("promise_working_days = 3", "promise_working_days = 0"), "promise_working_days"),
        (source("carrier-5g").replace('country = "CN"', 'country = "XX"'), "XX"),
        (source("carrier-5g").replace("document-front and", "document-fron and", 1), "document-fron"),
        (source("carrier-5g").replace("[[caps]]\nlimit = 1", "[[caps]]\nlimit = 9"), "cap"),
    ],
    ids=["no-toml", "number", "country", "formula", "policy"],
)
def test_a_bad_programme_file_is_refused_and_what_is_in_force_stays(office: Office, written: str, said: str) -> None:
    holder = office.holder()
    id = office.begin(holder)
    with office.workspace.read() as work:
        before = published.current(work, "carrier-5g").programme_version
    office.member("admin", "chief")
    desk = Browser(office)
    desk.open("/staff/sign-in")
    desk.send("/staff/sign-in", username="chief", password=PASSWORD)
    desk.open("/admin/programmes/draft")
    answer = desk.client.post(
        "/admin/programmes/draft",
        data={
            "csrf_token": desk.parsed().forms[-1][1]["csrf_token"],
            "name": "carrier-5g",
            "text": written,
            "act": "publish",
        },
    )
    assert answer.status_code == 422
    assert said in answer.text
    with office.workspace.read() as work:
        assert published.current(work, "carrier-5g").programme_version == before
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")


@pytest.mark.parametrize("day", ["1990-02-30", "1990-13-01", "30.2.1990", "0000-00-00", "1990-3-7", "９０"])
def test_an_impossible_date_is_named_and_the_rest_of_the_form_stays(office: Office, day: str) -> None:
    holder = office.holder()
    id = office.begin(holder)
    path = f"/v1/registrations/{id}/form"
    holder.ok("PUT", path, json={"document": "cn-resident-id", "fields": {"name": PRINTED["name"]}})
    answer = holder.call("PUT", path, json={"fields": {"name": "样本海", "date_of_birth": day}})
    assert answer.status_code == 422
    assert told(answer) == "INVALID_FORM"
    assert [field["field"] for field in answer.json()["fields"]] == ["date_of_birth"]
    assert holder.ok("GET", path)["fields"]["name"] == PRINTED["name"]


def test_an_impossible_date_in_a_list_stops_no_other_line(office: Office) -> None:
    lines = [
        "number,kind,scheme,product,msisdn,secret,used_since,programme",
        f"8986001234567890146,sim,iccid,5g,,{SECRET},2026-02-30,mvno-handheld",
        f"8986001234567890153,sim,iccid,5g,,{SECRET},,",
    ]
    report = office.service().ok("POST", "/v1/stock", json={"csv": "\n".join(lines)})
    assert report["added"] == 1
    assert [error["line"] for error in report["errors"]] == [2]
    assert "2026-02-30" in report["errors"][0]["message"]


def test_an_expired_activation_code_is_told_and_a_new_one_goes_on(office: Office) -> None:
    holder = office.holder()
    made = holder.ok("POST", "/v1/registrations", json=registration())
    path = f"/v1/registrations/{made['id']}"
    office.clock.advance(timedelta(hours=load("carrier-5g").activation_code_hours, minutes=1))
    holder = office.holder()
    late = holder.call("POST", f"{path}/activation-code", json={"code": made["activation_code"]})
    assert (late.status_code, told(late)) == (422, "CODE_WRONG")
    fresh = holder.ok("POST", f"{path}/activation-code/reissue")
    assert fresh["code"] != made["activation_code"]
    old = holder.call("POST", f"{path}/activation-code", json={"code": made["activation_code"]})
    assert told(old) == "CODE_WRONG"
    holder.ok("POST", f"{path}/activation-code", json={"code": fresh["code"]})
    assert "code" not in holder.ok("GET", path)["missing"]


def test_an_expired_sign_in_code_opens_nothing_and_another_one_does(office: Office) -> None:
    client = office.client()
    client.post("/v1/codes", json={"contact": "holder@example.org"})
    code = office.last_code()
    office.clock.advance(timedelta(hours=1))
    late = client.post("/v1/sessions", json={"contact": "holder@example.org", "code": code})
    assert late.status_code in (401, 422)
    assert told(late)
    assert office.holder().ok("GET", "/v1/registrations") == {"registrations": []}


def test_submitted_several_times_at_once_it_is_handed_in_once(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    path = f"/v1/registrations/{id}/submission"
    answers = at_once([partial(clone(office, holder).call, "POST", path) for _ in range(RACERS)])
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (RACERS - 1)]
    assert {told(answer) for answer in answers if answer.status_code == 409} <= {"LATE_UPLOAD", "CONFLICT"}
    found = holder.ok("GET", f"/v1/registrations/{id}")
    assert (found["n"], found["state"]) == (1, "submitted")
    with office.workspace.read() as work:
        assert [entry.event for entry in store.timeline(work, id)].count("submit") == 1


def test_the_same_request_again_is_answered_with_the_same_receipt(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    path, key = f"/v1/registrations/{id}/submission", {"Idempotency-Key": "one-and-the-same-key"}
    answers = [holder.call("POST", path, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_the_same_picture_sent_several_times_at_once_is_kept_once(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    data = {"slot": "document-front", "capture_id": "capture-of-racers"}
    path, file = f"/v1/registrations/{id}/evidence", picture()

    def send(person: Person) -> httpx2.Response:
        return person.call("POST", path, data=data, files={"file": file})

    answers = at_once([partial(send, clone(office, holder)) for _ in range(RACERS)])
    kept = [answer for answer in answers if answer.status_code < 300]
    assert kept
    assert {answer.json()["id"] for answer in kept} == {send(holder).json()["id"]}
    assert all(told(answer) == "CONFLICT" for answer in answers if answer not in kept)
    with office.workspace.read() as work:
        assert len(store.evidence(work, id)) == 1


@pytest.mark.parametrize(
    ("programme", "number", "code"),
    [
        ("iot-sim", FIRST, "CARD_UNKNOWN"),
        ("carrier-5g", "8986001234567890121", "CARD_CHECKSUM"),
        ("carrier-5g", "6222020000000000", "CARD_CHECKSUM"),
        ("transit-card", FIRST, "CARD_UNKNOWN"),
        ("transit-card", "ABC", "CARD_CHECKSUM"),
        ("no-such-programme", FIRST, "INVALID_FORM"),
    ],
)
def test_a_card_of_the_wrong_kind_is_refused_and_nothing_is_begun(
    office: Office, programme: str, number: str, code: str
) -> None:
    holder = office.holder()
    answer = holder.call("POST", "/v1/registrations", json=registration(number, programme=programme))
    assert (answer.status_code, told(answer)) == (422, code)
    assert holder.ok("GET", "/v1/registrations") == {"registrations": []}
    assert office.begin(holder, FIRST)


def test_of_two_approvals_at_once_for_one_place_one_wins_and_the_other_case_stays(office: Office) -> None:
    people = [office.holder(), office.holder("second@example.org")]
    ids = [office.in_review(person, number)["id"] for person, number in zip(people, (FIRST, SECOND), strict=True)]
    reviewers = [office.member("reviewer", f"reviewer-{n}") for n in range(2)]
    for reviewer, id in zip(reviewers, ids, strict=True):
        reviewer.ok("POST", f"/v1/review/cases/{id}/claim")

    def approve(reviewer: Person, id: str) -> httpx2.Response:
        return reviewer.call("POST", f"/v1/review/cases/{id}/decisions", json={"n": 1, "verdict": "approve"})

    answers = at_once([partial(approve, reviewer, id) for reviewer, id in zip(reviewers, ids, strict=True)])
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    lost = next(n for n, answer in enumerate(answers) if answer.status_code == 422)
    assert told(answers[lost]) == "CAP_REACHED_OPERATOR"
    assert reviewers[lost].ok("GET", f"/v1/review/cases/{ids[lost]}")["state"] == "in-review"
    refused = decide(reviewers[lost], ids[lost], "reject", reasons=["CAP_REACHED_OPERATOR"])
    assert refused.status_code == 201


def test_the_engine_races_for_the_last_place_and_the_loser_is_told(office: Office) -> None:
    change(office, review_mode="on-refer")
    people = [office.holder(), office.holder("second@example.org")]
    ids = [hand_in(office, person, number) for person, number in zip(people, (FIRST, SECOND), strict=True)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: look(office), range(2)))
    look(office)
    assert sorted(state(person, id) for person, id in zip(people, ids, strict=True)) == ["approved", "rejected"]
    with office.workspace.read() as work:
        assert len(work.conn.execute(sa.select(t.binding)).all()) == 1


STRICTER: dict[str, Any] = {"form_fields": ("name", "number", "address", "sex")}


def test_a_programme_that_changes_midway_keeps_what_a_draft_has_and_asks_for_the_rest(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    path = f"/v1/registrations/{id}"
    assert holder.ok("GET", path)["missing"] == []
    change(office, **STRICTER)
    assert holder.ok("GET", path)["missing"] == ["form:sex"]
    refused = holder.call("POST", f"{path}/submission")
    assert (refused.status_code, told(refused)) == (422, "EVIDENCE_MISSING")
    holder.ok("PUT", f"{path}/form", json={"fields": {"sex": PRINTED["sex"]}})
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    assert holder.ok("GET", f"{path}/form")["fields"]["name"] == PRINTED["name"]


@pytest.mark.parametrize(("immediate", "expected"), [(False, "in-review"), (True, "approved")])
def test_what_was_handed_in_is_held_to_its_version_unless_the_new_one_is_immediate(
    office: Office, immediate: bool, expected: str
) -> None:
    change(office, review_mode="always")
    office.lively = True
    holder = office.holder()
    id = hand_in(office, holder, FIRST)
    with office.workspace.read() as work:
        pinned = store.get(work, id).programme_version
    change(office, review_mode="on-refer", immediate=immediate)
    look(office)
    assert state(holder, id) == expected
    with office.workspace.read() as work:
        assert store.get(work, id).programme_version == pinned, "which version it was handed in under stays on record"
        assert len(store.evidence(work, id)) == 3
