"""Signing in by a code sent to a phone number or an e-mail address (row A2); then the page goes on by itself (row B3)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response

from shiming.accounts import codes, holders, sessions
from shiming.audit.work import Work
from shiming.registration import store
from shiming.registration.problems import Problem, refuse_kept
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, house
from shiming.web.holder import pending, views
from shiming.web.holder.common import OPEN, fault_texts, place_of
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/sign-in")
_PENDING = "sign_in"


def local_address(text: str) -> str:
    """An address of this site to go on to, whatever was asked for; nothing when nothing was asked for."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and "\\" not in text
    return text if safe or not text else "/account"


def _ask(request: Request, onward: str, contact: str = "", problem: Problem | None = None) -> Response:
    faults = {}
    if problem is not None:
        say = deps.texts(request)
        wrong = problem.code == "INVALID_FORM"
        faults = {"contact": say.gettext(CONTACT_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}
    status = problem.status if problem else 200
    response = page(request, "holder/sign_in.html", status, onward=onward, contact=contact, faults=faults)
    return come_back(response, problem)


def _(text: str) -> str:
    return text


CONTACT_WRONG = _("Enter a mobile number such as 138 0013 8000, or an e-mail address.")
CODE_WRONG = _("This code is not right or no longer valid. Look at the newest message, or have a new code sent.")


@router.get("")
def ask(request: Request, next: str = "") -> Response:
    """Asks for a phone number or an e-mail address."""
    if deps.holder_or_none(request) is not None:
        return see(local_address(next) or "/account")
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
    pending.keep(request, response, _PENDING, contact, "/sign-in")
    return response


def _issue(request: Request, contact: holders.Contact) -> None:
    rates.spend_code(request)
    with rates.code_waits(), house(request).workspace.write() as work:
        codes.issue(work, holders.SIGN_IN, contact.value, language=deps.language(request))


@router.get("/code")
def ask_code(request: Request, next: str = "") -> Response:
    """Asks for the code that was sent."""
    contact = pending.of(request, _PENDING)
    if contact is None:
        return see(f"/sign-in?next={quote(local_address(next))}")
    return page(request, "holder/sign_in_code.html", onward=local_address(next), contact=contact, faults={})


@router.post("/code")
def check_code(request: Request, form: Form) -> Response:
    """Opens a session when the code is right, and goes on; otherwise says so and keeps the page."""
    contact, onward = pending.of(request, _PENDING), local_address(form.get("next"))
    if contact is None:
        return see(f"/sign-in?next={quote(onward)}")
    try:
        opened = _open(request, contact, form)
    except Problem as problem:
        faults = fault_texts(problem, deps.texts(request), {"code": CODE_WRONG})
        if problem.code == "TOO_MANY_REQUESTS":
            faults = {"code": " ".join(rates.refusal_texts(problem, deps.texts(request)))}
        refused = page(
            request, "holder/sign_in_code.html", problem.status, onward=onward, contact=contact, faults=faults
        )
        return come_back(refused, problem)
    with house(request).workspace.read() as work:
        response = see(onward or _begun(work, opened.account))
    deps.open_session(request, response, opened)
    response.delete_cookie(_PENDING, path="/sign-in")
    return response


def _begun(work: Work, account_id: str) -> str:
    """Where somebody goes on who only signed in: with what they began, or to choosing the card to register."""
    known = store.for_account(work, account_id)
    for registration in known:
        if views.shown_state(registration, store.decisions(work, registration.id), work.now) in OPEN:
            return place_of(work, registration).next_address
    return "/account" if known else "/"


def _open(request: Request, contact: holders.Contact, form: FormData) -> holders.SignedIn:
    rates.spend_guess(request)
    with house(request).workspace.write() as work:
        code = "".join(form.get("code").split())
        opened = holders.sign_in(work, contact, code, deps.language(request), deps.device_tokens(request))
        if opened is None:
            refuse_kept(work, Problem("CODE_WRONG", fields={"code": "INVALID_FORM"}))
    return opened or holders.SignedIn("", "", "")


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
