"""Finds what is to be done, from the database alone: moving things that nobody moves, and deadlines.

``moving`` is asked often and only reads. ``deadlines`` runs each minute, ``forgotten_files`` each hour, under a lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from shiming.audit.work import Work, Workspace
from shiming.countries import calendar
from shiming.custody.store import retaining
from shiming.intake import liveness, openings, recovery, reverification
from shiming.intake.lists import store as lists
from shiming.intake.liveness import seen
from shiming.pipeline import store as pipeline_store
from shiming.pipeline.registers import store as registers
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import captures, life, moves, proofs
from shiming.review import appeals, inbox
from shiming.review import store as threads

Kind = Literal["evidence", "registration", "decision", "message", "card", "order", "list"]
_MOVING = (RegistrationState.SUBMITTED, RegistrationState.CHECKING)
_PROMISED = (*_MOVING, RegistrationState.IN_REVIEW)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to be done: a kind, the id of its row, and for a registration the submission."""

    kind: Kind
    id: str
    n: int = 0
    topic: str = ""


CARDS_A_LOOK = 200
"""Cards whose operator is asked for a confirmation, in one look."""


def moving(work: Work, *, cards_after: str = "") -> list[Job]:
    """Everything in a moving state, in the order it should be started.

    Of the cards that wait for the operator a part, those after ``cards_after``: many that are never confirmed must not keep the
    others from being asked about.
    """
    return [
        *(Job("message", row.id, topic=row.topic) for row in pipeline_store.due_messages(work)),
        *(Job("decision", id) for id in store.decisions_to_effect(work)),
        *(Job("registration", r.id, r.n) for r in store.in_states(work, _MOVING, besides=registers.waiting(work))),
        *(Job("evidence", item.id) for item in store.unread_evidence(work)),
        *(
            Job("card", card.id)
            for card in store.cards_in_state(work, CardState.ACTIVATING, CARDS_A_LOOK, after=cards_after)
        ),
        *(Job("order", order.id) for order in life.to_confirm(work)),
        *(Job("list", id) for state in (lists.TAKING, lists.WAITING) for id in lists.in_state(work, state)),
    ]


def deadlines(workspace: Workspace) -> None:
    """Escalates cases that are due within a working day; tells holders whose date was missed the new one; re-verifies."""
    with workspace.write() as work:
        openings.forget(work)
        liveness.sweep(work)
        seen.forget(work)
    reverification.sweep(workspace)
    with workspace.read() as work:
        promised = store.in_states(work, _PROMISED)
    for registration in promised:
        try:
            with workspace.write() as work:
                _check_promise(work, store.get(work, registration.id))
        except Problem as problem:
            _log.info("deadline_not_checked", registration=registration.id, problem=problem.code)
    _answers(workspace)
    cooled_off(workspace)


def cooled_off(workspace: Workspace) -> None:
    """Lets fresh proofs of identity take effect in whose cooling-off nobody stopped them."""
    with workspace.read() as work:
        waiting = proofs.cooled(work)
    for registration_id in waiting:
        try:
            with workspace.write() as work:
                recovery.finish(work, registration_id)
        except Problem as problem:
            _log.info("proof_not_finished", registration=registration_id, problem=problem.code)


def _answers(workspace: Workspace) -> None:
    """The due times of the agents' inbox."""
    with workspace.read() as work:
        waiting = threads.waiting(work)
    for row in waiting:
        try:
            with workspace.write() as work:
                if row.kind != "appeal" or not appeals.conclude(work, row.id):
                    inbox.check_due(work, row.id)
        except Problem as problem:
            _log.info("answer_not_checked", thread=row.id, problem=problem.code)


def forgotten_files(workspace: Workspace) -> int:
    """Removes encrypted files that no row names and returns how many.

    A file is stored before the transaction that names it commits, and removed after the one that drops it: a rollback or the
    death of the program in between leaves it behind. Files of the last hour are left alone, since their row may be to come.
    """
    moment = workspace.clock.now() - timedelta(seconds=limit("shiming.pipeline", "files.forgotten_seconds"))
    removed = 0
    for ids in workspace.vault.files_before(moment):
        with workspace.read() as work:
            named = captures.files_named(work, ids) | retaining.files_named(work, ids)
        for file_id in set(ids) - named:
            workspace.vault.delete_file(file_id)
            removed += 1
    if removed:
        _log.info("forgotten_files_removed", count=removed)
    return removed


def _check_promise(work: Work, registration: Registration) -> None:
    if registration.state not in _PROMISED or registration.due_at is None:
        return
    soonest = _next_close(work, registration)
    if registration.due_at <= work.now:
        moves.miss_due(work, registration, soonest.at, unpublished_year=soonest.unpublished_year)
    elif registration.escalated_at is None and registration.due_at <= soonest.at:
        moves.escalate(work, registration)


def _next_close(work: Work, registration: Registration) -> calendar.Due:
    """Close of business of the next working day."""
    rules = rules_of(work, registration)
    return calendar.due(work.now, 1, rules.country, rules.zone)
