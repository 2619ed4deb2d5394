"""Deadlines of cards: swept in batches, each step once, whatever dies, races or changes meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shiming.activation.connectors.stand_in import StandIn
from shiming.activation.operator import LineOrder, LineState
from shiming.activation.service import Activation
from shiming.audit.work import Workspace
from shiming.countries import store as policies
from shiming.pipeline import deadlines
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.platform.ids import uuid7
from shiming.programmes import load
from shiming.programmes import store as programmes
from shiming.programmes.model import Deadline
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import CardState
from shiming.registration.store import approval, deciding, life, moves
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Decision, Role, Verdict
from tests.policies import confirm_all
from tests.registration.conftest import REVIEWER, RULES, Bench

LATE = "late"
DAYS = (("remind", 20), ("suspend", 30), ("cancel", 90))


def publish(workspace: Workspace, days: tuple[tuple[str, int], ...] = DAYS) -> None:
    rows = tuple(Deadline(of="card", step=step, after_days=after) for step, after in days)
    programme = load("carrier-5g-auto").model_copy(update={"demo": False, "deadlines": rows})
    with workspace.read() as work:
        confirmed = policies.confirmation(work, "CN") is not None
    if not confirmed:
        confirm_all(workspace)
    with workspace.write() as work:
        programmes.publish(work, Actor(Role.ADMIN, "admin"), LATE, programme)


def in_use(workspace: Workspace, count: int, since: datetime | None = None) -> list[str]:
    """Cards that work and that nobody registered."""
    with workspace.write() as work:
        key, ids = work.vault.new_key(work.conn, work.issuer, "card"), [uuid7() for _ in range(count)]
        rows = [
            {
                "id": id,
                "issuer": work.issuer,
                "key_id": key,
                "kind": "sim",
                "scheme": "iccid",
                "product": "p",
                "number_blind": store.card_blind(work, "iccid", id),
                "number_sealed": seal_json(work, key, "card", "number_sealed", id, f"8986{place:015d}"),
                "msisdn_sealed": seal_json(work, key, "card", "msisdn_sealed", id, f"+86139{place:08d}"),
                "state": "unregistered",
                "version": 1,
                "restrictions": [],
                "programme": LATE,
                "used_since": since or work.now,
                "next_step": moves.ARM,
                "next_step_at": work.now,
                "created_at": work.now,
                "updated_at": work.now,
            }
            for place, id in enumerate(ids)
        ]
        work.conn.execute(sa.insert(t.card), rows)
    return ids


def written(workspace: Workspace, template: str) -> Counter[str]:
    """Messages of a template, by the card they are about."""
    with workspace.read() as work:
        rows = work.conn.execute(outbox.outbox.select().where(outbox.outbox.c.topic == "notice")).all()
        return Counter(row.about for row in rows if work.read_post(row)["template"] == template)


def ordered(workspace: Workspace, act: str) -> Counter[str]:
    with workspace.read() as work:
        query = sa.select(t.card_act.c.card_id).where(t.card_act.c.act == act)
        return Counter(work.conn.execute(query).scalars())


def clock_of(workspace: Workspace, id: str) -> tuple[str | None, datetime | None]:
    with workspace.read() as work:
        card = store.card(work, id)
    return card.next_step, card.next_step_at


def test_thousands_are_each_reminded_once_and_dated_once(workspace: Workspace, clock: FixedClock) -> None:
    publish(workspace)
    ids = in_use(workspace, 1100)
    first = deadlines.sweep(workspace)
    assert (first.dated, first.taken) == (1100, 0)
    assert deadlines.sweep(workspace) == deadlines.Swept()
    clock.advance(timedelta(days=21))
    assert deadlines.sweep(workspace).taken == 1100
    assert deadlines.sweep(workspace).taken == 0
    assert written(workspace, "card-remind-suspend") == Counter(ids)
    step, at = clock_of(workspace, ids[0])
    # 30 days after 21 November, at close of business in Shanghai.
    assert (step, at) == ("suspend", datetime(2026, 12, 21, 10, 0, tzinfo=UTC))


def test_a_sweep_that_is_stopped_or_dies_goes_on_where_it_was(
    workspace: Workspace, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workspace)
    ids = in_use(workspace, 30)
    deadlines.sweep(workspace)
    clock.advance(timedelta(days=21))
    turns = iter(range(1000))
    deadlines.sweep(workspace, lambda: next(turns) > 12)
    some = len(written(workspace, "card-remind-suspend"))
    assert 0 < some < 30
    real = moves.set_card

    def dies(*args: Any, **changes: Any) -> None:
        real(*args, **changes)
        raise MemoryError

    # After the message was written, before the transaction ends.
    monkeypatch.setattr(moves, "set_card", dies)
    with pytest.raises(MemoryError):
        deadlines.sweep(workspace)
    monkeypatch.setattr(moves, "set_card", real)
    assert len(written(workspace, "card-remind-suspend")) == some
    deadlines.sweep(workspace)
    assert written(workspace, "card-remind-suspend") == Counter(ids)


def test_two_sweeps_at_once_take_each_step_once(workspace: Workspace, clock: FixedClock) -> None:
    publish(workspace)
    ids = in_use(workspace, 40)
    deadlines.sweep(workspace)
    clock.advance(timedelta(days=21))
    both = [threading.Thread(target=deadlines.sweep, args=(workspace,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert written(workspace, "card-remind-suspend") == Counter(ids)


def test_a_timetable_that_changes_is_worked_out_again(workspace: Workspace, clock: FixedClock) -> None:
    publish(workspace)
    (id,) = in_use(workspace, 1)
    deadlines.sweep(workspace)
    assert clock_of(workspace, id)[0] == "remind"
    later = clock.now() + timedelta(days=40)
    publish(workspace, (("remind", 40), ("suspend", 60), ("cancel", 120)))
    deadlines.sweep(workspace)
    step, at = clock_of(workspace, id)
    assert step == "remind"
    assert at is not None
    assert at.date() == later.date()
    clock.advance(timedelta(days=41))
    deadlines.sweep(workspace)
    # Moved forward, so that the reminder's and the suspension's day are past: neither is skipped, and time stays between.
    publish(workspace, (("remind", 5), ("suspend", 10), ("cancel", 20)))
    deadlines.sweep(workspace)
    deadlines.sweep(workspace)
    assert ordered(workspace, "cancel") == Counter()
    clock.advance(timedelta(days=9))
    deadlines.sweep(workspace)
    assert ordered(workspace, "cancel") == Counter()


def test_after_a_standstill_nobody_is_suspended_on_the_heels_of_the_reminder(
    workspace: Workspace, clock: FixedClock
) -> None:
    publish(workspace)
    (id,) = in_use(workspace, 1)
    clock.advance(timedelta(days=200))
    for _ in range(3):
        deadlines.sweep(workspace)
    assert written(workspace, "card-remind-suspend") == Counter([id])
    assert ordered(workspace, "suspend") == Counter()
    clock.advance(timedelta(days=9))
    deadlines.sweep(workspace)
    assert ordered(workspace, "suspend") == Counter()
    clock.advance(timedelta(days=2))
    deadlines.sweep(workspace)
    assert ordered(workspace, "suspend") == Counter([id])
    clock.advance(timedelta(days=59))
    deadlines.sweep(workspace)
    assert ordered(workspace, "cancel") == Counter()
    clock.advance(timedelta(days=2))
    deadlines.sweep(workspace)
    assert ordered(workspace, "cancel") == Counter([id])


def test_a_card_without_a_sensible_date_holds_nobody_up(workspace: Workspace, clock: FixedClock) -> None:
    publish(workspace)
    (odd,) = in_use(workspace, 1, since=datetime(9999, 12, 30, tzinfo=UTC))
    (good,) = in_use(workspace, 1)
    deadlines.sweep(workspace)
    assert clock_of(workspace, odd) == (None, None)
    assert clock_of(workspace, good)[0] == "remind"


def _in_review(workspace: Workspace) -> tuple[str, str]:
    """A card in use whose registration is approved, with the effect still to come: (card, decision)."""
    bench = Bench(workspace, LATE)
    registration = bench.checking()
    with workspace.write() as work:
        moves.set_card(
            work,
            store.card(work, registration.card_id),
            state="unregistered",
            account_id=registration.account_id,
            programme=LATE,
            used_since=work.now - timedelta(days=31),
            next_step=moves.ARM,
            next_step_at=work.now,
        )
    return registration.card_id, registration.id


def _approve(workspace: Workspace, registration_id: str, minutes: int) -> str:
    with workspace.write() as work:
        made = deciding.conclude(
            work,
            store.get(work, registration_id),
            Decision(Verdict.APPROVE, ()),
            REVIEWER,
            rules=RULES,
            effective_at=work.now + timedelta(minutes=minutes),
        )
    return made.id


def _effect(workspace: Workspace, decision_id: str) -> None:
    """As the engine does it: a conflict is tried again."""
    for _ in range(20):
        try:
            with workspace.write() as work:
                approval.take_effect(work, decision_id)
        except Problem as problem:
            assert problem.code == "CONFLICT"
        else:
            return


def _settle(workspace: Workspace, clock: FixedClock, card_id: str) -> None:
    """The engine's turns at the operator."""
    activation = Activation(workspace, StandIn(workspace, honours_keys=True))
    for _ in range(3):
        clock.advance(timedelta(seconds=6))
        with workspace.read() as work:
            rows = [row.id for row in outbox.due(work.conn, work.now, 100) if row.topic == "operator"]
            waiting = [order.id for order in life.to_confirm(work)]
        for id in rows:
            activation.carry_out(id)
        for id in waiting:
            activation.ask_order(id)
        activation.ask_confirmation(card_id)


@pytest.mark.parametrize("turn", range(4))
def test_a_suspension_and_an_approval_at_the_same_moment(workspace: Workspace, clock: FixedClock, turn: int) -> None:
    publish(workspace)
    card_id, registration_id = _in_review(workspace)
    deadlines.sweep(workspace)
    with workspace.write() as work:
        # Ordered while the registration still waited for the person; on its way to the operator now.
        life.order(work, moves.engine("default"), store.card(work, card_id), "suspend", key="s", why="deadline")
        (order,) = life.acts(work, card_id)
    decision_id = _approve(workspace, registration_id, 1)
    clock.advance(timedelta(minutes=2))
    activation = Activation(workspace, StandIn(workspace, honours_keys=True))
    begin = threading.Barrier(3)

    def at_once(deed: Any, *args: Any) -> threading.Thread:
        def run() -> None:
            begin.wait()
            deed(*args)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    deeds = [(_effect, workspace, decision_id), (activation.carry_out, order.outbox_id), (deadlines.sweep, workspace)]
    threads = [at_once(*deed) for deed in deeds[:: 1 if turn % 2 else -1]]
    for thread in threads:
        thread.join()
    _settle(workspace, clock, card_id)
    clock.advance(timedelta(days=100))
    deadlines.sweep(workspace)
    _settle(workspace, clock, card_id)
    with workspace.read() as work:
        card = store.card(work, card_id)
    assert (card.state, card.restrictions, card.next_step) == (CardState.IN_SERVICE, (), None)
    line = StandIn(workspace, honours_keys=True).line(card.number)
    assert line is not None
    assert line.state == "in-service"


def test_orders_of_one_card_do_not_overtake_each_other(workspace: Workspace, clock: FixedClock) -> None:
    publish(workspace)
    (id,) = in_use(workspace, 1)
    with workspace.write() as work:
        engine, card = moves.engine("default"), store.card(work, id)
        life.order(work, engine, card, "restrict", key="1", why="t", restrictions=("data",))
        life.order(work, engine, card, "lift", key="2", why="t")
        first, second = (a.outbox_id for a in life.acts(work, id))

    class Slow(StandIn):
        """An operator who, while it restricts, is asked to lift by another thread of ours."""

        def carry_out(self, order: LineOrder, key: str) -> LineState:
            if order.act == "restrict":
                Activation(workspace, StandIn(workspace, honours_keys=True)).carry_out(second)
            return super().carry_out(order, key)

    operator = Slow(workspace, honours_keys=True)
    activation = Activation(workspace, operator)
    activation.carry_out(second)  # later than the first in any case: it waits
    clock.advance(timedelta(seconds=6))
    activation.carry_out(first)
    with workspace.read() as work:
        line = operator.line(store.card(work, id).number)
    assert line is not None
    assert line.restrictions == ("data",)
    clock.advance(timedelta(seconds=6))
    activation.carry_out(second)
    with workspace.read() as work:
        line = operator.line(store.card(work, id).number)
    assert line is not None
    assert line.restrictions == ()
