"""The queue in parts, in a fixed number of queries; messages in doubt, and what a person says about them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.audit.store import audit
from shiming.audit.work import Work, Workspace
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.platform.ids import reference as new_reference
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.registration.states import RegistrationState
from shiming.registration.store import tables
from shiming.registration.values import Actor, Role
from shiming.review import service
from shiming.web.reviewer.queue import Filters, part
from tests.web.holder.browser import Browser
from tests.web.support import PASSWORD, Office, open_office, registration

REVIEWER = Actor(Role.REVIEWER, "r1")


def desk(office: Office) -> Browser:
    """A reviewer who is signed in."""
    office.member("reviewer")
    browser = Browser(office)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", username="a-reviewer", password=PASSWORD)
    return browser


def waiting(office: Office, many: int) -> list[str]:
    """That many cases in review, copies of a real one, with due times of which some are the same and one is missing.
    Returns their references by due time."""
    office.in_review(office.holder())
    with office.workspace.write() as work:
        (first,) = store.in_states(work, (RegistrationState.IN_REVIEW,))
        registration = dict(work.conn.execute(sa.select(tables.registration)).one()._mapping)
        decision = dict(work.conn.execute(sa.select(tables.decision)).one()._mapping)
        for place in range(1, many):
            new = f"{place:08d}-0000-7000-8000-000000000000"
            due = None if place == many - 1 else first.due_at and first.due_at + timedelta(days=place // 3)
            copy = {**registration, "id": new, "reference": new_reference(), "due_at": due}
            work.conn.execute(sa.insert(tables.registration).values(copy))
            work.conn.execute(sa.insert(tables.decision).values({**decision, "id": new, "registration_id": new}))
    with office.workspace.read() as work:
        return [row.reference for row in store.in_states(work, (RegistrationState.IN_REVIEW,))]


def walk(work: Work, filters: Filters, size: int) -> list[list[str]]:
    """The references of every part of the queue, one part after the other."""
    parts = []
    while True:
        shown = part(work, REVIEWER, filters, size)
        parts.append([line.row.reference for line in shown.lines])
        if shown.next is None:
            return parts
        filters = filters.model_copy(update={"after": shown.next})


def test_parts_of_the_queue_hold_every_case_once_in_order(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiming.web.reviewer.queue._PORTION", 4)
    known = waiting(office, 13)
    with office.workspace.read() as work:
        parts = walk(work, Filters(), 5)
        assert [len(one) for one in parts] == [5, 5, 3]
        assert [reference for one in parts for reference in one] == known
        assert walk(work, Filters(proposal="reject"), 5) == [[]]


def test_the_queue_asks_as_often_for_many_cases_as_for_one(office: Office) -> None:
    def queries() -> int:
        asked = []
        with office.workspace.read() as work:
            sa.event.listen(work.conn, "before_cursor_execute", lambda *told: asked.append(told[2]))
            part(work, REVIEWER, Filters(), 50)
        return len(asked)

    waiting(office, 2)
    few = queries()
    with office.workspace.write() as work:
        row = dict(work.conn.execute(sa.select(tables.registration).limit(1)).one()._mapping)
        for place in range(30):
            copy = {**row, "id": f"9{place:07d}-0000-7000-8000-000000000000", "reference": new_reference()}
            work.conn.execute(sa.insert(tables.registration).values(copy))
    assert queries() == few
    with office.workspace.read() as work:
        assert len(service.queue(work, REVIEWER)) == 32


def test_the_pages_of_the_queue_lead_on_and_back(office: Office) -> None:
    known = waiting(office, 53)
    browser = desk(office)
    browser.open("/review")
    assert "53 cases wait" in browser.text
    onward = re.search(r'href="(/review\?[^"]*after=[^"]+)"', browser.page.text)
    assert onward is not None
    assert known[49] in browser.text
    assert known[50] not in browser.text
    browser.open(onward[1].replace("&amp;", "&"))
    assert known[50] in browser.text
    assert known[0] not in browser.text
    assert "Back to the most urgent" in browser.text


def in_doubt(office: Office, topic: str, state: str = "uncertain") -> str:
    """Marks the newest message of a topic as one of which nobody knows whether it arrived."""
    with office.workspace.write() as work:
        rows = work.conn.execute(sa.select(outbox.outbox).where(outbox.outbox.c.topic == topic)).all()
        about = [row for row in rows if row.about]
        outbox.mark(work.conn, about[-1].id, state, error="NO_ANSWER", at=work.now)
        return str(about[-1].id)


def test_a_message_in_doubt_is_listed_settled_and_never_sent_again(office: Office) -> None:
    found = office.in_review(office.holder())
    id = in_doubt(office, "notice")
    browser = desk(office)
    browser.open("/review")
    assert "Of 1 message or order nobody knows whether it arrived." in browser.text
    browser.open(f"/review/{found['reference']}")
    assert "Message: nobody knows whether it arrived" in browser.text
    browser.open("/review/doubts")
    assert found["reference"] in browser.text
    browser.send(f"/review/doubts/{id}", arrived="yes")
    assert "Nothing is in doubt." in browser.text
    with office.workspace.read() as work:
        kept = work.conn.execute(sa.select(outbox.outbox).where(outbox.outbox.c.id == id)).one()
        assert (kept.state, kept.last_error) == ("sent", "SETTLED")
        told = list(work.conn.execute(sa.select(audit.c.action).order_by(audit.c.seq)).scalars())
    assert told[-3:] == ["staff:doubts:open", "staff:doubts:settle", "staff:doubts:open"]
    browser.open("/review")
    assert browser.client.post(f"/review/doubts/{id}", data={"arrived": "yes"}).status_code == 403


def test_a_programme_for_demonstrations_is_not_there_elsewhere(office: Office) -> None:
    browser = Browser(office)
    browser.sign_in()
    assert browser.open("/register?programme=carrier-5g-auto").status_code == 404
    assert browser.open("/register?programme=carrier-5g").status_code == 200


def test_automatic_approval_is_labelled_wherever_it_is_seen(
    workspace: Workspace, settings: Settings, clock: FixedClock
) -> None:
    with open_office(workspace, settings.model_copy(update={"demo": True}), clock) as office:
        holder = office.holder()
        created = holder.ok("POST", "/v1/registrations", json=registration(programme="carrier-5g-auto"))
        browser = Browser(office)
        browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
        browser.open("/register?programme=carrier-5g-auto")
        assert "demo: approved automatically" in browser.text
        assert 'name="programme" value="carrier-5g-auto"' in browser.page.text
        browser.open(f"/r/{created['reference']}")
        assert "Demonstration: a program approves this registration alone." in browser.text
        with office.workspace.write() as work:
            work.conn.execute(sa.update(tables.registration).values(state="in-review", n=1))
        reviewer = desk(office)
        reviewer.open("/review")
        assert "demo: approved automatically" in reviewer.text
        reviewer.open(f"/review/{created['reference']}")
        assert "Demonstration programme" in reviewer.text


def test_the_interface_refuses_a_programme_for_demonstrations_elsewhere(office: Office) -> None:
    refused = office.holder().call("POST", "/v1/registrations", json=registration(programme="carrier-5g-auto"))
    assert refused.status_code == 422
    assert [row["field"] for row in refused.json()["fields"]] == ["programme"]
