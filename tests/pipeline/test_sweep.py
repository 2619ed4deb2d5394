"""The sweep: deadlines by working days, and leases that outlive nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from stdnum import luhn

from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.pipeline import store as leases
from shiming.pipeline import sweep
from shiming.pipeline.steps import advance
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.registration import store
from shiming.registration.store import tables as t
from shiming.registration.values import Actor, Role
from tests.faults.server import PaperVision
from tests.pipeline.test_steps import Case, case, submitted

__all__ = ["case", "submitted"]


def notices_about(workspace: Workspace, id: str, template: str) -> int:
    with workspace.read() as work:
        rows = work.conn.execute(outbox.outbox.select().where(outbox.outbox.c.about == id)).all()
        return sum(work.read_post(row).get("template") == template for row in rows)


def test_a_case_is_escalated_a_working_day_before_it_is_due_and_a_missed_date_is_told_once(
    submitted: Case, clock: FixedClock
) -> None:
    workspace, id = submitted.workspace, submitted.id
    sweep.deadlines(workspace)
    with workspace.read() as work:
        first = store.get(work, id)
    assert first.escalated_at is None
    assert first.due_at is not None
    clock.advance(first.due_at - clock.now() - timedelta(hours=20))
    sweep.deadlines(workspace)
    sweep.deadlines(workspace)
    with workspace.read() as work:
        assert store.get(work, id).escalated_at == clock.now()
    clock.advance(timedelta(hours=21))
    sweep.deadlines(workspace)
    sweep.deadlines(workspace)
    with workspace.read() as work:
        late = store.get(work, id)
    assert late.due_at is not None
    assert late.due_at > clock.now()
    assert notices_about(workspace, id, "date-missed") == 1


def test_what_is_decided_has_no_deadline(submitted: Case, clock: FixedClock) -> None:
    advance(submitted.workspace, submitted.id, 1, PaperVision())
    clock.advance(timedelta(days=30))
    sweep.deadlines(submitted.workspace)
    assert notices_about(submitted.workspace, submitted.id, "date-missed") == 0


def test_moving_things_are_found_from_the_rows_alone(submitted: Case) -> None:
    with submitted.workspace.read() as work:
        kinds = [job.kind for job in sweep.moving(work)]
    assert kinds.count("registration") == 1
    assert kinds.count("evidence") == 3
    advance(submitted.workspace, submitted.id, 1, PaperVision())
    with submitted.workspace.read() as work:
        after = {(job.kind, job.topic) for job in sweep.moving(work)}
    assert after == {("message", "notice"), ("message", "operator"), ("card", "")}


def test_a_lease_is_held_by_one_and_passes_on_when_its_time_is_over(workspace: Workspace, clock: FixedClock) -> None:
    def take(owner: str) -> bool:
        with workspace.write() as work:
            return leases.take_lease(work, "sweep", owner, 15)

    assert take("a")
    assert take("a")
    assert not take("b")
    clock.advance(timedelta(seconds=16))
    assert take("b")
    assert not take("a")


def test_only_messages_of_the_dead_are_orphans(workspace: Workspace, clock: FixedClock) -> None:
    with workspace.write() as work:
        leases.take_lease(work, "engine:a", "a", 15)
        for owner in ("a", "b"):
            id = work.post("notice", {}, key=owner)
            outbox.claim(work.conn, id, work.now, owner)
    with workspace.read() as work:
        assert [row.owner for row in leases.orphans(work, 60)] == ["b"]
    clock.advance(timedelta(seconds=16))
    with workspace.read() as work:
        assert {row.owner for row in leases.orphans(work, 60)} == {"a", "b"}


def test_cards_that_are_never_confirmed_do_not_keep_others_from_being_asked_about(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "CARDS_A_LOOK", 2)
    lines = [",".join(cards.STOCK_COLUMNS)]
    for place in range(5):
        body = f"898600990000000{place:03d}"
        lines.append(f"{body}{luhn.calc_check_digit(body)},sim,iccid,5g,,secret-{place}")
    with workspace.write() as work:
        cards.import_stock(work, Actor(Role.ENGINE, "test"), "\n".join(lines))
        work.conn.execute(sa.update(t.card).values(state="activating"))
    asked, after = [], ""
    for _ in range(3):
        with workspace.read() as work:
            found = [job.id for job in sweep.moving(work, cards_after=after) if job.kind == "card"]
        asked += found
        after = found[-1]
    assert len(set(asked)) == 5
