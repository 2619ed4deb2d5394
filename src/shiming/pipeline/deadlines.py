"""Takes the steps of timetables that are due: cards that nobody registers, registrations that nobody finishes (C6, E1, E5).

An index range in batches; each step is one short transaction that changes the row by its version, so that it may be run
twice, at once, and be killed anywhere: what was not taken is found again. Memory does not grow with the number of cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.countries.languages import language
from shiming.platform.limits import limit
from shiming.programmes import store as programmes
from shiming.programmes import timetable
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import clocks, life, moves
from shiming.registration.values import Rules

_GRAVE = ("restrict", "suspend", "cancel")
_WAITING = (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)
_log = structlog.get_logger(__name__)


@dataclass
class Swept:
    """What a sweep did."""

    dated: int = 0
    taken: int = 0
    held_up: int = 0


def sweep(workspace: Workspace, stop: Callable[[], bool] = lambda: False) -> Swept:
    """Takes every step that is due now. ``stop`` ends it between two steps; the next sweep goes on."""
    done = Swept()
    batch = int(limit("shiming.pipeline", "deadlines.batch"))
    _rearm(workspace, batch, stop)
    for of in ("card", "registration"):
        last: clocks.Due | None = None
        while not stop():
            with workspace.read() as work:
                found = clocks.due(work, of, batch, last)
            if not found:
                break
            last = found[-1]
            _take(workspace, of, found, done, stop)
    return done


def _rearm(workspace: Workspace, batch: int, stop: Callable[[], bool]) -> None:
    """Programmes that changed their timetable have their dates worked out again."""
    with workspace.read() as work:
        versions = {name: programmes.current(work, name).programme_version for name in programmes.known(work)}
        changed = [
            (of, name, version)
            for of in ("card", "registration")
            for name, version in versions.items()
            if clocks.stale(work, of, name, version, 1)
        ]
    for of, name, version in changed:
        while not stop():
            with workspace.write() as work:
                stale = clocks.stale(work, of, name, version, batch)
                clocks.rearm(work, of, stale)
            if not stale:
                break


def _take(workspace: Workspace, of: str, found: list[clocks.Due], done: Swept, stop: Callable[[], bool]) -> None:
    undated = [row for row in found if row.step == moves.ARM]
    if undated:
        with workspace.write() as work:
            known: dict[str, Rules] = {}
            clocks.write_dates(work, of, [_dates(work, of, row, known) for row in undated])
        done.dated += len(undated)
    for row in found:
        if stop():
            return
        if row.step == moves.ARM:
            continue
        try:
            with workspace.write() as work:
                done.taken += _card_step(work, row.id) if of == "card" else _registration_step(work, row.id)
        except (Problem, ValueError, KeyError) as fault:
            done.held_up += 1
            # Codes and types only: a message could quote a number.
            why = fault.code if isinstance(fault, Problem) else type(fault).__name__
            _log.warning("deadline_not_taken", of=of, id=row.id, why=why)


def _dates(work: Work, of: str, row: clocks.Due, known: dict[str, Rules]) -> clocks.Dates:
    """The next step of a row. A row without a sensible date has none, and says so in the log."""
    try:
        if row.programme not in known:
            known[row.programme] = programmes.current(work, row.programme)
        version = known[row.programme].programme_version
        rules, start = _clock_of(work, of, row, known[row.programme])
        plan = timetable.steps(rules, _of(of), start) if start else ()
    except (Problem, ValueError, KeyError) as fault:
        _log.error("deadline_without_date", of=of, id=row.id, why=type(fault).__name__)
        return clocks.Dates(row.id, row.version, "", None, None)
    coming = timetable.coming(plan, _last(row), work.now, skip=_skip(row.state))
    first = coming[0] if coming else None
    return clocks.Dates(row.id, row.version, version, first.step.step if first else None, first.at if first else None)


def _clock_of(work: Work, of: str, row: clocks.Due, rules: Rules) -> tuple[Rules, datetime | None]:
    if of == "card":
        # A card that needs no registration by itself has no deadline before something made it due.
        return rules, row.triggered_at or (None if rules.triggers else row.start)
    registration = store.get(work, row.id)
    return programmes.rules_of(work, registration), registration_start(work, registration)


def registration_start(work: Work, registration: Registration) -> datetime:
    """Since when a registration waits for the person: its beginning, or when something was asked for again."""
    if registration.state != RegistrationState.ACTION_REQUIRED:
        return registration.created_at
    made = store.decisions(work, registration.id)
    return made[-1].effective_at if made else registration.updated_at


def _of(of: str) -> timetable.Of:
    return "card" if of == "card" else "registration"


def _last(row: clocks.Due | Card | Registration) -> timetable.Step | None:
    if row.last_step is None or row.last_step_due is None:
        return None
    return timetable.Step(row.last_step, row.last_step_due)


def _skip(state: str) -> tuple[str, ...]:
    return ("restrict", "suspend") if state == CardState.SUSPENDED else ()


def _after(taken: timetable.Step, rest: tuple[timetable.Coming, ...]) -> dict[str, object]:
    return {
        "next_step": rest[0].step.step if rest else None,
        "next_step_at": rest[0].at if rest else None,
        "last_step": taken.step,
        "last_step_due": taken.due,
    }


def card_plan(work: Work, card: Card) -> tuple[timetable.Coming, ...]:
    """What is still to come for a card that nobody registered, with its dates. Empty where no clock runs.

    The dates that are stored hold; where they are not worked out yet they are worked out here.
    """
    return _plan(work, card, programmes.current(work, card.programme)) if card.programme else ()


def _plan(work: Work, card: Card, rules: Rules) -> tuple[timetable.Coming, ...]:
    start = card.triggered_at or (None if rules.triggers else card.used_since)
    if start is None or card.state not in (CardState.UNREGISTERED, CardState.SUSPENDED):
        return ()
    plan = timetable.steps(rules, "card", start)
    coming = timetable.coming(plan, _last(card), work.now, skip=_skip(card.state))
    if not coming or card.next_step in (None, moves.ARM) or card.next_step_at is None:
        return coming
    late = card.next_step_at - coming[0].step.due
    return tuple(timetable.Coming(c.step, c.step.due + max(late, timedelta(0))) for c in coming)


def _card_step(work: Work, card_id: str) -> int:
    """One step of one card; 0 when there is nothing to be done (any more)."""
    card = store.card(work, card_id)
    if card.next_step in (None, moves.ARM) or card.next_step_at is None or card.next_step_at > work.now:
        return 0
    if card.state not in (CardState.UNREGISTERED, CardState.SUSPENDED) or card.programme is None:
        moves.set_card(work, card, **life.STOPPED)
        return 0
    rules = programmes.current(work, card.programme)
    plan = _plan(work, card, rules)
    if not plan or plan[0].step.step != card.next_step:
        moves.set_card(work, card, next_step=moves.ARM, next_step_at=work.now)
        return 0
    if card.next_step in _GRAVE and clocks.open_registrations(work, card.id)[1]:
        hold = timedelta(days=limit("shiming.countries", "timetable.hold_days"))
        moves.set_card(work, card, next_step_at=work.now + hold)
        return 0
    step = plan[0].step
    full = timetable.steps(rules, "card", card.triggered_at or card.used_since or step.due)
    rest = timetable.coming(full, step, work.now, skip=_skip(card.state))
    _take_card_step(work, card, rules, step, rest)
    moves.set_card(work, card, **_after(step, rest))
    work.record(moves.engine(work.issuer), Action.CARD_STEP_TAKEN, "card", card.id, step=step.step)
    return 1


def _take_card_step(
    work: Work, card: Card, rules: Rules, step: timetable.Step, rest: tuple[timetable.Coming, ...]
) -> None:
    key = f"card-step:{card.id}:{step.step}:{step.due.date().isoformat()}"
    if step.step in _GRAVE:
        barred = rules.restrictions if step.step == "restrict" else ()
        life.order(work, moves.engine(work.issuer), card, step.step, key=key, why="deadline", restrictions=barred)
        return
    ahead = next((c for c in rest if c.step.step in _GRAVE), None)
    template = f"card-remind-{ahead.step.step}" if ahead else "card-remind"
    due: dict[str, Any] = {"due_at": ahead.at.isoformat()} if ahead else {}
    life.post_card_notice(work, card, template, key=key, language=language(rules.country), **due)


def _registration_step(work: Work, registration_id: str) -> int:
    """One step of one registration; 0 when there is nothing to be done (any more)."""
    registration = store.get(work, registration_id)
    at = registration.next_step_at
    if registration.next_step in (None, moves.ARM) or at is None or at > work.now:
        return 0
    if registration.state not in _WAITING:
        moves.set_clock(work, registration, **life.STOPPED)
        return 0
    rules = programmes.rules_of(work, registration)
    plan = timetable.steps(rules, "registration", registration_start(work, registration))
    coming = timetable.coming(plan, _last(registration), work.now)
    if not coming or coming[0].step.step != registration.next_step:
        moves.set_clock(work, registration, next_step=moves.ARM, next_step_at=work.now)
        return 0
    step = coming[0].step
    if step.step == "expire":
        expire(work, registration)
        return 1
    rest = timetable.coming(plan, step, work.now)
    ahead = next((c for c in rest if c.step.step == "expire"), None)
    key = f"registration-step:{registration.id}:{step.step}:{step.due.isoformat()}"
    if ahead:
        moves.post_notice(work, registration, "registration-remind", key=key, due_at=ahead.at.isoformat())
    moves.set_clock(work, registration, **_after(step, rest))
    return 1


def expires_at(work: Work, registration: Registration) -> datetime | None:
    """When a registration expires that waits for the person; None where it does not."""
    if registration.state not in _WAITING:
        return None
    rules = programmes.rules_of(work, registration)
    plan = timetable.steps(rules, "registration", registration_start(work, registration))
    coming = timetable.coming(plan, _last(registration), work.now)
    return next((c.at for c in coming if c.step.step == "expire"), None)


def expire(work: Work, registration: Registration) -> None:
    """Time ran out: the card is free again, and the holder is told how to go on."""
    moves.withdraw(work, moves.engine(work.issuer), registration, name="expire")
    moves.post_notice(work, registration, "registration-expired", key=f"registration-expired:{registration.id}")
