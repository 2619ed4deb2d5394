"""A reviewer's way: claim, decide, take back or let go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import deciding, moves
from shiming.registration.values import Actor, Decision, Role, Verdict
from shiming.review import service

from ..registration.conftest import RULES, Bench

ANN, BEN = Actor(Role.REVIEWER, "ann"), Actor(Role.REVIEWER, "ben")


@pytest.fixture
def waiting(workspace: Workspace) -> Registration:
    """A case in review, of a programme that exists."""
    registration = Bench(workspace, programme="carrier-5g").checking()
    with workspace.write() as work:
        deciding.conclude(work, registration, Decision(Verdict.REFER, ()), moves.engine(work.issuer), rules=RULES)
    return registration


def decide(workspace: Workspace, actor: Actor, registration: Registration, verdict: Verdict = Verdict.APPROVE) -> str:
    with workspace.write() as work:
        return service.decide(work, actor, registration.id, n=1, verdict=verdict).id


def claim(workspace: Workspace, actor: Actor, registration: Registration) -> None:
    with workspace.write() as work:
        service.claim(work, actor, registration.id)


def test_one_reviewer_holds_a_case_until_the_lease_ends(
    workspace: Workspace, waiting: Registration, clock: FixedClock
) -> None:
    with pytest.raises(Problem, match="CLAIM_REQUIRED"):
        decide(workspace, ANN, waiting)
    claim(workspace, ANN, waiting)
    with pytest.raises(Problem, match="CLAIM_REQUIRED"):
        claim(workspace, BEN, waiting)
    with workspace.read() as work:
        assert [row.claimed_by for row in service.queue(work, BEN)] == ["ann"]
    clock.advance(timedelta(minutes=11))
    claim(workspace, BEN, waiting)
    with pytest.raises(Problem, match="CLAIM_REQUIRED"):
        decide(workspace, ANN, waiting)
    decide(workspace, BEN, waiting)


def test_only_the_one_who_decided_lets_it_go_and_only_once(workspace: Workspace, waiting: Registration) -> None:
    claim(workspace, ANN, waiting)
    decision = decide(workspace, ANN, waiting)
    with pytest.raises(Problem, match="WRONG_STATE"), workspace.write() as work:
        service.release_result(work, BEN, decision)
    with workspace.write() as work:
        service.release_result(work, ANN, decision)
    with workspace.read() as work:
        kept = store.decision_by_id(work, decision)
        assert kept.effective_at == kept.effect_at
        assert store.card(work, waiting.card_id).state == CardState.ACTIVATING
    for act in (service.release_result, service.take_back):
        with pytest.raises(Problem, match="WRONG_STATE"), workspace.write() as work:
            act(work, ANN, decision)


def test_a_decision_names_its_reasons_and_items(workspace: Workspace, waiting: Registration) -> None:
    claim(workspace, ANN, waiting)
    for verdict in (Verdict.RETRY, Verdict.REJECT, Verdict.REFER):
        with pytest.raises(Problem, match="INVALID_FORM"):
            decide(workspace, ANN, waiting, verdict)
    with workspace.write() as work, pytest.raises(Problem, match="CONFLICT"):
        service.decide(work, ANN, waiting.id, n=2, verdict=Verdict.APPROVE)
    with workspace.write() as work, pytest.raises(Problem, match="NOT_ALLOWED"):
        service.decide(work, Actor(Role.OFFICER, "o"), waiting.id, n=1, verdict=Verdict.APPROVE)
    with workspace.read() as work:
        assert store.get(work, waiting.id).state == RegistrationState.IN_REVIEW


def test_the_message_is_sealed_and_waits_for_its_time(
    workspace: Workspace, waiting: Registration, clock: FixedClock
) -> None:
    claim(workspace, ANN, waiting)
    with workspace.write() as work:
        row = service.decide(
            work,
            ANN,
            waiting.id,
            n=1,
            verdict=Verdict.RETRY,
            reasons=("IMG_BLUR",),
            items=("document-front",),
            message="请重拍",
        )
    assert row.effective_at - row.at == timedelta(minutes=resolve("carrier-5g").take_back_minutes)
    with workspace.read() as work:
        assert store.decision_by_id(work, row.id).message == "请重拍"
        assert "请重拍".encode() not in b"".join(
            bytes(v) for v in work.conn.exec_driver_sql("select message_sealed from decision").scalars() if v
        )
        assert work.conn.exec_driver_sql("select count(*) from outbox").scalar() == 0
