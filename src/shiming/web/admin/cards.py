"""One card: how it stands, what was ordered for it, and acts at the operator (row F6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from shiming.activation import acts
from shiming.intake import cards
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.restrictions import bars
from shiming.registration.store import life
from shiming.registration.values import Actor, Role
from shiming.web import card_life, deps
from shiming.web.deps import Form, FormData
from shiming.web.holder import labels as holder_labels
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see
from shiming.web.reviewer.labels import CARD_STATES
from shiming.web.staff import Task

router = APIRouter(prefix="/admin/cards", dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.ADMIN))]


def _(text: str) -> str:
    return text


TASK = Task("/admin/cards", _("A card"), _("See how a card stands; bar services, suspend, resume or cancel it."))
ACTS = {
    "open": _("Open"),
    "restrict": _("Bar services"),
    "lift": _("Lift what is barred"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "cancel": _("Cancel for good"),
    "update-holder": _("Tell the operator of changed data"),
    "swap": _("Move to another card"),
}
ORDER_STATES = {
    "ordered": _("waits for the operator"),
    "done": _("confirmed"),
    "dropped": _("no longer needed"),
}
WHYS = {
    "issuer": _("our own decision"),
    "stolen": _("lost or stolen"),
    "fraud": _("suspicion of fraud"),
    "lawful": _("an authority asks for it"),
    "holder": _("the holder asks for it"),
    "deadline": _("not registered in time"),
    "unregistered": _("in use, not registered"),
}
_CHOSEN = ("issuer", "stolen", "fraud", "lawful", "holder")
_WRONG = {
    "act": _("Choose what to do; to bar services, choose at least one."),
    "restrictions": _("Choose the services from the list."),
    "number": _("There is no such card in the stock."),
}


def _texts(request: Request, problem: Problem | None) -> dict[str, Any]:
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    general = deps.texts(request).gettext(problem.text) if problem and not faults else ""
    return {"faults": faults, "general": general}


@router.get("")
def ask(request: Request, actor: Member) -> Response:
    """Asks for the card's number."""
    return page(request, "admin/card_find.html", actor=actor, home="/admin", form=FormData(), **_texts(request, None))


@router.post("")
def find(request: Request, form: Form, actor: Member) -> Response:
    """Leads to the card. Its number stands in no address."""
    with deps.house(request).workspace.read() as work:
        card = cards.find(work, form.get("number"))
    if card is not None:
        return see(f"/admin/cards/{card.id}")
    problem = Problem("INVALID_FORM", fields={"number": "INVALID_FORM"})
    texts = _texts(request, problem)
    return page(request, "admin/card_find.html", 422, actor=actor, home="/admin", form=form, **texts)


def _page(request: Request, actor: Actor, card_id: str, problem: Problem | None = None) -> Response:
    with deps.house(request).workspace.read() as work:
        card = store.card(work, card_id)
        return page(
            request,
            "admin/card.html",
            problem.status if problem else 200,
            actor=actor,
            home="/admin",
            life=card_life.of(work, card),
            bound=store.card_is_bound(work, card.id),
            orders=list(reversed(life.acts(work, card.id))),
            possible=[act for act in acts.BY_STAFF if card.state in life.states_for(act)],
            names=ACTS,
            states=CARD_STATES,
            order_states=ORDER_STATES,
            whys=WHYS,
            chosen=_CHOSEN,
            bars=list(bars()),
            labels=holder_labels,
            **_texts(request, problem),
        )


@router.get("/{card_id}")
def show(request: Request, card_id: str, actor: Member) -> Response:
    """How the card stands, what was ordered, and what can be."""
    return _page(request, actor, card_id)


@router.post("/{card_id}")
def order(request: Request, card_id: str, form: Form, actor: Member) -> Response:
    """Orders an act. The page says that it waits until the operator confirmed."""
    act, why = form.get("act"), form.get("why")
    try:
        if why not in _CHOSEN:
            raise Problem("INVALID_FORM", fields={"act": "INVALID_FORM"})
        with deps.house(request).workspace.write() as work:
            barred = form.all("restrictions") if act == "restrict" else ()
            acts.order(work, actor, store.card(work, card_id), act, restrictions=barred, why=why)
    except Problem as problem:
        if problem.code == "NOT_FOUND":
            raise
        return _page(request, actor, card_id, problem)
    return see(f"/admin/cards/{card_id}")
