"""Random walks over the moves, on the real store: the state is always the model's, and nothing illegal gets through."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.states import CARD_MOVES, REGISTRATION_MOVES, CardState, RegistrationState
from shiming.registration.store import approval, deciding, life, moves
from shiming.registration.values import Actor, Decision, Role, Verdict

from .conftest import REVIEWER, RULES, Bench

VERDICTS = {
    "approve": Decision(Verdict.APPROVE, ()),
    "retry": Decision(Verdict.RETRY, ("IMG_BLUR",), ("document-front",)),
    "reject": Decision(Verdict.REJECT, ("AGE_TOO_YOUNG",)),
    "refer": Decision(Verdict.REFER, ("FACE_MATCH_UNCERTAIN",)),
}


class Walk(RuleBasedStateMachine):
    """One registration, moved at random."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FixedClock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
        self.workspace = Workspace.open(Settings(data=Path(self.folder.name)), self.clock)

    def teardown(self) -> None:
        self.workspace.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.registration = Bench(self.workspace).draft()
        self.holder = Bench.holder(self.registration)
        self.state = RegistrationState.DRAFT
        self.pending = False
        self.events = 0

    def _try(self, move: str, act: object) -> bool:
        """Does the move; it must succeed exactly when the table allows it."""
        legal = self.state in REGISTRATION_MOVES[move]
        try:
            with self.workspace.write() as work:
                act(work, store.get(work, self.registration.id))  # type: ignore[operator]
        except Problem as problem:
            assert problem.code == "WRONG_STATE"
            assert not legal
            return False
        assert legal
        self.state = REGISTRATION_MOVES[move][self.state]
        return True

    @rule()
    def submit(self) -> None:
        self._try(
            "submit",
            lambda work, r: moves.submit(
                work, self.holder, r, rules=RULES, due_at=work.now + timedelta(days=3), unpublished_year=False
            ),
        )

    @rule()
    def check(self) -> None:
        with self.workspace.write() as work:
            r = store.get(work, self.registration.id)
            found = moves.begin_checking(work, r.id, r.n)
        if self.state == RegistrationState.SUBMITTED:
            self.state = RegistrationState.CHECKING
        assert (found is not None) == (self.state == RegistrationState.CHECKING)

    def _conclude(self, move: str, minutes: int) -> None:
        done = self._try(
            move,
            lambda work, r: deciding.conclude(
                work,
                r,
                VERDICTS[move],
                REVIEWER,
                rules=RULES,
                effective_at=work.now + timedelta(minutes=minutes),
            ),
        )
        if done:
            self.pending = minutes > 0

    @rule()
    def approve_later(self) -> None:
        self._conclude("approve", 10)

    @rule()
    def retry(self) -> None:
        self._conclude("retry", 0)

    @rule()
    def refer(self) -> None:
        self._conclude("refer", 0)

    @rule()
    def reject_later(self) -> None:
        self._conclude("reject", 10)

    @rule()
    def withdraw(self) -> None:
        self._try("withdraw", lambda work, r: moves.withdraw(work, self.holder, r))

    @rule()
    def take_back(self) -> None:
        with self.workspace.read() as work:
            made = store.decisions(work, self.registration.id)
        if not made:
            return
        try:
            with self.workspace.write() as work:
                deciding.take_back(work, REVIEWER, store.decision_by_id(work, made[-1].id))
        except Problem as problem:
            assert problem.code == "WRONG_STATE"
            assert not self.pending
            return
        assert self.pending
        self.state = RegistrationState.IN_REVIEW
        self.pending = False

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(timedelta(minutes=11))
        with self.workspace.write() as work:
            for decision_id in store.decisions_to_effect(work):
                approval.take_effect(work, decision_id)
        self.pending = False

    @invariant()
    def the_store_agrees(self) -> None:
        if not hasattr(self, "state"):
            return
        with self.workspace.read() as work:
            r = store.get(work, self.registration.id)
            card = store.card(work, r.card_id)
            events = len(store.timeline(work, r.id))
            bound = store.card_is_bound(work, r.card_id)
        assert r.state == self.state
        assert events >= self.events
        self.events = events
        # Nobody holds a card that no approval stands behind, and no approval in force leaves the card behind.
        in_force = self.state == RegistrationState.APPROVED and not self.pending
        assert bound == in_force
        assert (card.state == CardState.ACTIVATING) == in_force


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=25, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)


class CardWalk(RuleBasedStateMachine):
    """One card in use, moved at random by orders, their confirmations, a registration and time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FixedClock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
        self.workspace = Workspace.open(Settings(data=Path(self.folder.name)), self.clock)

    def teardown(self) -> None:
        self.workspace.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        with self.workspace.write() as work:
            self.id = Bench(self.workspace).card(work, "8986001234567890120")
            card = store.card(work, self.id)
            moves.set_card(work, card, state="unregistered", restrictions=["sms-out"])
        self.state = CardState.UNREGISTERED
        self.holder: str | None = None
        self.waiting: list[tuple[str, str]] = []
        self.version = 0

    def _card(self) -> Card:
        with self.workspace.read() as work:
            return store.card(work, self.id)

    @rule(act=st.sampled_from(["restrict", "lift", "suspend", "resume", "cancel", "update-holder"]))
    def order(self, act: str) -> None:
        barred = ("data",) if act == "restrict" else ()
        try:
            with self.workspace.write() as work:
                card = store.card(work, self.id)
                key = f"{act}:{len(self.waiting)}:{card.version}:{work.now.isoformat()}"
                id = life.order(work, moves.engine("default"), card, act, key=key, restrictions=barred)
        except Problem as problem:
            assert problem.code == "WRONG_STATE"
            assert self.state not in life.states_for(act)
            return
        assert self.state in life.states_for(act)
        assert self._card().state == self.state
        if (id, act) not in self.waiting:
            self.waiting.append((id, act))

    @rule()
    def the_operator_confirms(self) -> None:
        while self.waiting:
            id, act = self.waiting.pop(0)
            with self.workspace.write() as work:
                changed = life.confirm(work, id)
                assert life.confirm(work, id) is False
            if not changed:
                continue
            after = {
                "suspend": CardState.SUSPENDED,
                "resume": CardState.UNREGISTERED,
                "cancel": CardState.CANCELLED,
            }
            self.state = after.get(act, self.state)

    @rule()
    def somebody_reserves_it(self) -> None:
        if self.holder is None and self.state in (CardState.UNREGISTERED, CardState.SUSPENDED):
            with self.workspace.write() as work:
                moves.reserve_card(work, Actor(Role.HOLDER, "somebody"), store.card(work, self.id), ("data",))
            self.holder = "somebody"

    @rule(waits=st.booleans())
    def approval(self, waits: bool) -> None:
        legal = self.state in CARD_MOVES["activate"]
        try:
            with self.workspace.write() as work:
                life.drop_orders(work, self.id)
                moves.move_card(work, moves.engine("default"), store.card(work, self.id), "activate")
        except Problem as problem:
            assert problem.code == "WRONG_STATE"
            assert not legal
            return
        assert legal
        self.waiting.clear()
        with self.workspace.write() as work:
            opened = moves.card_awaits_act(work, self.id) if waits else moves.card_in_service(work, self.id)
        self.state = CardState.AWAITING_ACT if waits else CardState.IN_SERVICE
        assert opened.state == self.state

    @rule()
    def the_holder_acts(self) -> None:
        legal = self.state == CardState.AWAITING_ACT
        try:
            with self.workspace.write() as work:
                moves.move_card(work, moves.engine("default"), store.card(work, self.id), "act")
                moves.card_in_service(work, self.id)
        except Problem as problem:
            assert problem.code == "WRONG_STATE"
            assert not legal
            return
        assert legal
        self.state = CardState.IN_SERVICE

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(timedelta(minutes=1))

    @invariant()
    def the_store_agrees(self) -> None:
        if not hasattr(self, "state"):
            return
        card = self._card()
        assert card.state == self.state
        assert card.account_id == self.holder
        assert card.version >= self.version
        self.version = card.version
        if self.state == CardState.SUSPENDED:
            assert not card.restrictions or set(card.restrictions) <= {"sms-out", "data"}


TestCardWalk = CardWalk.TestCase
TestCardWalk.settings = settings(
    max_examples=25, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
