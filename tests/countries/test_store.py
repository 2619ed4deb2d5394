"""Policies of an installation: what an officer supplies, what comes into force and when, and who may."""

from datetime import date, timedelta

import pytest

from shiming.audit.actions import Action
from shiming.countries import Situation, policy, store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role

OFFICER = Actor(Role.OFFICER, "officer-1")
SIM = Situation("sim")


def supply(work, key="minimum_age", value=16, **changes):
    how = {"reference": "Decree 7, article 2", "dated": date(2026, 11, 1), **changes}
    return store.supply(work, OFFICER, "CN", key, value, **how)


def test_without_anybody_the_shipped_policy_holds_unconfirmed(workspace):
    with workspace.read() as work:
        assert store.in_force(work, "CN") == policy("CN")
        assert store.confirmation(work, "CN") is None


def test_a_supplied_fact_makes_a_new_version_that_holds_once_confirmed(workspace, clock):
    with workspace.write() as work:
        first = store.confirm(work, OFFICER, "CN", policy("CN").version)
        made = supply(work)
        assert made.version not in (first.version, policy("CN").version)
        assert store.in_force(work, "CN").version == first.version
        with pytest.raises(Problem, match="WRONG_STATE"):
            store.confirm(work, OFFICER, "CN", first.version)
    clock.advance(timedelta(minutes=1))
    with workspace.write() as work:
        store.confirm(work, OFFICER, "CN", made.version)
        now = store.in_force(work, "CN")
        assert [row.years for row in now.about("minimum_age", SIM)] == [16]
        fact = now.facts["minimum_age"]
        assert (fact.supplied.by, fact.supplied.on) == ("officer-1", date(2026, 11, 1))
        assert now.sources[fact.source[0]].reference == "Decree 7, article 2"
        assert store.at_version(work, "CN", first.version).about("minimum_age", SIM) is None


def test_history_is_kept_and_the_newest_counts(workspace, clock):
    for years in (16, 14):
        with workspace.write() as work:
            supply(work, value=years)
        clock.advance(timedelta(minutes=1))
    with workspace.read() as work:
        assert [fact.value for fact in store.supplied(work, "CN")] == [16, 14]
        assert [row.years for row in store.proposed(work, "CN").about("minimum_age", SIM)] == [14]


def test_every_deed_is_audited_with_ids_only(workspace):
    with workspace.write() as work:
        made = supply(work, note="told on the telephone by a clerk named Zhang")
        store.confirm(work, OFFICER, "CN", made.version, immediate=True)
        entries = [(entry.action, entry.extra) for entry in work.entries]
    assert [action for action, _ in entries] == [Action.POLICY_FACT_SUPPLIED, Action.POLICY_CONFIRMED]
    assert "Zhang" not in str(entries)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "weather"}, "key"),
        ({"value": "unknown"}, "value"),
        ({"value": None}, "value"),
        ({"value": []}, "value"),
        ({"reference": "  "}, "reference"),
        ({"dated": date(2027, 1, 1)}, "dated"),
        ({"certainty": "low"}, "certainty"),
    ],
)
def test_what_says_nothing_is_refused_by_field(workspace, changes, field):
    with workspace.write() as work, pytest.raises(Problem) as refused:
        supply(work, **changes)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
def test_only_an_officer_answers_for_a_country(workspace, role):
    with workspace.write() as work:
        with pytest.raises(Problem, match="NOT_ALLOWED"):
            store.confirm(work, Actor(role, "x"), "CN", policy("CN").version)
        with pytest.raises(Problem, match="NOT_ALLOWED"):
            store.supply(work, Actor(role, "x"), "CN", "minimum_age", 1, reference="r", dated=date(2026, 1, 1))


def test_another_issuers_word_counts_for_nothing_here(workspace):
    with workspace.write() as work:
        work.issuer = "other"
        store.confirm(work, OFFICER, "CN", supply(work).version)
        work.issuer = "default"
        assert store.confirmation(work, "CN") is None
        assert store.in_force(work, "CN") == policy("CN")
