"""Places under the caps, on both databases: by scope, class and window; linked persons; given back; never one too many."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import approval, caps, deciding, links, moves
from shiming.registration.store import tables as t
from shiming.registration.values import CapRule, Decision, Rules, Verdict

from .conftest import REVIEWER, RULES, Bench

ME, STRANGER = "11010519491231002X", "440308199901101512"
APPROVE = Decision(Verdict.APPROVE, ())
RACERS, THREADS = 50, 10


def under(*rules: CapRule, **changes: object) -> Rules:
    return replace(RULES, caps=rules, **changes)  # type: ignore[arg-type]


def approve(workspace: Workspace, registration: Registration, rules: Rules) -> str:
    with workspace.write() as work:
        return deciding.conclude(work, store.get(work, registration.id), APPROVE, REVIEWER, rules=rules).id


def won(workspace: Workspace, registration: Registration, rules: Rules, code: str) -> bool:
    """Whether it got a place; a refusal says why and leaves the registration as it was."""
    try:
        approve(workspace, registration, rules)
    except Problem as problem:
        assert problem.code == code
        with workspace.read() as work:
            assert store.get(work, registration.id).state == RegistrationState.CHECKING
        return False
    return True


def race(attempts: list[Callable[[], bool]]) -> int:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda attempt: attempt(), attempts)).count(True)


def rows(workspace: Workspace, table: sa.Table, scope: str) -> int:
    with workspace.read() as work:
        return len(work.conn.execute(sa.select(table).where(table.c.scope == scope)).all())


def other_issuer(workspace: Workspace) -> Workspace:
    return Workspace(workspace.db, workspace.vault, workspace.clock, "other")


def test_fifty_applications_at_once_and_one_last_place(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(2, "programme"))
    approve(workspace, bench.checking(), rules)
    racing = [bench.checking() for _ in range(RACERS)]
    code = "CAP_REACHED_OPERATOR"
    assert race([partial(won, workspace, r, rules, code) for r in racing]) == 1
    assert rows(workspace, t.cap_place, "programme:test") == 2
    assert rows(workspace, t.cap_place, "issuer:sim") == 2
    with workspace.read() as work:
        assert len(work.conn.execute(sa.select(t.binding)).all()) == 2


def test_fifty_applications_at_two_issuers_and_one_last_place_in_the_ledger(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "wider"))
    houses = (workspace, other_issuer(workspace))
    racing = [(house, Bench(house).checking()) for _ in range(RACERS // 2) for house in houses]
    code = "CAP_REACHED_TOTAL"
    assert race([partial(won, h, r, rules, code) for h, r in racing]) == 1
    assert rows(workspace, t.cap_ledger, "wider:CN:sim") == 1


def test_fifty_applications_for_a_place_that_just_left_the_window(
    bench: Bench, workspace: Workspace, clock: FixedClock
) -> None:
    rules = under(CapRule(1, "issuer", window_days=30))
    early = bench.checking()
    approve(workspace, early, rules)
    racing = [bench.checking() for _ in range(RACERS)]
    assert not won(workspace, racing[0], rules, "CAP_REACHED_OPERATOR")
    clock.advance(timedelta(days=30))

    def give_back() -> bool:
        with workspace.write() as work:
            caps.release_places(work, early.id)
        return False

    attempts: list[Callable[[], bool]] = [partial(won, workspace, r, rules, "CAP_REACHED_OPERATOR") for r in racing]
    attempts.insert(5, give_back)
    assert race(attempts) == 1
    assert rows(workspace, t.cap_place, "issuer:sim") == 1


def test_an_issuers_cap_counts_over_its_programmes_and_not_over_those_of_others(
    bench: Bench, workspace: Workspace
) -> None:
    rules = under(CapRule(1, "issuer"))
    approve(workspace, bench.checking(), rules)
    second = bench.checking()
    assert not won(workspace, second, replace(rules, programme="another"), "CAP_REACHED_OPERATOR")
    assert won(workspace, second, replace(rules, card_kind="iot"), "CAP_REACHED_OPERATOR")
    elsewhere = other_issuer(workspace)
    assert won(elsewhere, Bench(elsewhere).checking(), rules, "CAP_REACHED_OPERATOR")


def test_a_cap_that_comes_later_counts_what_was_there_before(bench: Bench, workspace: Workspace) -> None:
    approve(workspace, bench.checking(), under())
    assert not won(workspace, bench.checking(), under(CapRule(1, "issuer")), "CAP_REACHED_OPERATOR")


def test_a_cap_of_a_class_counts_that_class(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "issuer", person="minor"), CapRule(2, "issuer"))
    grown, young, again, last = (bench.checking() for _ in range(4))
    with workspace.write() as work:
        for minor in (young, again):
            work.conn.execute(sa.update(t.registration).where(t.registration.c.id == minor.id).values(person="minor"))
    approve(workspace, grown, rules)
    approve(workspace, young, rules)
    assert not won(workspace, again, rules, "CAP_REACHED_OPERATOR")
    assert not won(workspace, last, rules, "CAP_REACHED_OPERATOR")


def test_refused_taken_back_and_closed_do_not_count(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "programme"), CapRule(1, "wider"))
    refused, taken_back, closed, after = (bench.checking() for _ in range(4))
    with workspace.write() as work:
        deciding.conclude(work, refused, Decision(Verdict.REJECT, ("AGE_TOO_YOUNG",)), REVIEWER, rules=rules)
        row = deciding.conclude(
            work, taken_back, APPROVE, REVIEWER, rules=rules, effective_at=work.now + timedelta(minutes=10)
        )
        deciding.take_back(work, REVIEWER, row)
    approve(workspace, closed, rules)
    assert not won(workspace, after, rules, "CAP_REACHED_OPERATOR")
    with workspace.write() as work:
        moves.card_in_service(work, closed.card_id)
        moves.move_card(work, REVIEWER, store.card(work, closed.card_id), "cancel")
    assert won(workspace, after, rules, "CAP_REACHED_OPERATOR")


def test_a_replacement_does_not_count(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "programme"))
    old, new, third = (bench.checking() for _ in range(3))
    approve(workspace, old, rules)
    with workspace.write() as work:
        caps.move_places(work, old.id, new.id)
    approve(workspace, new, rules)
    with workspace.write() as work:
        moves.card_in_service(work, old.card_id)
        moves.move_card(work, REVIEWER, store.card(work, old.card_id), "cancel")
    assert not won(workspace, third, rules, "CAP_REACHED_OPERATOR")


def test_what_is_held_already_is_counted_without_being_asked(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "programme"))
    approve(workspace, bench.checking(), rules)
    imported, after = bench.checking(), bench.checking()
    with workspace.write() as work:
        caps.take_places(work, imported, rules, enforce=False)
        caps.take_places(work, imported, rules, enforce=False)
        person = caps.subject(work, after)
        assert person is not None
        assert [cap.taken for cap in caps.counted(work, after, rules, person)] == [2]


def test_linked_persons_count_together_until_the_link_ends(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(2, "issuer"), CapRule(2, "wider"))
    mine, hers = bench.checking(), bench.checking(person=STRANGER)
    approve(workspace, mine, rules)
    approve(workspace, hers, rules)
    with workspace.write() as work:
        parties = [str(store.get(work, r.id).party_id) for r in (mine, hers)]
        assert parties[0] != parties[1]
        link = links.add(work, "reviewer-1", *parties, "same portrait, new number")
        assert links.linked(work, parties[1]) == (parties[1], parties[0])
        assert [found.note for found in links.in_force(work)] == ["same portrait, new number"]
    third, fourth = bench.checking(person=STRANGER), bench.checking()
    for registration in (third, fourth):
        assert not won(workspace, registration, rules, "CAP_REACHED_OPERATOR")
    with workspace.write() as work:
        assert links.end(work, "reviewer-2", link, "two persons after all")
        assert not links.end(work, "reviewer-2", link, "two persons after all")
    for registration in (third, fourth):
        assert won(workspace, registration, rules, "CAP_REACHED_OPERATOR")


def test_linked_persons_race_for_the_one_place_they_have_together(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(3, "issuer"))
    first = [bench.checking(), bench.checking(person=STRANGER)]
    for registration in first:
        approve(workspace, registration, rules)
    with workspace.write() as work:
        one, two = (str(store.get(work, r.id).party_id) for r in first)
        links.add(work, "reviewer-1", one, two, "one person")
    racing = [bench.checking(person=person) for _ in range(10) for person in (ME, STRANGER)]
    code = "CAP_REACHED_OPERATOR"
    assert race([partial(won, workspace, r, rules, code) for r in racing]) == 1


def test_the_ledger_tells_nobody_who_is_in_it(bench: Bench, workspace: Workspace) -> None:
    rules = under(CapRule(1, "wider"))
    approve(workspace, bench.checking(), rules)
    with workspace.read() as work:
        ledger = work.conn.execute(sa.select(t.cap_ledger)).one()
        place = work.conn.execute(sa.select(t.cap_place).where(t.cap_place.c.scope == "issuer:sim")).one()
    assert bytes(ledger.subject_blind) != bytes(place.subject_blind)
    assert ME.encode() not in bytes(ledger.subject_blind)


def test_nobody_else_gives_a_place_in_the_ledger_back(bench: Bench, workspace: Workspace) -> None:
    registration = bench.checking()
    approve(workspace, registration, under(CapRule(1, "wider")))
    with other_issuer(workspace).write() as work:
        caps.release_places(work, registration.id)
    assert rows(workspace, t.cap_ledger, "wider:CN:sim") == 1


def test_an_approval_that_waits_for_its_effect_holds_its_place(bench: Bench, workspace: Workspace) -> None:
    first, second = bench.checking(), bench.checking()
    with workspace.write() as work:
        row = deciding.conclude(work, first, APPROVE, REVIEWER, rules=RULES, effective_at=work.now + timedelta(hours=1))
    assert not won(workspace, second, RULES, "CAP_REACHED_OPERATOR")
    with workspace.write() as work:
        approval.take_effect(work, row.id)
