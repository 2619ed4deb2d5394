"""A reviewer's way through ``/v1``."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from shiming.audit.actions import Action
from shiming.audit.store import audit
from shiming.registration import store
from shiming.registration.store import approval
from tests.web.support import FIRST, PRINTED, Office, picture


def seen(office: Office, action: Action) -> list[str]:
    with office.workspace.read() as work:
        query = sa.select(audit.c.object_id).where(audit.c.action == str(action)).order_by(audit.c.seq)
        return list(work.conn.execute(query).scalars())


def test_a_case_is_claimed_seen_decided_and_takes_effect(office: Office) -> None:
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.in_review(holder)["id"]
    (row,) = reviewer.ok("GET", "/v1/review/queue")["cases"]
    assert (row["id"], row["claimed"]) == (id, "nobody")
    body = {"n": 1, "verdict": "approve"}
    unclaimed = reviewer.call("POST", f"/v1/review/cases/{id}/decisions", json=body)
    assert (unclaimed.status_code, unclaimed.json()["code"]) == (409, "CLAIM_REQUIRED")
    assert reviewer.ok("POST", f"/v1/review/cases/{id}/claim")["claimed_until"]

    case = reviewer.ok("GET", f"/v1/review/cases/{id}")
    assert case["claimed"] == "me"
    fields = {f["field"]: f for f in case["fields"]}
    assert fields["name"]["declared"] == fields["name"]["read"] == PRINTED["name"]
    assert fields["name"]["differs"] is False
    assert case["card"]["number"] == FIRST
    assert case["weaknesses"]
    assert {e["slot"] for e in case["evidence"]} == {"document-front", "document-back", "selfie"}

    taken = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=body)
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "in-review"
    assert holder.ok("GET", f"/v1/registrations/{id}")["decision"] is None
    assert "approve" not in [e["event"] for e in holder.ok("GET", f"/v1/registrations/{id}/timeline")["entries"]]
    office.clock.advance(timedelta(minutes=11))
    with office.workspace.write() as work:
        approval.take_effect(work, taken["id"])
    found = holder.ok("GET", f"/v1/registrations/{id}")
    assert (found["state"], found["decision"]["verdict"], found["card"]["state"]) == (
        "approved",
        "approve",
        "activating",
    )


def test_a_decision_is_taken_back_in_time_and_not_later(office: Office) -> None:
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.in_review(holder)["id"]
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    body = {"n": 1, "verdict": "reject", "reasons": ["DOCUMENT_NOT_GENUINE"], "note": "look again"}
    taken = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=body)
    assert reviewer.call("POST", f"/v1/review/decisions/{taken['id']}/take-back").status_code == 204
    case = reviewer.ok("GET", f"/v1/review/cases/{id}")
    assert case["state"] == "in-review"
    assert case["decisions"][-1]["taken_back_at"] is not None
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    second = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=body)
    office.clock.advance(timedelta(minutes=11))
    late = reviewer.call("POST", f"/v1/review/decisions/{second['id']}/take-back")
    assert (late.status_code, late.json()["code"]) == (409, "WRONG_STATE")


def test_asking_again_names_items_and_reasons_for_the_holder(office: Office) -> None:
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.in_review(holder)["id"]
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    body = {"n": 1, "verdict": "retry", "reasons": ["IMG_GLARE"], "items": ["document-front"], "message": "请再拍一次"}
    taken = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=body)
    office.clock.advance(timedelta(minutes=11))
    with office.workspace.write() as work:
        approval.take_effect(work, taken["id"])
    found = holder.ok("GET", f"/v1/registrations/{id}", headers={"Accept-Language": "en"})
    assert (found["state"], found["items"]) == ("action-required", ["document-front"])
    assert found["missing"] == ["slot:document-front"]
    assert found["decision"]["reasons"][0]["code"] == "IMG_GLARE"
    assert found["decision"]["message"] == "请再拍一次"
    data = {"slot": "document-back", "capture_id": "capture-unasked"}
    path = f"/v1/registrations/{id}/evidence"
    assert holder.call("POST", path, data=data, files={"file": picture()}).json()["code"] == "NOT_ASKED"


def test_a_decision_without_reasons_is_refused_unless_it_approves(office: Office) -> None:
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.in_review(holder)["id"]
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    for verdict, field in (("reject", "reasons"), ("retry", "items")):
        answer = reviewer.call("POST", f"/v1/review/cases/{id}/decisions", json={"n": 1, "verdict": verdict})
        assert answer.status_code == 422
        assert field in [f["field"] for f in answer.json()["fields"]]
    stale = reviewer.call("POST", f"/v1/review/cases/{id}/decisions", json={"n": 2, "verdict": "approve"})
    assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")


def test_two_reviewers_never_hold_one_case(office: Office) -> None:
    id = office.in_review(office.holder())["id"]
    first = office.member("reviewer")
    second = office.member("reviewer", "second")
    first.ok("POST", f"/v1/review/cases/{id}/claim")
    refused = second.call("POST", f"/v1/review/cases/{id}/claim")
    assert (refused.status_code, refused.json()["code"]) == (409, "CLAIM_REQUIRED")
    assert second.ok("GET", "/v1/review/queue")["cases"][0]["claimed"] == "another"
    office.clock.advance(timedelta(minutes=10, seconds=1))
    assert second.call("POST", f"/v1/review/cases/{id}/claim").status_code == 200


def test_every_look_at_a_picture_is_recorded(office: Office) -> None:
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.in_review(holder)["id"]
    with office.workspace.read() as work:
        item = store.evidence(work, id)[0]
    answer = reviewer.call("GET", f"/v1/review/evidence/{item.id}/picture")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content[:2] == b"\xff\xd8"
    assert seen(office, Action.EVIDENCE_VIEWED) == [item.id]
    assert holder.call("GET", f"/v1/review/evidence/{item.id}/picture").status_code == 403
    assert seen(office, Action.EVIDENCE_VIEWED) == [item.id]


def test_a_difference_between_declared_and_read_is_told_per_field(office: Office) -> None:
    office.eyes.front["name"] = "样本海"
    holder, reviewer = office.holder(), office.member("reviewer")
    id = office.begin(holder)
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    fields = {f["field"]: f for f in reviewer.ok("GET", f"/v1/review/cases/{id}")["fields"]}
    assert fields["name"]["differs"] is True
    assert fields["number"]["differs"] is False
