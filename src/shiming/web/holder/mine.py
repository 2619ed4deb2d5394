"""What is kept of the holder, and what they can do about it: cards in their name, consents, export, erasure (F5, B10)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.custody import cards, disputes, erasure, export
from shiming.custody.store import disputes as dispute_store
from shiming.custody.store import exports
from shiming.intake import consents
from shiming.platform.limits import limit
from shiming.programmes.store import current
from shiming.registration.problems import Problem
from shiming.registration.values import Actor
from shiming.web import deps
from shiming.web.api.custody import attachment
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.custody_labels import ARTEFACTS, DISPUTE_STATES, STATEMENT_WRONG, TICK_WRONG
from shiming.web.holder.custody_labels import ROLES as CARD_ROLES
from shiming.web.pages import page, see

router = APIRouter()


@router.get("/cards")
def my_cards(request: Request, holder: Holder) -> Response:
    """Every card registered to the proven person, over all accounts, each with the way to dispute it."""
    with house(request).workspace.write() as work:
        rows = cards.in_name(work, holder)
        titles = {row.programme: current(work, row.programme).title for row in rows}
        mine = dispute_store.of_account(work, holder.id)
        answers = {item.id: dispute_store.texts(work, item).message for item in mine}
    return page(
        request,
        "custody/cards.html",
        rows=rows,
        titles=titles,
        disputes=mine,
        answers=answers,
        labels=labels,
        roles=CARD_ROLES,
        states=DISPUTE_STATES,
    )


def _card(work: Work, holder: Actor, binding_id: str) -> cards.CardInName:
    cards.own(work, holder, binding_id)
    return next(row for row in cards.in_name(work, holder) if row.id == binding_id)


@router.get("/cards/{binding_id}/dispute")
def ask_dispute(request: Request, binding_id: str, holder: Holder) -> Response:
    """What a dispute does, and the statement."""
    return _dispute_page(request, holder, binding_id)


def _dispute_page(
    request: Request, holder: Actor, binding_id: str, given: str = "", faults: dict[str, str] | None = None
) -> Response:
    with house(request).workspace.write() as work:
        row = _card(work, holder, binding_id)
    status = 422 if faults else 200
    days = int(limit("shiming.custody", "dispute.working_days"))
    return page(
        request, "custody/dispute_own.html", status, row=row, given=given, faults=faults or {}, days=days, labels=labels
    )


@router.post("/cards/{binding_id}/dispute")
def file_dispute(request: Request, binding_id: str, holder: Holder, form: Form) -> Response:
    """Files it; nothing is suspended."""
    statement = form.get("statement")
    try:
        with house(request).workspace.write() as work:
            disputes.file_own(work, holder, binding_id, statement, deps.language(request))
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        wrong = {"statement": deps.texts(request).gettext(STATEMENT_WRONG)}
        return _dispute_page(request, holder, binding_id, statement, wrong)
    return see("/cards")


@router.post("/cards/disputes/{reference}/withdraw")
def withdraw_dispute(request: Request, reference: str, holder: Holder) -> Response:
    """Takes an own dispute back before it is decided."""
    with house(request).workspace.write() as work:
        item, _texts = disputes.own(work, holder, reference)
        disputes.withdraw(work, holder, item)
    return see("/cards")


@router.get("/account/consents")
def my_consents(request: Request, holder: Holder) -> Response:
    """Every consent with its version and date, and the switches of those that can be withdrawn."""
    with house(request).workspace.read() as work:
        rows = consents.account_history(work, holder)
        offers = consents.in_force(work, holder.id, "offers")
    texts = {text.kind: text for text in consents.texts()}
    return page(request, "custody/consents.html", rows=rows, offers=offers, texts=texts)


@router.post("/account/consents")
def choose_consent(request: Request, holder: Holder, form: Form) -> Response:
    """Switches offers on or off."""
    with house(request).workspace.write() as work:
        consents.choose(work, holder, "offers", form.get("offers") == "on", deps.language(request))
    return see("/account/consents")


@router.post("/account/consents/face/{registration_id}")
def withdraw_face(request: Request, registration_id: str, holder: Holder) -> Response:
    """Withdraws the consent to the face comparison: pictures of the face go at once."""
    with house(request).workspace.write() as work:
        consents.withdraw_face(work, holder, registration_id, deps.language(request))
        erasure.selfies(work, holder, registration_id)
    return see("/account/consents")


@router.post("/account/consents/face-duplicates/{registration_id}")
def withdraw_duplicates(request: Request, registration_id: str, holder: Holder) -> Response:
    """Withdraws that the face may be looked for: the numbers computed from it go at once."""
    with house(request).workspace.write() as work:
        consents.withdraw_duplicates(work, holder, registration_id, deps.language(request))
        erasure.face_templates(work, holder, registration_id)
    return see("/account/consents")


@router.get("/account/export")
def my_exports(request: Request, holder: Holder) -> Response:
    """What an export holds, and those that can be fetched."""
    with house(request).workspace.read() as work:
        rows = [
            row for row in exports.of_account(work, holder.id) if row.erased_at is None and row.expires_at > work.now
        ]
    return page(request, "custody/export.html", rows=rows, hours=int(limit("shiming.custody", "export.hours")))


@router.post("/account/export")
def make_export(request: Request, holder: Holder) -> Response:
    """Packs a fresh one."""
    with house(request).workspace.write() as work:
        export.make(work, holder)
    return see("/account/export")


@router.get("/account/export/{export_id}")
def fetch_export(request: Request, export_id: str, holder: Holder) -> Response:
    """The file."""
    with house(request).workspace.write() as work:
        data = export.fetch(work, holder, export_id)
    return Response(data, media_type="application/zip", headers=attachment(export_id))


@router.get("/account/erasure")
def ask_erasure(request: Request, holder: Holder) -> Response:
    """What would go, what would stay and why, before anything happens."""
    return _erasure_page(request, holder)


def _erasure_page(request: Request, holder: Actor, faults: dict[str, str] | None = None) -> Response:
    with house(request).workspace.read() as work:
        stays = erasure.outlook(work, holder)
    status = 422 if faults else 200
    return page(request, "custody/erasure.html", status, stays=stays, faults=faults or {}, artefacts=ARTEFACTS)


@router.post("/account/erasure")
def erase(request: Request, holder: Holder, form: Form) -> Response:
    """Erases at once what may go, and says what went and what stays."""
    if not form.on("confirm"):
        return _erasure_page(request, holder, {"confirm": deps.texts(request).gettext(TICK_WRONG)})
    with house(request).workspace.write() as work:
        done = erasure.request(work, holder)
    response = page(request, "custody/erased.html", done=done, artefacts=ARTEFACTS)
    if done.account:
        response.delete_cookie(deps.SESSION_COOKIE)
    return response
