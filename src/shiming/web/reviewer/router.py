"""The reviewer's pages. They work without scripts; every look at a picture is recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from shiming import programmes
from shiming.accounts import sessions, staff
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.pipeline import doubts
from shiming.platform.i18n import translator
from shiming.platform.ids import normalise_reference
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import further_pictures
from shiming.registration.values import COMPARED_SLOTS, Actor, Role
from shiming.review import duplicates as lookalikes
from shiming.review import service
from shiming.web import deps, rates
from shiming.web.holder import labels as holder_labels
from shiming.web.pages import page, see
from shiming.web.reviewer import case as cases
from shiming.web.reviewer import decide as decisions
from shiming.web.reviewer import duplicates, faces, labels, liveness, persons, weakness
from shiming.web.reviewer.queue import Filters, part, reasons_waiting
from shiming.web.staff import inside

router = APIRouter(dependencies=[Depends(deps.read_form)])

KEYS_COOKIE = "review_keys"
_YEAR = 31_536_000
_WORKDAY = 43_200


def reviewer(actor: deps.Staff) -> Actor:
    """The reviewer who is signed in. Raises ``Problem`` NOT_ALLOWED for other staff."""
    if actor.role is not Role.REVIEWER:
        raise Problem("NOT_ALLOWED")
    return actor


Reviewer = Annotated[Actor, Depends(reviewer)]


# Before the cases, whose reference may be any word.
router.include_router(persons.router)
router.include_router(duplicates.router)


@router.get("/staff/sign-in")
def sign_in_form(request: Request, next: str = "") -> Response:
    """The staff's sign-in."""
    return page(request, "reviewer/sign_in.html", next=inside(next), username="", refused=False)


@router.post("/staff/sign-in")
def sign_in(request: Request, form: deps.Form) -> Response:
    """Opens a staff session."""
    house = deps.house(request).workspace
    rates.spend_staff(request)
    token = staff.authenticate(house, form.get("username"), form.get("password"))
    target = inside(form.get("next"))
    if token is None:
        known = form.get("username")
        return page(request, "reviewer/sign_in.html", 401, next=target, username=known, refused=True)
    with house.read() as work:
        member = sessions.resolve(work, token)
    response = see(inside(target, member.role if member else None))
    deps.set_cookie(request, response, deps.STAFF_COOKIE, token, seconds=_WORKDAY)
    return response


@router.post("/staff/sign-out")
def sign_out(request: Request) -> Response:
    """Ends the staff session."""
    with deps.house(request).workspace.write() as work:
        sessions.close(work, request.cookies.get(deps.STAFF_COOKIE, ""))
    response = see("/staff/sign-in")
    response.delete_cookie(deps.STAFF_COOKIE)
    return response


@router.get("/review")
def queue(request: Request, actor: Reviewer, filters: Annotated[Filters, Query()]) -> Response:
    """Cases by due time; the filters stand in the address."""
    with deps.house(request).workspace.read() as work:
        return page(
            request,
            "reviewer/queue.html",
            actor=actor,
            labels=labels,
            part=part(work, actor, filters, int(limit("shiming.web", "queue.page"))),
            waiting=store.count_in(work, RegistrationState.IN_REVIEW),
            reasons_in_queue=reasons_waiting(work),
            filters=filters,
            doubts=len(doubts.of_all(work)),
            programmes={name: programmes.load(name) for name in programmes.names()},
            every=int(limit("shiming.web", "queue.seconds")),
        )


@router.get("/review/doubts")
def show_doubts(request: Request, actor: Reviewer) -> Response:
    """Messages and orders in doubt, and what to do about them. The look is recorded."""
    with deps.house(request).workspace.write() as work:
        work.record(actor, Action.DOUBTS_OPENED, "outbox", work.issuer)
        found = doubts.of_all(work)
    return page(request, "reviewer/doubts.html", actor=actor, labels=labels, doubts=found)


@router.post("/review/doubts/{doubt_id}")
def settle_doubt(request: Request, actor: Reviewer, doubt_id: str, form: deps.Form) -> Response:
    """Records what the reviewer found out: it arrived, or it did not."""
    if form.get("arrived") not in ("yes", "no"):
        raise Problem("INVALID_FORM")
    with deps.house(request).workspace.write() as work:
        doubts.settle(work, actor, doubt_id, arrived=form.get("arrived") == "yes")
    return see("/review/doubts")


@router.post("/review/keys")
def switch_keys(request: Request, actor: Reviewer, form: deps.Form) -> Response:
    """Switches the keyboard's single keys on or off (WCAG 2.1.4)."""
    response = see(inside(form.get("next"), actor.role))
    deps.set_cookie(request, response, KEYS_COOKIE, "off" if form.get("keys") == "off" else "on", seconds=_YEAR)
    return response


@router.get("/review/evidence/{evidence_id}/picture")
def picture(request: Request, actor: Reviewer, evidence_id: str) -> Response:
    """A picture as it is kept."""
    with deps.house(request).workspace.write() as work:
        item = store.evidence_by_id(work, evidence_id)
        service.record_view(work, actor, evidence_id)
        data = store.picture(work, evidence_id)
    return Response(data, media_type=item.media_type, headers={"Cache-Control": "no-store"})


@router.get("/review/evidence/{evidence_id}/pictures/{n}")
def further(request: Request, actor: Reviewer, evidence_id: str, n: int) -> Response:
    """A further picture of a piece of evidence, as of a liveness session."""
    with deps.house(request).workspace.write() as work:
        item = store.evidence_by_id(work, evidence_id)
        service.record_view(work, actor, evidence_id)
        data = further_pictures.picture(work, item, n)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/review/evidence/{evidence_id}/face")
def face(request: Request, actor: Reviewer, evidence_id: str) -> Response:
    """The face of a picture, at the scale all faces are shown at."""
    with deps.house(request).workspace.write() as work:
        found = faces.main_face(store.reading(work, evidence_id))
        if found is None:
            raise Problem("NOT_FOUND")
        service.record_view(work, actor, evidence_id)
        data = store.picture(work, evidence_id)
    return Response(faces.crop(data, found), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/review/decisions/{decision_id}/take-back")
def take_back(request: Request, actor: Reviewer, decision_id: str) -> Response:
    """Takes a decision back before it takes effect."""
    with deps.house(request).workspace.write() as work:
        registration = service.take_back(work, actor, decision_id)
    return see(_address(registration))


@router.post("/review/decisions/{decision_id}/release-result")
def release_result(request: Request, actor: Reviewer, decision_id: str) -> Response:
    """Lets an own decision take effect now, before its take-back time is over."""
    house = deps.house(request)
    with house.workspace.write() as work:
        registration = service.release_result(work, actor, decision_id)
    return see(_address(registration))


@router.get("/review/{reference}")
def case(request: Request, actor: Reviewer, reference: str) -> Response:
    """One case with everything needed to decide it."""
    return _case_page(request, actor, reference)


@router.post("/review/{reference}/claim")
def claim(request: Request, actor: Reviewer, reference: str) -> Response:
    """Claims a case, or renews the claim."""
    with deps.house(request).workspace.write() as work:
        registration = service.claim(work, actor, _find(work, reference).id)
    return see(_address(registration))


@router.post("/review/{reference}/release")
def release(request: Request, actor: Reviewer, reference: str) -> Response:
    """Gives a case back to the queue."""
    with deps.house(request).workspace.write() as work:
        service.release(work, actor, _find(work, reference).id)
    return see("/review")


@router.post("/review/{reference}/decide")
def confirm(request: Request, actor: Reviewer, reference: str, form: deps.Form) -> Response:
    """Shows what was chosen and what the holder will read, before anything happens."""
    try:
        choice = decisions.read(form)
    except Problem as problem:
        return _case_page(request, actor, reference, form=form, faults=problem.fields, status=422)
    with deps.house(request).workspace.read() as work:
        registration = _find(work, reference)
        loaded = cases.load(work, registration)
    return page(
        request,
        "reviewer/confirm.html",
        actor=actor,
        labels=labels,
        case=loaded,
        choice=choice,
        n=form.get("n"),
        preview=decisions.preview(choice, translator(registration.language)),
        approved=translator(registration.language).gettext(labels.APPROVED),
        holder_language=registration.language.replace("_", "-"),
        REASON_PREFIX=decisions.REASON_PREFIX,
    )


@router.post("/review/{reference}/confirm")
def decide(request: Request, actor: Reviewer, reference: str, form: deps.Form) -> Response:
    """Decides. Messages and effects leave when the time to take it back is over."""
    choice = decisions.read(form)
    if not form.get("n").isdigit():
        raise Problem("INVALID_FORM", fields={"n": "INVALID_FORM"})
    with deps.house(request).workspace.write() as work:
        registration = _find(work, reference)
        service.decide(
            work,
            actor,
            registration.id,
            n=int(form.get("n")),
            verdict=choice.verdict,
            reasons=choice.reasons,
            items=choice.items,
            note=choice.note,
            message=choice.message,
        )
    return see(_address(registration))


@router.post("/review/{reference}/second-look")
def second_look(request: Request, actor: Reviewer, reference: str, form: deps.Form) -> Response:
    """A second reviewer agrees with the first decision, or sends it back."""
    if form.get("agree") not in ("yes", "no") or not form.get("n").isdigit():
        return _case_page(request, actor, reference, form=form, faults={"agree": "INVALID_FORM"}, status=422)
    try:
        with deps.house(request).workspace.write() as work:
            registration = _find(work, reference)
            if form.get("agree") == "yes":
                service.agree(work, actor, registration.id, n=int(form.get("n")))
            else:
                service.send_back(work, actor, registration.id, n=int(form.get("n")), note=form.get("note"))
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _case_page(request, actor, reference, form=form, faults=problem.fields, status=422)
    return see(_address(registration))


def _find(work: Work, reference: str) -> Registration:
    return store.by_reference(work, normalise_reference(reference))


def _address(registration: Registration) -> str:
    return f"/review/{registration.reference}"


def _case_page(
    request: Request,
    actor: Actor,
    reference: str,
    *,
    form: deps.FormData | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    with deps.house(request).workspace.write() as work:
        registration = _find(work, reference)
        work.record(actor, Action.REVIEW_OPENED, "registration", registration.id)
        loaded = cases.load(work, registration)
        held = cases.held(registration, actor, work)
        others = [row.reference for row in service.queue(work, actor)]
        seen = liveness.sittings(work, registration)
        in_doubt = doubts.of_case(work, registration.reference)
        alike, unanswered = lookalikes.waiting(work, registration)
    before, after = _neighbours(others, registration.reference)
    say = deps.texts(request)
    return page(
        request,
        "reviewer/case.html",
        status,
        actor=actor,
        labels=labels,
        case=loaded,
        held=held,
        portrait=_face_of(loaded, "document-front"),
        selfie=next((id for id in (_face_of(loaded, slot) for slot in COMPARED_SLOTS) if id is not None), None),
        sittings=seen,
        weaknesses=weakness.notes(loaded, say),
        items=decisions.items(loaded),
        rejections=decisions.rejections(),
        given=form or deps.FormData(),
        faults=faults or {},
        fault_texts={name: say.gettext(labels.FAULTS[name]) for name in faults or {}},
        restrictions=holder_labels.RESTRICTIONS,
        doubts=in_doubt,
        alike=alike,
        unanswered=unanswered,
        before=before,
        after=after,
        keys=request.cookies.get(KEYS_COOKIE, "on"),
        REASON_PREFIX=decisions.REASON_PREFIX,
    )


def _face_of(case: cases.Case, slot: str) -> str | None:
    """The evidence whose face is shown for a slot."""
    for item in case.pictures:
        erased = item.evidence.picture_erased_at is not None
        if item.evidence.slot == slot and not erased and faces.main_face(item.reading) is not None:
            return item.evidence.id
    return None


def _neighbours(references: list[str], reference: str) -> tuple[str | None, str | None]:
    if reference not in references:
        return None, references[0] if references else None
    place = references.index(reference)
    before = references[place - 1] if place else None
    after = references[place + 1] if place + 1 < len(references) else None
    return before, after
