"""Registers asked between transactions, with patience: no answer waits or refers to a person, and never passes (row A8).

What was asked is kept as a digest, with when, how often, what came and by which version of the register, so that a decision
can be explained afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shiming import checks
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.pipeline.registers import service, store
from shiming.pipeline.registers.service import Answer, NoAnswer, Question, Registers, open_registers
from shiming.platform.ids import uuid7
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration.records import Registration
from shiming.registration.store import caps, moves, parties
from shiming.registration.values import AuthorityFacts, CapFacts, Case, Rules

__all__ = ["Registers", "authority", "caps_asked", "digest", "open_registers", "questions", "settled", "waits"]

_FINAL = {service.BAD_ANSWER}
"""Asking again would not make an answer believable; a person looks why it came."""
_log = structlog.get_logger(__name__)


def _limit(name: str) -> float:
    return limit("shiming.pipeline", f"register.{name}")


def questions(work: Work, registration: Registration, case: Case) -> tuple[Question, ...]:
    """What the programme wants asked about this submission; nothing while the document's number is not known."""
    known = parties.identity(work, registration)
    if known is None:
        return ()
    document = dict(zip(("document", "country", "number"), known, strict=True))
    asked = []
    if case.rules.authority is not None:
        who = {name: value for name in ("name", "date_of_birth") if (value := _value(case, name))}
        asked.append(Question(case.rules.authority.register, "identity", {**document, **who}))
    for name in _counting(registration, case.rules):
        asked.append(Question(name, "cards", {**document, "card_kind": case.rules.card_kind}))
    return tuple(asked)


def _value(case: Case, name: str) -> str | None:
    """What the person confirmed, else what was read from the document."""
    front = case.evidence.get("document-front")
    read = checks.without_hints(front).reading if front is not None else None
    field = read.fields.get(name) if read is not None else None
    return case.form.get(name) or (field.value if field else None)


def _counting(registration: Registration, rules: Rules) -> tuple[str, ...]:
    names = (cap.register for cap in caps.applying(registration, rules))
    return tuple(dict.fromkeys(name for name in names if name is not None))


def settled(workspace: Workspace, registration: Registration, asked: Iterable[Question], registers: Registers) -> bool:
    """Asks what is still open, outside any transaction. False: an answer is waited for, come back later."""
    done = True
    for question in asked:
        begun = _begin(workspace, registration, question)
        if begun is not None:
            done = _one(workspace, registration, question, begun, registers) and done
    return done


@dataclass(frozen=True, slots=True)
class _Begun:
    """An attempt that was counted: its row, and whether it is the last one."""

    id: str
    last: bool


def digest(question: Question) -> str:
    """What is kept of a question: enough to see that another one is the same."""
    return hashlib.sha256(json.dumps(dict(question.body), sort_keys=True).encode()).hexdigest()


def _begin(workspace: Workspace, registration: Registration, question: Question) -> _Begun | None:
    """Counts an attempt, before it is made; None for a question that is settled."""
    with workspace.write() as work:
        row = store.begin(work, registration, question.kind, question.register, digest(question))
        if row.state != "open":
            return None
        wait = min(_limit("first_wait_seconds") * 2**row.attempts, _limit("longest_wait_seconds"))
        store.count_attempt(work, row.id, work.now + timedelta(seconds=wait))
        actor = moves.engine(work.issuer)
        work.record(actor, Action.REGISTER_ASKED, "registration", registration.id, register=question.register)
        return _Begun(
            row.id, row.attempts + 1 >= _limit("tries") and work.now >= _patience(work, registration, question)
        )


def _patience(work: Work, registration: Registration, question: Question) -> datetime:
    """Until when an answer is waited for. A count of cards is asked for a few times only; there is no rule to wait."""
    rules = rules_of(work, registration)
    hours = rules.authority.wait_hours if question.kind == "identity" and rules.authority else 0
    return (registration.submitted_at or work.now) + timedelta(hours=hours)


def _one(
    workspace: Workspace, registration: Registration, question: Question, begun: _Begun, registers: Registers
) -> bool:
    """One attempt and what is kept of it. False: it stays open."""
    try:
        register = service.named(registers, question.register)
        if register is None:
            raise NoAnswer(service.NOT_SET_UP)
        answer = register.ask(question, uuid7())
    except NoAnswer as none:
        return _keep_fault(workspace, registration, question, begun, none.code)
    _keep_answer(workspace, registration, question, begun, answer)
    return True


def _keep_answer(
    workspace: Workspace, registration: Registration, question: Question, begun: _Begun, answer: Answer
) -> None:
    with workspace.write() as work:
        told = {"says": answer.says, "cards": answer.count, "version": answer.version, "fault": None}
        if store.settle(work, begun.id, "answered", **told):
            _record(work, registration, question, "answered")
            moves.note_event(
                work, moves.engine(work.issuer), registration.id, "register-answered", register=question.register
            )


def _keep_fault(
    workspace: Workspace, registration: Registration, question: Question, begun: _Begun, fault: str
) -> bool:
    _log.warning("register_gave_no_answer", register=question.register, kind=question.kind, why=fault)
    with workspace.write() as work:
        if not begun.last and fault not in _FINAL:
            store.note_fault(work, begun.id, fault)
            return False
        state = "invalid" if fault in _FINAL else "given-up"
        if store.settle(work, begun.id, state, fault=fault):
            _record(work, registration, question, state)
            moves.note_event(
                work, moves.engine(work.issuer), registration.id, "register-silent", register=question.register
            )
    return True


def _record(work: Work, registration: Registration, question: Question, state: str) -> None:
    actor = moves.engine(work.issuer)
    work.record(
        actor, Action.REGISTER_SETTLED, "registration", registration.id, register=question.register, state=state
    )


def authority(work: Work, registration: Registration, rules: Rules) -> AuthorityFacts | None:
    """What the authority's register said about this submission; None when it was not asked."""
    if rules.authority is None:
        return None
    row = store.rows(work, registration.id, registration.n).get(("identity", rules.authority.register))
    if row is None:
        return None
    return AuthorityFacts(row.register, row.says, row.version, row.fault, row.attempts, row.asked_at)


def caps_asked(work: Work, registration: Registration, rules: Rules) -> tuple[CapFacts, ...]:
    """What registers said about the caps that are counted over all operators."""
    rows = store.rows(work, registration.id, registration.n)
    found = []
    for cap in caps.applying(registration, rules):
        if cap.register is not None:
            row = rows.get(("cards", cap.register))
            taken, fault = (row.cards, row.fault) if row is not None else (None, None)
            found.append(CapFacts(f"register:{cap.register}", cap.limit, taken, True, cap.register, fault))
    return tuple(found)


def waits(work: Work, registration_id: str, n: int) -> bool:
    """Whether a submission waits for a register that is not to be asked again yet."""
    return store.waits(work, registration_id, n)
