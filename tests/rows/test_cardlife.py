"""The life of a card, as the people in it see it: restrictions, deadlines, acts at the operator, the second act
(rows B1, B6, C6, D3, E1, E5, F6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shiming.activation.service import Activation
from shiming.pipeline import deadlines, sweep
from shiming.platform import outbox
from shiming.programmes import load
from shiming.programmes import store as programmes
from shiming.programmes.model import Deadline
from shiming.registration.store import approval
from shiming.registration.values import Actor, Role
from tests.web.holder.browser import Browser
from tests.web.support import PASSWORD, PRINTED, SECRET, Office, Person, picture

USED = "8986001234567890146"
PHONE = "+8613800138007"
HEAD = "number,kind,scheme,product,msisdn,secret,used_since,programme"
ENGLISH = {"Accept-Language": "en"}
TIMETABLE = tuple(
    Deadline(of=of, step=step, after_days=days)
    for of, step, days in (
        ("card", "remind", 20),
        ("card", "suspend", 30),
        ("card", "cancel", 90),
        ("registration", "remind", 7),
        ("registration", "expire", 14),
    )
)


def publish(office: Office, name: str = "late", **changes: Any) -> str:
    """A programme that approves by itself, for cards that may work before they are registered."""
    base = load("carrier-5g-auto")
    values = {
        "demo": False,
        "channels": ("online", "late"),
        "restrictions": ("sms-out", "international-calls-out"),
        "deadlines": TIMETABLE,
        **changes,
    }
    with office.workspace.write() as work:
        programmes.publish(work, Actor(Role.ADMIN, "an-admin"), name, base.model_copy(update=values))
    return name


def in_use(office: Office, programme: str = "late", since: str = "2026-11-20") -> dict[str, Any]:
    """The issuer's system says that a card works already."""
    line = f"{USED},sim,iccid,5g,{PHONE},{SECRET},{since},{programme}"
    found: dict[str, Any] = office.service().ok("POST", "/v1/stock", json={"csv": f"{HEAD}\n{line}\n"})
    return found


def runs(office: Office, days: float = 0) -> None:
    """Time passes, and the engine does what is due: deadlines, decisions, orders and their confirmation."""
    office.clock.advance(timedelta(days=days))
    deadlines.sweep(office.workspace)
    activation = Activation(office.workspace, office.house.operator)
    for _ in range(4):
        with office.workspace.read() as work:
            jobs = sweep.moving(work)
        for job in jobs:
            if job.kind == "decision":
                with office.workspace.write() as work:
                    approval.take_effect(work, job.id)
            elif job.topic == "operator":
                activation.carry_out(job.id)
            elif job.kind == "card":
                activation.ask_confirmation(job.id)
            elif job.kind == "order":
                activation.ask_order(job.id)


def card(office: Office, number: str = USED) -> dict[str, Any]:
    """The card as whoever has it at hand sees it, without an account."""
    answer = office.client().post("/v1/cards/look-up", json={"number": number, "secret": SECRET})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def texts(office: Office, to: str = PHONE) -> list[str]:
    """What was written to a number, by template, oldest first."""
    with office.workspace.read() as work:
        rows = work.conn.execute(outbox.outbox.select().order_by(outbox.outbox.c.id)).all()
        posts = [work.read_post(row) for row in rows if row.topic == "notice"]
    return [post["template"] for post in posts if post.get("to") == to]


def begin(office: Office, holder: Person, programme: str = "late", number: str = USED) -> str:
    """A registration of a card at hand, up to the activation code."""
    body = {
        "programme": programme,
        "card_number": number,
        "secret": SECRET,
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "consents": {"privacy": True, "terms": True},
    }
    created = holder.ok("POST", "/v1/registrations", json=body)
    path = f"/v1/registrations/{created['id']}"
    holder.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
    return str(created["id"])


def register(office: Office, holder: Person, programme: str = "late", number: str = USED) -> str:
    """A registration that is handed in and approved by the program."""
    id = begin(office, holder, programme, number)
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    return id


def pages(office: Office, holder: Person) -> Browser:
    """The holder's browser."""
    browser = Browser(office)
    browser.client.cookies.set("shiming", holder.headers["Authorization"].removeprefix("Bearer "))
    return browser


def status_page(office: Office, holder: Person, id: str) -> str:
    reference = holder.ok("GET", f"/v1/registrations/{id}")["reference"]
    return pages(office, holder).open(f"/r/{reference}?lang=en").text


def test_b1_the_holder_sees_what_is_barred_and_approval_lifts_it(office: Office) -> None:
    publish(office)
    holder = office.holder()
    first = "8986001234567890120"
    id = begin(office, holder, number=first)
    page = status_page(office, holder, id)
    assert "sending text messages" in page
    assert "international calls" in page
    assert "Emergency calls, registration codes and the helpline always work." in page
    seen = holder.ok("GET", f"/v1/registrations/{id}")["card"]
    assert seen["restrictions"] == ["sms-out", "international-calls-out"]
    office.fill(holder, id)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    office.work()
    assert holder.ok("GET", f"/v1/registrations/{id}")["card"]["restrictions"] != []
    runs(office)
    lifted = holder.ok("GET", f"/v1/registrations/{id}")["card"]
    assert (lifted["state"], lifted["restrictions"]) == ("in-service", [])


@pytest.mark.parametrize("barred", ["sms-in", "emergency-calls", "helpline", "registration-codes", "everything"])
def test_b1_what_must_always_work_cannot_be_barred(office: Office, barred: str) -> None:
    in_stock = {"number": "8986001234567890120", "act": "restrict", "restrictions": [barred]}
    publish(office)
    in_use(office)
    refused = office.member("admin").call("POST", "/v1/cards/acts", json={**in_stock, "number": USED})
    assert refused.status_code == 422
    assert set(card(office)["never_barred"]) == {
        "emergency-calls",
        "registration-codes",
        "activation-act",
        "helpline",
    }


def test_b6_second_act_completes_activation(office: Office) -> None:
    act = load("carrier-prepaid").second_act
    assert act is not None
    publish(office, second_act=act)
    in_use(office)
    holder, service = office.holder(), office.service()
    runs(office)
    id = register(office, holder)
    event = {"kind": "sms", "from": PHONE, "to": act.number, "text": act.phrase, "at": office.clock.now().isoformat()}
    early = service.ok("POST", "/v1/operator/inbound", json={**event, "event_id": "early"})
    assert early["outcome"] in ("too-early", "not-waiting")
    runs(office)
    waiting = holder.ok("GET", f"/v1/registrations/{id}")["card"]
    assert waiting["state"] == "awaiting-act"
    assert waiting["restrictions"] == ["sms-out", "international-calls-out"]
    page = status_page(office, holder, id)
    assert act.number in page
    assert act.phrase in page
    assert f'href="sms:{act.number}?&amp;body=' in page

    def says(event_id: str, **other: str) -> dict[str, Any]:
        now = {**event, "at": office.clock.now().isoformat(), "event_id": event_id, **other}
        found: dict[str, Any] = service.ok("POST", "/v1/operator/inbound", json=now)
        return found

    assert says("e1", text="please open")["outcome"] == "wrong-phrase"
    assert "second-act-wrong-sms" in texts(office)
    assert says("e2", to="10086")["outcome"] == "wrong-number"
    assert says("e3", **{"from": "+8613800138999"})["outcome"] == "unknown-sender"
    assert says("e4", kind="call", text="")["outcome"] == "wrong-kind"
    runs(office)
    assert holder.ok("GET", f"/v1/registrations/{id}")["card"]["state"] == "awaiting-act"
    old = {**event, "at": (office.clock.now() - timedelta(days=4)).isoformat(), "event_id": "old"}
    assert service.call("POST", "/v1/operator/inbound", json=old).json()["code"] == "EVENT_TIME"
    assert says("e5", text=f" “{act.phrase}” 。", **{"from": "008613800138007"}) == {
        "outcome": "completed",
        "repeated": False,
    }
    assert says("e5", text=f" “{act.phrase}” 。", **{"from": "008613800138007"})["repeated"] is True
    assert service.call("POST", "/v1/operator/inbound", json={**event, "event_id": "e5"}).status_code == 422
    assert says("e6")["outcome"] == "not-waiting"
    runs(office)
    done = holder.ok("GET", f"/v1/registrations/{id}")["card"]
    assert (done["state"], done["restrictions"]) == ("in-service", [])
    assert "Your text or call arrived" in status_page(office, holder, id)


def test_c6_an_unfinished_registration_is_reminded_expires_and_starts_again(office: Office) -> None:
    publish(office)
    holder = office.holder()
    first = "8986001234567890120"
    id = begin(office, holder, number=first)
    office.fill(holder, id)
    office.work()
    runs(office)
    assert "Please finish by" in status_page(office, holder, id)
    runs(office, days=8)

    def told(template: str) -> int:
        with office.workspace.read() as work:
            rows = work.conn.execute(outbox.outbox.select().where(outbox.outbox.c.about == id)).all()
            return sum(work.read_post(row).get("template") == template for row in rows)

    assert told("registration-remind") == 1
    holder = office.holder()
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "draft"
    runs(office, days=8)
    runs(office)
    assert told("registration-expired") == 1
    holder = office.holder()
    ended = holder.ok("GET", f"/v1/registrations/{id}")
    assert (ended["state"], ended["card"]["state"]) == ("expired", "in-stock")
    browser = pages(office, holder)
    assert "Start again" in browser.open(f"/r/{ended['reference']}?lang=en").text
    browser.send(f"/r/{ended['reference']}/again")
    rows = holder.ok("GET", "/v1/registrations")["registrations"]
    fresh = next(row["id"] for row in rows if row["id"] != id)
    again = holder.ok("GET", f"/v1/registrations/{fresh}")
    # Document, form and terms are used again; the face, which belongs to a moment, and its consent are asked for anew.
    assert set(again["missing"]) == {"declaration", "consent:face", "slot:liveness"}
    assert again["code_redeemed"] is True
    path = f"/v1/registrations/{fresh}"
    holder.ok("PUT", f"{path}/consents/face", json={"given": True})
    data = {"slot": "selfie", "capture_id": f"capture-again-{fresh[:8]}"}
    holder.ok("POST", f"{path}/evidence", data=data, files={"file": picture("selfie", 99)})
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")
    office.work()
    runs(office)
    assert holder.ok("GET", path)["card"]["state"] == "in-service"
    assert holder.call("POST", f"/v1/registrations/{id}/again").json()["code"] in ("CARD_TAKEN", "WRONG_STATE")


def test_d3_a_transit_card_needs_registration_only_above_a_limit_or_for_a_refund(office: Office) -> None:
    trigger = next(t for t in load("transit-card").triggers if t.kind == "top-up-above")
    assert trigger.amount is not None
    publish(office, "transit", triggers=load("transit-card").triggers)
    number = "8986001234567890120"
    service = office.service()

    def asks(kind: str, amount: int | None = None, currency: str | None = None) -> dict[str, Any]:
        wish = {"programme": "transit", "number": number, "kind": kind, "amount": amount, "currency": currency}
        found: dict[str, Any] = service.ok("POST", "/v1/cards/wishes", json=wish)
        return found

    assert asks("top-up", trigger.amount, trigger.currency)["allowed"] is True
    assert card(office, number)["state"] == "in-stock"
    over = asks("top-up", trigger.amount + 1, trigger.currency)
    assert (over["allowed"], over["registration_required"], over["limit"]) == (False, True, trigger.amount)
    assert asks("refund")["allowed"] is False
    runs(office)
    assert [step["step"] for step in card(office, number)["deadlines"]] == ["suspend", "cancel"]
    register(office, office.holder(), "transit", number)
    runs(office)
    assert asks("refund")["allowed"] is True
    wrong = {"programme": "transit", "number": number, "kind": "top-up", "amount": 5, "currency": "XXX"}
    assert service.call("POST", "/v1/cards/wishes", json=wrong).status_code == 422


def test_e1_a_card_that_works_goes_on_working_while_it_is_registered(office: Office) -> None:
    publish(office)
    assert in_use(office)["in_use"] == 1
    assert in_use(office)["in_use"] == 0
    runs(office)
    seen = card(office)
    assert (seen["state"], seen["restrictions"]) == ("unregistered", ["sms-out", "international-calls-out"])
    holder = office.holder()
    id = begin(office, holder)
    assert card(office)["state"] == "unregistered"
    assert holder.ok("GET", f"/v1/registrations/{id}")["card"]["state"] == "unregistered"
    other = office.holder("other@example.org")
    body = {"programme": "late", "card_number": USED, "secret": SECRET, "name": "x", "address": "y"}
    consents = {"privacy": True, "terms": True}
    taken = other.call("POST", "/v1/registrations", json={**body, "consents": consents})
    assert taken.json()["code"] == "CARD_UNKNOWN"
    holder.ok("DELETE", f"/v1/registrations/{id}")
    assert card(office)["state"] == "unregistered"
    id = register(office, other)
    assert card(office)["restrictions"] == ["sms-out", "international-calls-out"]
    runs(office)
    seen = card(office)
    assert (seen["state"], seen["restrictions"], seen["deadlines"]) == ("in-service", [], [])


@pytest.mark.parametrize(
    "since", ["2026-02-30", "2027-01-01", "1985-01-01", "soon", "2026-11-20T08:00", "0000-00-00", "99999-01-01"]
)
def test_e1_impossible_dates_are_named_by_line(office: Office, since: str) -> None:
    publish(office)
    report = in_use(office, since=since)
    assert (report["added"], report["in_use"]) == (0, 0)
    assert "used_since" in report["errors"][0]["message"]
    assert report["errors"][0]["line"] == 2


def test_e5_not_registered_in_time_is_warned_suspended_and_cancelled(office: Office) -> None:
    in_use(office, "mvno-handheld", since="2026-11-20")
    runs(office)
    steps = {step["step"]: datetime.fromisoformat(step["at"]) for step in card(office)["deadlines"]}
    assert (steps["suspend"] - steps["cancel"]).days == -60
    browser = Browser(office)
    browser.open("/card-deadline?lang=en")
    shown = browser.send("/card-deadline", number=USED, proof="secret", secret=SECRET).text
    assert "Register by" in shown
    assert "cancelled for good" in shown
    assert texts(office) == []
    runs(office, days=20)
    assert texts(office) == ["card-remind-suspend"]
    runs(office, days=7)
    runs(office, days=2)
    assert card(office)["state"] == "unregistered"
    runs(office, days=1)
    suspended = card(office)
    assert suspended["state"] == "suspended"
    assert [step["step"] for step in suspended["deadlines"]] == ["cancel"]
    assert texts(office)[-1] == "card-suspended-deadline"
    runs(office, days=61)
    assert card(office)["state"] == "cancelled"
    assert texts(office)[-1] == "card-cancelled"


def test_e5_registering_in_time_lifts_it(office: Office) -> None:
    publish(office)
    in_use(office)
    runs(office, days=31)
    runs(office, days=11)
    assert card(office)["state"] == "suspended"
    holder = office.holder()
    register(office, holder)
    runs(office)
    assert card(office)["state"] == "in-service"
    runs(office, days=90)
    assert card(office)["state"] == "in-service"


def test_e5_nobody_is_suspended_while_we_have_the_registration(office: Office) -> None:
    publish(office, review_mode="always", take_back_minutes=0)
    in_use(office)
    runs(office, days=20)
    holder = office.holder()
    id = register(office, holder)
    for _ in range(3):
        runs(office, days=20)
    assert card(office)["state"] == "unregistered"
    reviewer = office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    reject = {"n": 1, "verdict": "reject", "reasons": ["DOCUMENT_NOT_GENUINE"]}
    reviewer.ok("POST", f"/v1/review/cases/{id}/decisions", json=reject)
    runs(office)
    assert card(office)["state"] == "unregistered"
    runs(office, days=2)
    assert card(office)["state"] == "suspended"


def test_e5_the_card_page_tells_nobody_whether_a_card_exists(office: Office) -> None:
    publish(office)
    in_use(office)
    for number, secret in ((USED, "0000"), ("8986001234567890153", SECRET), ("no number", "x")):
        answer = office.client().post("/v1/cards/look-up", json={"number": number, "secret": secret})
        assert (answer.status_code, answer.json()["code"]) == (422, "CARD_UNKNOWN")
    same = [
        office.client().post("/v1/cards/look-up-codes", json={"number": number}).json() for number in (USED, "nothing")
    ]
    assert same[0] == same[1]
    by_code = {"number": USED, "card_code": office.last_code()}
    assert office.client().post("/v1/cards/look-up", json=by_code).json()["state"] == "unregistered"


def test_f6_acts_at_the_operator_are_real(office: Office) -> None:
    publish(office)
    in_use(office)
    runs(office)
    holder = office.holder()
    id = register(office, holder)
    runs(office)
    admin = office.member("admin")

    def orders(act: str, **more: Any) -> dict[str, Any]:
        admin.ok("POST", "/v1/cards/acts", json={"number": USED, "act": act, **more})
        before: dict[str, Any] = admin.ok("POST", "/v1/cards/query", json={"number": USED})
        runs(office)
        after: dict[str, Any] = admin.ok("POST", "/v1/cards/query", json={"number": USED})
        # Nothing is said to be so before the operator said it.
        assert before["acts"][-1]["state"] == "ordered"
        assert after["acts"][-1]["state"] == "done"
        return after

    barred = orders("restrict", restrictions=["data", "calls-out"])
    assert set(barred["restrictions"]) == set(barred["line"]["barred"]) == {"data", "calls-out"}
    assert orders("lift")["line"] == {"state": "in-service", "barred": []}
    stopped = orders("suspend", why="stolen")
    assert (stopped["state"], stopped["line"]["state"]) == ("suspended", "suspended")
    assert "card-suspended" in texts(office)
    assert "The card is suspended." in status_page(office, holder, id)
    assert orders("resume")["state"] == "in-service"
    closed = orders("cancel")
    assert (closed["state"], closed["line"]["state"]) == ("cancelled", "cancelled")
    again = admin.call("POST", "/v1/cards/acts", json={"number": USED, "act": "resume"})
    assert again.json()["code"] == "WRONG_STATE"
    # A cancelled card no longer counts under the cap: the person may register another.
    register(office, holder, number="8986001234567890120")
    runs(office)
    assert card(office, "8986001234567890120")["state"] == "in-service"


def test_f6_an_administrator_orders_acts_on_pages(office: Office) -> None:
    publish(office)
    in_use(office)
    runs(office)
    office.member("admin")
    browser = Browser(office)
    browser.open("/staff/sign-in?lang=en")
    browser.send("/staff/sign-in", username="a-admin", password=PASSWORD)
    browser.open("/admin/cards")
    assert "There is no such card" in browser.send("/admin/cards", number="8986001234567890153").text
    shown = browser.send("/admin/cards", number=USED)
    assert "In use, not registered" in shown.text
    assert USED not in browser.path
    act = next(target for target, _ in browser.parsed().forms if target.startswith("/admin/cards/"))
    assert "Choose what to do" in browser.send(act, why="fraud").text
    assert "waits for the operator" in browser.send(act, act="suspend", why="fraud").text
    runs(office)
    assert "confirmed" in browser.open(act).text
    assert card(office)["state"] == "suspended"
    browser.send(act, act="resume", why="issuer")
    runs(office)
    assert card(office)["state"] == "unregistered"
