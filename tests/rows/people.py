"""What people of the row tests do again and again: be approved, read their messages, sign in elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shiming.platform import outbox
from shiming.registration import store
from shiming.registration.states import CardState
from shiming.registration.store import approval, moves
from tests.web.support import FIRST, PRINTED, Office, Person


def settle(office: Office) -> None:
    """Lets every decision whose time has come take effect, and cards go in service."""
    with office.workspace.write() as work:
        for decision_id in store.decisions_to_effect(work):
            approval.take_effect(work, decision_id)
    with office.workspace.write() as work:
        for card in store.cards_in_state(work, CardState.ACTIVATING):
            moves.card_in_service(work, card.id)


def approve(office: Office, id: str, n: int = 1) -> None:
    """A reviewer approves, and the time to take it back passes."""
    reviewer = office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json={"n": n, "verdict": "approve"})
    office.clock.advance(timedelta(minutes=11))
    settle(office)


def approved(office: Office, person: Person, number: str = FIRST) -> str:
    """The id of a registration of this person that is approved, its card in service."""
    found = office.in_review(person, number)
    approve(office, found["id"])
    return str(found["id"])


def messages(office: Office, template: str) -> list[dict[str, Any]]:
    """The messages of a template on their way, oldest first."""
    with office.workspace.read() as work:
        rows = outbox.due(work.conn, work.now, 500)
        posts = [work.read_post(row) for row in rows if row.topic == "notice"]
    return [post for post in posts if post["template"] == template]


STRANGER = {
    **PRINTED,
    "name": "样本强",
    "number": "110101198506151230",
    "date_of_birth": "1985-06-15",
    "sex": "M",
}
"""What is printed on somebody else's document."""


def hand_in(office: Office, person: Person, id: str, printed: dict[str, str] = PRINTED) -> None:
    """Everything a registration needs, with this document, up to a reviewer's desk."""
    office.eyes.front = dict(printed)
    office.fill(person, id)
    fields = {name: printed[name] for name in ("name", "number", "address")}
    person.ok("PUT", f"/v1/registrations/{id}/form", json={"document": "cn-resident-id", "fields": fields})
    person.ok("POST", f"/v1/registrations/{id}/declaration")
    person.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    office.eyes.front = dict(PRINTED)
