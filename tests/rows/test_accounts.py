"""Accounts (rows A2, B3, C4's codes, C7): codes, contacts, and what a phone code alone opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.accounts import contacts
from shiming.activation.service import Activation
from shiming.pipeline import sweep
from shiming.platform import outbox
from shiming.registration import store
from shiming.registration.store import life
from shiming.registration.store import tables as t
from tests.rows.journeys import tells
from tests.rows.people import STRANGER, approve, approved, hand_in, messages, settle
from tests.web.holder.browser import Browser
from tests.web.support import FIRST, PRINTED, SECOND, SECRET, Office, Person

PHONE, OTHER = "+8613800138009", "+8613900139009"


@contextmanager
def writes(office: Office) -> Iterator[list[str]]:
    """The statements that write meanwhile, by their first words."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(" ".join(statement.split()[:3]))

    engine = office.workspace.db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def sign_in(office: Office, contact: str, device: str | None = None) -> tuple[Person, str]:
    """Signs in by one code, on a device that is known or a new one: (person, the device's token)."""
    office.clock.advance(timedelta(minutes=15))
    client = office.client()
    assert client.post("/v1/codes", json={"contact": contact}).status_code == 202
    body = {"contact": contact, "code": office.last_code(), "device": device}
    opened = client.post("/v1/sessions", json=body)
    assert opened.status_code == 201, opened.text
    return Person(client, {"Authorization": f"Bearer {opened.json()['token']}"}), opened.json()["device"]


def add_contact(office: Office, person: Person, contact: str) -> str:
    """Adds a contact by its code."""
    office.clock.advance(timedelta(minutes=2))
    person.ok("POST", "/v1/account/contacts/codes", json={"contact": contact})
    added = person.ok("POST", "/v1/account/contacts", json={"contact": contact, "code": office.last_code()})
    return str(added["id"])


def code_of(person: Person, path: str) -> str:
    """The refusal's code."""
    answer = person.call("GET", path)
    return "" if answer.status_code < 300 else str(answer.json()["code"])


def test_b3_a_code_to_the_phone_signs_in_and_the_page_goes_on_to_registration_by_itself(office: Office) -> None:
    browser = Browser(office)
    browser.sign_in(PHONE)
    assert browser.path == "/"
    person, _ = sign_in(office, OTHER)
    id = office.begin(person, SECOND)
    browser = Browser(office)
    office.clock.advance(timedelta(minutes=2))
    browser.sign_in(OTHER)
    reference = person.ok("GET", f"/v1/registrations/{id}")["reference"]
    assert browser.path.startswith(f"/r/{reference}/")
    browser = Browser(office)
    browser.open("/account/contacts")
    assert browser.path.startswith("/sign-in?next=")
    office.clock.advance(timedelta(minutes=2))
    browser.send("/sign-in", contact=PHONE)
    browser.send("/sign-in/code", code=office.last_code())
    assert browser.path == "/account/contacts"


def test_b3_known_and_unknown_contacts_are_answered_alike_with_the_same_work(office: Office) -> None:
    approved(office, sign_in(office, PHONE)[0])
    office.clock.advance(timedelta(hours=2))
    answers, work = [], []
    for contact in (PHONE, OTHER):
        client = office.client()
        with writes(office) as seen:
            sent = client.post("/v1/codes", json={"contact": contact})
            wrong = client.post("/v1/sessions", json={"contact": contact, "code": "000000"})
        answers.append((sent.status_code, sent.json(), wrong.status_code, wrong.json()))
        work.append(seen)
    assert answers[0] == answers[1]
    assert work[0] == work[1]


def test_c4_codes_are_limited_by_contact_by_device_and_by_address(office: Office) -> None:
    client = office.client()
    assert client.post("/v1/codes", json={"contact": PHONE}).status_code == 202
    again = client.post("/v1/codes", json={"contact": PHONE})
    assert (again.status_code, again.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    bodies = [{"contact": f"p{n}@example.org", "device": "device-of-one"} for n in range(11)]
    assert [client.post("/v1/codes", json=body).status_code for body in bodies] == [202] * 10 + [429]
    others = [client.post("/v1/codes", json={"contact": f"q{n}@example.org"}).status_code for n in range(20)]
    assert others[0] == 202
    assert others[-1] == 429
    guesses = [
        client.post("/v1/sessions", json={"contact": f"r{n}@example.org", "code": "000000"}).status_code
        for n in range(121)
    ]
    assert set(guesses[:120]) == {422}
    assert guesses[120] == 429


def test_c7_a_phone_code_alone_never_opens_a_proven_persons_data(office: Office) -> None:
    person, device = sign_in(office, PHONE)
    id = approved(office, person)
    assert person.ok("GET", f"/v1/registrations/{id}/form")["fields"]["name"] == PRINTED["name"]
    known, _ = sign_in(office, PHONE, device)
    assert known.ok("GET", f"/v1/registrations/{id}/form")["fields"]["name"] == PRINTED["name"]

    stranger, _ = sign_in(office, PHONE)
    (row,) = stranger.ok("GET", "/v1/registrations")["registrations"]
    assert (row["id"], row["state"]) == (id, "approved")
    assert PRINTED["name"] not in str(row)
    for path in ("", "/form", "/timeline", "/activation-code"):
        assert code_of(stranger, f"/v1/registrations/{id}{path}") == "PROOF_REQUIRED"
    assert code_of(stranger, "/v1/account/contacts") == "PROOF_REQUIRED"
    assert stranger.call("POST", f"/v1/registrations/{id}/updates").status_code == 403
    own = office.begin(stranger, SECOND)
    assert stranger.ok("GET", f"/v1/registrations/{own}")["state"] == "draft"

    office.clock.advance(timedelta(minutes=2))
    browser = Browser(office)
    browser.sign_in(PHONE)
    browser.open("/account")
    assert "Show that it is you" in browser.text
    assert not tells(browser.text, FIRST[-4:])
    browser.open(f"/r/{row['reference']}/data")
    assert browser.path.startswith("/account/prove?next=")
    assert PRINTED["name"] not in browser.text


def test_c7_somebody_else_who_registers_in_the_account_does_not_see_its_first_person(office: Office) -> None:
    person, _ = sign_in(office, PHONE)
    id = approved(office, person)
    stranger, _ = sign_in(office, PHONE)
    own = office.begin(stranger, SECOND)
    hand_in(office, stranger, own, STRANGER)
    approve(office, own)
    assert stranger.ok("GET", f"/v1/registrations/{own}")["state"] == "approved"
    assert code_of(stranger, f"/v1/registrations/{id}") == "PROOF_REQUIRED"
    assert code_of(stranger, "/v1/account/contacts") == "PROOF_REQUIRED"


def test_c7_a_code_to_a_second_contact_opens_the_account_and_the_device_is_remembered(office: Office) -> None:
    person, _ = sign_in(office, PHONE)
    add_contact(office, person, "second@example.org")
    id = approved(office, person)
    stranger, device = sign_in(office, PHONE)
    proof = stranger.ok("GET", "/v1/sessions/current/proof")
    assert (proof["limited"], [way["kind"] for way in proof["ways"]]) == (True, ["email"])
    assert "second" not in str(proof)
    contact = {"contact_id": proof["ways"][0]["id"]}
    stranger.ok("POST", "/v1/sessions/current/proof-codes", json=contact)
    code = office.last_code()
    wrong = stranger.call("POST", "/v1/sessions/current/proof", json={**contact, "code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "CODE_WRONG")
    stranger.ok("POST", "/v1/sessions/current/proof", json={**contact, "code": code, "remember": True})
    assert stranger.ok("GET", f"/v1/registrations/{id}")["state"] == "approved"
    again, _ = sign_in(office, PHONE, device)
    assert again.ok("GET", f"/v1/registrations/{id}")["state"] == "approved"
    for known in again.ok("GET", "/v1/account/devices")["devices"]:
        again.call("DELETE", f"/v1/account/devices/{known['id']}")
    forgotten, _ = sign_in(office, PHONE, device)
    assert code_of(forgotten, f"/v1/registrations/{id}") == "PROOF_REQUIRED"


def test_c7_contacts_are_proven_told_to_the_others_and_kept_with_their_history(office: Office) -> None:
    browser = Browser(office)
    browser.sign_in(PHONE)
    browser.open("/account/contacts")
    office.clock.advance(timedelta(minutes=2))
    browser.send("/account/contacts", contact="second@example.org")
    browser.send("/account/contacts/code", code="000000")
    assert "not right" in browser.text
    browser.send("/account/contacts/code", code=office.last_code())
    assert "second@example.org" in browser.text
    assert [post["to"] for post in messages(office, "contact-added")] == [PHONE]
    actions = [action for action, _ in browser.parsed().forms if action.endswith("/main")]
    browser.send(actions[0])
    removal = [action for action, _ in browser.parsed().forms if action.endswith("/remove")]
    browser.send(removal[0])
    assert browser.path.startswith("/sign-in"), "the session that the removed contact opened has ended"
    person, _ = sign_in(office, "second@example.org")
    found = person.ok("GET", "/v1/account/contacts")["contacts"]
    assert [(one["contact"], one["main"], one["ended"]) for one in found] == [
        (PHONE, False, "removed"),
        ("second@example.org", True, None),
    ]
    (last,) = [one["id"] for one in found if one["ended"] is None]
    refused = person.call("DELETE", f"/v1/account/contacts/{last}")
    assert (refused.status_code, refused.json()["code"]) == (409, "LAST_CONTACT")


def test_c7_a_contact_of_another_account_is_not_taken_away(office: Office) -> None:
    owner, _ = sign_in(office, "second@example.org")
    office.begin(owner)
    person, _ = sign_in(office, PHONE)
    office.clock.advance(timedelta(minutes=2))
    person.ok("POST", "/v1/account/contacts/codes", json={"contact": "second@example.org"})
    body = {"contact": "second@example.org", "code": office.last_code()}
    refused = person.call("POST", "/v1/account/contacts", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONTACT_TAKEN")
    owner, _ = sign_in(office, "second@example.org")
    assert len(owner.ok("GET", "/v1/registrations")["registrations"]) == 1


def event(office: Office, service: Person, kind: str, msisdn: str = PHONE, **changes: object) -> None:
    """The operator tells of a number."""
    body = {"msisdn": msisdn, "event": kind, "at": office.clock.now().isoformat(), **changes}
    assert service.ok("POST", "/v1/operator/number-events", json=body) == {"accepted": True}


@pytest.mark.parametrize("kind", ["recycled", "ported", "sim-changed"])
def test_c7_when_a_number_changes_hands_its_sessions_and_codes_end(office: Office, kind: str) -> None:
    service = office.service()
    person, device = sign_in(office, PHONE)
    add_contact(office, person, "second@example.org")
    id = approved(office, person)
    event(office, service, kind)
    assert person.call("GET", "/v1/registrations").status_code == 401
    stranger, _ = sign_in(office, PHONE, device)
    assert stranger.ok("GET", "/v1/registrations")["registrations"] == []
    assert code_of(stranger, f"/v1/registrations/{id}") == "NOT_FOUND"
    event(office, service, "ported", "+8613700137009")

    back, _ = sign_in(office, "second@example.org", device)
    found = back.ok("GET", "/v1/account/contacts")["contacts"]
    assert [(one["contact"], one["ended"]) for one in found] == [(PHONE, kind), ("second@example.org", None)]
    add_contact(office, back, PHONE)
    again, _ = sign_in(office, PHONE, device)
    assert again.ok("GET", f"/v1/registrations/{id}")["state"] == "approved"


def test_c7_a_recycled_number_is_a_new_person_with_a_new_row(office: Office) -> None:
    service = office.service()
    number = "+8613800138000"
    person, _ = sign_in(office, number)
    id = approved(office, person)
    with office.workspace.read() as work:
        old_account = contacts.account_of(work, contacts.Contact("phone", number))
        old = work.conn.execute(sa.select(t.assignment)).one()
    assert old.until is None
    office.clock.advance(timedelta(days=100))
    body = {"msisdn": number, "event": "recycled", "at": office.clock.now().isoformat()}
    for _ in range(2):
        service.ok("POST", "/v1/operator/number-events", json=body)
    with office.workspace.read() as work:
        assert work.conn.execute(sa.select(t.assignment.c.until)).scalar_one() == office.clock.now()
    stranger, _ = sign_in(office, number)
    assert stranger.ok("GET", "/v1/registrations")["registrations"] == []
    assert code_of(stranger, f"/v1/registrations/{id}") == "NOT_FOUND"
    with office.workspace.read() as work:
        assert contacts.account_of(work, contacts.Contact("phone", number)) != old_account
    # The operator repeats itself a day later: the new person keeps their number.
    office.clock.advance(timedelta(days=1))
    service.ok("POST", "/v1/operator/number-events", json=body)
    assert stranger.call("GET", "/v1/registrations").status_code == 401, "the session is over by age"
    again, _ = sign_in(office, number)
    assert again.ok("GET", "/v1/sessions/current")["id"] == stranger_id(office, number)


def stranger_id(office: Office, number: str) -> str:
    """The account that a number belongs to now."""
    with office.workspace.read() as work:
        return str(contacts.account_of(work, contacts.Contact("phone", number)))


def test_c7_an_event_that_comes_late_ends_nothing_that_began_after_it(office: Office) -> None:
    service = office.service()
    before = office.clock.now() - timedelta(days=3)
    person, _ = sign_in(office, PHONE)
    event(office, service, "sim-changed", at=before.isoformat())
    assert person.ok("GET", "/v1/registrations")["registrations"] == []
    ahead = (office.clock.now() + timedelta(hours=1)).isoformat()
    refused = service.call("POST", "/v1/operator/number-events", json={"msisdn": PHONE, "event": "ported", "at": ahead})
    assert refused.status_code == 422


NEW = "+8613900139777"


def begin_recovery(office: Office, named: str, contact: str = NEW) -> tuple[Person, str]:
    """Somebody with a new contact names what they lost, and hands in the proof: (person, registration)."""
    person, _ = sign_in(office, contact)
    id = person.ok("POST", "/v1/recoveries", json={"named": named})["id"]
    for kind in ("privacy", "terms"):
        person.ok("PUT", f"/v1/registrations/{id}/consents/{kind}", json={"given": True})
    return person, id


def sweep_over(office: Office, by: timedelta) -> None:
    """Time passes, and the engine looks at what is due."""
    office.clock.advance(by)
    sweep.cooled_off(office.workspace)


def stop_code(office: Office, template: str = "recovery-cooling") -> str:
    """The code by which the newest such message can be stopped."""
    return str(messages(office, template)[-1]["params"]["code"])


@pytest.mark.parametrize("named", [PHONE, FIRST])
def test_c7_a_lost_account_is_recovered_by_fresh_proof_after_the_cooling_off(office: Office, named: str) -> None:
    owner, _ = sign_in(office, PHONE)
    add_contact(office, owner, "second@example.org")
    id = approved(office, owner)
    person, proof = begin_recovery(office, named)
    assert code_of(person, f"/v1/registrations/{id}") == "NOT_FOUND"
    hand_in(office, person, proof)
    assert messages(office, "recovery-cooling") == [], "nobody is told before identity is proven"
    approve(office, proof)
    told = {post["to"] for post in messages(office, "recovery-cooling")}
    assert told == {PHONE, "second@example.org"}
    assert code_of(person, f"/v1/registrations/{id}") == "NOT_FOUND"
    sweep_over(office, timedelta(hours=71))
    assert owner.call("GET", "/v1/sessions/current").status_code == 401, "over by age"
    still, _ = sign_in(office, "second@example.org")
    assert len(still.ok("GET", "/v1/registrations")["registrations"]) == 1
    sweep_over(office, timedelta(hours=2))
    assert still.call("GET", "/v1/registrations").status_code == 401, "every earlier session has ended"
    assert {post["to"] for post in messages(office, "recovery-done")} == {PHONE, "second@example.org", NEW}
    back, _ = sign_in(office, NEW)
    found = {row["id"]: row["state"] for row in back.ok("GET", "/v1/registrations")["registrations"]}
    assert found == {id: "approved", proof: "approved"}
    lost, _ = sign_in(office, PHONE)
    assert lost.ok("GET", "/v1/registrations")["registrations"] == []


def test_c7_the_recovering_device_is_known_and_the_account_wholly_open_there(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    person, device = sign_in(office, NEW)
    proof = person.ok("POST", "/v1/recoveries", json={"named": PHONE})["id"]
    for kind in ("privacy", "terms"):
        person.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, person, proof)
    approve(office, proof)
    sweep_over(office, timedelta(hours=73))
    back, _ = sign_in(office, NEW, device)
    assert back.ok("GET", f"/v1/registrations/{id}/form")["fields"]["name"] == PRINTED["name"]
    found = back.ok("GET", "/v1/account/contacts")["contacts"]
    assert [(one["contact"], one["ended"], one["main"]) for one in found] == [
        (PHONE, "recovered", False),
        (NEW, None, True),
    ]


def test_c7_the_old_contact_stops_a_recovery_by_one_button(office: Office) -> None:
    owner, device = sign_in(office, PHONE)
    id = approved(office, owner)
    person, proof = begin_recovery(office, PHONE)
    hand_in(office, person, proof)
    approve(office, proof)
    code = stop_code(office)
    browser = Browser(office)
    browser.open(f"/stop/{code}")
    with office.workspace.read() as work:
        assert work.conn.execute(sa.select(t.proof.c.state)).scalar_one() == "cooling", "opening the page stops nothing"
    browser.send(f"/stop/{code}")
    assert "It is stopped. Nothing was changed." in browser.text
    assert len(messages(office, "recovery-stopped")) == 1
    sweep_over(office, timedelta(hours=80))
    back, _ = sign_in(office, PHONE, device)
    assert back.ok("GET", f"/v1/registrations/{id}")["state"] == "approved"
    other, _ = sign_in(office, NEW)
    assert code_of(other, f"/v1/registrations/{id}") == "NOT_FOUND"
    assert "stopped" in [entry["event"] for entry in other.ok("GET", f"/v1/registrations/{proof}/timeline")["entries"]]
    wrong = office.client().post("/v1/recoveries/stop", json={"code": "AAAAA-AAAAA"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "CODE_WRONG")
    again = office.client().post("/v1/recoveries/stop", json={"code": code})
    assert again.json() == {"stopped": True}


def test_c7_another_persons_document_fails_without_telling_whose_account_it_is(office: Office) -> None:
    approved(office, sign_in(office, PHONE)[0])
    begin_recovery(office, "somebody@example.org", "warm@example.org")
    answers, work = [], []
    for number, named in enumerate((PHONE, OTHER)):
        person, _ = sign_in(office, f"thief{number}@example.org")
        with writes(office) as seen:
            begun = person.ok("POST", "/v1/recoveries", json={"named": named})
        work.append(sorted(seen))
        proof = begun["id"]
        for kind in ("privacy", "terms"):
            person.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
        hand_in(office, person, proof, STRANGER)
        reviewer = office.member("reviewer")
        reviewer.ok("POST", f"/v1/review/cases/{proof}/claim")
        case = reviewer.ok("GET", f"/v1/review/cases/{proof}")
        refused = reviewer.call("POST", f"/v1/review/cases/{proof}/decisions", json={"n": 1, "verdict": "approve"})
        assert (refused.status_code, refused.json()["code"]) == (422, "PERSON_MISMATCH")
        reject = {"n": 1, "verdict": "reject", "reasons": ["PERSON_MISMATCH"]}
        reviewer.ok("POST", f"/v1/review/cases/{proof}/decisions", json=reject)
        office.clock.advance(timedelta(minutes=11))
        settle(office)
        seen_by_holder = person.ok("GET", f"/v1/registrations/{proof}")
        mismatch = [f for f in case["findings"] if f["code"] == "PERSON_MISMATCH"]
        answers.append((seen_by_holder["state"], seen_by_holder["decision"]["reasons"], mismatch))
    strip = [(state, reasons, [(f["outcome"], f["text"]) for f in found]) for state, reasons, found in answers]
    assert strip[0] == strip[1]
    assert strip[0][0] == "rejected"
    assert strip[0][2][0][0] == "fail"
    assert work[0] == work[1]
    assert messages(office, "recovery-cooling") == []


def test_c7_fresh_proof_opens_the_own_account_on_a_new_device(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    browser = Browser(office)
    office.clock.advance(timedelta(minutes=15))
    browser.sign_in(PHONE)
    browser.open(f"/r/{owner.ok('GET', '/v1/registrations')['registrations'][0]['reference']}")
    assert browser.path.startswith("/account/prove")
    stranger, _ = sign_in(office, PHONE)
    proof = stranger.ok("POST", "/v1/recoveries", json={})["id"]
    for kind in ("privacy", "terms"):
        stranger.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, stranger, proof)
    assert code_of(stranger, f"/v1/registrations/{id}") == "PROOF_REQUIRED"
    approve(office, proof)
    assert stranger.ok("GET", f"/v1/registrations/{id}/form")["fields"]["name"] == PRINTED["name"]
    assert [post["to"] for post in messages(office, "recovery-here")] == [PHONE]


def test_c7_a_new_sim_card_needs_fresh_proof_and_a_time_to_stop_it(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    path = f"/v1/registrations/{id}/authorisations"
    wrong = owner.call("POST", path, json={"change": "sim", "card_number": SECOND, "secret": "0000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "CARD_UNKNOWN")
    change = {"change": "sim", "card_number": SECOND, "secret": SECRET}
    proof = owner.ok("POST", path, json=change)["id"]
    for kind in ("privacy", "terms"):
        owner.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, owner, proof)
    approve(office, proof)
    assert [post["to"] for post in messages(office, "change-cooling")] == [PHONE]
    with office.workspace.read() as work:
        assert store.card_by_number(work, "iccid", SECOND).state == "in-stock"
    sweep_over(office, timedelta(hours=73))
    carry_out(office)
    with office.workspace.read() as work:
        old, new = (store.card_by_number(work, "iccid", number) for number in (FIRST, SECOND))
        assert (old.state, new.state) == ("cancelled", "in-service")
        assert new.msisdn == "+8613800138000"
        bindings = work.conn.execute(sa.select(t.binding.c.card_id, t.binding.c.until).order_by(t.binding.c.id)).all()
    assert [(row.card_id, row.until is None) for row in bindings] == [(old.id, False), (new.id, True)]
    back, _ = sign_in(office, PHONE)
    assert [row["state"] for row in back.ok("GET", "/v1/registrations")["registrations"]] == ["approved", "approved"]


def test_c7_a_change_of_sim_is_stopped_by_the_old_contact(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    change = {"change": "sim", "card_number": SECOND, "secret": SECRET}
    proof = owner.ok("POST", f"/v1/registrations/{id}/authorisations", json=change)["id"]
    for kind in ("privacy", "terms"):
        owner.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, owner, proof)
    approve(office, proof)
    code = stop_code(office, "change-cooling")
    assert office.client().post("/v1/recoveries/stop", json={"code": code}).json() == {"stopped": True}
    sweep_over(office, timedelta(hours=80))
    carry_out(office)
    with office.workspace.read() as work:
        assert store.card_by_number(work, "iccid", FIRST).state == "in-service"
        assert store.card_by_number(work, "iccid", SECOND).state == "in-stock"


def test_c7_another_plan_is_ordered_after_proof_and_cooling_off(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    browser = Browser(office)
    browser.client.cookies.set("shiming", owner.headers["Authorization"].removeprefix("Bearer "))
    reference = owner.ok("GET", f"/v1/registrations/{id}")["reference"]
    browser.open(f"/r/{reference}/change")
    browser.send(f"/r/{reference}/change", change="plan", plan="family-200")
    proof = next(r for r in owner.ok("GET", "/v1/registrations")["registrations"] if r["purpose"] == "authorise")["id"]
    for kind in ("privacy", "terms"):
        owner.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, owner, proof)
    approve(office, proof)
    sweep_over(office, timedelta(hours=73))
    carry_out(office)
    with office.workspace.read() as work:
        order = work.conn.execute(sa.select(t.card_act).where(t.card_act.c.act == "change-plan")).one()
    assert (order.plan, order.state) == ("family-200", "done")
    assert messages(office, "change-done")


def carry_out(office: Office) -> None:
    """The operator is asked for everything ordered, and says that it is done."""
    activation = Activation(office.workspace, office.house.operator)
    with office.workspace.read() as work:
        rows = [row.id for row in outbox.due(work.conn, work.now, 500) if row.topic == "operator"]
    for row_id in rows:
        activation.carry_out(row_id)
    with office.workspace.read() as work:
        waiting = [order.id for order in life.to_confirm(work)]
    for order_id in waiting:
        activation.ask_order(order_id)


def test_c7_a_new_card_is_announced_to_the_persons_other_contacts(office: Office) -> None:
    first, _ = sign_in(office, PHONE)
    add_contact(office, first, "second@example.org")
    id = approved(office, first)
    assert [post["to"] for post in messages(office, "new-card")] == ["second@example.org"]
    with office.workspace.write() as work:
        work.conn.execute(t.cap_place.delete())
    other, _ = sign_in(office, NEW)
    own = office.begin(other, SECOND)
    hand_in(office, other, own)
    approve(office, own)
    told = [post for post in messages(office, "new-card") if post["params"]["reference"] != reference_of(first, id)]
    assert {post["to"] for post in told} == {PHONE, "second@example.org"}


def reference_of(person: Person, id: str) -> str:
    """The short reference of a registration."""
    rows = person.ok("GET", "/v1/registrations")["registrations"]
    return str(next(row["reference"] for row in rows if row["id"] == id))


def test_c7_of_two_recoveries_that_wait_the_first_one_ends_the_other(office: Office) -> None:
    approved(office, sign_in(office, PHONE)[0])
    proofs = []
    for contact in (NEW, "later@example.org"):
        person, proof = begin_recovery(office, PHONE, contact)
        hand_in(office, person, proof)
        approve(office, proof)
        proofs.append(proof)
    sweep_over(office, timedelta(hours=80))
    with office.workspace.read() as work:
        states = dict(work.conn.execute(sa.select(t.proof.c.registration_id, t.proof.c.state)).all())
    assert [states[proof] for proof in proofs] == ["done", "failed"]
    back, _ = sign_in(office, NEW)
    assert len(back.ok("GET", "/v1/registrations")["registrations"]) == 2


def test_c7_after_a_change_of_sim_the_same_number_is_proven_again_by_fresh_proof(office: Office) -> None:
    owner, _ = sign_in(office, PHONE)
    id = approved(office, owner)
    event(office, office.service(), "sim-changed")
    person, device = sign_in(office, PHONE)
    assert person.ok("GET", "/v1/registrations")["registrations"] == []
    proof = person.ok("POST", "/v1/recoveries", json={"named": PHONE})["id"]
    for kind in ("privacy", "terms"):
        person.ok("PUT", f"/v1/registrations/{proof}/consents/{kind}", json={"given": True})
    hand_in(office, person, proof)
    approve(office, proof)
    sweep_over(office, timedelta(hours=73))
    back, _ = sign_in(office, PHONE, device)
    assert back.ok("GET", f"/v1/registrations/{id}/form")["fields"]["name"] == PRINTED["name"]
    found = back.ok("GET", "/v1/account/contacts")["contacts"]
    assert [(one["contact"], one["ended"]) for one in found] == [(PHONE, "sim-changed"), (PHONE, None)]
