"""The shop desk (row F2): a customer's registration step by step, on a tablet. Everything works without scripts."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from shiming.accounts import holders
from shiming.audit.work import Work
from shiming.intake import cards, shop, submission
from shiming.platform.ids import normalise_reference
from shiming.programmes.store import current, offered
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import shops
from shiming.registration.values import Actor, Role
from shiming.web import deps, rates
from shiming.web.clerk import handing, pictures
from shiming.web.clerk.common import open_served, served
from shiming.web.deps import Form, FormData, house
from shiming.web.holder import labels, views
from shiming.web.holder.common import fault_texts
from shiming.web.pages import come_back, page, see
from shiming.web.staff import Task

router = APIRouter(dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.CLERK))]


def _(text: str) -> str:
    return text


TITLE = _("Shop desk")
TASKS: tuple[Task, ...] = (
    Task("/clerk/start", _("Register a customer's card"), _("The customer stands before you with card and document.")),
    Task(
        "/clerk/take-in",
        _("Go on with what a customer began"),
        _("They began online or in another shop and give you the reference and a code."),
    ),
)
_WRONG = {
    "number": _("Compare the number with the card."),
    "secret": _("Enter the secret that is printed with the card, or say that you hold the card in your hand."),
    "contact": _("Enter a mobile number such as 138 0013 8000, or an e-mail address."),
    "code": _("This code is not right or no longer valid. Look at the newest message, or have a new code sent."),
    "reference": _("Enter the customer's reference."),
    "programme": _("Choose the kind of card."),
}


def _day_began(request: Request) -> datetime:
    zone = ZoneInfo(house(request).settings.issuer_zone)
    with house(request).workspace.read() as work:
        return datetime.combine(work.now.astimezone(zone).date(), time(), zone)


@router.get("/clerk")
def home(request: Request, actor: Member) -> Response:
    """What there is to do, and the customers of today."""
    since = _day_began(request)
    with house(request).workspace.read() as work:
        place = shops.shop_of(work, actor.id)
        rows = [_row(work, registration.reference, actor) for registration in shops.served_by(work, actor.id, since)]
        serves = place is not None and place.may_serve(work.now)
    values: dict[str, Any] = {"title": TITLE, "home": "/clerk", "tasks": TASKS, "states": labels.STATES}
    return page(request, "clerk/home.html", actor=actor, shop=place, serves=serves, rows=rows, **values)


def _row(work: Work, reference: str, actor: Actor) -> dict[str, object]:
    found = served(work, actor, reference)
    told = views.shown_state(found.registration, store.decisions(work, found.registration.id), work.now)
    return {"served": found, "told": told}


def _refused(
    request: Request, template: str, problem: Problem | None, form: FormData, actor: Actor, **values: Any
) -> Response:
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    general = " ".join(rates.refusal_texts(problem, deps.texts(request))) if problem and not faults else ""
    status = problem.status if problem else 200
    shown = {"faults": faults, "general": general, "form": form, "home": "/clerk", **values}
    return come_back(page(request, template, status, actor=actor, **shown), problem)


def _learn(request: Request, form: FormData) -> None:
    with house(request).workspace.read() as work:
        rules = current(work, form.get("programme"))
    cards.learn(house(request).workspace, rules, form.get("number"), house(request).lookup, house(request).rosters)


def _start_page(request: Request, actor: Actor, form: FormData, problem: Problem | None = None) -> Response:
    with house(request).workspace.read() as work:
        kinds = shop.programmes(work, offered(work, demo=house(request).settings.demo))
    return _refused(request, "clerk/start.html", problem, form, actor, programmes=kinds)


@router.get("/clerk/start")
def ask_start(request: Request, actor: Member) -> Response:
    """Which card it is."""
    return _start_page(request, actor, FormData())


@router.post("/clerk/start")
def start(request: Request, actor: Member, form: Form) -> Response:
    """Reserves the card for the customer."""
    try:
        rates.spend_claim(request, actor.id)
        if not form.get("programme"):
            raise Problem("INVALID_FORM", fields={"programme": "INVALID_FORM"})
        if not form.get("secret") and not form.on("in_hand"):
            raise Problem("INVALID_FORM", fields={"secret": "INVALID_FORM"})
        _learn(request, form)
        with house(request).workspace.write() as work:
            begun = shop.start(
                work,
                actor,
                programme=form.get("programme"),
                number=form.get("number"),
                secret=form.get("secret") or None,
                in_hand=form.on("in_hand"),
                language=form.get("language") or deps.language(request),
                demo=house(request).settings.demo,
            )
            address = served(work, actor, begun.reference).next if begun else "/clerk"
    except Problem as problem:
        return _start_page(request, actor, form, problem)
    return see(address)


@router.get("/clerk/take-in")
def ask_take_in(request: Request, actor: Member) -> Response:
    """The reference of what the customer began."""
    return _refused(request, "clerk/take_in.html", None, FormData(), actor, sent=False)


@router.post("/clerk/take-in")
def take_in(request: Request, actor: Member, form: Form) -> Response:
    """Sends the customer a code; with the code, goes on."""
    reference = normalise_reference(form.get("reference"))
    sent = form.on("sent")
    try:
        if not form.get("reference"):
            raise Problem("INVALID_FORM", fields={"reference": "INVALID_FORM"})
        if not sent:
            rates.spend_desk(request, actor.id)
            with rates.code_waits(), house(request).workspace.write() as work:
                shop.ask_to_take_in(work, actor, reference)
            return _refused(request, "clerk/take_in.html", None, form, actor, sent=True)
        with house(request).workspace.write() as work:
            taken = shop.take_in(work, actor, reference, "".join(form.get("code").split()))
            address = served(work, actor, taken.reference).next if taken else "/clerk"
    except Problem as problem:
        return _refused(request, "clerk/take_in.html", problem, form, actor, sent=sent)
    return see(address)


@router.get("/clerk/{reference}")
def show(request: Request, actor: Member, reference: str) -> Response:
    """The customer's registration: its steps, or where it stands."""
    with house(request).workspace.read() as work:
        found = served(work, actor, reference)
        told = views.shown_state(found.registration, store.decisions(work, found.registration.id), work.now)
    copies = [rule for rule in found.rules.slots if rule.kind == "photocopy"]
    values: dict[str, Any] = {"state": labels.STATES[told], "copies": bool(copies), "home": "/clerk"}
    return page(request, "clerk/case.html", actor=actor, served=found, **values)


@router.get("/clerk/{reference}/contact")
def ask_contact(request: Request, actor: Member, reference: str) -> Response:
    """How the customer can be reached."""
    return _contact_page(request, actor, reference, FormData())


def _contact_page(
    request: Request, actor: Actor, reference: str, form: FormData, problem: Problem | None = None
) -> Response:
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
        link = shop.shown_link(work, actor, found.registration, "consents")
    address = handing.address(request, link) if link else ""
    values = {"served": found, "link": link, "address": address, "qr": handing.drawn(request, link)}
    return _refused(request, "clerk/contact.html", problem, form, actor, **values)


@router.post("/clerk/{reference}/contact")
def contact(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """Sends the code, takes it, or makes a receipt for a customer without a contact."""
    try:
        if form.get("act") == "none":
            return _receipt(request, actor, reference)
        if form.get("act") == "code":
            with house(request).workspace.write() as work:
                found = open_served(work, actor, reference)
                shop.prove_contact(work, actor, found.registration.id, "".join(form.get("code").split()))
        else:
            _send(request, actor, reference, form)
            return see(f"/clerk/{reference}/contact")
    except Problem as problem:
        return _contact_page(request, actor, reference, form, problem)
    with house(request).workspace.read() as work:
        return served(work, actor, reference).go_on()


def _send(request: Request, actor: Actor, reference: str, form: FormData) -> None:
    try:
        wanted = holders.normalise_contact(form.get("contact"))
    except holders.ContactError:
        raise Problem("INVALID_FORM", fields={"contact": "INVALID_FORM"}) from None
    rates.spend_desk(request, actor.id)
    with rates.code_waits(), house(request).workspace.write() as work:
        found = open_served(work, actor, reference)
        shop.ask_contact(work, actor, found.registration.id, wanted)


def _receipt(request: Request, actor: Actor, reference: str) -> Response:
    with house(request).workspace.write() as work:
        found = open_served(work, actor, reference)
        code = shop.without_contact(work, actor, found.registration.id)
        found = served(work, actor, reference)
    address = f"{house(request).settings.address}/shop/receipt"
    return page(request, "clerk/receipt.html", actor=actor, served=found, code=code, address=address, home="/clerk")


@router.post("/clerk/{reference}/submit")
def submit(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """Hands the registration in."""
    try:
        with house(request).workspace.write() as work:
            submission.submit(work, actor, served(work, actor, reference).registration.id)
    except Problem as problem:
        if problem.code not in ("EVIDENCE_MISSING", "LATE_UPLOAD"):
            raise
        with house(request).workspace.read() as work:
            return served(work, actor, reference).go_on()
    return see(f"/clerk/{reference}")


@router.get("/clerk/{reference}/withdraw")
def ask_withdraw(request: Request, actor: Member, reference: str) -> Response:
    """Asks whether it is meant."""
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
    return page(request, "clerk/withdraw.html", actor=actor, served=found, home="/clerk")


@router.post("/clerk/{reference}/withdraw")
def withdraw(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """The customer does not want it any more; the card is free again."""
    with house(request).workspace.write() as work:
        submission.withdraw(work, actor, open_served(work, actor, reference).registration.id)
    return see("/clerk")


router.include_router(handing.router)
router.include_router(pictures.router)
