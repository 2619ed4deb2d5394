"""One person under two names: faces are looked for with everybody's own consent, and a person decides."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shiming.audit.store import audit
from shiming.custody import retention
from shiming.custody.store import retaining
from shiming.registration import store
from shiming.registration.store import tables as t
from shiming.registration.store import templates
from shiming.vault import store as keys
from tests.custody.conftest import Desk, desk
from tests.rows.faces import (
    OTHER_FACE,
    SAME_FACE,
    SOMEBODY,
    SOMEBODY_ELSE,
    registers,
    says,
    turn_on,
    two,
)
from tests.rows.people import settle
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, SECOND, Person

__all__ = ["desk"]
FINDING = "FACE_DUPLICATE_CANDIDATE"


def candidates(desk: Desk, reviewer: Person, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reviewer.ok("GET", f"/v1/review/cases/{id}/duplicates")["candidates"]
    return found


def kept(desk: Desk, id: str) -> list[templates.Template]:
    with desk.workspace.read() as work:
        return templates.of_registration(work, id)


def proofs(desk: Desk, object_id: str) -> list[tuple[str, str]]:
    with desk.workspace.read() as work:
        return [(row.kind, row.cause) for row in retaining.deletions(work, object_id)]


def engine_said(desk: Desk, id: str) -> tuple[str, list[str]]:
    with desk.workspace.read() as work:
        last = store.decisions(work, id)[-1]
    return str(last.verdict), list(last.reasons)


def test_one_face_under_two_names_goes_to_a_person_who_sees_both(desk: Desk) -> None:
    turn_on(desk)
    first, second = two(desk)
    assert engine_said(desk, first["id"])[0] == "approve"
    assert engine_said(desk, second["id"]) == ("refer", [FINDING])
    reviewer = desk.office.member("reviewer")
    (one,) = candidates(desk, reviewer, second["id"])
    assert (one["reference"], one["answer"], one["similarity"]) == (first["reference"], None, 1.0)
    assert (one["limit"], one["false_match_rate"], one["searched"]) == (0.5, 1e-5, 2)
    case = reviewer.ok("GET", f"/v1/review/cases/{second['id']}")
    (finding,) = [f for f in case["findings"] if f["code"] == FINDING]
    assert (finding["outcome"], finding["measure"], finding["limit"]) == ("warn", 1.0, 0.5)
    assert candidates(desk, reviewer, first["id"]) == [], "nobody was there when the first came"


def test_a_stranger_passes(desk: Desk) -> None:
    turn_on(desk)
    registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    second = registers(desk, desk.holder("second@example.org"), SECOND, SOMEBODY_ELSE, OTHER_FACE)
    assert engine_said(desk, second["id"]) == ("approve", [])


def test_the_same_person_again_is_no_duplicate(desk: Desk) -> None:
    turn_on(desk, caps=[{"limit": 5, "scope": "programme", "origin": "test"}])
    holder = desk.holder()
    registers(desk, holder, FIRST, SOMEBODY, SAME_FACE)
    again = registers(desk, holder, SECOND, SOMEBODY, SAME_FACE)
    assert engine_said(desk, again["id"]) == ("approve", [])
    assert candidates(desk, desk.office.member("reviewer"), again["id"]) == []


def test_it_is_off_by_default_and_then_nobody_is_asked_and_nothing_is_kept(desk: Desk) -> None:
    holder = desk.holder()
    id = desk.office.begin(holder)
    asked = holder.call("PUT", f"/v1/registrations/{id}/consents/face-duplicates", json={"given": True})
    assert (asked.status_code, asked.json()["code"]) == (409, "WRONG_STATE")
    reference = holder.ok("GET", f"/v1/registrations/{id}")["reference"]
    assert "face-duplicates" not in page_of(desk, holder, f"/r/{reference}/face")
    desk.office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    desk.office.work()
    assert kept(desk, id) == []


def page_of(desk: Desk, holder: Person, address: str, lang: str = "en") -> str:
    browser = browser_of(desk, holder, "shiming", lang)
    assert browser.open(address).status_code == 200
    assert browser.path == address
    return browser.page.text


def browser_of(desk: Desk, person: Person, cookie: str, lang: str = "en") -> Browser:
    browser = Browser(desk.office, lang)
    browser.client.cookies.set(cookie, person.headers["Authorization"].removeprefix("Bearer "))
    return browser


@pytest.mark.parametrize("answered", [None, False])
def test_refusing_costs_nothing(desk: Desk, answered: bool | None) -> None:
    """Who says no, or nothing at all, is neither kept nor looked for, and is decided as if there were no such thing."""
    turn_on(desk)
    registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    holder = desk.holder("second@example.org")
    desk.office.eyes.front = dict(SOMEBODY_ELSE)
    id = desk.office.begin(holder, SECOND)
    desk.office.fill(holder, id, selfie=SAME_FACE, declared=SOMEBODY_ELSE)
    if answered is not None:
        holder.ok("PUT", f"/v1/registrations/{id}/consents/face-duplicates", json={"given": answered})
    assert holder.ok("GET", f"/v1/registrations/{id}")["missing"] == []
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    desk.office.work()
    assert engine_said(desk, id) == ("approve", [])
    assert kept(desk, id) == []
    with desk.workspace.read() as work:
        assert all(finding.code != FINDING for finding in store.findings(work, id, 1))


def test_the_box_is_its_own_and_unticked_in_both_languages(desk: Desk) -> None:
    turn_on(desk)
    holder = desk.holder()
    id = desk.office.begin(holder)
    reference = holder.ok("GET", f"/v1/registrations/{id}")["reference"]
    for lang, words in {
        "en": "Looking for your face among other registrations",
        "zh-CN": "在其他登记中查找您的面部",
    }.items():
        page = page_of(desk, holder, f"/r/{reference}/face", lang)
        assert words in page
        (box,) = [line for line in page.splitlines() if 'name="face-duplicates"' in line]
        assert "checked" not in box
    browser = browser_of(desk, holder, "shiming")
    browser.open(f"/r/{reference}/face")
    browser.send(f"/r/{reference}/face", choice="yes")
    with desk.workspace.read() as work:
        assert store.consents(work, id)["face"].given
        assert not store.consents(work, id)["face-duplicates"].given
    browser.open(f"/r/{reference}/face")
    browser.send(f"/r/{reference}/face", **{"choice": "yes", "face-duplicates": "1"})
    with desk.workspace.read() as work:
        assert store.consents(work, id)["face-duplicates"].given


@pytest.mark.parametrize("kind", ["face-duplicates", "face"])
def test_withdrawal_erases_the_template_at_once_with_proof(desk: Desk, kind: str) -> None:
    turn_on(desk)
    holder = desk.holder("first@example.org")
    first = registers(desk, holder, FIRST, SOMEBODY, SAME_FACE)
    (template,) = kept(desk, first["id"])
    done = holder.ok("POST", f"/v1/registrations/{first['id']}/consents/{kind}/withdrawal")
    assert done["erased"] >= 1
    assert kept(desk, first["id"]) == []
    assert proofs(desk, template.id) == [("face-template", "consent-withdrawn")]
    with desk.workspace.read() as work:
        key = keys.get(work.conn, template.key_id)
        row = work.conn.execute(sa.select(t.face_template)).one()
        assert not store.consents(work, first["id"])["face-duplicates"].given
    assert key is not None
    assert key.wrapped is None
    assert (bytes(row.vector_sealed), bytes(row.person_blind)) == (b"", b"")
    second = registers(desk, desk.holder("second@example.org"), SECOND, SOMEBODY_ELSE, SAME_FACE)
    assert engine_said(desk, second["id"]) == ("approve", []), "also where an index had it in memory"
    again = holder.call("POST", f"/v1/registrations/{first['id']}/consents/face-duplicates/withdrawal")
    assert (again.status_code, again.json()["code"]) == (409, "WRONG_STATE")


def test_withdrawal_reaches_an_index_that_is_loaded_and_open_candidates(desk: Desk) -> None:
    turn_on(desk)
    first, second = two(desk)
    holder = desk.holder("first@example.org")
    reviewer = desk.office.member("reviewer")
    assert len(candidates(desk, reviewer, second["id"])) == 1
    holder.ok("POST", f"/v1/registrations/{first['id']}/consents/face-duplicates/withdrawal")
    assert candidates(desk, reviewer, second["id"]) == []
    guard = desk.office.house.duplicates
    assert guard is not None
    assert guard.look(second["id"]) is not None
    found = guard.look(second["id"])
    assert found is not None
    assert (found.alike, found.searched) == ((), 1)


def test_it_ends_with_the_card_and_with_a_refusal(desk: Desk) -> None:
    turn_on(desk)
    first, second = two(desk)
    settle(desk.office)
    retention.sweep(desk.workspace)
    assert len(kept(desk, first["id"])) == 1
    reviewer = desk.office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{second['id']}/claim")
    body = {"n": 1, "verdict": "reject", "reasons": ["NOT_THE_SAME_PERSON"]}
    decision = reviewer.ok("POST", f"/v1/review/cases/{second['id']}/decisions", json=body)
    retention.sweep(desk.workspace)
    assert len(kept(desk, second["id"])) == 1, "the refusal can still be taken back"
    reviewer.ok("POST", f"/v1/review/decisions/{decision['id']}/release-result")
    retention.sweep(desk.workspace)
    assert kept(desk, second["id"]) == []
    (template,) = kept(desk, first["id"])
    desk.end_binding(first["id"])
    desk.office.clock.advance(timedelta(minutes=30))
    retention.sweep(desk.workspace)
    assert kept(desk, first["id"]) == []
    assert proofs(desk, template.id) == [("face-template", "retention")]


def test_erasure_takes_it_and_the_export_tells_that_it_was_there(desk: Desk) -> None:
    turn_on(desk)
    first, _ = two(desk)
    settle(desk.office)
    holder, other = desk.holder("first@example.org"), desk.holder("second@example.org")
    (before,) = exported(holder)["registrations"]
    (told,) = before["face_templates"]
    assert set(told) == {"model", "made_at", "erased_at"}
    assert (told["model"], told["erased_at"]) == ("stand-in-a", None)
    (seen,) = exported(other)["registrations"]
    assert FINDING not in json.dumps(seen), "nobody is told of another's face"
    (template,) = kept(desk, first["id"])
    holder.ok("POST", "/v1/erasure", json={"confirm": True})
    assert kept(desk, first["id"]) == []
    assert proofs(desk, template.id) == [("face-template", "request")]
    (after,) = exported(holder)["registrations"]
    assert after["face_templates"][0]["erased_at"] is not None


def exported(holder: Person) -> dict[str, Any]:
    made = holder.ok("POST", "/v1/exports")
    content = holder.call("GET", f"/v1/exports/{made['id']}/file").content
    found: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("data.json"))
    return found


def test_nothing_is_told_to_the_holder(desk: Desk) -> None:
    turn_on(desk)
    _, second = two(desk)
    holder = desk.holder("second@example.org")
    path = f"/v1/registrations/{second['id']}"
    answers = [holder.call("GET", path).text, holder.call("GET", f"{path}/timeline").text]
    answers += [page_of(desk, holder, address) for address in (f"/r/{second['reference']}", "/account")]
    for text in answers:
        assert FINDING not in text
        assert "uplicate" not in text
        assert "look like" not in text
    reviewer = desk.office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{second['id']}/claim")
    body = {"n": 1, "verdict": "reject", "reasons": [FINDING]}
    refused = reviewer.call("POST", f"/v1/review/cases/{second['id']}/decisions", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "INVALID_FORM"), "no decision gives it as its reason"


def test_the_same_person_is_linked_once_proven_and_counts_for_the_cap_at_once(desk: Desk) -> None:
    turn_on(desk)
    _, second = two(desk)
    settle(desk.office)
    reviewer = desk.office.member("reviewer")
    (one,) = candidates(desk, reviewer, second["id"])
    answer = f"/v1/review/duplicates/{one['id']}/answer"
    unsaid = reviewer.call("POST", answer, json={"answer": "same"})
    assert (unsaid.status_code, [fault["field"] for fault in unsaid.json()["fields"]]) == (422, ["note"])
    said = reviewer.ok("POST", answer, json={"answer": "same", "note": "the same mole"})
    assert said["linked"] is False, "the second is not proven yet"
    reviewer.ok("POST", f"/v1/review/cases/{second['id']}/claim")
    decide = f"/v1/review/cases/{second['id']}/decisions"
    capped = reviewer.call("POST", decide, json={"n": 1, "verdict": "approve"})
    assert (capped.status_code, capped.json()["code"]) == (422, "CAP_REACHED_OPERATOR")
    reviewer.ok("POST", answer, json={"answer": "other"})
    decision = reviewer.ok("POST", decide, json={"n": 1, "verdict": "approve"})
    reviewer.ok("POST", answer, json={"answer": "same", "note": "the same mole"})
    reviewer.ok("POST", f"/v1/review/decisions/{decision['id']}/release-result")
    (link,) = reviewer.ok("GET", "/v1/review/links")["links"]
    assert link["note"] == "the same mole"
    (one,) = candidates(desk, reviewer, second["id"])
    assert (one["answer"], one["linked"]) == ("same", True)
    reviewer.ok("POST", answer, json={"answer": "other", "note": "twins"})
    assert reviewer.ok("GET", "/v1/review/links")["links"] == [], "it is undone by another answer"


def test_two_who_were_told_apart_are_not_shown_again(desk: Desk) -> None:
    turn_on(desk)
    _, second = two(desk)
    reviewer = desk.office.member("reviewer")
    (one,) = candidates(desk, reviewer, second["id"])
    reviewer.ok("POST", f"/v1/review/duplicates/{one['id']}/answer", json={"answer": "other"})
    guard = desk.office.house.duplicates
    assert guard is not None
    found = guard.look(second["id"])
    assert found is not None
    assert found.alike == ()


@pytest.mark.parametrize("word", ["forbidden"])
def test_a_policy_that_forbids_it_stops_it_at_once_and_what_was_kept_goes(desk: Desk, word: str) -> None:
    turn_on(desk)
    first = registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    (template,) = kept(desk, first["id"])
    says(desk, word)
    guard = desk.office.house.duplicates
    assert guard is not None
    guard.sweep()
    assert kept(desk, first["id"]) == []
    assert proofs(desk, template.id) == [("face-template", "not-allowed")]


def test_the_reviewers_page_shows_both_faces_in_both_languages(desk: Desk) -> None:
    turn_on(desk)
    first, second = two(desk)
    reviewer = desk.office.member("reviewer")
    address = f"/review/{second['reference']}/duplicates"
    for lang, words in {"en": "Is it the same person?", "zh-CN": "是同一个人吗？"}.items():
        browser = browser_of(desk, reviewer, "shiming_staff", lang)
        assert f'href="{address}"' in browser.open(f"/review/{second['reference']}").text
        page = browser.open(address)
        assert page.status_code == 200
        assert words in page.text
        assert page.text.count('/face"') == 2
        assert first["reference"] in page.text
    (one,) = candidates(desk, reviewer, second["id"])
    assert browser.send(f"{address}/{one['id']}", answer="same").status_code == 422
    assert browser.send(f"{address}/{one['id']}", answer="unknown").status_code == 200
    (one,) = candidates(desk, reviewer, second["id"])
    assert one["answer"] == "unknown"


def test_the_audit_record_holds_no_personal_data(desk: Desk) -> None:
    turn_on(desk)
    _, second = two(desk)
    reviewer = desk.office.member("reviewer")
    (one,) = candidates(desk, reviewer, second["id"])
    reviewer.ok("POST", f"/v1/review/duplicates/{one['id']}/answer", json={"answer": "unknown", "note": "样本"})
    with desk.workspace.read() as work:
        rows = work.conn.execute(sa.select(audit.c.action, audit.c.extra)).all()
    told = {str(row.action): row.extra for row in rows}
    assert told["engine:face:search"] == {"searched": 2, "candidates": 1}
    assert set(told["staff:duplicate:answer"]) == {"candidate", "answer"}
    assert set(told["engine:face:enrol"]) == {"registration"}
    assert "样本" not in json.dumps([row.extra for row in rows], ensure_ascii=False)
