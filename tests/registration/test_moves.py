"""The core's moves on both databases: decisions take effect once, caps hold under races, nothing is overwritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.audit import checkpoints
from shiming.audit.work import Workspace
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import CardState, IllegalMove, RegistrationState
from shiming.registration.store import approval, captures, deciding, moves, parties
from shiming.registration.store import tables as t
from shiming.registration.values import Decision, Finding, Outcome, Verdict

from .conftest import REVIEWER, RULES, Bench

APPROVE = Decision(Verdict.APPROVE, ())


def approve(workspace: Workspace, registration: Registration, minutes: int = 0) -> str:
    with workspace.write() as work:
        current = store.get(work, registration.id)
        row = deciding.conclude(
            work, current, APPROVE, REVIEWER, rules=RULES, effective_at=work.now + timedelta(minutes=minutes)
        )
        return row.id


def topics(workspace: Workspace) -> list[str]:
    with workspace.read() as work:
        return [row.topic for row in work.conn.execute(sa.select(outbox.outbox).order_by(outbox.outbox.c.id))]


def test_an_approval_binds_the_card_and_asks_the_operator_once(bench: Bench, workspace: Workspace) -> None:
    registration = bench.checking()
    decision = approve(workspace, registration)
    with workspace.write() as work:
        approval.take_effect(work, decision)
    with workspace.read() as work:
        after = store.get(work, registration.id)
        card = store.card(work, registration.card_id)
        assert after.state == RegistrationState.APPROVED
        assert after.party_id is not None
        assert card.state == CardState.ACTIVATING
        assert card.restrictions == ("sms-out",)
        assert store.card_is_bound(work, card.id)
        assert parties.identity_documents(work, after.party_id)[0].fields["number"] == "11010519491231002X"
    assert topics(workspace).count("operator") == 1
    with workspace.write() as work:
        moves.card_in_service(work, card.id)
    with workspace.write() as work:
        served = moves.card_in_service(work, card.id)
    assert served.state == CardState.IN_SERVICE
    assert served.restrictions == ()
    assert topics(workspace).count("notice") == 2


def test_a_decision_can_be_taken_back_until_it_takes_effect(
    bench: Bench, workspace: Workspace, clock: FixedClock
) -> None:
    registration = bench.checking()
    decision_id = approve(workspace, registration, minutes=10)
    assert topics(workspace) == []
    with workspace.write() as work:
        back = deciding.take_back(work, REVIEWER, store.decision_by_id(work, decision_id))
    assert back.state == RegistrationState.IN_REVIEW
    again = approve(workspace, registration, minutes=10)
    clock.advance(timedelta(minutes=11))
    with workspace.write() as work:
        assert store.decisions_to_effect(work) == [again]
        approval.take_effect(work, again)
    with workspace.write() as work, pytest.raises(Problem, match="WRONG_STATE"):
        deciding.take_back(work, REVIEWER, store.decision_by_id(work, again))
    with workspace.read() as work:
        assert store.decisions_to_effect(work) == []


def test_an_illegal_move_names_state_and_move(bench: Bench, workspace: Workspace) -> None:
    registration = bench.draft()
    with workspace.write() as work, pytest.raises(IllegalMove, match=r"'draft' cannot 'approve'"):
        deciding.conclude(work, registration, APPROVE, REVIEWER, rules=RULES)


def test_what_is_approved_is_not_approved_again(bench: Bench, workspace: Workspace) -> None:
    registration = bench.checking()
    approve(workspace, registration, minutes=10)
    with pytest.raises(IllegalMove, match=r"'approved' cannot 'approve'"):
        approve(workspace, registration)


def test_a_stale_record_cannot_move(bench: Bench, workspace: Workspace) -> None:
    registration = bench.submitted()
    with workspace.write() as work:
        moves.begin_checking(work, registration.id, 1)
    with workspace.write() as work, pytest.raises(Problem, match="CONFLICT"):
        moves.withdraw(work, bench.holder(registration), registration)


def test_a_second_card_of_one_person_meets_the_cap(bench: Bench, workspace: Workspace) -> None:
    first, second, stranger = (
        bench.checking(),
        bench.checking(),
        bench.checking(person="440308199901101512"),
    )
    approve(workspace, first)
    with pytest.raises(Problem, match="CAP_REACHED_OPERATOR"):
        approve(workspace, second)
    approve(workspace, stranger)
    with workspace.read() as work:
        assert store.get(work, second.id).state == RegistrationState.CHECKING


def test_one_of_many_racing_applications_gets_the_last_place(bench: Bench, workspace: Workspace) -> None:
    racing = [bench.checking() for _ in range(12)]

    def attempt(registration: Registration) -> bool:
        try:
            approve(workspace, registration)
        except Problem as problem:
            assert problem.code == "CAP_REACHED_OPERATOR"
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(attempt, racing))
    assert won.count(True) == 1
    with workspace.read() as work:
        taken = sa.select(t.cap_place).where(t.cap_place.c.scope == "programme:test")
        assert len(work.conn.execute(taken).all()) == 1
        assert len(work.conn.execute(sa.select(t.binding)).all()) == 1


def test_a_reject_frees_the_card_and_a_retry_counts_only_what_counts(bench: Bench, workspace: Workspace) -> None:
    refused, blurred, mismatched = (bench.checking() for _ in range(3))
    with workspace.write() as work:
        deciding.conclude(work, refused, Decision(Verdict.REJECT, ("AGE_TOO_YOUNG",)), REVIEWER, rules=RULES)
        deciding.conclude(
            work, blurred, Decision(Verdict.RETRY, ("IMG_BLUR",), ("document-front",)), REVIEWER, rules=RULES
        )
        deciding.conclude(
            work, mismatched, Decision(Verdict.RETRY, ("MISMATCH_NAME",), ("name",)), REVIEWER, rules=RULES
        )
    with workspace.read() as work:
        assert store.card(work, refused.card_id).state == CardState.IN_STOCK
        assert store.get(work, blurred.id).attempts_used == 0
        assert store.get(work, blurred.id).items == ("document-front",)
        assert store.get(work, mismatched.id).attempts_used == 1


def test_findings_keep_their_details_sealed(bench: Bench, workspace: Workspace) -> None:
    registration = bench.checking()
    finding = Finding(
        "form_match",
        "1",
        Outcome.FAIL,
        "MISMATCH_NAME",
        "name",
        0.5,
        1.0,
        "share",
        ("e1",),
        {"form": "李梅", "read": "李海"},
    )
    with workspace.write() as work:
        deciding.record_findings(work, registration, [finding])
    with workspace.read() as work:
        assert store.findings(work, registration.id, registration.n) == [finding]
        raw = work.conn.execute(sa.select(t.finding)).one()
        assert "李".encode() not in raw.details_sealed


def test_a_reading_is_stored_once(bench: Bench, workspace: Workspace) -> None:
    registration = bench.draft()
    with workspace.write() as work:
        item = store.evidence(work, registration.id)[0]
        read = store.reading(work, item.id)
        assert read is not None
        assert read.fields["number"].value == "11010519491231002X"
        assert not captures.store_reading(work, item.id, read, (), picture=None, usable=True)
        assert store.picture(work, item.id) == b"small"


def test_the_audit_chain_holds_over_a_whole_registration(bench: Bench, workspace: Workspace) -> None:
    approve(workspace, bench.checking())
    with workspace.read() as work:
        assert checkpoints.verify(work.conn, work.issuer) == []
