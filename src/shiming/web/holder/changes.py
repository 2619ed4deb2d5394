"""Recorded data put right, and a card passed on: corrections, transfer codes, taking a card over (rows B8, D6)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.intake import consents, transfers
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.values import Actor
from shiming.review import corrections
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.common import fault_texts, place
from shiming.web.pages import come_back, page, see

router = APIRouter()


def _(text: str) -> str:
    return text


_WRONG = {
    "field": _("Choose what is wrong."),
    "should": _("Write what it should be; it must differ from what is recorded. Dates as 1990-03-07."),
    "text": _("Write why; at most 4000 characters."),
    "name": _("Enter your name as it is printed on your identity document."),
    "address": _("Enter the address where you live."),
    "code": _("Card number and transfer code do not belong together, or the code is no longer valid."),
    "terms": _("Please read the terms and agree to them; nothing can go on without."),
    "privacy": _("Please read what happens with your data and agree; nothing can go on without."),
}
_CONTACTS = {"phone": _("Contact telephone"), "email": _("Contact e-mail")}
LABELS = {**labels.FIELDS, **_CONTACTS}


def _faults(request: Request, problem: Problem | None) -> tuple[dict[str, str], str]:
    """Texts by field, and a general one where no field is at fault."""
    if problem is None:
        return {}, ""
    say = deps.texts(request)
    if problem.code == "CODE_WRONG":
        wrong = _WRONG["code"]
        return {"code": say.gettext(wrong)}, ""
    faults = fault_texts(problem, say, _WRONG)
    return faults, "" if faults else " ".join(rates.refusal_texts(problem, say))


def _correction_page(
    request: Request, reference: str, holder: Actor, form: FormData, problem: Problem | None = None
) -> Response:
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        recorded = corrections.correctable(work, found.registration)
    faults, general = _faults(request, problem)
    response = page(
        request,
        "holder/correction.html",
        problem.status if problem else 200,
        place=found,
        recorded=recorded,
        labels=LABELS,
        form=form,
        faults=faults,
        general=general,
        days=int(limit("shiming.review", "inbox.correction_days")),
        longest=int(limit("shiming.review", "inbox.text_length")),
    )
    return come_back(response, problem)


@router.get("/r/{reference}/correction")
def ask_correction(request: Request, reference: str, holder: Holder) -> Response:
    """Asks what is recorded wrongly."""
    return _correction_page(request, reference, holder, FormData())


@router.post("/r/{reference}/correction")
def make_correction(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Asks an agent for a correction."""
    try:
        rates.spend_thread(request, holder.id)
        with house(request).workspace.write() as work:
            found = place(work, holder, reference)
            thread = corrections.ask(
                work,
                holder,
                found.registration,
                field=form.get("field"),
                should=form.get("should"),
                why=form.get("text"),
                changed=form.get("kind") == "changed",
            )
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "TOO_MANY_REQUESTS"):
            raise
        return _correction_page(request, reference, holder, form, problem)
    return see(f"/inbox/{thread.reference}")


@router.get("/r/{reference}/transfer")
def show_transfer(request: Request, reference: str, holder: Holder) -> Response:
    """How a card is passed on, and its code where there is one."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        standing = transfers.standing(work, holder, found.registration.id)
        may = transfers.may_offer(work, found.registration)
    if standing is None and not may:
        raise Problem("WRONG_STATE")
    return page(
        request, "holder/transfer.html", place=found, standing=standing, address=house(request).settings.address
    )


@router.post("/r/{reference}/transfer")
def make_transfer(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Makes a transfer code, or takes it back."""
    with house(request).workspace.write() as work:
        found = place(work, holder, reference)
        if form.on("take_back"):
            transfers.take_back(work, holder, found.registration.id)
        else:
            transfers.offer(work, holder, found.registration.id)
    return see(f"/r/{reference}" if form.on("take_back") else f"/r/{reference}/transfer")


def _take_page(request: Request, form: FormData, problem: Problem | None = None) -> Response:
    faults, general = _faults(request, problem)
    response = page(
        request,
        "holder/take_over.html",
        problem.status if problem else 200,
        form=form,
        faults=faults,
        general=general,
        terms=consents.text("terms"),
        privacy=consents.text("privacy"),
    )
    return come_back(response, problem)


@router.get("/transfer")
def ask_take(request: Request, holder: Holder) -> Response:
    """Asks the new holder for card number, transfer code, name and address."""
    return _take_page(request, FormData())


@router.post("/transfer")
def take(request: Request, form: Form, holder: Holder) -> Response:
    """Begins the new holder's registration."""
    try:
        missing = {kind: "INVALID_FORM" for kind in ("terms", "privacy") if not form.on(kind)}
        if missing:
            raise Problem("INVALID_FORM", fields=missing)
        rates.spend_transfer(request, holder.id)
        reference = ""
        with house(request).workspace.write() as work:
            reference = _take(work, request, form, holder)
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "TOO_MANY_REQUESTS", "CODE_WRONG"):
            raise
        return _take_page(request, form, problem)
    with house(request).workspace.read() as work:
        return place(work, holder, reference).go_on()


def _take(work: Work, request: Request, form: FormData, holder: Actor) -> str:
    """The reference of the registration begun; empty where the refusal comes with the commit."""
    begun = transfers.take_up(
        work,
        holder,
        number=form.get("number"),
        code=form.get("code"),
        name=form.get("name"),
        address=form.get("address"),
        language=deps.language(request),
    )
    if begun is None:
        return ""
    for kind in ("terms", "privacy"):
        consents.record(work, holder, begun.id, kind, True, deps.language(request))
    return begun.reference
