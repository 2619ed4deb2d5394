"""Disputes on the agents' pages: by due time, one with its proof, the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.custody import disputes
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.deps import Form, house
from shiming.web.holder import labels
from shiming.web.holder.common import fault_texts
from shiming.web.holder.custody_labels import DISPUTE_STATES, REASONS
from shiming.web.pages import page, see

router = APIRouter(prefix="/agent/disputes", dependencies=[Depends(deps.read_form)])
Agent = Annotated[Actor, Depends(deps.staff_with(Role.AGENT))]


def _(text: str) -> str:
    return text


_FAULTS = {
    "verdict": _("Choose what you decide."),
    "reason": _("Choose the reason that belongs to your decision."),
    "message": _("Say why, so that the person can do something about it."),
}


@router.get("")
def queue(request: Request, actor: Agent) -> Response:
    """What waits, the most urgent first."""
    with house(request).workspace.read() as work:
        rows = disputes.queue(work, actor)
        late = {row.id for row in rows if disputes.overdue(work, row)}
        soon = {row.id for row in rows if disputes.soon(work, row)}
    return page(request, "agent/disputes.html", actor=actor, home="/agent", rows=rows, late=late, soon=soon)


@router.get("/{reference}")
def case(request: Request, reference: str, actor: Agent) -> Response:
    """One dispute with its proof and what is known of the card. The look is recorded."""
    return _page(request, actor, reference)


def _page(
    request: Request,
    actor: Actor,
    reference: str,
    form: deps.FormData | None = None,
    problem: Problem | None = None,
) -> Response:
    with house(request).workspace.write() as work:
        view = disputes.view(work, actor, reference)
    faults = fault_texts(problem, deps.texts(request), _FAULTS) if problem else {}
    return page(
        request,
        "agent/dispute.html",
        problem.status if problem else 200,
        actor=actor,
        home="/agent",
        view=view,
        state=DISPUTE_STATES[view.dispute.state],
        reasons_of=REASONS,
        labels=labels,
        given=form or deps.FormData(),
        faults=faults,
    )


@router.get("/{reference}/pictures/{side}")
def picture(request: Request, reference: str, side: str, actor: Agent) -> Response:
    """A side of the document that was handed in as proof."""
    with house(request).workspace.write() as work:
        data = disputes.picture(work, actor, reference, side)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/{reference}")
def decide(request: Request, reference: str, actor: Agent, form: Form) -> Response:
    """Decides. Upheld: the binding ends and the card is stopped."""
    given = {name: form.get(name) for name in ("verdict", "reason", "note", "message")}
    try:
        with house(request).workspace.write() as work:
            disputes.decide(work, actor, reference, **given)
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _page(request, actor, reference, form, problem)
    return see("/agent/disputes")
