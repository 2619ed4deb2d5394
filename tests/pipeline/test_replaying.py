"""Past registrations under a draft: what changes is listed with its reason, what was erased is counted, nothing is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.checks import available
from shiming.checks.held import HELD, rejudge
from shiming.countries import store
from shiming.pipeline.replaying import Draft, Tally, replay
from shiming.platform.db import metadata
from shiming.programmes import load, resolve
from shiming.programmes.model import Programme
from shiming.registration import store as registrations
from shiming.registration.reasons import catalogue
from shiming.registration.values import Finding, Outcome
from tests.rows.journeys import change, decide, hand_in, state
from tests.web.conftest import office
from tests.web.support import FIRST, SECOND, Office

__all__ = ["office"]

RULES = resolve("carrier-5g")


def everything(office: Office) -> dict[str, list[tuple[object, ...]]]:
    with office.workspace.read() as work:
        return {
            table.name: sorted((tuple(row) for row in work.conn.execute(sa.select(table))), key=str)
            for table in metadata.sorted_tables
        }


def programme(**changes):
    return {
        "carrier-5g": Programme.model_validate(
            {**load("carrier-5g").model_dump(), "review_mode": "always", **changes}, strict=False
        )
    }


def run(office: Office, draft: Draft):
    tally = Tally()
    return list(replay(office.workspace, draft, tally)), tally


@pytest.fixture
def case(office: Office):
    """A registration that the engine would approve, and a person did, as its programme wants of every case."""
    change(office, review_mode="always")
    office.lively = True
    holder = office.holder()
    found = office.in_review(holder)
    assert decide(office.member("reviewer"), found["id"], "approve").status_code < 300
    office.clock.advance(timedelta(minutes=11))
    return found


def test_the_same_rules_change_nothing(office: Office, case):
    found, tally = run(office, Draft(programmes=programme()))
    assert found == []
    assert (tally.looked, tally.changed, tally.erased, tally.apart) == (1, 0, 0, 0)


def test_a_stricter_limit_lists_the_case_with_measure_and_both_limits(office: Office, case):
    before = everything(office)
    found, tally = run(office, Draft(programmes=programme(limits={"quality.blur": 0.05})))
    assert everything(office) == before, "replay writes nothing"
    [changed] = found
    assert (changed.reference, changed.programme, changed.n) == (case["reference"], "carrier-5g", 1)
    assert (changed.before.verdict, changed.before.proposal) == ("refer", "approve")
    assert (changed.after.verdict, changed.after.reasons) == ("retry", ("IMG_BLUR",))
    assert changed.decided == "approve"
    why = next(why for why in changed.why if why.item == "document-front")
    assert (why.code, why.before, why.after, why.measure) == ("IMG_BLUR", "pass", "fail", 0.1)
    assert (why.limit_before, why.limit_after) == (0.46, 0.05)
    assert tally.changed == 1


def test_a_draft_policy_changes_age_and_documents(office: Office, case):
    with office.workspace.read() as work:
        policy = store.proposed(work, "CN")
    import json

    from shiming.countries import parse_content

    data = json.loads(policy.content)
    data["facts"]["minimum_age"] = {"value": 40, "certainty": "high", "source": list(data["sources"])[:1]}
    found, tally = run(office, Draft(parse_content(json.dumps(data))))
    [changed] = found
    assert changed.after.verdict == "reject"
    assert [why.code for why in changed.why] == ["AGE_TOO_YOUNG"]
    assert [fault.key for fault in tally.contradictions["carrier-5g"]] == ["age.minimum"]
    data["facts"]["minimum_age"]["value"] = 16
    data["facts"]["accepted_documents"]["value"] = [{"documents": ["passport"]}]
    [changed] = run(office, Draft(parse_content(json.dumps(data))))[0]
    assert changed.after.reasons == ("DOC_TYPE_UNSUPPORTED",)


def test_what_the_draft_asks_for_beyond_is_missing_or_unknown(office: Office, case):
    slots = [slot.model_dump() for slot in load("carrier-5g").slots]
    slots.append({"slot": "holding", "kind": "holding"})
    text = load("carrier-5g").evidence + " and holding"
    [changed] = run(office, Draft(programmes=programme(slots=slots, evidence=text)))[0]
    assert (changed.after.reasons, changed.after.items) == (("EVIDENCE_MISSING",), ("holding",))
    checks = [*load("carrier-5g").checks, "holding"]
    [changed] = run(office, Draft(programmes=programme(checks=checks)))[0]
    assert changed.unknown == ("holding",)
    assert changed.after.verdict == "refer"


def test_an_automatic_draft_would_approve(office: Office, case):
    [changed] = run(office, Draft(programmes=programme(review_mode="on-refer")))[0]
    assert (changed.after.verdict, changed.why) == ("approve", ())


def test_what_is_not_under_the_draft_is_left_apart(office: Office, case):
    with office.workspace.read() as work:
        other = store.proposed(work, "US")
    found, tally = run(office, Draft(other))
    assert (found, tally.apart, tally.looked) == ([], 1, 0)


def test_erased_cases_are_counted_and_the_rest_goes_on(office: Office, case):
    other = office.holder("second@example.org")
    id = hand_in(office, other, SECOND)
    office.work()
    assert state(other, id) == "rejected", "the same person has no second place under the cap"
    with office.workspace.write() as work:
        work.vault.shred(work.conn, registrations.get(work, case["id"]).key_id)
    found, tally = run(office, Draft(programmes=programme(limits={"quality.blur": 0.05})))
    assert (tally.erased, tally.looked) == (1, 1)
    [changed] = found
    assert (changed.id, changed.before.verdict, changed.after.verdict) == (id, "reject", "retry")


def test_a_case_is_held_against_what_it_was_pinned_to(office: Office, clock):
    change(office, limits={"quality.blur": 0.3})
    holder = office.holder()
    case = office.in_review(holder, FIRST)
    clock.advance(timedelta(minutes=1))
    change(office)
    found, _tally = run(office, Draft(programmes=programme(limits={"quality.blur": 0.2})))
    assert found == [], "0.1 is good by each of the three limits"
    [changed] = run(office, Draft(programmes=programme(limits={"quality.blur": 0.05})))[0]
    assert changed.id == case["id"]
    assert {why.limit_before for why in changed.why} == {0.3}


def blur(**changes):
    return Finding(
        **{
            "check": "blur",
            "version": "1",
            "outcome": Outcome.PASS,
            "code": "IMG_BLUR",
            "measure": 0.1,
            "limit": 0.46,
            **changes,
        }
    )


def test_a_missing_measure_is_unknown_once_its_limit_changes():
    from dataclasses import replace

    now = replace(RULES, limits={"quality.blur": 0.05})
    missing = blur(measure=None, outcome=Outcome.NOT_RUN)
    assert rejudge([missing], RULES, now)[0].outcome is Outcome.UNABLE
    assert rejudge([missing], RULES, RULES) == (missing,)
    fewer = replace(RULES, checks=tuple(name for name in RULES.checks if name != "blur"))
    assert rejudge([blur()], RULES, fewer) == ()


def test_every_held_limit_is_one_there_is():
    from shiming.checks import limits

    for row in HELD:
        assert row.code in catalogue(), row
        assert row.limit in limits() or row.limit.startswith("rules."), row
        assert row.check in available() or row.check == "attempts", row
