"""The contacts of an account and the devices it is open on: see, add with a code, choose, end (row C7)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.accounts import contacts as known_contacts
from shiming.accounts import devices
from shiming.accounts.addresses import ContactError, normalise_contact
from shiming.intake import contacts
from shiming.registration.problems import Problem
from shiming.registration.values import Actor
from shiming.web import deps, rates
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import pending
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/account")
_PENDING = "new_contact"


def _(text: str) -> str:
    return text


_CONTACT_WRONG = _("Enter a mobile number such as 138 0013 8000, or an e-mail address.")
_CODE_WRONG = _("This code is not right or no longer valid. Look at the newest message, or have a new code sent.")
ENDED = {
    "removed": _("You removed it"),
    "recycled": _("The number was given to somebody else"),
    "ported": _("The number moved to another operator"),
    "sim-changed": _("The number moved to another SIM card"),
    "moved": _("It belongs to another account now"),
    "recovered": _("You moved your account to another contact"),
}
"""Why a contact ended, in words."""


def _show(request: Request, holder: Actor, given: str = "", problem: Problem | None = None) -> Response:
    faults = {}
    if problem is not None:
        say = deps.texts(request)
        wrong = problem.code == "INVALID_FORM"
        faults = {"contact": say.gettext(_CONTACT_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}
    with house(request).workspace.read() as work:
        everything = known_contacts.of(work, holder.id, history=True)
        known = devices.of(work, holder.id)
    response = page(
        request,
        "holder/contacts.html",
        problem.status if problem else 200,
        now=[one for one in everything if one.until is None],
        before=[one for one in everything if one.until is not None],
        ended=ENDED,
        devices=[one for one in known if one.trusted_at is not None],
        here=holder.device,
        given=given,
        faults=faults,
    )
    return come_back(response, problem)


@router.get("/contacts")
def show(request: Request, holder: Holder) -> Response:
    """Every contact with its time, and the devices on which a code is enough."""
    return _show(request, holder)


@router.post("/contacts")
def ask(request: Request, form: Form, holder: Holder) -> Response:
    """Sends a code to a contact that is to be added."""
    try:
        contact = normalise_contact(form.get("contact"))
        rates.spend_code(request)
        with rates.code_waits(), house(request).workspace.write() as work:
            contacts.ask(work, holder, contact, deps.language(request))
    except ContactError:
        return _show(request, holder, form.get("contact"), Problem("INVALID_FORM"))
    except Problem as problem:
        return _show(request, holder, form.get("contact"), problem)
    response = see("/account/contacts/code")
    pending.keep(request, response, _PENDING, contact, "/account/contacts")
    return response


@router.get("/contacts/code")
def ask_code(request: Request, holder: Holder) -> Response:
    """Asks for the code that was sent to it."""
    contact = pending.of(request, _PENDING)
    if contact is None:
        return see("/account/contacts")
    return page(request, "holder/contact_code.html", contact=contact, faults={})


@router.post("/contacts/code")
def confirm(request: Request, form: Form, holder: Holder) -> Response:
    """Adds the contact when the code is right."""
    contact = pending.of(request, _PENDING)
    if contact is None:
        return see("/account/contacts")
    try:
        rates.spend_guess(request)
        with house(request).workspace.write() as work:
            contacts.confirm(work, holder, contact, "".join(form.get("code").split()))
    except Problem as problem:
        say = deps.texts(request)
        wrong = problem.code == "CODE_WRONG"
        faults = {"code": say.gettext(_CODE_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}
        refused = page(request, "holder/contact_code.html", problem.status, contact=contact, faults=faults)
        return come_back(refused, problem)
    response = see("/account/contacts")
    response.delete_cookie(_PENDING, path="/account/contacts")
    return response


@router.post("/contacts/{contact_id}/main")
def choose(request: Request, contact_id: str, form: Form, holder: Holder) -> Response:
    """Has messages sent to this contact."""
    with house(request).workspace.write() as work:
        contacts.make_main(work, holder, contact_id)
    return see("/account/contacts")


@router.post("/contacts/{contact_id}/remove")
def remove(request: Request, contact_id: str, form: Form, holder: Holder) -> Response:
    """Ends a contact."""
    with house(request).workspace.write() as work:
        contacts.remove(work, holder, contact_id)
    return see("/account/contacts")


@router.post("/devices/{device_id}/forget")
def forget(request: Request, device_id: str, form: Form, holder: Holder) -> Response:
    """On this device a code is no longer enough; its sessions end."""
    with house(request).workspace.write() as work:
        try:
            devices.forget(work, holder.id, device_id)
        except LookupError:
            raise Problem("NOT_FOUND") from None
    return see("/account/contacts")
