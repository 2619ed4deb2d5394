"""What a customer of a shop does on the own phone, and the receipt of one who has none (row F2)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from shiming.intake import shop
from shiming.platform.ids import normalise_reference
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import RegistrationState
from shiming.registration.values import Actor, Role
from shiming.web import deps, rates
from shiming.web.clerk import handing
from shiming.web.deps import Form, FormData, MaybeHolder, house
from shiming.web.holder import labels, views
from shiming.web.holder.common import fault_texts
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/shop")
_PHONE = "shop_phone"
"""The cookie of a phone on which the code was entered; it holds for one page."""


def _(text: str) -> str:
    return text


_WRONG = {
    "reference": _("Enter the reference that stands on the receipt."),
    "code": _("Enter the pick-up code that stands on the receipt."),
}


@router.get("/receipt")
def ask_receipt(request: Request) -> Response:
    """Reference and pick-up code of a customer without a contact."""
    return _receipt_page(request, FormData())


def _receipt_page(request: Request, form: FormData, problem: Problem | None = None, **known: Any) -> Response:
    faults = fault_texts(problem, deps.texts(request), _WRONG) if problem else {}
    values = {"state": None, "due_at": None, "items": [], "reference": "", "given": form.get("reference"), **known}
    status = problem.status if problem else 200
    return come_back(page(request, "holder/shop_receipt.html", status, faults=faults, **values), problem)


@router.post("/receipt")
def receipt(request: Request, form: Form, holder: MaybeHolder) -> Response:
    """Says where the registration stands, or takes it into the account of whoever is signed in."""
    if form.get("act") == "take" and holder is None:
        return see("/sign-in?next=/shop/receipt")
    try:
        rates.spend_receipt(request)
        return _by_receipt(request, form, holder)
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "PICK_UP_WRONG", "TOO_MANY_REQUESTS"):
            raise
        return _receipt_page(request, form, problem)


def _by_receipt(request: Request, form: FormData, holder: Actor | None) -> Response:
    blank = {name: "INVALID_FORM" for name in ("reference", "code") if not form.get(name)}
    if blank:
        raise Problem("INVALID_FORM", fields=blank)
    reference = normalise_reference(form.get("reference"))
    with house(request).workspace.write() as work:
        if form.get("act") == "take" and holder is not None:
            taken = shop.pick_up(work, holder, reference, form.get("code"))
            return see(f"/r/{taken.reference}" if taken else "/shop/receipt")
        nobody = Actor(Role.ANONYMOUS, "-", work.issuer)
        found = shop.by_receipt(work, nobody, reference, form.get("code"))
        if found is None:
            return see("/shop/receipt")
        told = views.shown_state(found, store.decisions(work, found.id), work.now)
        titles = labels.slots(rules_of(work, found))
        asked = found.items if told == RegistrationState.ACTION_REQUIRED else ()
        items = [titles[item][0] if item in titles else labels.FIELDS.get(item, item) for item in asked]
    told_of = {"state": labels.STATES[told], "due_at": found.due_at, "items": items, "reference": found.reference}
    return _receipt_page(request, form, None, **told_of)


@router.get("/{token}")
def show(request: Request, token: str) -> Response:
    """Asks for the code; on the phone where it was entered, asks what there is to decide."""
    with house(request).workspace.read() as work:
        opened = shop.unlocked(work, token, request.cookies.get(_PHONE, ""))
    return _code_page(request, token) if opened is None else _asked_page(request, token, FormData())


def _code_page(request: Request, token: str, problem: Problem | None = None) -> Response:
    faults = fault_texts(problem, deps.texts(request)) if problem else {}
    status = problem.status if problem else 200
    return come_back(page(request, "holder/shop_code.html", status, link_token=token, faults=faults), problem)


def _asked_page(request: Request, token: str, form: FormData, problem: Problem | None = None) -> Response:
    with house(request).workspace.read() as work:
        opened = shop.unlocked(work, token, request.cookies.get(_PHONE, ""))
        if opened is None:
            raise Problem("NOT_FOUND")
        link, registration = opened
        rules = rules_of(work, registration)
        facts = handing.summary(work, registration)
    values = {
        "link_token": token,
        "purpose": link.purpose,
        "reference": registration.reference,
        "texts": handing.asked(rules, registration),
        "facts": facts,
        "form": form,
        "faults": handing.faults_of(problem, request) if problem else {},
    }
    return page(request, "holder/shop_asked.html", problem.status if problem else 200, **values)


@router.post("/{token}")
def enter(request: Request, token: str, form: Form) -> Response:
    """Takes the code. A wrong one costs a try."""
    shown: str | None = None
    try:
        rates.spend_receipt(request)
        with house(request).workspace.write() as work:
            shown = shop.unlock(work, token, "".join(form.get("code").split()))
    except Problem as problem:
        if problem.code == "NOT_FOUND":
            raise
        return _code_page(request, token, problem)
    response = see(f"/shop/{token}")
    minutes = int(limit("shiming.intake", "shop.link_minutes"))
    deps.set_cookie(request, response, _PHONE, shown or "", seconds=minutes * 60, path="/shop")
    return response


@router.post("/{token}/accept")
def accept(request: Request, token: str, form: Form) -> Response:
    """Keeps what the customer decided; the page is used up."""
    shown = request.cookies.get(_PHONE, "")
    try:
        with house(request).workspace.write() as work:
            opened = shop.unlocked(work, token, shown)
            if opened is None:
                raise Problem("NOT_FOUND")
            given = handing.answers(form, rules_of(work, opened[1]), opened[1])
            shop.accept_by_phone(work, token, shown, given, deps.language(request))
    except Problem as problem:
        if problem.code not in ("CONSENT_REQUIRED", "INVALID_FORM"):
            raise
        return _asked_page(request, token, form, problem)
    response = page(request, "holder/shop_done.html")
    response.delete_cookie(_PHONE, path="/shop")
    return response
