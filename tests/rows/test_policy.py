"""C1 and C4's rule, and the officer's part: what registration needs, who says so, and what a new policy changes."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

import pytest

from shiming import countries
from shiming.audit.work import Workspace
from shiming.countries import store
from shiming.countries.policy import package
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.programmes.store import rules_of
from shiming.registration import store as registrations
from tests.policies import OFFICER
from tests.web.holder.browser import Browser
from tests.web.support import PASSWORD, SECOND, Office, registration

ASK = "/is-registration-needed?country={}&product={}&channel={}"


def officer(office: Office) -> Browser:
    """An officer signed in at their console."""
    office.member("officer", "otto")
    browser = Browser(office)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", username="otto", password=PASSWORD)
    return browser


def test_c1_not_required_is_said_before_purchase_and_without_an_account(office: Office) -> None:
    browser = Browser(office)
    browser.open("/")
    assert "Ask before you buy" in browser.text
    browser.open("/is-registration-needed")
    assert browser.page.status_code == 200
    browser.open(ASK.format("US", "esim", "online"))
    assert "No, registration is not required" in browser.text
    assert "Register voluntarily" in browser.text
    assert "may be handed out before anybody is registered" in browser.text
    chinese = Browser(office, "zh-CN")
    chinese.open(ASK.format("US", "esim", "online"))
    assert "不需要登记" in chinese.text
    assert "美国" in chinese.text


def test_c1_the_answer_follows_country_product_and_channel(office: Office) -> None:
    browser = Browser(office)
    browser.open(ASK.format("MY", "sim", "online") + "&age=14")
    assert "Yes, registration is required" in browser.text
    assert "Passport" in browser.text
    assert "2 cards with one operator" in browser.text
    assert "People younger than 18 are registered by a parent or guardian" in browser.text
    browser.open(ASK.format("JP", "sim", "shop"))
    assert "Yes, registration is required" in browser.text
    browser.open(ASK.format("JP", "data-card", "shop"))
    assert "We do not know for certain" in browser.text
    browser.open(ASK.format("UG", "sim", "online"))
    assert "You cannot register online" in browser.text
    browser.open(ASK.format("XX", "fish", "online"))
    assert browser.page.status_code == 422
    assert "Choose what you want to buy" in browser.text


def test_c1_with_an_account_too_and_for_programs(office: Office) -> None:
    browser = Browser(office)
    browser.sign_in()
    browser.open(ASK.format("US", "data-esim", "online"))
    assert "No, registration is not required" in browser.text
    answer = office.client().get("/v1/policy/explain?country=US&product=esim&channel=online").json()
    assert (answer["required"], answer["outcome"], answer["release_before_registration"]) == (
        False,
        "not-required",
        True,
    )
    unsure = office.client().get("/v1/policy/explain?country=GB&product=esim&channel=online").json()
    assert unsure["required"] == "unknown"
    assert "required" in unsure["to_find_out"]
    assert office.client().get("/v1/policy/explain?country=XX&product=esim&channel=online").status_code == 422


def test_c4_the_profile_is_released_only_where_the_policy_allows_it(office: Office) -> None:
    browser = Browser(office)
    browser.open(ASK.format("IT", "esim", "online"))
    assert "released only after registration" in browser.text
    released = {
        country: office.client()
        .get(f"/v1/policy/explain?country={country}&product=esim&channel=online")
        .json()["release_before_registration"]
        for country in ("US", "IT", "KR")
    }
    assert released == {"US": True, "IT": False, "KR": "unknown"}


def test_an_officer_supplies_a_missing_fact_and_confirms_the_country(office: Office) -> None:
    browser = officer(office)
    browser.open("/officer")
    assert "Countries and their rules" in browser.text
    browser.open("/officer/policy/GB")
    assert "Nobody has confirmed this country" in browser.text
    assert "a single or an old page" in browser.text.lower()
    browser.open("/officer/policy/GB/facts/required")
    browser.send("/officer/policy/GB/facts/required", **{"is": "false"})
    assert browser.page.status_code == 422
    assert "Name the source" in browser.text
    about = {"reference": "Ofcom guidance of November 2026", "dated": "2026-11-02", "certainty": "high"}
    browser.send("/officer/policy/GB/facts/required", **{"is": "false", **about})
    assert "supplied by Officer, source of" in browser.text
    asked = "/v1/policy/explain?country=GB&product=esim&channel=online"
    assert office.client().get(asked).json()["confirmed"] is False
    browser.send("/officer/policy/GB/confirm")
    assert "by Officer on" in browser.text
    answer = office.client().get(asked).json()
    assert (answer["required"], answer["confirmed"]) == (False, True)
    fact = next(fact for fact in answer["facts"] if fact["key"] == "required")
    assert (fact["source"], fact["supplied_on"]) == (["Ofcom guidance of November 2026"], "2026-11-02")


def test_an_officer_adds_a_rule_for_some_people_to_what_is_known(office: Office) -> None:
    browser = officer(office)
    browser.open("/officer/policy/MX/facts/cap_per_person")
    browser.send(
        "/officer/policy/MX/facts/cap_per_person",
        add="1",
        count="25",
        scope="operator",
        people="company",
        reference="Lineamientos, article 9",
        dated="2026-01-09",
        certainty="medium",
    )
    with office.workspace.read() as work:
        rows = store.proposed(work, "MX").facts["cap_per_person"].rows
    assert [(row.count, row.people) for row in rows] == [
        (10, ("citizen", "foreigner", "visitor", "refugee")),
        (25, ("company",)),
    ]


def test_a_fresh_installation_says_what_an_officer_has_to_confirm(
    workspace: Workspace, settings: Settings, clock: FixedClock
) -> None:
    from tests.web.support import open_office

    with open_office(workspace, settings, clock, confirmed=False) as office:
        holder = office.holder()
        refused = holder.call("POST", "/v1/registrations", json=registration())
        assert (refused.status_code, refused.json()["code"]) == (409, "POLICY_OPEN")
        browser = officer(office)
        browser.open("/officer/policy")
        assert "5G SIM card: something is unknown" in browser.text
        browser.open("/officer/policy/CN")
        assert "From what age may people register alone?" in browser.text
        assert "Waits for the country to be confirmed" in browser.text
        source = {"reference": "asked the ministry", "dated": "2026-11-20", "certainty": "high"}
        supplied = {
            "minimum_age": {"years": "0"},
            "online_allowed": {"is": "true"},
            "face_storage": {"is": "allowed"},
        }
        for key, value in supplied.items():
            browser.open(f"/officer/policy/CN/facts/{key}")
            browser.send(f"/officer/policy/CN/facts/{key}", **value, **source)
        browser.send("/officer/policy/CN/confirm")
        assert holder.call("POST", "/v1/registrations", json=registration()).status_code == 201


@pytest.mark.parametrize("immediate", [False, True])
def test_a_policy_that_changes_on_the_way_holds_for_open_cases_only_when_it_is_immediate(
    office: Office, clock: FixedClock, immediate: bool
) -> None:
    holder = office.holder()
    case = office.in_review(holder)
    clock.advance(timedelta(minutes=5))
    browser = officer(office)
    browser.open("/officer/policy/CN/facts/minimum_age")
    about = {"reference": "Law of 20 November 2026", "dated": "2026-11-20", "certainty": "high"}
    browser.send("/officer/policy/CN/facts/minimum_age", years="18", **about)
    browser.send("/officer/policy/CN/confirm", **({"immediate": "1"} if immediate else {}))
    with office.workspace.read() as work:
        now = store.in_force(work, "CN")
        kept = registrations.get(work, case["id"])
        assert now.version != kept.policy_version
        rules = rules_of(work, kept)
        assert rules.policy_version == (now.version if immediate else kept.policy_version)
        assert rules.minimum_age == (18 if immediate else 16)
    reviewer = office.member("reviewer")
    path = f"/v1/review/cases/{case['id']}"
    reviewer.ok("POST", f"{path}/claim")
    reviewer.ok("POST", f"{path}/decisions", json={"n": 1, "verdict": "approve"})
    refused = office.holder("another@example.org").call("POST", "/v1/registrations", json=registration(SECOND))
    assert refused.json()["code"] == "POLICY_OPEN", "the programme now contradicts the law, and begins nothing new"


def test_only_an_officer_may_and_a_stale_page_confirms_nothing(office: Office) -> None:
    browser = officer(office)
    browser.open("/officer/policy/GB")
    with office.workspace.write() as work:
        store.supply(work, OFFICER, "GB", "required", False, reference="somebody else", dated=work.now.date())
    browser.send("/officer/policy/GB/confirm")
    assert browser.page.status_code == 409
    assert "Somebody supplied something" in browser.text
    with office.workspace.read() as work:
        assert store.confirmation(work, "GB") is None


def test_an_officer_tries_a_draft_on_past_registrations(office: Office) -> None:
    case = office.in_review(office.holder())
    draft = countries.policy("CN")
    text = files(package("CN")).joinpath("policy.toml").read_text("utf-8")
    text = text.replace(
        "[facts.minimum_age]", '[facts.minimum_age]\nvalue = 60\ncertainty = "high"\nsource = ["cn_esim"]'
    )
    browser = officer(office)
    browser.open("/officer/replay")
    browser.send("/officer/replay", files={"policy": ("policy.toml", text.encode())})
    assert browser.page.status_code == 200
    assert "1 of 1 registrations would be decided differently" in browser.text
    assert case["reference"] in browser.text
    assert "AGE_TOO_YOUNG" in browser.text
    assert "contradicts the law" in browser.text
    browser.send("/officer/replay", files={"policy": ("policy.toml", b"country = 7")})
    assert browser.page.status_code == 422
    assert "The draft cannot be read" in browser.text
    browser.send("/officer/replay")
    assert "Choose a file" in browser.text
    with office.workspace.read() as work:
        assert registrations.get(work, case["id"]).state == "in-review"
        assert store.in_force(work, "CN").version != draft.version
