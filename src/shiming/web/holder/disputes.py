"""Disputing a card without an account: a contact proven by a code, then the card, a statement and a picture of the document.

The token of the dispute is in a cookie that scripts cannot read; whoever proves the same contact again finds it again.
"""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Request, Response

from shiming.accounts import codes, holders
from shiming.custody import disputes
from shiming.custody.store import disputes as dispute_store
from shiming.custody.store.disputes import Dispute
from shiming.intake import pictures
from shiming.pipeline.vision import VisionFault
from shiming.platform.limits import limit
from shiming.registration.problems import Problem, refuse_kept
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, house
from shiming.web.holder.common import fault_texts
from shiming.web.holder.custody_labels import DISPUTE_STATES, FRONT_WRONG, NUMBER_WRONG, STATEMENT_WRONG
from shiming.web.holder.sign_in import CODE_WRONG, CONTACT_WRONG
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/disputes")
_PENDING, _TOKEN = "dispute_contact", "dispute"
_TEXTS = {"number": NUMBER_WRONG, "statement": STATEMENT_WRONG, "front": FRONT_WRONG}
_DOCUMENTS = ("cn-resident-id", "passport")


def _pending(request: Request) -> holders.Contact | None:
    try:
        text = base64.urlsafe_b64decode(request.cookies.get(_PENDING, "").encode()).decode()
        return holders.normalise_contact(text) if text else None
    except (binascii.Error, UnicodeDecodeError, holders.ContactError):
        return None


def _ask(request: Request, given: str = "", problem: Problem | None = None) -> Response:
    faults = {}
    if problem is not None:
        say = deps.texts(request)
        wrong = problem.code == "INVALID_FORM"
        faults = {"contact": say.gettext(CONTACT_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}
    status = problem.status if problem else 200
    days = int(limit("shiming.custody", "dispute.working_days"))
    return come_back(page(request, "custody/dispute_new.html", status, given=given, faults=faults, days=days), problem)


@router.get("/new")
def begin(request: Request) -> Response:
    """What a dispute is, what is needed, how long it takes; asks where the answer should go."""
    return _ask(request)


@router.post("/new")
def send_code(request: Request, form: Form) -> Response:
    """Sends a code to the contact."""
    try:
        contact = holders.normalise_contact(form.get("contact"))
        rates.spend_code(request)
        with rates.code_waits(), house(request).workspace.write() as work:
            codes.issue(work, disputes.PURPOSE, contact.value, language=deps.language(request))
    except holders.ContactError:
        return _ask(request, form.get("contact"), Problem("INVALID_FORM"))
    except Problem as problem:
        return _ask(request, form.get("contact"), problem)
    response = see("/disputes/code")
    kept = base64.urlsafe_b64encode(contact.value.encode()).decode()
    minutes = int(limit("shiming.web", "cookie.pending_minutes"))
    deps.set_cookie(request, response, _PENDING, kept, seconds=minutes * 60, path="/disputes")
    return response


@router.get("/code")
def ask_code(request: Request) -> Response:
    """Asks for the code that was sent."""
    contact = _pending(request)
    if contact is None:
        return see("/disputes/new")
    return page(request, "custody/dispute_code.html", contact=contact, faults={})


@router.post("/code")
def check_code(request: Request, form: Form) -> Response:
    """Begins the dispute, or finds the one that this contact began."""
    contact = _pending(request)
    if contact is None:
        return see("/disputes/new")
    try:
        token = _open(request, contact, form)
    except Problem as problem:
        faults = fault_texts(problem, deps.texts(request), {"code": CODE_WRONG})
        return page(request, "custody/dispute_code.html", problem.status, contact=contact, faults=faults)
    response = _with_token(request, see("/disputes/mine"), token)
    response.delete_cookie(_PENDING, path="/disputes")
    return response


def _open(request: Request, contact: holders.Contact, form: FormData) -> str:
    token = ""
    with house(request).workspace.write() as work:
        if codes.check(work, disputes.PURPOSE, contact.value, "".join(form.get("code").split())):
            token = disputes.begin(work, contact, deps.language(request))
        else:
            refuse_kept(work, Problem("CODE_WRONG", fields={"code": "INVALID_FORM"}))
    return token


def _mine(request: Request) -> Dispute | None:
    try:
        with house(request).workspace.read() as work:
            return disputes.of_token(work, request.cookies.get(_TOKEN, ""))
    except Problem:
        return None


def _page(request: Request, item: Dispute, form: FormData | None = None, problem: Problem | None = None) -> Response:
    with house(request).workspace.read() as work:
        texts = dispute_store.texts(work, item)
        sides = {row.side for row in dispute_store.pictures(work, item)}
    faults = fault_texts(problem, deps.texts(request), _TEXTS) if problem else {}
    return page(
        request,
        "custody/dispute_mine.html",
        problem.status if problem else 200,
        dispute=item,
        texts=texts,
        sides=sides,
        state=DISPUTE_STATES[item.state],
        given=form or FormData(),
        faults=faults,
    )


@router.get("/mine")
def show(request: Request) -> Response:
    """The form while it is not sent; afterwards where it stands, and the answer."""
    item = _mine(request)
    return see("/disputes/new") if item is None else _page(request, item)


@router.post("/mine")
def file(request: Request, form: Form) -> Response:
    """Keeps the pictures and files the dispute. A picture that was good is kept when something else is wrong."""
    item = _mine(request)
    if item is None:
        return see("/disputes/new")
    try:
        for side in disputes.SIDES:
            if form.files.get(side):
                _keep(request, item, side, form.files[side])
        with house(request).workspace.write() as work:
            disputes.file(work, dispute_store.get(work, item.id), form.get("number"), form.get("statement"))
    except Problem as problem:
        if problem.code == "EVIDENCE_MISSING":
            problem = Problem("INVALID_FORM", fields={"front": "INVALID_FORM"})
        return _page(request, item, form, problem)
    return see("/disputes/mine")


def _keep(request: Request, item: Dispute, side: str, data: bytes) -> None:
    """Has the picture looked at in the vision processes, as everything that people hand in."""
    rates.spend_dispute(request)
    try:
        pictures.inspect(data)
        found = house(request).vision.read(data, kind="document-side", documents=_DOCUMENTS, side=side)
    except pictures.Refused as refused:
        raise Problem(refused.code, item=side) from None
    except VisionFault as fault:
        raise Problem(fault.code, item=side) from None
    if found.refused is not None or found.picture is None:
        raise Problem(found.refused or "SERVICE_UNAVAILABLE", item=side)
    with house(request).workspace.write() as work:
        disputes.keep_proof(work, dispute_store.get(work, item.id), side, found.picture, found.reading)


@router.post("/mine/another")
def another(request: Request) -> Response:
    """Begins a further dispute once this one is settled; the contact is proven already."""
    item = _mine(request)
    if item is None:
        return see("/disputes/new")
    with house(request).workspace.write() as work:
        token = disputes.another(work, dispute_store.get(work, item.id), deps.language(request))
    return _with_token(request, see("/disputes/mine"), token)


def _with_token(request: Request, response: Response, token: str) -> Response:
    seconds = int(limit("shiming.custody", "dispute.draft_hours")) * 3600
    deps.set_cookie(request, response, _TOKEN, token, seconds=seconds, path="/disputes")
    return response


@router.post("/mine/withdraw")
def withdraw(request: Request) -> Response:
    """Takes it back before it is decided."""
    item = _mine(request)
    if item is not None:
        with house(request).workspace.write() as work:
            disputes.withdraw_anonymous(work, dispute_store.get(work, item.id))
    return see("/disputes/mine")
