"""The agents' inbox on pages: the queue by due time, one thread, answer, note, close, hand over (row F8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.platform.ids import normalise_reference
from shiming.platform.limits import limit
from shiming.programmes import help as answers
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.review import appeals, corrections, inbox
from shiming.review.store import Thread
from shiming.web import care, deps
from shiming.web.deps import Form, house
from shiming.web.holder.changes import LABELS
from shiming.web.holder.inbox import text_faults
from shiming.web.pages import page, see

router = APIRouter(prefix="/agent/inbox", dependencies=[Depends(deps.read_form)])
Agent = Annotated[Actor, Depends(deps.staff_with(Role.AGENT))]


def _(text: str) -> str:
    return text


_TO_WRONG = _("Choose a colleague who may have it.")
_ACCEPT_WRONG = _("Say whether you accept it.")


@router.get("")
def queue(request: Request, actor: Agent) -> Response:
    """What waits for an answer, the most urgent first."""
    with house(request).workspace.read() as work:
        rows = inbox.queue(work, actor)
        references = store.references(work, [row.registration_id for row in rows if row.registration_id])
        now = work.now
    return page(
        request,
        "agent/queue.html",
        actor=actor,
        home="/agent",
        rows=rows,
        references=references,
        now=now,
        care=care,
        answers=answers.answers(),
    )


def _thread_page(
    request: Request, actor: Actor, thread: str, given: str = "", problem: Problem | None = None, field: str = "text"
) -> Response:
    with house(request).workspace.write() as work:
        found, messages = inbox.read(work, actor, normalise_reference(thread))
        registration = store.get(work, found.registration_id) if found.registration_id else None
        colleagues = inbox.colleagues(work, actor, found)
        correction = corrections.of_thread(work, found)
    own = {"to": _TO_WRONG, "accept": _ACCEPT_WRONG}
    faults = {field: deps.texts(request).gettext(own[field])} if field in own else text_faults(request, problem, field)
    return page(
        request,
        "agent/thread.html",
        problem.status if problem else 200,
        actor=actor,
        home="/agent",
        thread=found,
        messages=messages,
        registration=registration,
        colleagues=colleagues,
        correction=correction,
        labels=LABELS,
        answer=answers.answers().get(found.topic or ""),
        care=care,
        given=given,
        longest=int(limit("shiming.review", "inbox.text_length")),
        faults=faults if problem else {},
    )


@router.get("/{thread}")
def show(request: Request, thread: str, actor: Agent) -> Response:
    """One thread with what was written. The look is recorded."""
    return _thread_page(request, actor, thread)


@router.post("/{thread}/take")
def take(request: Request, thread: str, form: Form, actor: Agent) -> Response:
    """Takes it on."""
    with house(request).workspace.write() as work:
        found = inbox.take(work, actor, normalise_reference(thread))
    return _back(found)


@router.post("/{thread}/answer")
def answer(request: Request, thread: str, form: Form, actor: Agent) -> Response:
    """Answers, or keeps a note for colleagues."""
    try:
        with house(request).workspace.write() as work:
            if form.on("note"):
                inbox.note(work, actor, normalise_reference(thread), form.get("text"))
            else:
                inbox.answer(work, actor, normalise_reference(thread), form.get("text"))
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _thread_page(request, actor, thread, form.get("text"), problem)
    return see(f"/agent/inbox/{thread}")


@router.post("/{thread}/decide")
def decide(request: Request, thread: str, form: Form, actor: Agent) -> Response:
    """Decides a correction, or the appeal of a suspended or cancelled card, with a reason."""
    reference = normalise_reference(thread)
    if form.get("accept") not in ("yes", "no"):
        problem = Problem("INVALID_FORM", fields={"accept": "INVALID_FORM"})
        return _thread_page(request, actor, thread, form.get("why"), problem, "accept")
    accept = form.get("accept") == "yes"
    try:
        with house(request).workspace.write() as work:
            found, _messages = inbox.read(work, actor, reference)
            settle = corrections.decide if found.kind == "correction" else appeals.decide_for_card
            settle(work, actor, reference, accept=accept, why=form.get("why"))
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _thread_page(request, actor, thread, form.get("why"), problem, "why")
    return see(f"/agent/inbox/{thread}")


@router.post("/{thread}/close")
def close(request: Request, thread: str, form: Form, actor: Agent) -> Response:
    """Ends it."""
    with house(request).workspace.write() as work:
        inbox.close(work, actor, normalise_reference(thread))
    return see("/agent/inbox")


@router.post("/{thread}/hand-over")
def hand_over(request: Request, thread: str, form: Form, actor: Agent) -> Response:
    """Gives it to a colleague, or back to all."""
    try:
        with house(request).workspace.write() as work:
            inbox.hand_over(work, actor, normalise_reference(thread), form.get("to") or None, form.get("reason"))
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _thread_page(request, actor, thread, problem=problem, field="to")
    return see("/agent/inbox")


def _back(found: Thread) -> Response:
    return see(f"/agent/inbox/{found.reference}")
