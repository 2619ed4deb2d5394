"""Re-verification: whom a rule means, the steps in time, lifting, and what is nobody's fault."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shiming.activation.connectors.stand_in import StandIn
from shiming.activation.service import Activation
from shiming.audit.work import Workspace
from shiming.intake import imports, lists, reverification
from shiming.intake.reverification import Rule
from shiming.pipeline.lists import LIST_KINDS
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import life, moves
from shiming.registration.values import Actor, Role
from tests.intake.test_imports import HEADER, iccid, line

ADMIN = Actor(Role.ADMIN, "an-admin")
RULE = Rule(programme="carrier-5g")


@pytest.fixture
def imported(workspace: Workspace) -> Workspace:
    """Three cards in service, one of them registered with a resident identity card."""
    rows = [
        line(1, contact="one@example.org"),
        line(2, contact="two@example.org", since="2024-01-31"),
        line(3, document="cn-resident-id", document_number="110101199003078443", contact="three@example.org"),
    ]
    with workspace.write() as work:
        sheet = imports.upload(work, ADMIN, "carrier-5g", "old", "\n".join((HEADER, *rows)).encode())
    while lists.advance(workspace, sheet.id, LIST_KINDS):
        pass
    return workspace


def demand(workspace: Workspace, rule: Rule = RULE, **how: object) -> str:
    with workspace.write() as work:
        made = reverification.demand(work, ADMIN, rule, **{"reason": "rule", "working_days": 10, **how})  # type: ignore[arg-type]
    reverification.sweep(workspace)
    return made.id


def figures(workspace: Workspace, order: str) -> dict[str, int]:
    with workspace.read() as work:
        return reverification.store.figures(work, order)


def carry_out(workspace: Workspace) -> None:
    """The operator does what was ordered and says so."""
    activation = Activation(workspace, StandIn(workspace, honours_keys=True))
    with workspace.read() as work:
        orders = [row.id for row in outbox.due(work.conn, work.now, 1000) if row.topic == "operator"]
    for order in orders:
        activation.carry_out(order)
    with workspace.read() as work:
        waiting = life.to_confirm(work)
    for order in waiting:
        activation.ask_order(order.id)


def told(workspace: Workspace) -> list[str]:
    with workspace.read() as work:
        rows = [work.read_post(r) for r in outbox.due(work.conn, work.now, 1000) if r.topic == "notice"]
    return [row["template"] for row in rows if "account" in row]


def card(workspace: Workspace, n: int) -> tuple[CardState, tuple[str, ...]]:
    with workspace.read() as work:
        found = store.card_by_number(work, "iccid", iccid(n))
        assert found is not None
        return found.state, found.restrictions


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        (RULE, 3),
        (Rule(opened_before=date(2020, 1, 1)), 2),
        (Rule(document="cn-resident-id"), 1),
        (Rule(imported=True, opened_before=date(2019, 5, 31)), 0),
        (Rule(programme="carrier-5g", expired=True), 0),
        (Rule(programme="carrier-5g", numbers=(iccid(1), iccid(99), "nonsense")), 1),
        (Rule(programme="sim"), 0),
    ],
)
def test_a_rule_is_counted_before_anybody_is_asked(imported: Workspace, rule: Rule, meant: int) -> None:
    with imported.read() as work:
        assert reverification.count(work, ADMIN, rule) == meant
    assert told(imported) == []
    assert sum(figures(imported, demand(imported, rule)).values()) == meant


def test_nobody_is_asked_twice_at_once(imported: Workspace) -> None:
    first, second = demand(imported), demand(imported, Rule(document="passport"))
    assert (figures(imported, first), figures(imported, second)) == ({"asked": 3}, {})


def test_reminded_restricted_suspended_on_the_working_calendar(imported: Workspace, clock: FixedClock) -> None:
    order = demand(imported, Rule(document="cn-resident-id"), suspend_working_days=5)
    assert told(imported) == ["reverify-asked"]
    clock.advance(timedelta(days=9))  # a Saturday to a Monday: six working days
    reverification.sweep(imported)
    assert told(imported) == ["reverify-asked"]
    clock.advance(timedelta(days=2))
    reverification.sweep(imported)
    reverification.sweep(imported)
    assert told(imported) == ["reverify-asked", "reverify-reminder"]
    assert card(imported, 3) == (CardState.IN_SERVICE, ())
    clock.advance(timedelta(days=4))
    reverification.sweep(imported)
    assert card(imported, 3) == (CardState.IN_SERVICE, ()), "until the operator says that it is barred"
    carry_out(imported)
    state, barred = card(imported, 3)
    assert state == CardState.IN_SERVICE
    assert "sms-out" in barred
    assert figures(imported, order) == {"restricted": 1}
    assert told(imported)[-1] == "reverify-restricted"
    clock.advance(timedelta(days=8))
    reverification.sweep(imported)
    carry_out(imported)
    assert card(imported, 3)[0] == CardState.SUSPENDED
    assert figures(imported, order) == {"suspended": 1}


def test_proven_in_the_end_lifts_everything(imported: Workspace, clock: FixedClock) -> None:
    order = demand(imported, Rule(document="cn-resident-id"), suspend_working_days=5)
    clock.advance(timedelta(days=30))
    for _ in range(2):
        reverification.sweep(imported)
        carry_out(imported)
    assert card(imported, 3)[0] == CardState.SUSPENDED
    prove(imported)
    for _ in range(4):
        reverification.sweep(imported)
        carry_out(imported)
        clock.advance(timedelta(minutes=2))
    assert card(imported, 3) == (CardState.IN_SERVICE, ())
    assert figures(imported, order) == {"done": 1}


def begin(workspace: Workspace) -> str:
    with workspace.write() as work:
        found = store.card_by_number(work, "iccid", iccid(3))
        assert found is not None
        holder = Actor(Role.HOLDER, str(found.account_id))
        (own,) = reverification.mine(work, holder)
        proof = reverification.start(work, holder, own.demand.id)
        assert reverification.start(work, holder, own.demand.id).id == proof.id
        return proof.id


def prove(workspace: Workspace) -> str:
    """The holder proves it and a reviewer approves, past the pictures (the rows' test hands them in)."""
    from shiming.programmes.store import rules_of
    from shiming.registration.store import approval, deciding
    from shiming.registration.values import Decision, Verdict

    proof_id = begin(workspace)
    with workspace.write() as work:
        row = store.get(work, proof_id)
        assert (row.purpose, row.state) == ("reverify", RegistrationState.DRAFT)
        form = {**store.form(work, row), "number": "110101199003078443"}
        row = moves.save_form(work, ADMIN, row, form, "cn-resident-id")
        rules = rules_of(work, row)
        row = moves.submit(work, ADMIN, row, rules=rules, due_at=work.now, unpublished_year=False)
        engine = moves.engine("default")
        row = moves.move(work, engine, moves.move(work, engine, row, "begin-checking"), "refer")
        deciding.conclude(work, row, Decision(Verdict.APPROVE, ()), Actor(Role.REVIEWER, "r"), rules=rules)
        approval.take_effect(work, store.decisions(work, proof_id)[-1].id)
    return proof_id


def test_who_handed_in_by_the_date_is_not_barred_for_our_slowness(imported: Workspace, clock: FixedClock) -> None:
    order = demand(imported, Rule(document="cn-resident-id"))
    proof_id = begin(imported)
    with imported.write() as work:
        from shiming.programmes.store import rules_of

        row = store.get(work, proof_id)
        moves.submit(work, ADMIN, row, rules=rules_of(work, row), due_at=work.now, unpublished_year=False)
    clock.advance(timedelta(days=40))
    reverification.sweep(imported)
    reverification.sweep(imported)
    carry_out(imported)
    assert card(imported, 3) == (CardState.IN_SERVICE, ())
    assert figures(imported, order) == {"asked": 1}


def test_proven_in_time_changes_nothing(imported: Workspace, clock: FixedClock) -> None:
    order = demand(imported, Rule(document="cn-resident-id"))
    prove(imported)
    clock.advance(timedelta(days=40))
    reverification.sweep(imported)
    carry_out(imported)
    assert card(imported, 3) == (CardState.IN_SERVICE, ())
    assert figures(imported, order) == {"done": 1}


def test_a_standing_order_asks_those_who_come_to_fit_later(imported: Workspace, clock: FixedClock) -> None:
    order = demand(imported, Rule(document="passport"), standing=True)
    assert figures(imported, order) == {"asked": 2}
    with imported.write() as work:
        sheet = imports.upload(work, ADMIN, "carrier-5g", "new", f"{HEADER}\n{line(9)}\n".encode())
    while lists.advance(imported, sheet.id, LIST_KINDS):
        pass
    reverification.sweep(imported)
    assert figures(imported, order) == {"asked": 2}
    clock.advance(timedelta(days=1, minutes=1))
    reverification.sweep(imported)
    assert figures(imported, order) == {"asked": 3}


def test_anothers_demand_is_not_there(imported: Workspace) -> None:
    demand(imported)
    with imported.write() as work:
        found = store.card_by_number(work, "iccid", iccid(1))
        assert found is not None
        (own,) = reverification.mine(work, Actor(Role.HOLDER, str(found.account_id)))
        with pytest.raises(Problem) as refused:
            reverification.start(work, Actor(Role.HOLDER, "somebody"), own.demand.id)
    assert refused.value.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("rule", "how", "field"),
    [
        (Rule(), {}, "programme"),
        (RULE, {"working_days": 0}, "working_days"),
        (RULE, {"suspend_working_days": 9999}, "suspend_working_days"),
        (RULE, {"reason": "spite"}, "reason"),
        (Rule(document="library-card"), {}, "document"),
        (Rule(numbers=("1",)), {}, "numbers"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    imported: Workspace, rule: Rule, how: dict[str, object], field: str
) -> None:
    with pytest.raises(Problem) as refused:
        demand(imported, rule, **how)
    assert field in refused.value.fields
