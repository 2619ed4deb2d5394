"""Random walks over the moves, on the real store: the state is always the model's, and nothing illegal gets through."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import REGISTRATION_MOVES, CardState, RegistrationState
from shiming.registration.store import approval, deciding, moves
from shiming.registration.values import Decision, Verdict

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
