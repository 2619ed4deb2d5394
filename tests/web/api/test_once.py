"""A repeated request has one effect and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from shiming.registration import store
from shiming.web.store import forget_before, idempotency
from tests.web.support import FIRST, SECOND, Office, Person, registration


def create(holder: Person, key: str, number: str = FIRST) -> tuple[int, dict[str, object], str | None]:
    answer = holder.call("POST", "/v1/registrations", json=registration(number), headers={"Idempotency-Key": key})
    return answer.status_code, answer.json(), answer.headers.get("Idempotent-Replayed")


def rows(office: Office) -> int:
    with office.workspace.read() as work:
        return int(work.conn.execute(sa.select(sa.func.count()).select_from(idempotency)).scalar_one())


def test_the_same_key_repeats_the_answer(office: Office) -> None:
    holder = office.holder()
    first = create(holder, "key-1")
    second = create(holder, "key-1")
    assert first[:2] == second[:2]
    assert (first[2], second[2]) == (None, "true")
    assert len(holder.ok("GET", "/v1/registrations")["registrations"]) == 1


def test_the_same_key_for_another_request_is_a_conflict(office: Office) -> None:
    holder = office.holder()
    create(holder, "key-1")
    status, body, _ = create(holder, "key-1", SECOND)
    assert (status, body["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    assert len(holder.ok("GET", "/v1/registrations")["registrations"]) == 1


def test_the_same_key_for_another_path_is_a_conflict(office: Office) -> None:
    holder = office.holder()
    one, two = office.begin(holder, FIRST), office.begin(holder, SECOND)
    body = {"slot": "document-front", "capture_id": "capture-1", "size": 10, "media_type": "image/jpeg"}
    headers = {"Idempotency-Key": "key-1"}
    holder.ok("POST", f"/v1/registrations/{one}/uploads", json=body, headers=headers)
    answer = holder.call("POST", f"/v1/registrations/{two}/uploads", json=body, headers=headers)
    assert answer.json()["code"] == "IDEMPOTENCY_CONFLICT"


def test_another_callers_key_is_another_key(office: Office) -> None:
    assert create(office.holder(), "key-1")[0] == 201
    status, body, replayed = create(office.holder("other@example.org"), "key-1", SECOND)
    assert (status, replayed) == (201, None)
    assert body["reference"]


def test_a_refused_request_leaves_its_key_free(office: Office) -> None:
    holder = office.holder()
    headers = {"Idempotency-Key": "key-1"}
    wrong = holder.call("POST", "/v1/registrations", json=registration(secret="0000-0000"), headers=headers)
    assert wrong.json()["code"] == "CARD_UNKNOWN"
    assert rows(office) == 0
    assert create(holder, "key-1")[0] == 201


def test_ten_requests_at_once_have_one_effect(office: Office) -> None:
    holder = office.holder()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: create(holder, "key-1"), range(10)))
    assert {status for status, _, _ in answers} == {201}
    assert len({str(body) for _, body, _ in answers}) == 1
    assert [replayed for _, _, replayed in answers].count(None) == 1
    with office.workspace.read() as work:
        account = str(holder.ok("GET", "/v1/sessions/current")["id"])
        assert len(store.for_account(work, account)) == 1


def test_ten_submissions_at_once_are_one(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    office.work()
    headers = {"Idempotency-Key": "submit-1"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda _: holder.call("POST", f"/v1/registrations/{id}/submission", headers=headers), range(10))
        )
    assert [a.status_code for a in answers] == [201] * 10
    assert {a.json()["n"] for a in answers} == {1}


def test_nothing_of_request_or_answer_is_kept_in_clear(office: Office) -> None:
    holder = office.holder()
    _, body, _ = create(holder, "key-1")
    with office.workspace.read() as work:
        kept = work.conn.execute(sa.select(idempotency)).one()
    text = repr(tuple(kept)).encode()
    for secret in (str(body["activation_code"]), str(body["reference"]), FIRST):
        assert secret.encode() not in text


def test_old_answers_are_forgotten(office: Office) -> None:
    holder = office.holder()
    create(holder, "key-1")
    office.clock.advance(timedelta(hours=25))
    with office.workspace.write() as work:
        forget_before(work, work.now - timedelta(hours=24))
    assert rows(office) == 0


def test_a_key_has_a_longest_length(office: Office) -> None:
    status, body, _ = create(office.holder(), "k" * 129)
    assert (status, body["code"]) == (422, "INVALID_FORM")
