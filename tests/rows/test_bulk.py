"""Rows D1 (IoT batches), D5 (rosters) and F10 (import, re-verification, abnormal opening), as the people in them do it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from stdnum import luhn

from shiming.activation.service import Activation
from shiming.intake import lists
from shiming.intake.rosters import HttpRoster
from shiming.pipeline import steps, sweep
from shiming.pipeline.lists import LIST_KINDS
from shiming.platform import outbox
from shiming.programmes import resolving
from shiming.programmes import store as programmes
from shiming.registration import store
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.store import approval, life, organisations
from shiming.registration.values import Actor, Role
from tests.rows.test_care import desk
from tests.standins.roster import serve_roster
from tests.web.holder.browser import Browser
from tests.web.support import DELIVERY, PRINTED, SECRET, Office, Person, company_batch, picture

AGREED = ("terms", "privacy")
ADMIN = Actor(Role.ADMIN, "an-admin")
OTHER = {**PRINTED, "name": "样本兰", "number": "110101198503070048", "date_of_birth": "1985-03-07"}


def publish(office: Office, name: str, base: str = "carrier-5g-auto", **changes: Any) -> None:
    """A programme of the issuer's own, made of a shipped one."""
    programme = resolving.load(base).model_copy(update={"demo": False, **changes})
    with office.workspace.write() as work:
        programmes.publish(work, ADMIN, name, programme)


def hand_in(office: Office, holder: Person, programme: str, number: str, who: dict[str, str], **how: Any) -> str:
    """A registration of a SIM card, from the card to the engine's answer."""
    office.eyes.front = dict(who)
    body = {
        "programme": programme,
        "card_number": number,
        "secret": SECRET,
        "name": who["name"],
        "address": who["address"],
        "consents": {"privacy": True, "terms": True},
    }
    created = holder.ok("POST", "/v1/registrations", json=body)
    id, path = str(created["id"]), f"/v1/registrations/{created['id']}"
    if created.get("activation_code"):
        holder.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
    evidence(holder, id, who)
    holder.ok("POST", f"{path}/submission", **how)
    office.work()
    return id


def evidence(holder: Person, id: str, who: dict[str, str], *, paper: str = "") -> None:
    """Form, pictures (and a paper) and declaration."""
    path = f"/v1/registrations/{id}"
    form = {"document": "cn-resident-id", "fields": {k: who[k] for k in ("name", "number", "address")}}
    holder.ok("PUT", f"{path}/form", json=form)
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    for shade, slot in enumerate(("document-front", "document-back", "selfie", *((paper,) if paper else ()))):
        data = {"slot": slot, "capture_id": f"capture-{slot}-{id[:8]}"}
        holder.ok("POST", f"{path}/evidence", data=data, files={"file": picture(slot, 100 + shade)})
    holder.ok("POST", f"{path}/declaration")


def reasons(office: Office, id: str) -> tuple[str, ...]:
    """What the engine's decision rests on."""
    with office.workspace.read() as work:
        return store.decisions(work, id)[-1].reasons


def test_f10_abnormal_opening_refers_and_never_refuses(office: Office) -> None:
    auto = resolving.load("carrier-5g-auto")
    publish(office, "watched", checks=(*auto.checks, "abnormal"), limits={"velocity.device": 1})
    first, second = office.holder(), office.holder("other@example.org")
    phone = {"headers": {"X-Device-Id": "the-same-phone"}}
    one = hand_in(office, first, "watched", "8986001234567890120", PRINTED, **phone)
    assert first.ok("GET", f"/v1/registrations/{one}")["state"] == "approved", reasons(office, one)
    two = hand_in(office, second, "watched", "8986001234567890138", OTHER, **phone)
    assert second.ok("GET", f"/v1/registrations/{two}")["state"] == "in-review", reasons(office, two)
    assert reasons(office, two) == ("VELOCITY_DEVICE",)


def iccid(n: int) -> str:
    """The n-th made-up number of an IoT card."""
    base = f"898607{n:012d}"
    return base + luhn.calc_check_digit(base)


def iot_stock(office: Office, count: int) -> None:
    """The issuer's system imports IoT cards of one delivery."""
    rows = "".join(f"{iccid(n)},iot-sim,iccid,iot,+86141{n:08d},{DELIVERY}\n" for n in range(count))
    office.service().ok("POST", "/v1/stock", json={"csv": "number,kind,scheme,product,msisdn,secret\n" + rows})


def take_lists(office: Office) -> None:
    """What the engine does with lists."""
    moved = True
    while moved:
        with office.workspace.read() as work:
            jobs = [job for job in sweep.moving(work) if job.kind == "list"]
        moved = sum(lists.advance(office.workspace, job.id, LIST_KINDS) for job in jobs) > 0


def approve(office: Office, reference: str) -> None:
    """A reviewer approves, and the time to take it back passes."""
    reviewer = office.member("reviewer")
    with office.workspace.read() as work:
        row = store.by_reference(work, reference)
    path = f"/v1/review/cases/{row.id}"
    reviewer.ok("POST", f"{path}/claim")
    reviewer.ok("POST", f"{path}/decisions", json={"n": row.n, "verdict": "approve"})
    office.clock.advance(timedelta(minutes=30))
    with office.workspace.read() as work:
        due = store.decisions_to_effect(work)
    for decision_id in due:
        with office.workspace.write() as work:
            approval.take_effect(work, decision_id)


def carry_out(office: Office) -> None:
    """What the engine does with orders to the operator, and with its confirmations."""
    activation = Activation(office.workspace, office.house.operator)
    with office.workspace.read() as work:
        orders = [row.id for row in outbox.due(work.conn, work.now, 1000) if row.topic == "operator"]
    for order in orders:
        activation.carry_out(order)
    with office.workspace.read() as work:
        waiting = [card.id for card in store.cards_in_state(work, CardState.ACTIVATING)]
    for card_id in waiting:
        activation.ask_confirmation(card_id)


def notices(office: Office) -> list[str]:
    """The templates of messages on their way."""
    with office.workspace.read() as work:
        return [work.read_post(r)["template"] for r in outbox.due(work.conn, work.now, 1000) if r.topic == "notice"]


def test_d1_a_company_registers_a_batch_of_iot_cards(office: Office) -> None:
    iot_stock(office, 6)
    holder = office.holder("fleet@example.org")
    cards_of_list = [*(iccid(n) for n in range(5)), iccid(0), "12345", iccid(999)]
    body = company_batch(cards=cards_of_list)
    assert holder.call("POST", "/v1/batches", json={**body, "delivery_code": "wrong"}).json()["code"] == "BATCH_NO_CARD"
    begun = holder.ok("POST", "/v1/batches", json=body)
    again = holder.ok("POST", "/v1/batches", json=body)
    assert again["registration_id"] == begun["registration_id"], "the same list again is the same batch"
    take_lists(office)
    id, path = begun["registration_id"], f"/v1/batches/{begun['registration_id']}"
    known = holder.ok("GET", path)
    assert known["reserved"] == 5
    assert [(row["good"], row["bad"], row["lines"]) for row in known["lists"]] == [(5, 3, 8)]
    errors = holder.call("GET", f"{path}/lists/{known['lists'][0]['id']}/errors").text
    assert [line.split(",")[:3] for line in errors.splitlines()[1:]] == [
        ["7", "iccid", "LINE_DUPLICATE"],
        ["8", "iccid", "LINE_NUMBER_FORMAT"],
        ["9", "iccid", "LINE_CARD_UNKNOWN"],
    ]
    assert office.holder("somebody@example.org").call("GET", path).status_code == 404

    evidence(holder, id, PRINTED, paper="business-licence")
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "in-review", reasons(office, id)
    approve(office, begun["reference"])
    take_lists(office)
    carry_out(office)
    take_lists(office)
    done = holder.ok("GET", path)
    assert (done["opened"], done["in_service"], done["reserved"]) == (5, 5, 0)
    assert done["lists"][0]["state"] == "done"
    told = notices(office)
    assert (told.count("batch-in-service"), told.count("in-service")) == (1, 0)
    with office.workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(4))
        assert card is not None
        held = store.card_holders(work, card.id)
        assert set(held) == {"holder", "responsible-person"}
        company = organisations.get(work, held["holder"])
        assert company is not None
        assert company.detail["company_name"] == body["company_name"]
        assert store.get(work, id).party_id == held["responsible-person"]


def test_d1_the_pages_of_a_batch_can_be_used_without_scripts(office: Office) -> None:
    iot_stock(office, 2)
    browser = Browser(office)
    form = {k: v for k, v in company_batch().items() if isinstance(v, str) and k != "csv"}
    agreed = {**form, "terms": "1", "privacy": "1"}
    browser.sign_in("fleet@example.org")
    browser.open("/batches")
    browser.send("/batches", **agreed, files={"file": ("a.csv", b"nothing\n1\n", "text/csv")})
    assert "does not name the columns" in browser.text
    sent = f"iccid\n{iccid(0)}\n{iccid(1)}\n77\n".encode()
    browser.send("/batches", **agreed, files={"file": ("a.csv", sent, "text/csv")})
    assert browser.path.startswith("/batches/")
    reference = browser.path.split("/")[-1]
    take_lists(office)
    browser.open(f"/batches/{reference}")
    assert "its check digit is wrong" in browser.text
    assert f"/r/{reference}/" in browser.page.text, "the way on to proving who one is"
    browser.open(f"/batches/{reference}?lang=zh_CN")
    assert "校验位不对" in browser.text


def test_f10_existing_holders_and_cards_are_imported_once_whatever_happens(office: Office) -> None:
    admin, service = office.member("admin"), office.service()
    header = "key,card_number,name,document,document_number,since,contact\n"
    rows = [f"K{n},{iccid(n)},Anna {n},passport,E{n:08d},2019-05-31,anna{n}@example.org" for n in range(60)]
    file = {"programme": "carrier-5g", "source": "billing-2019", "csv": header + "\n".join([*rows, "K99,12,,,,,"])}
    sheet = service.ok("POST", "/v1/imports", json=file)
    with office.workspace.read() as work:
        job = next(job for job in sweep.moving(work) if job.kind == "list")
    assert lists.advance(office.workspace, job.id, LIST_KINDS), "the first part; then the program dies"
    half = admin.ok("GET", f"/v1/lists/{sheet['id']}")
    assert (half["state"], half["good"]) == ("taking", 50)
    take_lists(office)
    done = admin.ok("GET", f"/v1/lists/{sheet['id']}")
    assert (done["state"], done["good"], done["bad"]) == ("done", 60, 1)
    errors = admin.call("GET", f"/v1/lists/{sheet['id']}/errors").text
    assert "62,name,LINE_EMPTY_COLUMN," in errors
    corrected = {**file, "csv": header + "\n".join([*rows, f"K99,{iccid(99)},Otto,passport,E99,2019-05-31,"])}
    again = service.ok("POST", "/v1/imports", json=corrected)
    take_lists(office)
    known = admin.ok("GET", f"/v1/lists/{again['id']}")
    assert (known["good"], known["known"], known["bad"]) == (1, 60, 0)
    seen = office.holder("anna7@example.org").ok("GET", "/v1/registrations")["registrations"]
    assert [row["state"] for row in seen] == ["approved"]


def test_f10_an_import_by_page_tells_its_progress_and_errors(office: Office) -> None:
    browser = desk(office, "admin")
    browser.open("/admin")
    assert "Import holders and cards" in browser.text
    browser.open("/admin/imports")
    browser.send("/admin/imports", programme="carrier-5g", source="")
    assert "Choose a CSV file." in browser.text
    sent = f"key,card_number,name,document,document_number,since\nK1,{iccid(1)},Anna,passport,E1,2019-02-30\n"
    named = {"programme": "carrier-5g", "source": "old"}
    browser.send("/admin/imports", **named, files={"file": ("a.csv", sent.encode(), "text/csv")})
    assert browser.path.startswith("/admin/lists/")
    take_lists(office)
    browser.open(browser.path)
    assert "This is no date." in browser.text
    assert "LINE_DATE" in browser.open(f"{browser.path}/errors").text


MEMBERS = f"number,name,date_of_birth\nM0001,{PRINTED['name']},{PRINTED['date_of_birth']}\nM0002,样本兰,1985-03-07\n"


def member(office: Office, holder: Person, number: str, who: dict[str, str]) -> str:
    """A member card's registration, by data alone, from the number to the engine's answer."""
    body = {"programme": "member-card", "card_number": number, "name": who["name"], "address": who["address"]}
    created = holder.ok("POST", "/v1/registrations", json={**body, "consents": {"privacy": True, "terms": True}})
    id, path = str(created["id"]), f"/v1/registrations/{created['id']}"
    fields = {"name": who["name"], "date_of_birth": who["date_of_birth"]}
    holder.ok("PUT", f"{path}/form", json={"document": None, "fields": fields})
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    return id


def state(holder: Person, id: str) -> str:
    """Where a registration stands."""
    return str(holder.ok("GET", f"/v1/registrations/{id}")["state"])


def test_d5_a_member_on_the_roster_is_approved_and_one_who_is_not_like_it_goes_to_a_person(office: Office) -> None:
    sheet = office.member("admin").ok("POST", "/v1/rosters/member-card", json={"csv": MEMBERS})
    take_lists(office)
    assert office.member("admin").ok("GET", f"/v1/lists/{sheet['id']}")["good"] == 2
    holder, other = office.holder(), office.holder("other@example.org")
    agrees = member(office, holder, "m-0001", PRINTED)
    differs = member(office, other, "M0002", {**OTHER, "name": "别的人"})
    office.work()
    assert state(holder, agrees) == "approved", reasons(office, agrees)
    assert (state(other, differs), reasons(office, differs)) == ("in-review", ("ROSTER_NO_MATCH",))
    unknown = {"programme": "member-card", "card_number": "M0003", "name": "A", "address": "B"}
    refused = other.call("POST", "/v1/registrations", json={**unknown, "consents": {"privacy": True, "terms": True}})
    assert refused.status_code == 422, "a number that is not on the roster opens nothing"


def test_d5_a_roster_service_that_does_not_answer_waits_then_refers_and_never_passes(office: Office) -> None:
    who = {"name": PRINTED["name"], "date_of_birth": PRINTED["date_of_birth"]}
    holder = office.holder()
    with serve_roster(M0001=who, M0004=who) as roster:
        office.house.rosters = HttpRoster(httpx2.Client(timeout=0.5), roster.url)
        good = member(office, holder, "M0001", PRINTED)
        office.work()
        assert state(holder, good) == "approved", reasons(office, good)
        waiting = member(office, holder, "M0004", PRINTED)
        roster.manner = "silent"
        for _ in range(2):
            with pytest.raises(steps.NotYet):
                office.work()
        assert state(holder, waiting) == "checking"
        office.work()
        assert (state(holder, waiting), reasons(office, waiting)) == ("in-review", ("ROSTER_UNAVAILABLE",))
        refused = holder.call(
            "POST",
            "/v1/registrations",
            json={
                "programme": "member-card",
                "card_number": "M0005",
                "name": "A",
                "address": "B",
                "consents": {"privacy": True, "terms": True},
            },
        )
        assert refused.json()["code"] == "ROSTER_UNAVAILABLE", "the claim waits too"


def operator_acts(office: Office) -> None:
    """What the engine does with orders about cards in use, and with the operator's answers."""
    carry_out(office)
    activation = Activation(office.workspace, office.house.operator)
    with office.workspace.read() as work:
        waiting = life.to_confirm(work)
    for order in waiting:
        activation.ask_order(order.id)


def imported_card(office: Office, contact: str) -> str:
    """A card in service whose holder was proven elsewhere."""
    row = f"K1,{iccid(1)},{PRINTED['name']},cn-resident-id,{PRINTED['number']},2019-05-31,{contact}"
    header = "key,card_number,name,document,document_number,since,contact"
    file = {"programme": "carrier-5g", "source": "old", "csv": f"{header}\n{row}\n"}
    office.service().ok("POST", "/v1/imports", json=file)
    take_lists(office)
    return iccid(1)


def card_of(office: Office, number: str) -> Card:
    """A card as it stands."""
    with office.workspace.read() as work:
        found = store.card_by_number(work, "iccid", number)
    assert found is not None
    return found


def test_f10_reverification_missed_restricts_and_proven_lifts(office: Office) -> None:
    number = imported_card(office, "mei@example.org")
    admin = desk(office, "admin")
    admin.open("/admin/reverification")
    asked = {"programme": "carrier-5g", "opened_before": "2020-01-01", "working_days": "5", "reason": "rule"}
    admin.send("/admin/reverification", **asked)
    assert "1 card is meant." in admin.text
    assert "Nobody has been asked yet." in admin.text
    admin.send("/admin/reverification", **asked, ask="1")
    sweep.deadlines(office.workspace)
    assert "reverify-asked" in notices(office)
    admin.open("/admin/reverification")
    assert re.search(r"asked 1\b", admin.text)

    office.clock.advance(timedelta(days=5))
    sweep.deadlines(office.workspace)
    assert "reverify-reminder" in notices(office)
    office.clock.advance(timedelta(days=5))
    sweep.deadlines(office.workspace)
    operator_acts(office)
    assert "sms-out" in card_of(office, number).restrictions
    assert "reverify-restricted" in notices(office)

    browser = Browser(office)
    browser.sign_in("mei@example.org")
    browser.open("/reverify")
    assert f"Card ending in {number[-4:]}" in browser.text
    assert PRINTED["name"] not in browser.page.text, "one code alone shows nothing of a proven person"
    office.clock.advance(timedelta(minutes=10))
    holder = office.holder("mei@example.org")
    (own,) = holder.ok("GET", "/v1/demands")["demands"]
    assert own["state"] == "restricted"
    proof = holder.ok("POST", f"/v1/demands/{own['id']}/proof")
    consents = [
        holder.call("PUT", f"/v1/registrations/{proof['id']}/consents/{k}", json={"given": True}) for k in AGREED
    ]
    assert [answer.status_code < 300 for answer in consents] == [True, True]
    evidence(holder, proof["id"], PRINTED)
    holder.ok("POST", f"/v1/registrations/{proof['id']}/submission")
    office.work()
    approve(office, proof["reference"])
    for _ in range(3):
        sweep.deadlines(office.workspace)
        operator_acts(office)
        office.clock.advance(timedelta(minutes=2))
    assert card_of(office, number).restrictions == ()
    assert {"reverify-approved", "reverify-lifted"} <= set(notices(office))
    assert holder.ok("GET", "/v1/demands")["demands"] == []
    (order,) = office.member("admin").ok("GET", "/v1/reverifications")["orders"]
    assert order["cards"] == {"done": 1}
