"""Signing in by a code sent to a phone number or an e-mail address (row A2)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response

from shiming.accounts import codes, holders, sessions
from shiming.platform.limits import limit
from shiming.registration.problems import Problem, refuse_kept
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, house
from shiming.web.holder.common import fault_texts
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/sign-in")
_PENDING = "sign_in"


def local_address(text: str) -> str:
    """An address of this site to go on to, whatever was asked for."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and "\\" not in text
    return text if safe else "/account"


def _pending(request: Request) -> holders.Contact | None:
    """Who waits for a code in this browser: a cookie that scripts cannot read, so that no address carries a contact."""
    try:
        text = base64.urlsafe_b64decode(request.cookies.get(_PENDING, "").encode()).decode()
        return holders.normalise_contact(text) if text else None
    except (binascii.Error, UnicodeDecodeError, holders.ContactError):
        return None


def _ask(request: Request, onward: str, contact: str = "", problem: Problem | None = None) -> Response:
    faults = {}
    if problem is not None:
        say = deps.texts(request)
        wrong = problem.code == "INVALID_FORM"
        faults = {"contact": say.gettext(_CONTACT_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}
    status = problem.status if problem else 200
    response = page(request, "holder/sign_in.html", status, onward=onward, contact=contact, faults=faults)
    return come_back(response, problem)


def _(text: str) -> str:
    return text


_CONTACT_WRONG = _("Enter a mobile number such as 138 0013 8000, or an e-mail address.")
_CODE_WRONG = _("This code is not right or no longer valid. Look at the newest message, or have a new code sent.")


@router.get("")
def ask(request: Request, next: str = "/account") -> Response:
    """Asks for a phone number or an e-mail address."""
    if deps.holder_or_none(request) is not None:
        return see(local_address(next))
    return _ask(request, local_address(next))


@router.post("")
def send(request: Request, form: Form) -> Response:
    """Sends a code. Known and unknown contacts are answered alike."""
    onward = local_address(form.get("next"))
    try:
        contact = holders.normalise_contact(form.get("contact"))
        _issue(request, contact)
    except holders.ContactError:
        return _ask(request, onward, form.get("contact"), Problem("INVALID_FORM"))
    except Problem as problem:
        return _ask(request, onward, form.get("contact"), problem)
    response = see(f"/sign-in/code?next={quote(onward)}")
    minutes = int(limit("shiming.web", "cookie.pending_minutes"))
    kept = base64.urlsafe_b64encode(contact.value.encode()).decode()
    deps.set_cookie(request, response, _PENDING, kept, seconds=minutes * 60, path="/sign-in")
    return response


def _issue(request: Request, contact: holders.Contact) -> None:
    rates.spend_code(request)
    with rates.code_waits(), house(request).workspace.write() as work:
        codes.issue(work, holders.SIGN_IN, contact.value, language=deps.language(request))


@router.get("/code")
def ask_code(request: Request, next: str = "/account") -> Response:
    """Asks for the code that was sent."""
    contact = _pending(request)
    if contact is None:
        return see(f"/sign-in?next={quote(local_address(next))}")
    return page(request, "holder/sign_in_code.html", onward=local_address(next), contact=contact, faults={})


@router.post("/code")
def check_code(request: Request, form: Form) -> Response:
    """Opens a session when the code is right; otherwise says so and keeps the page."""
    contact, onward = _pending(request), local_address(form.get("next"))
    if contact is None:
        return see(f"/sign-in?next={quote(onward)}")
    try:
        token = _open(request, contact, form)
    except Problem as problem:
        faults = fault_texts(problem, deps.texts(request), {"code": _CODE_WRONG})
        return page(request, "holder/sign_in_code.html", problem.status, onward=onward, contact=contact, faults=faults)
    response = see(onward)
    seconds = int(limit("shiming.web", "cookie.session_days")) * 86400
    deps.set_cookie(request, response, deps.SESSION_COOKIE, token, seconds=seconds)
    response.delete_cookie(_PENDING, path="/sign-in")
    return response


def _open(request: Request, contact: holders.Contact, form: FormData) -> str:
    token = ""
    with house(request).workspace.write() as work:
        opened = holders.sign_in(work, contact, "".join(form.get("code").split()), deps.language(request))
        if opened is None:
            refuse_kept(work, Problem("CODE_WRONG", fields={"code": "INVALID_FORM"}))
        else:
            token = opened[1]
    return token


out = APIRouter()


@out.post("/sign-out")
def sign_out(request: Request, form: Form) -> Response:
    """Ends the session."""
    token = request.cookies.get(deps.SESSION_COOKIE)
    if token:
        with house(request).workspace.write() as work:
            sessions.close(work, token)
    response = see("/")
    response.delete_cookie(deps.SESSION_COOKIE)
    return response
