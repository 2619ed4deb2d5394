"""What the clerk hands in with the customer: whom the card is for, the kind of document, pictures, details."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.audit.work import Work
from shiming.intake import evidence, forms, persons
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.clerk.common import Served, open_served, served
from shiming.web.deps import Form, FormData, house
from shiming.web.holder import labels, views
from shiming.web.holder.capture import newest
from shiming.web.holder.common import fault_texts
from shiming.web.pages import page, see

router = APIRouter(prefix="/clerk/{reference}")
Member = Annotated[Actor, Depends(deps.staff_with(Role.CLERK))]


def _(text: str) -> str:
    return text


@router.get("/person")
def ask_person(request: Request, actor: Member, reference: str) -> Response:
    """Whom the card is for."""
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
    return page(request, "clerk/person.html", actor=actor, served=found, persons=labels.PERSONS, home="/clerk")


@router.post("/person")
def choose_person(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """Keeps the choice."""
    with house(request).workspace.write() as work:
        found = open_served(work, actor, reference)
        persons.choose(work, actor, found.registration.id, form.get("person"))
        return served(work, actor, reference).go_on()


@router.get("/document")
def ask_document(request: Request, actor: Member, reference: str) -> Response:
    """Which document the customer brought."""
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
    kinds = {kind: labels.document(kind) for kind in found.rules.documents}
    return page(request, "clerk/document.html", actor=actor, served=found, kinds=kinds, home="/clerk")


@router.post("/document")
def choose_document(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """Keeps the choice."""
    with house(request).workspace.write() as work:
        found = open_served(work, actor, reference)
        if form.get("document") not in found.rules.documents:
            return see(f"{found.base}/document")
        forms.save(work, actor, found.registration.id, {}, form.get("document"))
        return served(work, actor, reference).go_on()


def _photo_page(
    request: Request, actor: Actor, reference: str, slot: str, *, again: bool, problem: Problem | None = None
) -> Response:
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
        rule = next((rule for rule in found.rules.slots if rule.slot == slot), None)
        if rule is None:
            raise Problem("NOT_FOUND")
        shot = newest(work, found.registration.id, slot)
    asked_again = slot in found.registration.items and shot is not None and shot.evidence.n < found.registration.n
    title, hint = labels.slot(rule)
    return page(
        request,
        "clerk/photo.html",
        problem.status if problem else 200,
        actor=actor,
        served=found,
        slot=slot,
        kind=rule.kind,
        title=title,
        hint=hint,
        shot=None if again or problem or asked_again else shot,
        problem=problem,
        poll=int(limit("shiming.web", "poll.seconds")),
        home="/clerk",
    )


@router.get("/photo/{slot}")
def show_photo(request: Request, actor: Member, reference: str, slot: str, again: str = "") -> Response:
    """The camera for one picture, or what was found in it."""
    return _photo_page(request, actor, reference, slot, again=again == "1")


@router.post("/photo/{slot}")
def take_photo(request: Request, actor: Member, reference: str, slot: str, form: Form) -> Response:
    """Keeps a picture."""
    data = form.files.get("picture", b"")
    try:
        with house(request).workspace.write() as work:
            found = open_served(work, actor, reference)
            capture = secrets.token_urlsafe(16)
            evidence.accept(work, actor, found.registration.id, slot=slot, capture_id=capture, data=data)
    except Problem as problem:
        if problem.code == "NOT_FOUND":
            raise
        if problem.code == "CONSENT_REQUIRED":
            return see(f"/clerk/{reference}/agree/consents")
        return _photo_page(request, actor, reference, slot, again=True, problem=problem)
    return see(f"/clerk/{reference}/photo/{slot}")


@router.get("/evidence/{evidence_id}/picture")
def picture(request: Request, actor: Member, reference: str, evidence_id: str) -> Response:
    """A picture of the open registration; once it is handed in, the desk sees none any more."""
    with house(request).workspace.read() as work:
        found = open_served(work, actor, reference)
        items = store.evidence(work, found.registration.id, current=False)
        if all(item.id != evidence_id for item in items):
            raise Problem("NOT_FOUND")
        data = store.picture(work, evidence_id)
        kind = store.evidence_by_id(work, evidence_id).media_type
    return Response(data, media_type=kind, headers={"Cache-Control": "no-store", "Content-Disposition": "inline"})


def _details_page(
    request: Request,
    work: Work,
    actor: Actor,
    found: Served,
    given: FormData | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    read = views.fields_read(work, found.registration)
    typed = {**store.form(work, found.registration), **(dict(given.values) if given else {})}
    return page(
        request,
        "clerk/details.html",
        422 if faults else 200,
        actor=actor,
        served=found,
        fields=views.fields_beside(found.rules, found.registration, typed, read),
        sexes=labels.SEXES,
        waiting=views.still_reading(work, found.registration),
        poll=int(limit("shiming.web", "poll.seconds")),
        faults=faults or {},
        home="/clerk",
    )


@router.get("/details")
def ask_details(request: Request, actor: Member, reference: str) -> Response:
    """The form, filled in with the customer from what was read."""
    with house(request).workspace.read() as work:
        return _details_page(request, work, actor, open_served(work, actor, reference))


@router.post("/details")
def keep_details(request: Request, actor: Member, reference: str, form: Form) -> Response:
    """Keeps what was filled in."""
    try:
        with house(request).workspace.write() as work:
            found = open_served(work, actor, reference)
            names = found.rules.fields_of(found.registration.person)
            blank = {name: "INVALID_FORM" for name in names if not form.get(name)}
            if blank:
                raise Problem("INVALID_FORM", fields=blank)
            forms.save(work, actor, found.registration.id, {name: form.get(name) for name in names})
            return served(work, actor, reference).go_on()
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        say = deps.texts(request)
        wrong = dict.fromkeys(problem.fields, _("Fill this in as it is on the document."))
        with house(request).workspace.read() as work:
            found = open_served(work, actor, reference)
            return _details_page(request, work, actor, found, form, fault_texts(problem, say, wrong))
