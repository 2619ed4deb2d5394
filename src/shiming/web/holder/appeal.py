"""Appeal of a refusal, a suspension or a cancellation: why it is wrong, and by when another person decides (B9, F8)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.registration.values import Actor
from shiming.review import appeals
from shiming.web import rates
from shiming.web.deps import Form, Holder, house
from shiming.web.holder.common import place
from shiming.web.holder.inbox import text_faults
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/r/{reference}/appeal")


def _page(request: Request, reference: str, holder: Actor, text: str = "", problem: Problem | None = None) -> Response:
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        refused = appeals.refusal(work, found.registration)
        until = appeals.until(work, found.registration)
        act = appeals.stopped(work, found.registration)
    if until is None and act is None:
        if found.registration.appealed_at is not None:
            raise Problem("APPEAL_DONE")
        raise Problem("WRONG_STATE" if refused is None else "APPEAL_TOO_LATE")
    response = page(
        request,
        "holder/appeal.html",
        problem.status if problem else 200,
        place=found,
        reasons=[catalogue()[code] for code in (refused.reasons if refused else ()) if code in catalogue()],
        until=until,
        act=act.act if act else None,
        given=text,
        longest=int(limit("shiming.review", "inbox.text_length")),
        faults=text_faults(request, problem),
    )
    return come_back(response, problem)


@router.get("")
def ask(request: Request, reference: str, holder: Holder) -> Response:
    """Asks why the refusal is wrong."""
    return _page(request, reference, holder)


@router.post("")
def make(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Appeals. The card is reserved again, and another person decides."""
    try:
        rates.spend_thread(request, holder.id)
        with house(request).workspace.write() as work:
            found = place(work, holder, reference)
            if appeals.stopped(work, found.registration) is not None:
                appeals.make_for_card(work, holder, found.registration, form.get("text"))
            else:
                appeals.make(work, holder, found.registration, form.get("text"))
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "TOO_MANY_REQUESTS"):
            raise
        return _page(request, reference, holder, form.get("text"), problem)
    return see(f"/r/{reference}")
