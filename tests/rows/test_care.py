"""Rows of care: a way to a person, appeals, second pair of eyes, corrections, transfer, help, genuine messages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from shiming import programmes
from shiming.notices import store as notices
from shiming.pipeline import sweep
from shiming.platform import outbox
from shiming.programmes import store as published
from shiming.programmes.model import Cap
from shiming.registration import store
from shiming.registration.store import amending, approval, life, moves
from shiming.registration.values import Actor, Role
from shiming.review import store as threads
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PASSWORD, PRINTED, SECOND, Office, Person, picture

REJECT = {"n": 1, "verdict": "reject", "reasons": ["DOCUMENT_NOT_GENUINE"]}
ENGLISH = {"Accept-Language": "en"}


def desk(office: Office, role: str, name: str = "") -> Browser:
    """A member of staff at their pages."""
    office.member(role, name)
    browser = Browser(office)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", username=name or f"a-{role}", password=PASSWORD)
    return browser


def pages(office: Office, person: Person) -> Browser:
    """The browser of somebody who has a session already."""
    browser = Browser(office)
    browser.client.cookies.set("shiming", person.headers["Authorization"].removeprefix("Bearer "))
    return browser


def decided(office: Office, reviewer: Person, id: str, body: dict[str, Any]) -> None:
    """A reviewer claims and decides; the time to take it back passes."""
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    taken = reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=body)
    in_effect(office, taken["id"])


def in_effect(office: Office, decision: str) -> None:
    office.clock.advance(timedelta(minutes=11))
    with office.workspace.write() as work:
        approval.take_effect(work, decision)


def approved(office: Office, holder: Person, number: str = FIRST) -> dict[str, Any]:
    """A registration that a reviewer approved."""
    found = office.in_review(holder, number)
    decided(office, office.member("reviewer"), found["id"], {"n": 1, "verdict": "approve"})
    return holder.ok("GET", f"/v1/registrations/{found['id']}")  # type: ignore[no-any-return]


def told(office: Office, template: str) -> list[dict[str, Any]]:
    """The messages of one template that wait or were sent."""
    with office.workspace.read() as work:
        rows = work.conn.execute(outbox.outbox.select().order_by(outbox.outbox.c.id)).all()
        posts = [work.read_post(row) for row in rows if row.topic == "notice"]
    return [post for post in posts if post["template"] == template]


def send_all(office: Office) -> None:
    """Sends what waits."""
    with office.workspace.read() as work:
        rows = [row.id for row in outbox.due(work.conn, work.now, 500) if row.topic == "notice"]
    for id in rows:
        office.house.engine._notices.deliver(id)


def mark_in(text: str) -> str:
    """The mark of a message. A registration's number that happens to be all letters looks like one, and comes before it."""
    return str(re.findall(r"\b[A-Z]{4}-[A-Z]{4}\b(?!-)", text)[-1])


# B9 and F8: refused, tried again, appealed, decided by another person by a due time.


def test_b9_a_refusal_says_why_and_another_person_decides_the_appeal_in_time(office: Office) -> None:
    holder, ann = office.holder(), office.member("reviewer", "ann")
    found = office.in_review(holder)
    decided(office, ann, found["id"], REJECT)
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}")
    assert "We could not approve this registration" in browser.text
    assert "Have another person look at it" in browser.text
    assert 'href="/register' in browser.page.text, "expected a way to try again"
    browser.open(f"/r/{found['reference']}/appeal")
    assert browser.send(f"/r/{found['reference']}/appeal", text="").status_code == 422
    browser.send(f"/r/{found['reference']}/appeal", text="我的证件是真的。")
    assert "Another person looks at it" in browser.text
    again = holder.ok("GET", f"/v1/registrations/{found['id']}")
    assert (again["state"], again["card"]["state"]) == ("in-review", "reserved")
    promised = datetime.fromisoformat(again["due_at"])
    # Saturday 21 November: five working days end on Friday 27 at the close of business in Shanghai.
    assert promised.isoformat() == "2026-11-27T10:00:00+00:00"

    assert ann.call("POST", f"/v1/review/cases/{found['id']}/claim").json()["code"] == "OTHER_PERSON"
    page = desk(office, "reviewer", "ann")
    page.open(f"/review/{found['reference']}")
    assert page.send(f"/review/{found['reference']}/claim").status_code == 403

    ben = desk(office, "reviewer", "ben")
    ben.open("/review")
    assert "Appeal" in ben.text
    ben.open(f"/review/{found['reference']}")
    assert "我的证件是真的。" in ben.text
    decided(office, office.member("reviewer", "ben"), found["id"], REJECT)
    assert len(told(office, "appeal-rejected")) == 1
    browser.open(f"/r/{found['reference']}")
    assert "This decision is final here" in browser.text
    once_more = holder.call("POST", f"/v1/registrations/{found['id']}/appeal", json={"text": "Again."})
    assert once_more.json()["code"] == "APPEAL_DONE"
    sweep.deadlines(office.workspace)
    (thread,) = holder.ok("GET", "/v1/threads")["threads"]
    assert (thread["kind"], thread["state"], thread["outcome"]) == ("appeal", "closed", "reject")


def test_b9_an_appeal_that_succeeds_brings_the_card_into_service_as_usual(office: Office) -> None:
    holder = office.holder()
    found = office.in_review(holder)
    decided(office, office.member("reviewer", "ann"), found["id"], REJECT)
    holder.ok("POST", f"/v1/registrations/{found['id']}/appeal", json={"text": "It is genuine."})
    decided(office, office.member("reviewer", "ben"), found["id"], {"n": 1, "verdict": "approve"})
    after = holder.ok("GET", f"/v1/registrations/{found['id']}")
    assert (after["state"], after["card"]["state"]) == ("approved", "activating")


def test_b9_an_appeal_is_refused_when_the_card_is_gone_or_the_time_is_over(office: Office) -> None:
    holder, other = office.holder(), office.holder("other@example.org")
    found = office.in_review(holder)
    decided(office, office.member("reviewer"), found["id"], REJECT)
    path = f"/v1/registrations/{found['id']}/appeal"
    office.begin(other)
    assert holder.call("POST", path, json={"text": "Mine."}).json()["code"] == "APPEAL_CARD_GONE"
    office.clock.advance(timedelta(days=31))
    late = office.holder()
    assert late.call("POST", path, json={"text": "Mine."}).json()["code"] == "APPEAL_TOO_LATE"


def test_b9_after_the_allowed_tries_a_human_takes_over(office: Office) -> None:
    alone = programmes.load("carrier-5g-auto").model_copy(update={"demo": False})
    with office.workspace.write() as work:
        published.publish(work, Actor(Role.ADMIN, "admin"), "carrier-5g", alone)
    office.eyes.front["name"] = "样本海"
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    path = f"/v1/registrations/{id}"
    for _ in range(programmes.resolve("carrier-5g").attempts):
        holder.ok("POST", f"{path}/submission")
        office.work()
        found = holder.ok("GET", path)
        assert (found["state"], found["items"]) == ("action-required", ["name"]), "expected another try"
        office.clock.advance(timedelta(minutes=1))
        holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    office.work()
    assert holder.ok("GET", path)["state"] == "in-review", "expected a person after the last try"
    (case,) = office.member("reviewer").ok("GET", "/v1/review/queue")["cases"]
    assert "ATTEMPTS_EXCEEDED" in [reason["code"] for reason in case["reasons"]]


# Second pair of eyes (F1).


@pytest.fixture
def two_pairs(office: Office) -> Office:
    """The programme now wants a second reviewer."""
    changed = programmes.load("carrier-5g").model_copy(update={"second_pair": True})
    with office.workspace.write() as work:
        published.publish(work, Actor(Role.ADMIN, "admin"), "carrier-5g", changed)
    return office


def test_f1_a_second_pair_of_eyes_agrees_before_anything_takes_effect(two_pairs: Office) -> None:
    office, holder = two_pairs, two_pairs.holder()
    found = office.in_review(holder)
    ann = office.member("reviewer", "ann")
    ann.ok("POST", f"/v1/review/cases/{found['id']}/claim")
    first = ann.ok("POST", f"/v1/review/cases/{found['id']}/decisions", json={"n": 1, "verdict": "approve"})
    assert first["waits_for"] == "second-reviewer"
    office.clock.advance(timedelta(minutes=11))
    sweep.deadlines(office.workspace)
    assert holder.ok("GET", f"/v1/registrations/{found['id']}")["state"] == "in-review"
    assert ann.call("POST", f"/v1/review/cases/{found['id']}/claim").json()["code"] == "OTHER_PERSON"

    ben = desk(office, "reviewer", "ben")
    ben.open("/review")
    assert "Second look" in ben.text
    ben.open(f"/review/{found['reference']}")
    ben.send(f"/review/{found['reference']}/claim")
    assert "Show the first decision" in ben.text
    assert "checked" not in ben.page.text, "expected nothing chosen for the second reviewer"
    assert ben.send(f"/review/{found['reference']}/second-look").status_code == 422
    ben.send(f"/review/{found['reference']}/second-look", agree="yes")
    with office.workspace.read() as work:
        made = store.decisions(work, found["id"])[-1]
    assert (made.verdict, made.effect_at) == ("approve", None)
    in_effect(office, made.id)
    assert holder.ok("GET", f"/v1/registrations/{found['id']}")["state"] == "approved"


def test_f1_a_second_reviewer_sends_a_decision_back(two_pairs: Office) -> None:
    office, holder = two_pairs, two_pairs.holder()
    found = office.in_review(holder)
    ann, ben = office.member("reviewer", "ann"), office.member("reviewer", "ben")
    ann.ok("POST", f"/v1/review/cases/{found['id']}/claim")
    ann.ok("POST", f"/v1/review/cases/{found['id']}/decisions", json=REJECT)
    ben.ok("POST", f"/v1/review/cases/{found['id']}/claim")
    own = ben.call("POST", f"/v1/review/cases/{found['id']}/decisions", json={"n": 1, "verdict": "approve"})
    assert own.json()["code"] == "SECOND_LOOK_OPEN"
    path = f"/v1/review/cases/{found['id']}/second-look"
    assert ben.call("POST", path, json={"n": 1, "agree": False}).status_code == 422
    back = ben.ok("POST", path, json={"n": 1, "agree": False, "note": "The hologram is there."})
    assert back["waits_for"] == "new-decision"
    assert len(told(office, "decision-rejected")) == 0
    page = desk(office, "reviewer", "ann")
    page.open(f"/review/{found['reference']}")
    assert "The hologram is there." in page.text
    ann.ok("POST", f"/v1/review/cases/{found['id']}/claim")


# F8: the inbox.


def test_f8_a_person_writes_about_a_registration_and_an_agent_answers_in_time(office: Office) -> None:
    holder = office.holder()
    found = office.in_review(holder)
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}/messages")
    browser.open(f"/inbox/new?r={found['reference']}&topic=no-document")
    assert "I do not have my document with me" in browser.text
    browser.send("/inbox/new", text="身份证在补办，怎么办？")
    assert "You have our answer by Tuesday, 24 November 2026." in browser.text
    mine = browser.path

    agent = desk(office, "agent")
    agent.open("/agent/inbox")
    assert found["reference"] in agent.text
    reference = mine.rsplit("/", 1)[1]
    agent.open(f"/agent/inbox/{reference}")
    assert "身份证在补办，怎么办？" in agent.text
    agent.send(f"/agent/inbox/{reference}/take")
    agent.send(f"/agent/inbox/{reference}/answer", text="老人说的", note="1")
    agent.send(f"/agent/inbox/{reference}/answer", text="临时身份证也可以。")
    browser.open(mine)
    assert "临时身份证也可以。" in browser.text
    assert "老人说的" not in browser.text
    (post,) = told(office, "inbox-answer")
    assert post["params"] == {"reference": reference}, "expected no content in the notice"
    browser.send(mine, text="谢谢")
    agent.open("/agent/inbox")
    assert reference in agent.text
    agent.open(f"/agent/inbox/{reference}")
    agent.send(f"/agent/inbox/{reference}/close")
    assert "Nothing waits." in agent.text
    stranger = pages(office, office.holder("other@example.org"))
    assert stranger.open(mine).status_code == 404


def test_f8_an_answer_is_escalated_when_its_date_is_near_and_a_missed_one_is_told(office: Office) -> None:
    holder, agent = office.holder(), office.member("agent")
    asked = holder.ok("POST", "/v1/threads", json={"text": "Where is my card?"})
    due = datetime.fromisoformat(asked["due_at"])
    with office.workspace.read() as work:
        id = threads.by_reference(work, asked["reference"]).id
    office.clock.advance(due - office.clock.now() - timedelta(hours=20))
    sweep.deadlines(office.workspace)
    with office.workspace.read() as work:
        assert threads.get(work, id).escalated_at is not None
    office.clock.advance(timedelta(hours=21))
    sweep.deadlines(office.workspace)
    sweep.deadlines(office.workspace)
    assert len(told(office, "inbox-late")) == 1
    agent = office.member("agent")
    (row,) = agent.ok("GET", "/v1/inbox")["threads"]
    assert datetime.fromisoformat(row["due_at"]) > office.clock.now()
    agent.ok("POST", f"/v1/inbox/{asked['reference']}/answers", json={"text": "On its way."})
    second = office.member("agent", "second")
    assert second.call("POST", f"/v1/inbox/{asked['reference']}/take").json()["code"] == "CLAIM_REQUIRED"
    to = second.ok("GET", "/v1/sessions/current")["id"]
    agent.ok("POST", f"/v1/inbox/{asked['reference']}/hand-over", json={"to": to, "why": "knows more"})
    second.ok("POST", f"/v1/inbox/{asked['reference']}/close")


# D7: is this message ours?


def test_d7_every_message_carries_a_mark_that_the_site_verifies(office: Office) -> None:
    holder = office.holder()
    office.in_review(holder)
    send_all(office)
    with office.workspace.read() as work:
        kept = notices.sink(work)
    assert len(kept) >= 3
    marks = [mark_in(message.text) for message in kept]
    assert len(set(marks)) == len(kept), "expected a mark of its own in every message, one-time codes among them"
    browser = Browser(office)
    browser.open("/messages")
    assert "We never ask for your code" in browser.text
    submitted = next(m for m in kept if "has arrived" in m.text or "已收到" in m.text)
    mark = mark_in(submitted.text)
    browser.send("/messages", mark=mark.lower().replace("-", " "))
    assert "Yes, this is ours" in browser.text
    assert "Your registration is in" in browser.text
    assert "Saturday, 21 November 2026 by e-mail" in browser.text
    assert "holder@example.org" not in browser.page.text
    browser.send("/messages", mark="ABCD-EFGH")
    assert "Not from us" in browser.text
    asked = office.client().post("/v1/messages/check", json={"mark": mark}, headers=ENGLISH)
    assert (asked.json()["genuine"], asked.json()["about"]) == (True, "Your registration is in")
    answers = [office.client().post("/v1/messages/check", json={"mark": "QQQQ-QQQQ"}) for _ in range(40)]
    assert answers[0].json() == {"genuine": False, "sent_at": None, "channel": None, "about": None}
    assert answers[-1].status_code == 429


# E6: help answers per programme.


def test_e6_help_answers_what_people_ask_and_leads_to_a_person(office: Office) -> None:
    browser = Browser(office)
    browser.open("/help")
    for said in (
        "I do not know my identity card number",
        "household register",
        "police station",
        "What happens to my data?",
    ):
        assert said in browser.text
    assert "/inbox/new?topic=forgotten-number" in browser.page.text
    assert all(programmes.resolve(name).help for name in programmes.names()), "expected answers for every kind of card"
    changed = programmes.load("carrier-5g").model_copy(update={"help": ("failed", "my-data")})
    with office.workspace.write() as work:
        published.publish(work, Actor(Role.ADMIN, "admin"), "carrier-5g", changed)
    browser.open("/help/carrier-5g")
    assert "My verification failed" in browser.text
    assert "I do not know my identity card number" not in browser.text
    assert browser.open("/help/nothing").status_code == 404
    chinese = Browser(office, "zh-CN")
    chinese.open("/help")
    assert "户籍所在地派出所" in chinese.text
    answers = office.client().get("/v1/programmes/carrier-5g/help", headers=ENGLISH).json()["answers"]
    assert [row["id"] for row in answers] == ["failed", "my-data"]
    person = pages(office, office.holder())
    person.open("/inbox/new?topic=forgotten-number")
    person.send("/inbox/new", text="户口簿也不在手边。")
    assert "You have our answer by" in person.text


# B8 and D6: corrections, and all cards follow.


def in_service(office: Office, id: str) -> None:
    """The operator confirms the card of a registration."""
    with office.workspace.write() as work:
        moves.card_in_service(work, store.get(work, id).card_id)


def party_of(office: Office, id: str) -> str:
    with office.workspace.read() as work:
        return str(store.get(work, id).party_id)


def orders(office: Office, act: str) -> list[str]:
    """The cards for which the operator was asked for an act."""
    with office.workspace.read() as work:
        rows = work.conn.execute(outbox.outbox.select().order_by(outbox.outbox.c.id)).all()
        posts = [work.read_post(row) for row in rows if row.topic == "operator"]
    return [post["card"] for post in posts if post["act"] == act]


def test_b8_a_correction_is_decided_by_an_agent_and_both_versions_are_kept(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}/data")
    browser.open(f"/r/{found['reference']}/correction")
    assert PRINTED["address"] in browser.text
    assert browser.send(f"/r/{found['reference']}/correction", field="sex", should="F", text="x").status_code == 422
    browser.send(f"/r/{found['reference']}/correction", field="address", should="样本路9号", text="路牌号写错了。")
    reference = browser.path.rsplit("/", 1)[1]
    agent = desk(office, "agent")
    agent.open(f"/agent/inbox/{reference}")
    assert "样本路9号" in agent.text
    agent.send(f"/agent/inbox/{reference}/take")
    assert agent.send(f"/agent/inbox/{reference}/decide", why="").status_code == 422
    assert agent.send(f"/agent/inbox/{reference}/decide", accept="yes", why="").status_code == 422
    agent.send(f"/agent/inbox/{reference}/decide", accept="yes", why="与户口簿一致，已更正。")
    browser.open(f"/inbox/{reference}")
    assert "Accepted" in browser.text
    assert "与户口簿一致，已更正。" in browser.text
    assert len(told(office, "correction-decided")) == 1
    assert "样本路9号" not in str(told(office, "correction-decided"))
    records = holder.ok("GET", f"/v1/registrations/{found['id']}/records")
    assert [row["fields"]["address"] for row in records["details"]] == [PRINTED["address"], "样本路9号"]
    assert records["details"][0]["until"] == records["details"][1]["since"]
    assert [row["fields"]["address"] for row in records["documents"]] == [PRINTED["address"], "样本路9号"]
    browser.open(f"/r/{found['reference']}/data")
    assert "样本路9号" in browser.text
    assert PRINTED["address"] in browser.text
    again = office.member("agent").call("POST", f"/v1/inbox/{reference}/decision", json={"accept": False, "why": "no"})
    assert again.json()["code"] == "WRONG_STATE"


def test_b8_a_refused_correction_changes_nothing_and_says_why(office: Office) -> None:
    holder, agent = office.holder(), office.member("agent")
    found = approved(office, holder)
    agent = office.member("agent")
    body = {"field": "name", "should": "别人", "why": "I like it better."}
    asked = holder.ok("POST", f"/v1/registrations/{found['id']}/corrections", json=body)
    agent.ok("POST", f"/v1/inbox/{asked['reference']}/decision", json={"accept": False, "why": "No document says so."})
    thread = holder.ok("GET", f"/v1/threads/{asked['reference']}")
    assert (thread["outcome"], thread["messages"][-1]["text"]) == ("refused", "No document says so.")
    records = holder.ok("GET", f"/v1/registrations/{found['id']}/records")
    assert [row["fields"]["name"] for row in records["details"]] == [PRINTED["name"]]


def test_d6_what_changes_once_holds_for_every_card_of_the_person(office: Office) -> None:
    more = programmes.load("carrier-5g").model_copy(update={"caps": (Cap(limit=5, scope="programme", origin="test"),)})
    with office.workspace.write() as work:
        published.publish(work, Actor(Role.ADMIN, "admin"), "carrier-5g", more)
    holder = office.holder()
    first = approved(office, holder)
    in_service(office, first["id"])
    second = approved(office, holder, SECOND)
    in_service(office, second["id"])
    agent = office.member("agent")
    body = {"field": "phone", "should": "+8613900139000", "why": "New number.", "changed": True}
    asked = holder.ok("POST", f"/v1/registrations/{first['id']}/corrections", json=body)
    agent.ok("POST", f"/v1/inbox/{asked['reference']}/decision", json={"accept": True, "why": "Noted."})
    for found in (first, second):
        records = holder.ok("GET", f"/v1/registrations/{found['id']}/records")
        assert records["details"][-1]["fields"]["phone"] == "+8613900139000"
        assert set(records["registrations"]) == {first["id"], second["id"]}
        browser = pages(office, holder)
        browser.open(f"/r/{found['reference']}/data")
        assert "+8613900139000" in browser.text
        assert f"…{FIRST[-4:]}" in browser.text
        assert f"…{SECOND[-4:]}" in browser.text
    with office.workspace.read() as work:
        both = {store.get(work, found["id"]).card_id for found in (first, second)}
    assert set(orders(office, "update-holder")) == both


# A12: changed data with proof; history kept.


def changed_document(office: Office, holder: Person, id: str) -> dict[str, Any]:
    """Hands in a change of data with pictures of a new document."""
    started = holder.ok("POST", f"/v1/registrations/{id}/updates")
    path = f"/v1/registrations/{started['id']}"
    for kind in ("privacy", "terms"):
        holder.ok("PUT", f"{path}/consents/{kind}", json={"given": True})
    printed = office.eyes.front
    form = {"document": "cn-resident-id", "fields": {k: printed[k] for k in ("name", "number", "address")}}
    holder.ok("PUT", f"{path}/form", json=form)
    holder.ok("PUT", f"{path}/consents/face", json={"given": False})
    for shade, slot in enumerate(("document-front", "document-back")):
        data = {"slot": slot, "capture_id": f"change-{slot}-{started['id'][:8]}"}
        holder.ok("POST", f"{path}/evidence", data=data, files={"file": picture(slot, 60 + shade)})
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    office.work()
    return holder.ok("GET", path)  # type: ignore[no-any-return]


def test_a12_a_new_name_is_proven_and_the_old_one_kept(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    in_service(office, found["id"])
    office.eyes.front.update(name="样本兰", address="样本市样本区新路2号")
    update = changed_document(office, holder, found["id"])
    decided(office, office.member("reviewer"), update["id"], {"n": 1, "verdict": "approve"})
    records = holder.ok("GET", f"/v1/registrations/{found['id']}/records")
    assert [row["fields"]["name"] for row in records["documents"]] == [PRINTED["name"], "样本兰"]
    assert [row["fields"]["name"] for row in records["details"]] == [PRINTED["name"], "样本兰"]
    assert records["documents"][0]["until"] is not None
    assert len(orders(office, "update-holder")) == 1


def test_a12_anothers_document_never_changes_a_holder_without_a_person_looking(office: Office) -> None:
    alone = programmes.load("carrier-5g-auto").model_copy(update={"demo": False, "checks": ("complete", "form_match")})
    with office.workspace.write() as work:
        published.publish(work, Actor(Role.ADMIN, "admin"), "carrier-5g", alone)
    holder = office.holder()
    id = office.begin(holder)
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "approved", "expected approval by the program alone"
    same = changed_document(office, holder, id)
    assert same["state"] == "approved"
    office.eyes.front.update(name="样本盗", number="110101199003071111")
    other = changed_document(office, holder, id)
    assert other["state"] == "in-review"
    case = office.member("reviewer").ok("GET", f"/v1/review/cases/{other['id']}")
    assert "UPDATE_OTHER_DOCUMENT" in [row["code"] for row in case["findings"] if row["outcome"] == "fail"]


# Transfer of a card between parties.

TAKE = {
    "card_number": FIRST,
    "name": "样本竹",
    "address": "样本市样本区样本路8号",
    "consents": {"privacy": True, "terms": True},
}


def taken_over(office: Office, holder: Person, found: dict[str, Any]) -> tuple[Person, dict[str, Any]]:
    """The holder makes a code at their pages; another person takes the card over and hands in."""
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}")
    assert "Pass the card on" in browser.text
    browser.open(f"/r/{found['reference']}/transfer")
    browser.send(f"/r/{found['reference']}/transfer")
    code = re.search(r"\b([2-9A-Z]{5}-[2-9A-Z]{5})\b", browser.text)
    assert code is not None
    other = office.holder("other@example.org")
    person = pages(office, other)
    person.open("/transfer")
    fields = {"number": FIRST, "name": TAKE["name"], "address": TAKE["address"], "terms": "1", "privacy": "1"}
    assert person.send("/transfer", **{**fields, "code": "AAAAA-AAAAA"}).status_code == 422
    assert "do not belong together" in person.text
    person.send("/transfer", **{**fields, "code": code[1].lower()})
    (row,) = other.ok("GET", "/v1/registrations")["registrations"]
    assert row["purpose"] == "transfer"
    assert person.path.startswith(f"/r/{row['reference']}/"), "expected the way on to the pictures"
    office.eyes.front.update(name=TAKE["name"], number="11010119900307109X", address=TAKE["address"])
    path = f"/v1/registrations/{row['id']}"
    form = {k: office.eyes.front[k] for k in ("name", "number", "address")}
    other.ok("PUT", f"{path}/form", json={"document": "cn-resident-id", "fields": form})
    other.ok("PUT", f"{path}/consents/face", json={"given": False})
    for shade, slot in enumerate(("document-front", "document-back")):
        data = {"slot": slot, "capture_id": f"transfer-{slot}"}
        other.ok("POST", f"{path}/evidence", data=data, files={"file": picture(slot, 30 + shade)})
    other.ok("POST", f"{path}/declaration")
    other.ok("POST", f"{path}/submission")
    office.work()
    return other, other.ok("GET", path)


def test_transfer_binds_the_card_to_its_new_holder_and_the_number_stays(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    in_service(office, found["id"])
    _, new = taken_over(office, holder, found)
    assert new["state"] == "in-review"
    case = office.member("reviewer").ok("GET", f"/v1/review/cases/{new['id']}")
    wrong = [row["code"] for row in case["findings"] if row["outcome"] == "fail" and row["code"].startswith("CARD")]
    assert wrong == []
    decided(office, office.member("reviewer"), new["id"], {"n": 1, "verdict": "approve"})
    with office.workspace.read() as work:
        old_party, new_party = (str(store.get(work, id).party_id) for id in (found["id"], new["id"]))
        card = store.card(work, store.get(work, new["id"]).card_id)
        assert amending.held(work, old_party) == []
        assert [row.card_id for row in amending.held(work, new_party)] == [card.id]
        assert (str(card.state), card.msisdn) == ("in-service", "+8613800138000")
    assert len(told(office, "transfer-done")) == len(told(office, "transfer-approved")) == 1
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}")
    assert "You passed this card on." in browser.text
    assert "Pass the card on" not in browser.text
    # The place under the cap is free for the one who gave the card away, and taken for the new holder.
    office.eyes.front.update(PRINTED)
    again = approved(office, holder, SECOND)
    assert again["state"] == "approved"


def test_transfer_can_be_taken_back_until_it_is_decided(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    in_service(office, found["id"])
    other, new = taken_over(office, holder, found)
    assert len(told(office, "transfer-begun")) == 1
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}/transfer")
    browser.send(f"/r/{found['reference']}/transfer")
    assert other.ok("GET", f"/v1/registrations/{new['id']}")["state"] == "withdrawn"
    with office.workspace.read() as work:
        assert len(amending.held(work, str(store.get(work, found["id"]).party_id))) == 1
    gone = other.call("POST", "/v1/transfers", json={**TAKE, "code": "AAAAA-AAAAA"})
    assert gone.json()["code"] == "CODE_WRONG"


def test_transfer_refused_leaves_the_card_with_its_holder(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    in_service(office, found["id"])
    other, new = taken_over(office, holder, found)
    decided(office, office.member("reviewer"), new["id"], REJECT)
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}/transfer")
    assert "Give this code to the new holder only." in browser.text
    browser.send(f"/r/{found['reference']}/transfer")
    appeal = other.call("POST", f"/v1/registrations/{new['id']}/appeal", json={"text": "It is genuine."})
    assert appeal.json()["code"] == "APPEAL_CARD_GONE"
    with office.workspace.read() as work:
        assert len(amending.held(work, str(store.get(work, found["id"]).party_id))) == 1


# F8: the appeal of a suspended card.


def test_f8_a_suspension_is_appealed_and_an_agent_lifts_it(office: Office) -> None:
    holder = office.holder()
    found = approved(office, holder)
    in_service(office, found["id"])
    with office.workspace.write() as work:
        card = store.card(work, store.get(work, found["id"]).card_id)
        life.confirm(work, life.order(work, Actor(Role.OFFICER, "officer"), card, "suspend", key="s", why="officer"))
    browser = pages(office, holder)
    browser.open(f"/r/{found['reference']}")
    browser.open(f"/r/{found['reference']}/appeal")
    assert "Your card was suspended." in browser.text
    browser.send(f"/r/{found['reference']}/appeal", text="没有欠费，也没有违规。")
    agent = office.member("agent")
    (row,) = agent.ok("GET", "/v1/inbox")["threads"]
    agent.ok("POST", f"/v1/inbox/{row['reference']}/decision", json={"accept": True, "why": "It was a mistake."})
    assert orders(office, "resume") == [card.id]
    assert len(told(office, "appeal-answered")) == 1
