"""Fresh proof of identity: back to a lost account, a device that is not known, another SIM card or plan; and stopping it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import cards, recovery
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import proofs
from shiming.registration.values import Actor
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder.common import fault_texts, place
from shiming.web.pages import come_back, page

router = APIRouter()


def _(text: str) -> str:
    return text


_NAMED_WRONG = _("Enter the phone number or e-mail address of the account, or the number printed on one of its cards.")
_WRONG = {
    "number": _("Enter the 18 to 20 digits printed on the card; they begin with 89."),
    "plan": _("Enter the name of the plan, of at most 64 characters."),
}


@router.get("/recover")
def explain(request: Request) -> Response:
    """What to have ready, how long it takes, and the two ways in."""
    return page(request, "holder/recover.html")


@router.get("/recover/start")
def ask(request: Request, holder: Holder) -> Response:
    """Asks which account is lost; for the own one there is nothing to ask."""
    return _ask(request, holder)


def _ask(request: Request, holder: Actor, named: str = "", problem: Problem | None = None) -> Response:
    with house(request).workspace.read() as work:
        own = store.account_is_proven(work, holder.id)
    say = deps.texts(request)
    faults, general = {}, ""
    if problem is not None and problem.code == "INVALID_FORM":
        faults = {"named": say.gettext(_NAMED_WRONG)}
    elif problem is not None:
        general = " ".join(rates.refusal_texts(problem, say))
    status = problem.status if problem else 200
    response = page(request, "holder/recover_start.html", status, own=own, named=named, faults=faults, general=general)
    return come_back(response, problem)


@router.post("/recover/start")
def start(request: Request, form: Form, holder: Holder) -> Response:
    """Begins the proof. The answer is the same whatever was named."""
    try:
        rates.spend_claim(request, holder.id)
        with house(request).workspace.write() as work:
            begun = recovery.start(
                work,
                holder,
                named=form.get("named"),
                language=deps.language(request),
                demo=house(request).settings.demo,
            )
            return place(work, holder, begun.reference).go_on()
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "CONTACT_TAKEN", "TOO_MANY_REQUESTS", "WRONG_STATE"):
            raise
        return _ask(request, holder, form.get("named"), problem)


@router.get("/r/{reference}/change")
def ask_change(request: Request, reference: str, holder: Holder) -> Response:
    """Asks for the new SIM card or the new plan."""
    return _ask_change(request, reference, holder, FormData())


def _ask_change(
    request: Request, reference: str, holder: Actor, form: FormData, problem: Problem | None = None
) -> Response:
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        card = store.card_of(work, found.registration)
    if card.state != "in-service" or found.registration.purpose not in ("register", "transfer"):
        raise Problem("WRONG_STATE")
    say = deps.texts(request)
    faults = fault_texts(problem, say, _WRONG) if problem else {}
    response = page(
        request,
        "holder/change.html",
        problem.status if problem else 200,
        place=found,
        card=card,
        form=form,
        faults=faults,
        general=" ".join(rates.refusal_texts(problem, say)) if problem and not faults else "",
        hours=found.rules.cooling_off_hours,
    )
    return come_back(response, problem)


@router.post("/r/{reference}/change")
def change(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Begins the proof that authorises the change."""
    begun = None
    try:
        rates.spend_claim(request, holder.id)
        begun = _authorise(request, reference, form, holder)
    except Problem as problem:
        if problem.code in ("NOT_FOUND", "PROOF_REQUIRED"):
            raise
        return _ask_change(request, reference, holder, form, problem)
    if begun is None:
        raise Problem("CARD_UNKNOWN", item="number")
    with house(request).workspace.read() as work:
        return place(work, holder, begun.reference).go_on()


def _authorise(request: Request, reference: str, form: FormData, holder: Actor) -> Registration | None:
    workspace = house(request).workspace
    with workspace.read() as work:
        found = place(work, holder, reference).registration
        rules = rules_of(work, found)
    if form.get("change") not in ("sim", "plan"):
        raise Problem("INVALID_FORM", fields={"change": "INVALID_FORM"})
    if form.get("change") == "sim":
        cards.learn(workspace, rules, form.get("number"), house(request).lookup, house(request).rosters)
    with workspace.write() as work:
        return recovery.authorise(
            work,
            holder,
            found.id,
            change="sim" if form.get("change") == "sim" else "plan",
            number=form.get("number"),
            secret=form.get("secret") or None,
            plan=form.get("plan"),
        )


@router.get("/stop/{code}")
def ask_stop(request: Request, code: str) -> Response:
    """One button. Opening the page stops nothing, since mail programs open links on their own."""
    return page(request, "holder/stop.html", code=code, stopped=False, general="")


@router.post("/stop/{code}")
def stop(request: Request, code: str, form: Form) -> Response:
    """Stops a recovery or a change that is cooling off."""
    say = deps.texts(request)
    try:
        rates.spend_guess(request)
    except rates.TooMany as problem:
        general = " ".join(rates.refusal_texts(problem, say))
        return come_back(page(request, "holder/stop.html", 429, code=code, stopped=False, general=general), problem)
    with house(request).workspace.write() as work:
        stopped = proofs.stop(work, code)
    general = "" if stopped else say.gettext(_NOT_STOPPED)
    return page(request, "holder/stop.html", 200 if stopped else 404, code=code, stopped=stopped, general=general)


_NOT_STOPPED = _("There is nothing that this link could stop: the time is over, or the link is not whole.")
