"""What was read, confirmed by the holder; check of all answers; handing in; taking back (rows A6, A8)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.intake import forms, openings, submission
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder import labels, views
from shiming.web.holder.common import Place, fault_texts, open_place, place
from shiming.web.pages import page, see

router = APIRouter(prefix="/r/{reference}")


def _(text: str) -> str:
    return text


_WRONG = {
    "name": _("Enter your name as it is printed on your document."),
    "number": _("Enter the number of your document."),
    "address": _("Enter the address where you live."),
    "declaration": _("Please confirm that your details are true."),
}


def _details_page(
    request: Request, work: Work, found: Place, given: FormData | None = None, faults: dict[str, str] | None = None
) -> Response:
    read = views.fields_read(work, found.registration)
    form = store.form(work, found.registration)
    typed = {**form, **(dict(given.values) if given else {})}
    return page(
        request,
        "holder/details.html",
        422 if faults else 200,
        place=found,
        fields=views.form_fields(found, typed, read),
        others=views.other_read(found, read),
        labels=labels.FIELDS,
        sexes=labels.SEXES,
        waiting=views.still_reading(work, found.registration),
        poll=int(limit("shiming.web", "poll.seconds")),
        faults=faults or {},
    )


@router.get("/details")
def ask(request: Request, reference: str, holder: Holder) -> Response:
    """What was read from the document, to be looked at, corrected and declared true."""
    with house(request).workspace.read() as work:
        return _details_page(request, work, open_place(work, holder, reference))


@router.post("/details")
def keep(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Keeps what was confirmed, and the declaration."""
    try:
        with house(request).workspace.write() as work:
            found = open_place(work, holder, reference)
            names = found.rules.fields_of(found.registration.person)
            blank = {name: "INVALID_FORM" for name in names if not form.get(name)}
            if not form.on("declaration"):
                blank["declaration"] = "INVALID_FORM"
            if blank:
                raise Problem("INVALID_FORM", fields=blank)
            forms.save(work, holder, found.registration.id, {name: form.get(name) for name in names})
            forms.declare(work, holder, found.registration.id)
            return place(work, holder, reference).go_on()
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        with house(request).workspace.read() as work:
            faults = fault_texts(problem, deps.texts(request), _WRONG)
            return _details_page(request, work, open_place(work, holder, reference), form, faults)


@router.get("/check")
def check(request: Request, reference: str, holder: Holder) -> Response:
    """All answers on one page, each with a way to change it, and the button that hands in."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
        if found.missing:
            return found.go_on()
        registration = found.registration
        consents = store.consents(work, registration.id)
        return page(
            request,
            "holder/check.html",
            place=found,
            form=store.form(work, registration),
            evidence=store.evidence(work, registration.id),
            card=store.card(work, registration.card_id),
            labels=labels,
            slots=labels.slots(found.rules),
            face=consents["face"].given if "face" in consents else None,
        )


@router.post("/check")
def hand_in(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Hands the registration in."""
    try:
        with house(request).workspace.write() as work:
            found = open_place(work, holder, reference)
            submission.submit(work, holder, found.registration.id)
            openings.leave(work, found.registration, device=deps.visitor(request), address=rates.address(request))
    except Problem as problem:
        if problem.code not in ("EVIDENCE_MISSING", "LATE_UPLOAD"):
            raise
        with house(request).workspace.read() as work:
            return place(work, holder, reference).go_on()
    return see(f"/r/{reference}")


@router.get("/withdraw")
def ask_withdraw(request: Request, reference: str, holder: Holder) -> Response:
    """Asks whether it is meant."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
    return page(request, "holder/withdraw.html", place=found)


@router.post("/withdraw")
def withdraw(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Takes the registration back; the card is free again."""
    with house(request).workspace.write() as work:
        submission.withdraw(work, holder, place(work, holder, reference).registration.id)
    return see("/account")
