"""The customer's own acts at the desk: agreeing and declaring, on the own phone or by signing on the tablet; and the clerk's."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from shiming.audit.work import Work
from shiming.intake import consents, shop
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.values import Actor, Role, Rules
from shiming.web import deps, rates
from shiming.web.clerk import qr
from shiming.web.clerk.common import Served, open_served, served
from shiming.web.deps import Form, FormData, house
from shiming.web.holder import labels
from shiming.web.holder.common import fault_texts
from shiming.web.pages import come_back, page, see

router = APIRouter(prefix="/clerk/{reference}")
Member = Annotated[Actor, Depends(deps.staff_with(Role.CLERK))]
_PICTURE = "data:image/png;base64,"


def _(text: str) -> str:
    return text


def address(request: Request, link: shop.HandOver) -> str:
    """The address of a page for the customer's phone."""
    return f"{house(request).settings.address}/shop/{link.token}"


def drawn(request: Request, link: shop.HandOver | None) -> Markup | str:
    """The address as a QR code."""
    label = deps.texts(request).gettext(_("QR code of the page for the customer's phone"))
    return qr.svg(address(request, link), label) if link else ""


def purpose_of(text: str) -> shop.Purpose:
    """What the customer is asked. Raises NOT_FOUND for anything else."""
    if text not in shop.PURPOSES:
        raise Problem("NOT_FOUND")
    return text


def asked(rules: Rules, registration: Registration) -> list[consents.ConsentText]:
    """The texts a customer agrees to."""
    return [consents.text(kind) for kind in rules.consents_of(registration.person)]


def answers(form: FormData, rules: Rules, registration: Registration) -> dict[str, bool]:
    """What was ticked. A consent that is a free choice is a question with two answers."""
    return {text.kind: form.on(text.kind) and form.get(text.kind) != "no" for text in asked(rules, registration)}


def faults_of(problem: Problem, request: Request) -> dict[str, str]:
    """Texts by field for what the customer left out."""
    say = deps.texts(request)
    if problem.code != "CONSENT_REQUIRED":
        return fault_texts(problem, say)
    return {kind: say.gettext(_("Nothing can go on without this.")) for kind in problem.fields}


def summary(work: Work, registration: Registration) -> list[tuple[str, str]]:
    """What was filled in: (label, value), for the customer to look at before declaring it true."""
    form = store.form(work, registration)
    return [(labels.FIELDS[name], value) for name, value in form.items() if name in labels.FIELDS]


@router.get("/agree/{purpose}")
def ask_agree(request: Request, actor: Member, reference: str, purpose: str) -> Response:
    """Hands over to the customer: a page for their phone, and the same on this tablet."""
    return _agree_page(request, actor, reference, purpose_of(purpose), FormData())


def _agree_page(
    request: Request,
    actor: Actor,
    reference: str,
    purpose: shop.Purpose,
    form: FormData,
    problem: Problem | None = None,
) -> Response:
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
        if purpose == "declaration" and any(item.startswith("form:") for item in found.missing):
            return see(f"{found.base}/details")
        link = shop.shown_link(work, actor, found.registration, purpose)
        facts = summary(work, found.registration)
    faults = faults_of(problem, request) if problem else {}
    general = " ".join(rates.refusal_texts(problem, deps.texts(request))) if problem and not faults else ""
    values = {
        "served": found,
        "purpose": purpose,
        "link": link,
        "address": address(request, link) if link else "",
        "qr": drawn(request, link),
        "texts": asked(found.rules, found.registration),
        "facts": facts,
        "faults": faults,
        "general": general,
        "form": form,
        "poll": int(limit("shiming.web", "poll.seconds")),
        "home": "/clerk",
    }
    status = problem.status if problem else 200
    return come_back(page(request, "clerk/agree.html", status, actor=actor, **values), problem)


@router.post("/agree/{purpose}")
def agree(request: Request, actor: Member, reference: str, purpose: str, form: Form) -> Response:
    """Makes the page for the phone, or keeps what the customer signed on the tablet."""
    wanted = purpose_of(purpose)
    try:
        if form.get("act") == "phone":
            rates.spend_desk(request, actor.id)
            with rates.code_waits(), house(request).workspace.write() as work:
                shop.hand_over(work, actor, open_served(work, actor, reference).registration.id, wanted)
            return see(f"/clerk/{reference}/agree/{wanted}")
        with house(request).workspace.write() as work:
            found = open_served(work, actor, reference)
            _sign(work, actor, found, wanted, form, deps.language(request))
            return served(work, actor, reference).go_on()
    except Problem as problem:
        return _agree_page(request, actor, reference, wanted, form, problem)


def _sign(work: Work, actor: Actor, found: Served, purpose: shop.Purpose, form: FormData, language: str) -> None:
    drawing = _drawing(form.get("signature"))
    typed = form.get("customer_name") if form.on("is_customer") else ""
    shop.sign(
        work,
        actor,
        found.registration.id,
        purpose,
        answers(form, found.rules, found.registration),
        language=language,
        signature=drawing,
        name=typed,
    )


def _drawing(text: str) -> bytes:
    if not text.startswith(_PICTURE):
        return b""
    try:
        return base64.b64decode(text.removeprefix(_PICTURE), validate=True)
    except binascii.Error:
        raise Problem("SIGNATURE_NEEDED", item="signature") from None


@router.get("/attest")
def ask_attest(request: Request, actor: Member, reference: str) -> Response:
    """What the clerk signs."""
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
    open_items = [item for item in found.missing if item != "attestation"]
    if open_items:
        return found.go_on()
    return page(
        request, "clerk/attest.html", actor=actor, served=found, statement=shop.statement(), fault="", home="/clerk"
    )


@router.post("/attest")
def attest(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """The clerk signs."""
    if not form.on("seen"):
        with house(request).workspace.read() as work:
            found = open_served(work, actor, reference)
        fault = deps.texts(request).gettext(_("Tick the box if it is so; otherwise do not go on."))
        values = {"served": found, "statement": shop.statement(), "fault": fault, "home": "/clerk"}
        return page(request, "clerk/attest.html", 422, actor=actor, **values)
    with house(request).workspace.write() as work:
        found = open_served(work, actor, reference)
        shop.attest(work, actor, found.registration.id)
        return served(work, actor, reference).go_on()
