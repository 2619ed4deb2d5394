"""What becomes of a card that nobody registered yet, without an account; and starting again (rows C6, E1, E5)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import again, cards
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import card_life, deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.common import fault_texts, place
from shiming.web.pages import come_back, page

router = APIRouter()
_ANYBODY = Actor(Role.ANONYMOUS, "anonymous")


def _form(request: Request, form: FormData, problem: Problem | None = None, *, sent: bool = False) -> Response:
    faults = fault_texts(problem, deps.texts(request)) if problem else {}
    general = " ".join(rates.refusal_texts(problem, deps.texts(request))) if problem and not faults else ""
    response = page(
        request,
        "holder/card_deadline.html",
        problem.status if problem else 200,
        form=form,
        faults=faults,
        general=general,
        sent=sent,
        by_code=sent or form.get("proof") == "code",
    )
    return come_back(response, problem)


@router.get("/card-deadline")
def ask(request: Request) -> Response:
    """Asks for the card: its number and what proves that it is at hand."""
    return _form(request, FormData())


@router.post("/card-deadline")
def show(request: Request, form: Form) -> Response:
    """Shows the card's state, what is barred and its dates; or sends a code to its number."""
    try:
        rates.spend_look_up(request)
        if form.on("send_code"):
            with house(request).workspace.write() as work:
                cards.send_look_up_code(work, form.get("number"), deps.language(request))
            return _form(request, form, sent=True)
        by_code = form.get("proof") == "code"
        with house(request).workspace.write() as work:
            card = cards.look_up(
                work,
                _ANYBODY,
                form.get("number"),
                secret="" if by_code else form.get("secret"),
                card_code=form.get("card_code") if by_code else "",
            )
            life = card_life.of(work, card) if card is not None else None
    except Problem as problem:
        return _form(request, form, problem)
    return page(request, "holder/card_life.html", life=life, labels=labels)


@router.post("/r/{reference}/again")
def start_again(request: Request, reference: str, holder: Holder) -> Response:
    """A new registration of the same card, with what is still valid of the one that ended."""
    with house(request).workspace.write() as work:
        ended = place(work, holder, reference)
        fresh = again.start(work, holder, ended.registration.id)
        begun = place(work, holder, fresh.reference)
    return begun.go_on()
