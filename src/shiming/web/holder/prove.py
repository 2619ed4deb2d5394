"""Showing more than one code: to another contact, at a device that is known, or with the document (row C7)."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from shiming.accounts import stepping_up
from shiming.accounts.subjects import Subject
from shiming.audit.work import Work
from shiming.registration.problems import Problem, refuse_kept
from shiming.web import deps, rates
from shiming.web.deps import Form, Holder, house
from shiming.web.holder.sign_in import local_address
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/account/prove")


def _(text: str) -> str:
    return text


_CODE_WRONG = _("This code is not right or no longer valid. Look at the newest message, or have a new code sent.")


def _subject(request: Request) -> Subject:
    found = deps.holder_subject(request)
    if found is None:
        raise Problem("SIGN_IN_REQUIRED")
    return found


@router.get("")
def ways(request: Request, holder: Holder, next: str = "/account") -> Response:
    """The ways of showing that it is you. Other contacts are named by their kind only."""
    if not holder.limited:
        return see(local_address(next) or "/account")
    return _ways(request, local_address(next))


def _ways(request: Request, onward: str, problem: Problem | None = None) -> Response:
    subject = _subject(request)
    with house(request).workspace.read() as work:
        others = stepping_up.others(work, subject)
    general = " ".join(rates.refusal_texts(problem, deps.texts(request))) if problem else ""
    response = page(
        request,
        "holder/prove.html",
        problem.status if problem else 200,
        onward=onward,
        others=[(one.id, one.contact.kind) for one in others],
        general=general,
    )
    return come_back(response, problem)


@router.post("")
def send(request: Request, form: Form, holder: Holder) -> Response:
    """Sends a code to another contact of the account."""
    onward = local_address(form.get("next"))
    try:
        rates.spend_code(request)
        with rates.code_waits(), house(request).workspace.write() as work:
            _ask(request, work, form)
    except Problem as problem:
        if problem.code != "TOO_MANY_REQUESTS":
            raise
        return _ways(request, onward, problem)
    return see(f"/account/prove/code?contact={quote(form.get('contact'))}&next={quote(onward)}")


def _ask(request: Request, work: Work, form: deps.FormData) -> None:
    try:
        stepping_up.ask(work, _subject(request), form.get("contact"), deps.language(request))
    except LookupError:
        raise Problem("NOT_FOUND") from None


@router.get("/code")
def ask_code(request: Request, holder: Holder, contact: str = "", next: str = "/account") -> Response:
    """Asks for the code that was sent to the other contact."""
    return page(
        request, "holder/prove_code.html", onward=local_address(next), contact=contact, faults={}, remember=True
    )


@router.post("/code")
def check_code(request: Request, form: Form, holder: Holder) -> Response:
    """Opens the whole account when the code is right."""
    onward = local_address(form.get("next")) or "/account"
    try:
        _answer(request, form)
    except Problem as problem:
        if problem.code not in ("CODE_WRONG", "TOO_MANY_REQUESTS"):
            raise
        say = deps.texts(request)
        wrong = problem.code == "CODE_WRONG"
        fault = say.gettext(_CODE_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))
        values = {"onward": onward, "contact": form.get("contact"), "remember": form.on("remember")}
        response = page(request, "holder/prove_code.html", problem.status, faults={"code": fault}, **values)
        return come_back(response, problem)
    return see(onward)


def _answer(request: Request, form: deps.FormData) -> None:
    rates.spend_guess(request)
    subject, token = _subject(request), request.cookies.get(deps.SESSION_COOKIE, "")
    code = "".join(form.get("code").split())
    with house(request).workspace.write() as work:
        try:
            right = stepping_up.answer(work, subject, token, form.get("contact"), code, remember=form.on("remember"))
        except LookupError:
            raise Problem("NOT_FOUND") from None
        if not right:
            refuse_kept(work, Problem("CODE_WRONG"))
